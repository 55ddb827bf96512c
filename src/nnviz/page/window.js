/* A window on maps: what lies in it, the kernel, and their products, cell by cell. */

const CELL = 34;

/* A grid of numbers; `kind` sets the colours; a click calls choose(row, column), if it is given. */
function numberGrid(caption, rows, columns, value, kind, choose) {
  const figure = make("figure", { className: "grid" });
  const svg = draw("svg", { viewBox: `-1 -1 ${columns * CELL + 2} ${rows * CELL + 2}`, class: kind,
    role: "img", width: Math.min(columns * CELL, 240) }, figure);
  const all = Array.from({ length: rows * columns }, (_, k) => value(Math.floor(k / columns), k % columns));
  const most = Math.max(...all.filter(Number.isFinite).map(Math.abs)) || 1;
  all.forEach((one, k) => {
    const x = k % columns * CELL, y = Math.floor(k / columns) * CELL;
    const cell = draw("rect", { x, y, width: CELL, height: CELL,
      class: Number.isFinite(one) ? one < 0 ? "minus" : "plus" : "outside",
      "fill-opacity": Number.isFinite(one) ? (0.55 * Math.abs(one) / most).toFixed(3) : 0 }, svg);
    if (choose && Number.isFinite(one)) {
      cell.classList.add("chooses");
      cell.onclick = () => choose(Math.floor(k / columns), k % columns);
    }
    if (Math.max(rows, columns) <= 7 && Number.isFinite(one)) draw("text", { x: x + CELL / 2,
      y: y + CELL / 2, class: "digits" }, svg).textContent = one.toFixed(2).replace("-", "−");
  });
  svg.setAttribute("aria-label", `${caption}, ${rows} by ${columns}`);
  figure.append(make("figcaption", { textContent: caption }));
  return figure;
}

/* The window, the kernel and the products of a convolution's unit, one map of its source at a time. */
function convolutionFigure(node, sum, names, source, choose) {
  const [, ins, kh, kw] = node.kernels, cells = new Map(), ofMaps = new Float64Array(ins);
  for (const term of sum.terms) {
    cells.set(term.weight, term);
    ofMaps[Math.floor(term.weight / (kh * kw)) % ins] += term.product;
  }
  const kernel = Math.floor(sum.terms[0].weight / (ins * kh * kw)) * ins;
  const box = make("div", { className: "window" }), grids = make("div", { className: "grids" });
  const show = map => {
    const at = (row, column) => ((kernel + map) * kh + row) * kw + column;
    const of = part => (row, column) => cells.get(at(row, column))?.[part] ?? NaN;
    const sign = text => make("span", { textContent: text, className: "sign" });
    grids.replaceChildren(
      numberGrid(`window on ${names.of(source)}`, kh, kw, of("x"), "values"), sign("×"),
      numberGrid("kernel", kh, kw, of("w"), "weights", (row, column) => choose(cells.get(at(row, column)))),
      sign("="), numberGrid(`products, together ${short(ofMaps[map])}`, kh, kw, of("product"), "products"));
  };
  let first = 0;
  ofMaps.forEach((one, map) => { if (Math.abs(one) > Math.abs(ofMaps[first])) first = map; });
  if (ins > 1) {
    const row = make("label", { className: "row" }), select = make("select");
    ofMaps.forEach((one, map) => select.append(make("option",
      { value: map, textContent: `map ${map}: ${short(one)}` })));
    select.value = first;
    select.onchange = () => show(+select.value);
    row.append(make("span", { textContent: `Of ${names.of(source)}` }), select);
    box.append(row);
  }
  box.append(grids);
  show(first);
  return box;
}

/* The window of a pooling's unit; the largest value has the strongest colour. */
function poolingFigure(engine, value, unit, names) {
  const node = engine.nodes[value - engine.nInputs], [source] = node.sources;
  const places = engine.window(value, unit), width = engine.shapes[source].at(-1);
  const rows = places.map(k => Math.floor(k / width)), columns = places.map(k => k % width);
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const values = new Map(places.map((k, i) => [`${rows[i] - top},${columns[i] - left}`, engine.a[source][k]]));
  const box = make("div", { className: "window" });
  box.append(numberGrid(`window on ${names.of(source)}`, Math.max(...rows) - top + 1,
    Math.max(...columns) - left + 1, (row, column) => values.get(`${row},${column}`) ?? NaN, "values"));
  return box;
}
