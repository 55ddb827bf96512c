/* Explanations: a unit's sum term by term, its activation on its curve, a weight. */

const MOST_TERMS = 8;

class Explanation {
  constructor(engine, names, on) {
    Object.assign(this, { engine, names, on });
    this.title = document.getElementById("explanation-title");
    this.body = document.getElementById("explained");
  }

  show(what) {
    if (what !== this.shown) this.isWhole = false;
    this.shown = what;
    this.body.replaceChildren();
    if (!what) {
      this.say("What follows from what", "Point at a neuron or a pixel to see its sum, or at a line "
        + "to see its weight. Click or tap to keep it here.");
    } else if (what.kind === "unit") this.unit(what);
    else this.weight(what);
  }

  say(title, text) {
    if (this.title.textContent !== title) this.title.textContent = title;
    this.body.append(make("p", { textContent: text }));
  }

  unit({ value, unit }) {
    const { engine } = this, name = this.names.unit(value, unit);
    const a = engine.a[value][unit], z = engine.z[value][unit];
    const node = engine.nodes[value - engine.nInputs];
    if (!node) return this.say(name, `The input is ${this.names.value(value, unit, a)}.`);
    const [family] = node.activation, sum = engine.terms(value, unit);
    const f = family === "identity" ? "." : `; a = ${family}(z) = ${short(a)}.`;
    const score = engine.scoreOf(value);
    if (score !== null) return this.attention(value, score, unit, name);
    const factors = engine.products(value, unit), of = node.sources.map(s => this.names.of(s)).join(" and ");
    const pooled = ["max_pool", "linear"].includes(node.op) && engine.window(value, unit);
    this.say(name, sum ? `z = ${short(z)} is the sum of weight times value and the bias${f}`
      : factors ? `z = ${short(z)}: a row of ${this.names.of(node.sources[0])} times a column of ${
        this.names.of(node.sources[1])}${f}`
        : node.op === "fixed" ? `${short(a)}, as Python computed it for this example.`
          : node.op === "max_pool" ? `${short(z)} is the largest value in its window on ${of}${f}`
            : `z = ${short(z)} is what ${node.kind} makes of ${of}${f}`);
    if (sum && node.op === "conv" && sum.terms.length) this.body.append(convolutionFigure(node, sum,
      this.names, node.sources[0], term => this.on.choose(this.weightOf(value, unit, sum, term))));
    if (pooled && pooled.length <= 49) this.body.append(poolingFigure(engine, value, unit, this.names));
    if (sum) this.sum(value, unit, sum, z);
    if (factors) this.products(node, factors, z);
    if (family in ACTIVATIONS && family !== "identity") this.curve(node, z, a);
  }

  weightOf(value, unit, { owner }, term) {
    const [source] = this.engine.nodes[value - this.engine.nInputs].sources;
    return { kind: "weight", owner, which: 0, index: term.weight, from: [source, term.from],
      into: [value, unit] };
  }

  /* A cell of an attention pattern: query times key, and the softmax over all keys. */
  attention(value, score, unit, name) {
    const { engine } = this, node = engine.nodes[score - engine.nInputs], terms = engine.products(score, unit);
    const columns = engine.shapes[value].at(-1), row = Math.floor(unit / columns);
    const z = engine.z[score][unit], a = engine.a[value][unit], isPattern = value !== score
      && engine.nodes[value - engine.nInputs].activation[0] === "softmax";
    const isMasked = !Number.isFinite(engine.z[value][unit]);
    const scaled = node.factor === 1 ? "" : ` × ${short(node.factor)}`;
    this.say(name, `Query · key${scaled} = ${short(z)}${isMasked ? ", but this key is masked" : ""}${
      isPattern ? `; the softmax over all keys makes it ${short(a)}.` : "."}`);
    this.products(node, terms, z, ["of the head", "query × key"]);
    if (!isPattern) return;
    const table = tableOf(["this query looks at", "share"]);
    for (let k = 0; k < columns; k++) {
      const line = make("tr"), share = engine.a[value][row * columns + k], cell = make("td", { className: "wide" });
      cell.append(track(share, 1));
      line.append(make("th", { scope: "row", textContent: this.names.isText(columns)
        ? this.names.position(k) : `key ${k + 1}` }), make("td", { textContent: short(share) }), cell);
      line.classList.toggle("here", k === unit % columns);
      table.append(line);
    }
    this.body.append(table);
  }

  /* A table of terms, largest first: the first ones, and all after a click on a button. */
  table(heads, terms, others, name, choose) {
    const sorted = terms.slice().sort((p, q) => Math.abs(q.product) - Math.abs(p.product));
    const first = this.isWhole ? sorted : sorted.slice(0, MOST_TERMS), rest = sorted.slice(first.length);
    const left = rest.reduce((s, term) => s + term.product, 0);
    const most = Math.max(...[...first.map(t => t.product), ...others, left].map(Math.abs)) || 1;
    const table = tableOf([...heads, "product"]);
    const add = (label, text, product, onclick, does) => {
      const row = make("tr"), th = make("th", { scope: "row" });
      if (onclick) {
        const button = make("button", { type: "button", textContent: label, onclick });
        button.setAttribute("aria-label", `${label}: ${does}`);
        th.append(button);
      } else th.textContent = label;
      row.append(th, make("td", { textContent: text }), make("td", { textContent: short(product) }));
      const cell = make("td", { className: "wide" });
      cell.append(track(product, most, true));
      row.append(cell);
      table.append(row);
      return row;
    };
    for (const term of first) {
      const [label, text] = name(term);
      add(label, text, term.product, choose && (() => choose(term)), "look at this weight");
    }
    if (rest.length) add(`${rest.length} other terms`, "", left, () => {
      this.isWhole = true;
      this.show(this.shown);
      this.body.querySelectorAll("table tr")[MOST_TERMS + 1]?.querySelector("button")?.focus();
    }, "show them all");
    return { table, add };
  }

  products(node, terms, z, heads = ["inner place", "value × value"]) {
    const names = new Map(terms.map((term, k) => [term, `number ${k}`]));
    const { table, add } = this.table(heads, terms, [],
      term => [names.get(term), `${short(term.x)} × ${short(term.y)}`]);
    const total = terms.reduce((s, t) => s + t.product, 0);
    if (node.factor !== 1) add("sum", "", total).lastChild.replaceChildren();
    this.end(add, node.factor === 1 ? "sum z" : `z = sum × ${short(node.factor)}`, node.factor * total, z);
    this.body.append(table);
  }

  end(add, label, sum, z) {
    const row = add(label, "", sum);
    row.className = "sum";
    row.dataset.z = z;
    row.lastChild.replaceChildren();
  }

  sum(value, unit, sum, z) {
    const [source] = this.engine.nodes[value - this.engine.nInputs].sources, { owner, terms, bias, b } = sum;
    const { table, add } = this.table([`from ${this.names.of(source)}`, "weight × value"], terms, [b],
      term => [this.names.place(source, term.from), `${short(term.w)} × ${short(term.x)}`],
      term => this.on.choose(this.weightOf(value, unit, sum, term)));
    if (bias >= 0) add("bias", "", b, () => this.on.choose(
      { kind: "weight", owner, which: 1, index: bias, into: [value, unit] }), "look at it");
    this.end(add, "sum z", terms.reduce((s, t) => s + t.product, b), z);
    this.body.append(table);
  }

  curve(node, z, a) {
    const [family, p, q] = node.activation, f = x => ACTIVATIONS[family][0](x, p, q);
    const reach = Math.max(5, Math.min(50, 1.15 * Math.abs(z))), [w, h] = [240, 120];
    const xs = Array.from({ length: 121 }, (_, k) => reach * (k / 60 - 1)), ys = xs.map(f);
    const low = Math.min(0, ...ys), high = Math.max(0, ...ys, low + 1e-9);
    const x = v => 8 + (w - 16) * (v + reach) / (2 * reach), y = v => h - 16 - (h - 30) * (v - low) / (high - low);
    const figure = make("figure"), svg = draw("svg", { viewBox: `0 0 ${w} ${h}`, role: "img",
      "aria-label": `The curve of ${family}: z = ${short(z)}, a = ${short(a)}` }, figure);
    draw("path", { class: "axis", d: `M${x(-reach)} ${y(0)}H${x(reach)}M${x(0)} ${y(low)}V${y(high)}` }, svg);
    draw("path", { class: "graph", d: "M" + xs.map((v, k) => `${x(v).toFixed(1)} ${y(ys[k]).toFixed(1)}`).join("L") }, svg);
    draw("circle", { class: "dot", cx: x(clip(z, -reach, reach)), cy: y(clip(a, low, high)), r: 5 }, svg);
    draw("text", { class: "letters", x: x(0) + 4, y: 10 }, svg).textContent = short(high);
    draw("text", { class: "letters", x: x(-reach), y: h - 3 }, svg).textContent = short(-reach);
    const end = draw("text", { class: "letters", x: x(reach), y: h - 3, "text-anchor": "end" }, svg);
    end.textContent = short(reach);
    figure.append(make("figcaption", { textContent: `${family}(${short(z)}) = ${short(a)}` }));
    this.body.append(figure);
  }

  weight(what) {
    const { engine } = this, { owner, which, index } = what, array = engine.parameters[owner][which];
    const into = this.names.unit(...what.into);
    const start = engine.first[owner][which][index];
    const label = what.from ? `Weight from ${this.names.unit(...what.from)} to ${into}` : `Bias of ${into}`;
    this.say(label, "Move it, and see what the outputs and the cost do.");
    const left = make("div"), facts = make("div"), letter = what.from ? "w" : "b";
    const size = Math.max(2, 2 * Math.abs(start));
    const range = slider(left, label, start - size, start + size, array[index], value => {
      array[index] = value;
      this.on.changed();
      refresh();
    });
    const back = make("button", { type: "button", textContent: "Reset this one" });
    back.onclick = () => {
      array[index] = start;
      range.set(start);
      this.on.changed();
      refresh();
    };
    const buttons = make("div", { className: "buttons" });
    buttons.append(back);
    left.append(buttons);
    const fact = name => {
      const row = make("p", { className: "fact" }), number = make("output");
      row.append(make("span", { textContent: name }), number);
      facts.append(row);
      return number;
    };
    const value = fact(letter), slope = fact(`dC/d${letter}, for this example`), cost = fact("C");
    this.body.append(left, facts);
    const refresh = () => {
      const y = this.on.desired();
      value.textContent = short(array[index]);
      range.set(array[index]);
      if (!y) {
        slope.textContent = cost.textContent = "choose a true answer";
        return;
      }
      const gradient = engine.zeros();
      engine.backward(y, gradient);
      slope.textContent = short(gradient[owner][which][index]);
      slope.dataset.value = gradient[owner][which][index];
      cost.textContent = short(engine.costFor(y));
    };
    this.refresh = refresh;
    refresh();
  }
}

/* A table with a row of headings, the last of which is empty: bars stand below it. */
function tableOf(heads) {
  const table = make("table"), row = make("tr");
  row.append(...heads.map((textContent, k) => make(k ? "td" : "th", { textContent, className: "note" })),
    make("td", { className: "wide" }));
  table.append(row);
  return table;
}

/* A bar from 0, or from the middle for what has a sign. */
function track(value, most, isSigned) {
  const outer = make("div", { className: isSigned ? "track signed" : "track" }), bar = make("i");
  outer.append(bar);
  const share = clip(Math.abs(value) / most, 0, 1) * (isSigned ? 50 : 100);
  bar.style.width = `${share}%`;
  bar.style.left = isSigned ? `${value < 0 ? 50 - share : 50}%` : "0";
  bar.classList.toggle("below", value < 0);
  return outer;
}
