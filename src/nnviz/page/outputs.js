/* Outputs: their names, bars, the selected position, and the true answer. */

const MOST_IN_ORDER = 16;

/* Names of values and units. */
class Names {
  constructor(content, engine) {
    this.engine = engine;
    this.all = [...content.spec.inputs, ...content.spec.nodes];
    this.inputs = content.inputs;
    this.outputs = content.outputs;
    this.ofTokens = content.inputs.findIndex(one => one.kind === "tokens");
  }

  of(value) { return this.all[value].name; }

  /* The name of a unit among those of its value. */
  place(value, unit) {
    const name = this.unit(value, unit), own = `${this.of(value)}, `;
    return name.startsWith(own) ? name.slice(own.length) : name;
  }

  unit(value, unit) {
    const { name } = this.all[value], input = this.inputs[value], { engine } = this;
    const shape = engine.shapes[value];
    if (input?.labels) return input.labels[unit];
    if (input?.kind === "tokens" && shape.length === 1) return `token ${this.position(unit)}`;
    if (value >= engine.nInputs && engine.scoreOf(value) !== null) {
      const [rows, columns] = shape.slice(-2), row = Math.floor(unit / columns) % rows;
      const head = shape.length > 2 ? `, head ${Math.floor(unit / (rows * columns)) + 1}` : "";
      return `${name}${head}: query ${this.position(row)}, key ${this.position(unit % columns)}`;
    }
    const image = input?.image ?? (shape.length === 3 ? shape : null);
    if (image) {
      const [channels, rows, columns] = image, k = unit % (rows * columns);
      const at = `row ${Math.floor(k / columns)}, column ${k % columns}`;
      return channels > 1 ? `${name}, map ${Math.floor(unit / (rows * columns))}, ${at}` : `${name}, ${at}`;
    }
    const isOutput = value === engine.output, { labels, positions } = this.outputs;
    if (isOutput && shape.length === 1) return `${name}, “${labels[unit]}”`;
    if (shape.length === 1) return `${name}, ${input ? "number" : "neuron"} ${unit}`;
    const width = shape[shape.length - 1], row = Math.floor(unit / width), column = unit % width;
    if (isOutput && positions) return `${name} after ${this.position(row)}, “${labels[column]}”`;
    if (shape.length === 2 && this.isText(shape[0]))
      return `${name} of ${this.position(row)}, number ${column}`;
    return `${name}, row ${row}, column ${column}`;
  }

  /* Whether there are as many rows as tokens of the text. */
  isText(rows) { return this.ofTokens >= 0 && this.engine.a[this.ofTokens].length === rows; }

  /* A position, counted from 1, with its token. */
  position(k) {
    const tokens = this.engine.a[this.ofTokens];
    return tokens && k < tokens.length ? `${k + 1} (“${this.token(tokens[k])}”)` : `${k + 1}`;
  }

  token(value) { return this.inputs[this.ofTokens]?.vocabulary?.[value] ?? String(value); }

  value(value, unit, number) {
    return this.inputs[value].kind === "tokens" ? `“${this.token(number)}”` : short(number);
  }
}

class Outputs {
  /* changed() is called when another answer is true. */
  constructor(content, engine, names, changed) {
    Object.assign(this, { engine, names, changed, ...content.outputs });
    this.addBars();
    if (this.positions) this.addPositions();
    if (this.classes) this.addAnswers();
    else find("answers").hidden = true;
    if (!this.classes && this.labels.length <= MOST_IN_ORDER) this.addFields();
  }

  addBars() {
    this.bars = this.labels.map(label => {
      const row = make("div", { className: "bar" });
      row.append(make("span", { className: "name", textContent: label }), track(0, 1),
        make("span", { className: "number" }));
      find("bars").append(row);
      return row;
    });
  }

  addPositions() {
    find("positions").hidden = false;
    this.position = 0;
    find("position").onchange = event => {
      this.position = +event.target.value;
      this.paint();
    };
  }

  addAnswers() {
    const select = find("answer");
    select.append(make("option", { value: "", textContent: "not known" }));
    this.labels.forEach((label, k) => select.append(make("option", { value: k, textContent: label })));
    select.onchange = () => {
      const { engine } = this, k = select.value;
      const isTanh = engine.nodes[engine.output - engine.nInputs].activation[0] === "tanh";
      const y = (this.positions && this.y) || new Float64Array(engine.a[engine.output].length);
      this.here(y).fill(isTanh && k !== "" ? -1 : 0);
      if (k !== "") this.here(y)[k] = 1;
      this.set(y);
      this.changed();
    };
  }

  addFields() {
    this.fields = this.labels.map((label, k) => {
      const row = make("label", { className: "row" });
      const field = make("input", { type: "number", step: "any" });
      row.append(make("span", { textContent: this.labels.length > 1 ? `True ${label}` : "True answer" }), field);
      find("desired").append(row);
      field.oninput = () => {
        const all = this.fields.map(one => one.valueAsNumber);
        this.y = all.every(Number.isFinite) ? Float64Array.from(all) : null;
        this.changed();
      };
      return field;
    });
  }

  /* The part of all outputs, or of all desired outputs, at the selected position. */
  here(values) {
    const n = this.labels.length;
    return this.positions ? values.subarray(this.position * n, this.position * n + n) : values;
  }

  best() {
    const a = this.here(this.engine.a[this.engine.output]);
    return a.indexOf(Math.max(...a));
  }

  /* The true class, of all or at the position; -1 if it is not known. */
  classOf(y) {
    if (!y || !this.classes || (this.positions && y.length / this.labels.length <= this.position)) return -1;
    const desired = this.here(y), most = Math.max(...desired);
    return most > 0 ? desired.indexOf(most) : -1;
  }

  /* Set the desired outputs; null if they are not known. */
  set(y) {
    this.y = y && this.classes && y.every(one => one <= 0) ? null : y;
    this.fields?.forEach((field, k) => { field.value = y ? +y[k].toPrecision(6) : ""; });
  }

  toLast() {
    this.position = this.engine.shapes[this.engine.output][0] - 1;
    this.paint();
  }

  /* One option for each position; the last one is selected when their number changes. */
  paintPositions() {
    const select = find("position"), count = this.engine.shapes[this.engine.output][0];
    if (select.options.length !== count) {
      select.replaceChildren(...Array.from({ length: count }, (_, k) => make("option", { value: k })));
      this.position = count - 1;
    }
    for (const option of select.options) {
      const text = this.names.isText(count) ? `after ${this.names.position(+option.value)}` : `${+option.value + 1}`;
      if (option.textContent !== text) option.textContent = text;
    }
    select.value = this.position;
  }

  paint() {
    if (this.positions) this.paintPositions();
    const { engine } = this, a = this.here(engine.a[engine.output]);
    const most = Math.max(1, ...a.map(Math.abs)), isSigned = a.some(value => value < 0);
    const best = this.classes ? this.best() : -1, correct = this.classOf(this.y);
    // Of many tokens the most probable ones come first.
    const order = [...a.keys()];
    if (this.positions && order.length > MOST_IN_ORDER) order.sort((i, j) => a[j] - a[i]);
    this.bars.forEach((row, place) => {
      const k = order[place];
      if (row.firstChild.textContent !== this.labels[k]) row.firstChild.textContent = this.labels[k];
      row.replaceChild(track(a[k], most, isSigned), row.children[1]);
      row.lastChild.textContent = short(a[k]);
      row.classList.toggle("best", k === best);
      row.classList.toggle("true", k === correct);
    });
    if (this.classes) find("answer").value = correct < 0 ? "" : correct;
    const bars = find("bars"); // keys scroll the list where it is longer than its box
    bars.toggleAttribute("tabindex", bars.scrollHeight > bars.clientHeight);
    if (bars.hasAttribute("tabindex")) bars.setAttribute("tabindex", 0);
    find("cost").textContent = this.y ? short(engine.costFor(this.y)) : "–";
  }
}
