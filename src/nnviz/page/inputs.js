/* Controls of the inputs: sliders, a field to draw on, tokens. */

function make(tag, properties = {}, attributes = {}) {
  const one = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  return one;
}

/* Numbers as they are written: with a true minus, and as many digits as can be read. */
function short(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "not a number";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 0.001 || size >= 1e5) ? value.toExponential(2)
    : value.toFixed(size < 10 ? 3 : size < 1000 ? 2 : 0);
  return text.replace(/-/g, "−");
}

function slider(parent, label, low, high, value, changed) {
  const box = make("div", { className: "slider" }), row = make("label");
  const number = make("output", { textContent: short(value) });
  const input = make("input", { type: "range", min: low, max: high, step: "any", value });
  row.append(make("span", { textContent: label }), number);
  input.setAttribute("aria-label", label);
  input.step = (high - low) / 1000;
  input.value = value;
  input.oninput = () => {
    number.textContent = short(+input.value);
    changed(+input.value);
  };
  box.append(row, input);
  parent.append(box);
  return { input, set(next) { input.value = next; number.textContent = short(next); } };
}

/* Each control has show(values), which shows an example. */
const CONTROLS = {
  sliders(parent, spec, changed) {
    let values;
    const all = spec.labels.map((label, k) => slider(
      parent, label, spec.low[k], spec.high[k], spec.low[k], value => {
        values[k] = value;
        changed(values);
      }));
    return { show(given) { values = Float64Array.from(given); all.forEach((one, k) => one.set(given[k])); } };
  },
  image(parent, spec, changed) { return new DrawingField(parent, spec.image, changed); },
  tokens(parent, spec, changed) {
    const most = product(spec.shape), least = spec.any_length ? 1 : most, words = spec.vocabulary;
    const isLetters = words?.every(word => [...word].length === 1);
    const field = make("textarea", { rows: 2, spellcheck: false });
    const note = make("p", { className: "note" }, { role: "status" });
    const takes = least < most ? `1 to ${most} tokens` : `exactly ${most} tokens`;
    field.setAttribute("aria-label", `Text: ${takes}`);
    parent.append(field, make("p", { className: "note", textContent: `The network takes ${takes}.` }), note);
    field.oninput = () => {
      const parts = isLetters ? [...field.value] : field.value.trim().split(/\s+/).filter(Boolean);
      const tokens = parts.map(part => words ? words.indexOf(part) : /^\d+$/.test(part) ? +part : -1);
      const wrong = tokens.findIndex(token => token < 0 || token >= spec.count);
      note.textContent = wrong >= 0
        ? `“${parts[wrong]}” is not one of the ${spec.count} tokens`
        + (words ? "." : `, which are written 0 to ${spec.count - 1}.`)
        : tokens.length < least || tokens.length > most
          ? `Here are ${tokens.length}: what is shown is the text before.` : "";
      if (!note.textContent) changed(Float64Array.from(tokens));
    };
    const show = values => {
      const parts = Array.from(values, value => words ? words[value] : value);
      field.value = parts.join(isLetters ? "" : " ");
      note.textContent = "";
    };
    return { show, write(values) { show(values); changed(values); } };
  },
  given(parent, spec) {
    parent.append(make("p", { className: "note",
      textContent: `${spec.name} (${spec.shape.join(" × ")}) is chosen by the example.` }));
    return { show() {} };
  },
};
