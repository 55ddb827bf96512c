/* What follows from what: a unit's sum term by term, its activation on its curve, a weight. */

const MOST_TERMS = 8;

class Explanation {
  constructor(engine, names, on) {
    Object.assign(this, { engine, names, on });
    this.title = document.getElementById("explanation-title");
    this.body = document.getElementById("explained");
  }

  show(what) {
    this.body.replaceChildren();
    if (!what) {
      this.say("What follows from what", "Point at a neuron to see its sum, or at a line to see its "
        + "weight. Click or tap to keep it here.");
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
    this.say(name, sum ? `z = ${short(z)} is the sum of weight times value and the bias${f}`
      : node.op === "fixed" ? `${short(a)}, as Python computed it for this example.`
        : `z = ${short(z)} is what ${node.kind} makes of ${
          node.sources.map(s => this.names.of(s)).join(" and ")}${f}`);
    if (sum) this.sum(value, unit, sum, z);
    if (family in ACTIVATIONS && family !== "identity") this.curve(node, z, a);
  }

  sum(value, unit, { owner, terms, bias, b }, z) {
    const source = this.engine.nodes[value - this.engine.nInputs].sources[0];
    const sorted = terms.slice().sort((p, q) => Math.abs(q.product) - Math.abs(p.product));
    const first = sorted.slice(0, MOST_TERMS), rest = sorted.slice(MOST_TERMS);
    const others = rest.reduce((s, term) => s + term.product, 0);
    const most = Math.max(...first.map(t => Math.abs(t.product)), Math.abs(b), Math.abs(others)) || 1;
    const table = make("table"), head = make("tr");
    for (const text of ["from", "weight × value", "product"])
      head.append(make(text === "from" ? "th" : "td", { textContent: text, className: "note" }));
    head.append(make("td", { className: "wide" }));
    table.append(head);
    const add = (label, parts, product, choose) => {
      const row = make("tr"), th = make("th", { scope: "row" });
      if (choose) {
        const button = make("button", { type: "button", textContent: label, onclick: choose });
        button.setAttribute("aria-label", `${label}: look at this weight`);
        th.append(button);
      } else th.textContent = label;
      row.append(th, make("td", { textContent: parts }), make("td", { textContent: short(product) }));
      const cell = make("td", { className: "wide" });
      cell.append(track(product, most, true));
      row.append(cell);
      table.append(row);
      return row;
    };
    for (const term of first) add(this.names.unit(source, term.from),
      `${short(term.w)} × ${short(term.x)}`, term.product, () => this.on.choose({
        kind: "weight", owner, which: 0, index: term.weight, from: [source, term.from], into: [value, unit] }));
    if (rest.length) add(`${rest.length} other terms`, "", others);
    if (bias >= 0) add("bias", "", b, () => this.on.choose(
      { kind: "weight", owner, which: 1, index: bias, into: [value, unit] }));
    const row = add("sum z", "", terms.reduce((s, t) => s + t.product, b));
    row.className = "sum";
    row.dataset.z = z;
    row.lastChild.replaceChildren();
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

/* A bar from 0, or from the middle for what has a sign. */
function track(value, most, isSigned) {
  const outer = make("div", { className: "track" }), bar = make("i");
  outer.append(bar);
  const share = clip(Math.abs(value) / most, 0, 1) * (isSigned ? 50 : 100);
  bar.style.width = `${share}%`;
  bar.style.left = isSigned ? `${value < 0 ? 50 - share : 50}%` : "0";
  bar.classList.toggle("below", value < 0);
  return outer;
}
