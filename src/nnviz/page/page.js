/* The page: what is chosen, what follows, and learning. */

const MINI_BATCH = 10, MOST_UNDO = 50, SECONDS_A_RUN = 10;
const find = id => document.getElementById(id);

function unpacked({ type, over, data }) {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const kinds = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array };
  const array = new kinds[type](bytes.buffer);
  return over === 1 ? array : Float64Array.from(array, value => value / over);
}

/* What values and units are called. */
class Names {
  constructor(content) {
    this.all = [...content.spec.inputs, ...content.spec.nodes];
    this.inputs = content.inputs;
    this.output = content.spec.output;
    this.labels = content.outputs.labels;
  }

  of(value) { return this.all[value].name; }

  unit(value, unit) {
    const { name, shape } = this.all[value], input = this.inputs[value];
    if (input?.labels) return input.labels[unit];
    const image = input?.image ?? (shape.length === 3 ? shape : null);
    if (image) {
      const [channels, rows, columns] = image, k = unit % (rows * columns);
      const at = `row ${Math.floor(k / columns)}, column ${k % columns}`;
      return channels > 1 ? `${name}, map ${Math.floor(unit / (rows * columns))}, ${at}` : `${name}, ${at}`;
    }
    if (value === this.output && shape.length === 1) return `${name}, “${this.labels[unit]}”`;
    if (shape.length === 1) return `${name}, ${input ? "number" : "neuron"} ${unit}`;
    const width = shape[shape.length - 1];
    return `${name}, row ${Math.floor(unit / width)}, column ${unit % width}`;
  }

  token(value) {
    const words = this.inputs.find(one => one.kind === "tokens")?.vocabulary;
    return words?.[value] ?? String(value);
  }

  value(value, unit, number) {
    return this.inputs[value].kind === "tokens" ? `“${this.token(number)}”` : short(number);
  }
}

class Page {
  constructor(content) {
    this.content = content;
    this.arrays = content.arrays.map(unpacked);
    const Real = content.precision === "double" ? Float64Array : Float32Array;
    this.engine = new Engine(content.spec, this.arrays, Real);
    this.names = new Names(content);
    this.undone = [];
    this.costs = [];
    this.example = 0;
    const on = {
      hover: what => { if (!this.kept) this.explain(what); },
      choose: what => { this.kept = what; this.explain(what); },
      changed: () => { this.isChanged = true; this.follow(true); },
      desired: () => this.y,
    };
    this.picture = new Picture(content, this.engine, this.names, on);
    this.explanation = new Explanation(this.engine, this.names, on);
    this.addControls();
    this.addOutputs();
    this.addLearning();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.picture.paint());
    if (content.fixed.length) {
      find("fixed").hidden = false;
      find("fixed").textContent = `As computed in Python for each example, whatever is changed here: ${
        content.fixed.join(", ")}.`;
    }
    this.picture.paintEdges();
    this.choose(0);
    this.explain(null);
  }

  /* --- Inputs and examples */

  given(k) {
    return this.content.examples.inputs.map((array, i) => {
      const size = product(this.content.inputs[i].shape);
      return Float64Array.from(this.arrays[array].subarray(k * size, (k + 1) * size));
    });
  }

  target(k) {
    const { targets } = this.content.examples, size = product(this.engine.shapes[this.engine.output]);
    return targets === null ? null
      : Float64Array.from(this.arrays[targets].subarray(k * size, (k + 1) * size));
  }

  addControls() {
    const { inputs, examples } = this.content;
    this.controls = inputs.map((spec, k) => {
      const box = make("div");
      if (inputs.length > 1) box.append(make("h3", { textContent: spec.name }));
      find("controls").append(box);
      return CONTROLS[spec.kind](box, spec, values => {
        this.inputs[k] = values;
        if (find("example").value !== "own") this.own();
        this.follow();
      });
    });
    const select = find("example");
    for (let k = 0; k < examples.count; k++) {
      const y = this.target(k), best = y && this.content.outputs.classes ? y.indexOf(Math.max(...y)) : -1;
      select.append(make("option", { value: k,
        textContent: best < 0 ? `${k + 1}` : `${k + 1}: ${this.content.outputs.labels[best]}` }));
    }
    this.ownOption = make("option", { value: "own", textContent: "your own", hidden: true });
    select.append(this.ownOption);
    find("examples").hidden = !examples.given;
    select.onchange = () => { if (select.value !== "own") this.choose(+select.value); };
  }

  choose(k) {
    this.example = k;
    this.inputs = this.given(k);
    find("example").value = k;
    this.ownOption.hidden = true;
    this.controls.forEach((control, i) => control.show(this.inputs[i]));
    this.setDesired(this.target(k));
    this.follow();
  }

  /* What is put in is no example any more; which answer is true, its reader knows. */
  own() {
    this.ownOption.hidden = false;
    find("example").value = "own";
  }

  /* --- What follows */

  follow(isWeights = false) {
    this.engine.forward(this.inputs, this.example);
    this.picture.paint();
    if (isWeights) this.picture.paintEdges();
    this.paintOutputs();
    find("reset").disabled = !this.isChanged;
    if (this.shown?.kind === "unit") this.explanation.show(this.shown);
    else if (this.shown) this.explanation.refresh();
  }

  explain(what) {
    if (JSON.stringify(what) === JSON.stringify(this.shown) && what) return;
    this.shown = what;
    this.explanation.show(what);
    this.picture.mark(what);
    this.picture.showPixel(what);
  }

  addOutputs() {
    const { labels, classes } = this.content.outputs, bars = find("bars");
    this.bars = labels.map(label => {
      const row = make("div", { className: "bar" });
      row.append(make("span", { className: "name", textContent: label }), track(0, 1),
        make("span", { className: "number" }));
      bars.append(row);
      return row;
    });
    const select = find("answer");
    find("answers").hidden = !classes;
    select.append(make("option", { value: "", textContent: "not known" }));
    labels.forEach((label, k) => select.append(make("option", { value: k, textContent: label })));
    select.onchange = () => {
      const k = select.value;
      const low = this.engine.nodes.at(this.engine.output - this.engine.nInputs).activation[0] === "tanh" ? -1 : 0;
      this.setDesired(k === "" ? null : Float64Array.from(labels, (_, i) => i === +k ? 1 : low));
      this.follow();
    };
    if (!classes && labels.length <= 16) this.desiredFields = labels.map((label, k) => {
      const row = make("label", { className: "row" });
      const field = make("input", { type: "number", step: "any" });
      row.append(make("span", { textContent: labels.length > 1 ? `True ${label}` : "True answer" }), field);
      find("desired").append(row);
      field.oninput = () => {
        const all = this.desiredFields.map(one => one.valueAsNumber);
        this.y = all.every(Number.isFinite) ? Float64Array.from(all) : null;
        this.follow();
      };
      return field;
    });
  }

  setDesired(y) {
    this.y = y;
    find("answer").value = y && this.content.outputs.classes ? y.indexOf(Math.max(...y)) : "";
    this.desiredFields?.forEach((field, k) => { field.value = y ? +y[k].toPrecision(6) : ""; });
  }

  paintOutputs() {
    const a = this.engine.a[this.engine.output], most = Math.max(1, ...a.map(Math.abs));
    const { classes } = this.content.outputs, isSigned = a.some(value => value < 0);
    const best = classes ? a.indexOf(Math.max(...a)) : -1;
    const wanted = classes && this.y ? this.y.indexOf(Math.max(...this.y)) : -1;
    this.bars.forEach((row, k) => {
      row.replaceChild(track(a[k], most, isSigned), row.children[1]);
      row.lastChild.textContent = short(a[k]);
      row.classList.toggle("best", k === best);
      row.classList.toggle("true", k === wanted);
    });
    find("cost").textContent = this.y ? short(this.engine.costFor(this.y)) : "–";
    find("step").disabled = !this.y || !this.engine.parameters.some(some => some.length);
  }

  /* --- Learning */

  addLearning() {
    find("rate").value = this.content.rate;
    find("step").onclick = () => this.learn(() => {
      const before = this.engine.costFor(this.y);
      this.engine.step([{ inputs: this.inputs, y: this.y, example: this.example }], this.rate());
      this.engine.forward(this.inputs, this.example);
      this.say(`The cost of this example went from ${short(before)} to ${short(this.engine.costFor(this.y))}.`);
    });
    find("undo").onclick = () => {
      this.stop();
      this.engine.restore(this.undone.pop());
      find("undo").disabled = !this.undone.length;
      this.say("Undone.");
      this.follow(true);
    };
    find("reset").onclick = () => {
      this.stop();
      this.engine.restore(this.engine.first);
      this.isChanged = false;
      this.undone = [];
      this.costs = [];
      this.drawCurve();
      find("undo").disabled = true;
      this.say("All weights and biases are as they were.");
      this.follow(true);
    };
    find("many").disabled = this.content.examples.targets === null
      || !this.engine.parameters.some(some => some.length);
    find("many").onclick = () => this.isRunning ? this.stop() : this.run();
    find("dashes").onchange = event => find("edges").classList.toggle("dashed", event.target.checked);
  }

  rate() { return Math.max(0, find("rate").valueAsNumber || 0); }

  say(text) { find("learned").textContent = text; }

  learn(change) {
    this.undone.push(this.engine.copy());
    if (this.undone.length > MOST_UNDO) this.undone.shift();
    find("undo").disabled = false;
    this.isChanged = true;
    change();
    this.follow(true);
  }

  all() {
    return Array.from({ length: this.content.examples.count },
      (_, k) => ({ inputs: this.given(k), y: this.target(k), example: k }));
  }

  meanCost(examples) {
    return examples.reduce((sum, { inputs, y, example }) => {
      this.engine.forward(inputs, example);
      return sum + this.engine.costFor(y) / examples.length;
    }, 0);
  }

  /* Many steps: a mini-batch each, in order, a step a frame; shown as they go unless motion is not
     wanted. */
  run() {
    const examples = this.all(), isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const began = performance.now();
    let at = 0;
    this.learn(() => {});
    this.isRunning = true;
    find("many").textContent = "Stop";
    if (!this.costs.length) this.costs.push(this.meanCost(examples));
    const frame = () => {
      if (!this.isRunning) return;
      const batch = Array.from({ length: Math.min(MINI_BATCH, examples.length) },
        (_, k) => examples[(at + k) % examples.length]);
      at = (at + batch.length) % examples.length;
      this.engine.step(batch, this.rate());
      const cost = this.meanCost(examples);
      this.costs.push(cost);
      const isOver = performance.now() - began > 1000 * SECONDS_A_RUN || !Number.isFinite(cost);
      if (!isCalm || isOver) this.showRun(cost);
      if (isOver) this.stop();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  showRun(cost) {
    this.say(Number.isFinite(cost)
      ? `${this.costs.length - 1} steps: the mean cost of the page’s examples is ${short(cost)}.`
      : "The steps were too large, and the cost has no value any more. Undo, and take a smaller rate.");
    this.drawCurve();
    this.follow(true);
  }

  stop() {
    if (!this.isRunning) return;
    this.isRunning = false;
    find("many").textContent = "Many steps";
    this.showRun(this.costs.at(-1));
  }

  drawCurve() {
    const svg = find("curve"), costs = this.costs.filter(Number.isFinite);
    svg.toggleAttribute("hidden", costs.length < 2);
    svg.replaceChildren();
    if (costs.length < 2) return;
    const high = Math.max(...costs), every = Math.ceil(costs.length / 240);
    const d = costs.filter((_, k) => k % every === 0 || k === costs.length - 1).map((cost, k, some) =>
      `${(4 + 232 * k / (some.length - 1)).toFixed(1)} ${(84 - 72 * cost / (high || 1)).toFixed(1)}`).join("L");
    svg.setAttribute("aria-label", `The mean cost went from ${short(costs[0])} to ${short(costs.at(-1))}`);
    draw("path", { class: "axis", d: "M4 12V84H236" }, svg);
    draw("path", { class: "graph", d: `M${d}` }, svg);
    draw("text", { class: "letters", x: 6, y: 9 }, svg).textContent = `cost ${short(high)}`;
    draw("text", { class: "letters", x: 236, y: 94, "text-anchor": "end" }, svg).textContent = `${costs.length - 1} steps`;
  }
}

const page = new Page(JSON.parse(document.getElementById("content").textContent));
