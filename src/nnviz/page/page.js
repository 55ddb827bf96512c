/* The page: examples, what is computed from them, and learning. */

const MINI_BATCH = 10, MOST_UNDO = 50, SECONDS_A_RUN = 10;
const find = id => document.getElementById(id);

function unpacked({ type, over, data }) {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const kinds = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array };
  const array = new kinds[type](bytes.buffer);
  return over === 1 ? array : Float64Array.from(array, value => value / over);
}

class Page {
  constructor(content) {
    this.content = content;
    this.arrays = content.arrays.map(unpacked);
    const Real = content.precision === "double" ? Float64Array : Float32Array;
    this.engine = new Engine(content.spec, this.arrays, Real);
    this.names = new Names(content, this.engine);
    this.undone = [];
    this.costs = [];
    this.example = 0;
    const on = {
      hover: what => { if (!this.kept) this.explain(what); },
      choose: what => { this.kept = what; this.explain(what); },
      changed: () => { this.isChanged = true; this.follow(true); },
      desired: () => this.outputs.y,
    };
    this.picture = new Picture(content, this.engine, this.names, on);
    this.explanation = new Explanation(this.engine, this.names, on);
    this.outputs = new Outputs(content, this.engine, this.names, () => this.follow());
    this.addControls();
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
      const size = this.content.examples.sizes[i];
      return Float64Array.from(this.arrays[array].subarray(k * size, (k + 1) * size));
    });
  }

  target(k) {
    const { targets, count } = this.content.examples;
    if (targets === null) return null;
    const all = this.arrays[targets], size = all.length / count;
    return Float64Array.from(all.subarray(k * size, (k + 1) * size));
  }

  addControls() {
    const { inputs, examples } = this.content;
    this.controls = inputs.map((spec, k) => {
      const box = make("div");
      if (inputs.length > 1) box.append(make("h3", { textContent: spec.name }));
      find("controls").append(box);
      return CONTROLS[spec.kind](box, spec, values => {
        if (values.length !== this.inputs[k].length) this.outputs.set(null);
        this.inputs[k] = values;
        if (find("example").value !== "own") this.own();
        this.follow();
      });
    });
    const select = find("example");
    for (let k = 0; k < examples.count; k++) {
      const best = this.outputs.classOf(this.target(k));
      select.append(make("option", { value: k,
        textContent: best < 0 ? `${k + 1}` : `${k + 1}: ${this.content.outputs.labels[best]}` }));
    }
    if (this.content.outputs.writes) this.addWriting();
    this.ownOption = make("option", { value: "own", textContent: "your own", hidden: true });
    select.append(this.ownOption);
    find("examples").hidden = !examples.given;
    select.onchange = () => { if (select.value !== "own") this.choose(+select.value); };
  }

  /* A language model continues the text, with the most probable token after the last one. */
  addWriting() {
    const row = make("div", { className: "buttons" });
    this.writing = make("button", { type: "button", textContent: "Write the next token" });
    this.writing.onclick = () => {
      this.outputs.toLast();
      const next = this.outputs.best();
      this.controls[0].write(Float64Array.of(...this.inputs[0], next));
    };
    row.append(this.writing);
    find("controls").append(row);
  }

  choose(k) {
    this.example = k;
    this.inputs = this.given(k);
    find("example").value = k;
    this.ownOption.hidden = true;
    this.controls.forEach((control, i) => control.show(this.inputs[i]));
    this.outputs.set(this.target(k));
    this.follow();
  }

  /* The input is not an example any more; only the reader knows the true answer. */
  own() {
    this.ownOption.hidden = false;
    find("example").value = "own";
  }

  /* --- What follows */

  follow(isWeights = false) {
    const before = this.engine.a;
    this.engine.forward(this.inputs, this.example);
    if (before !== this.engine.a) { // of another length: the explained unit has another place
      this.kept = null;
      this.explain(null);
    }
    this.picture.paint();
    if (isWeights) this.picture.paintEdges();
    this.outputs.paint();
    const { y } = this.outputs, learns = this.engine.parameters.some(some => some.length);
    find("step").disabled = !y || !learns;
    find("reset").disabled = !this.isChanged;
    if (this.writing) this.writing.disabled = this.inputs[0].length >= this.content.inputs[0].shape[0];
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

  /* --- Learning */

  addLearning() {
    find("rate").value = this.content.rate;
    find("step").onclick = () => this.learn(() => {
      const before = this.engine.costFor(this.outputs.y);
      this.engine.step([{ inputs: this.inputs, y: this.outputs.y, example: this.example }], this.rate());
      this.engine.forward(this.inputs, this.example);
      this.say(`The cost of this example went from ${short(before)} to ${short(this.engine.costFor(this.outputs.y))}.`);
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

  /* Many steps: a mini-batch each, in order, one step a frame; each is shown, unless the reader
     prefers reduced motion. */
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
