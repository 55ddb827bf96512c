/* The picture: laid out by Python, and painted by the present values. */

const SVG = "http://www.w3.org/2000/svg";

function draw(tag, attributes, parent) {
  const one = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  parent?.append(one);
  return one;
}

const colorOf = name => {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return [1, 3, 5].map(k => parseInt(hex.slice(k, k + 2), 16));
};

/* The value that is shown as full. */
function fullOf(part, values) {
  if (typeof part.full === "number") return part.full;
  let most = part.full === "largest from 1" ? 1 : 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most || 1;
}

/* Values at their places in the picture, which is made for the longest text: NaN where a shorter
   one has none. */
function placed(part, values, shape) {
  if (product(part.shape) === values.length) return values;
  const all = new Float64Array(product(part.shape)).fill(NaN);
  placesIn(part.shape, shape).forEach((place, k) => { all[place] = values[k]; });
  return all;
}

/* The unit that now has a place in the picture, or -1. */
function unitNow(part, unit, shape) {
  let now = 0, stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const at = unit % part.shape[axis];
    if (at >= shape[axis]) return -1;
    unit = Math.floor(unit / part.shape[axis]);
    now += at * stride;
    stride *= shape[axis];
  }
  return now;
}

const fractionOf = (part, value, full) => clip(value / full, part.signed ? -1 : 0, 1);

/* Red, green and blue of every pixel of a map, or of an image with its channels. */
function pixelsOf(part, values, index) {
  const [, rows, columns] = part.shape, n = rows * columns, full = fullOf(part, values);
  if (part.is_image) {
    let low = 0, high = full;
    const least = Math.min(...values), most = Math.max(...values);
    if (typeof part.full !== "number" || part.full === 1)
      if (least < 0 || most > 1) [low, high] = [least, most];
    const channels = part.shape[0];
    return (k, c) => 255 * clip((values[(channels === 3 ? c * n : 0) + k] - low) / (high - low || 1), 0, 1);
  }
  const first = part.units[index] * n;
  const isGrey = !part.signed || (part.data && part.units.every(
    unit => values.subarray(unit * n, unit * n + n).every(value => value >= 0)));
  if (isGrey) return k => 255 * fractionOf(part, values[first + k], full);
  const below = colorOf("below");
  return (k, c) => {
    const share = fractionOf(part, values[first + k], full);
    return share < 0 ? -share * below[c] : 255 * share;
  };
}

class Picture {
  constructor(content, engine, names, on) {
    Object.assign(this, { engine, names, on, ...content.picture });
    this.svg = document.getElementById("picture");
    this.ofEdges = document.getElementById("edges");
    this.ofParts = document.getElementById("parts");
    this.addEdges();
    this.targets = [];
    this.parts.forEach((part, p) => this.addPart(part, p));
    this.pixel = draw("rect", { class: "pixel", visibility: "hidden" }, this.ofParts);
    this.targets[0]?.element.setAttribute("tabindex", 0);
    this.listen();
  }

  addEdges() {
    for (const group of this.edges) {
      const [x1, y1, x2, y2] = group.ends;
      group.lines = x1.map((_, e) => draw(
        "line", { x1: x1[e], y1: y1[e], x2: x2[e], y2: y2[e] }, this.ofEdges));
      const node = this.engine.nodes[group.into - this.engine.nInputs];
      group.node = node;
      group.places = x1.map((_, e) => {
        const i = Math.floor(e / group.after.length), j = e % group.after.length;
        return group.after[j] * node.n_in + group.before[i];
      });
    }
  }

  addPart(part, p) {
    part.elements = [];
    const target = (element, i, unit) => {
      element.setAttribute("role", "button");
      element.setAttribute("tabindex", -1);
      this.targets.push({ element, part, p, i, unit });
      part.elements.push(element);
    };
    if (part.kind === "neurons") part.units.forEach((unit, i) => {
      const at = { cx: part.x[i], cy: part.y[i], r: part.r };
      draw("circle", { ...at, class: "ground" }, this.ofParts);
      target(draw("circle", { ...at, class: "neuron", "stroke-width": this.numbers.ring },
        this.ofParts), i, unit);
    });
    else if (part.kind === "tokens") {
      part.words = [];
      part.units.forEach((unit, i) => {
        const s = part.side;
        target(draw("rect", { x: part.x[i] - s / 2, y: part.y[i] - s / 2, width: s, height: s,
          class: "frame", "stroke-width": this.numbers.ring / 2 }, this.ofParts), i, unit);
        part.words.push(draw("text", { x: part.x[i], y: part.y[i], class: "token",
          "font-size": 0.5 * s }, this.ofParts));
      });
    } else {
      part.images = [];
      part.boxes.forEach(([x, y, width, height], i) => {
        part.images.push(draw("image", { x, y, width, height, preserveAspectRatio: "none",
          "image-rendering": "pixelated" }, this.ofParts));
        target(draw("rect", { x, y, width, height, class: "frame",
          "stroke-width": this.numbers.ring / 2 }, this.ofParts), i, part.units[i]);
      });
    }
  }

  /* --- Painting */

  paint() {
    for (const part of this.parts) {
      const values = placed(part, this.engine.a[part.value], this.engine.shapes[part.value]);
      if (part.kind === "neurons") {
        const full = fullOf(part, values);
        part.units.forEach((unit, i) => {
          const share = fractionOf(part, values[unit], full), one = part.elements[i];
          one.classList.toggle("below", share < 0);
          one.setAttribute("fill-opacity", Math.abs(share).toFixed(3));
          one.setAttribute("aria-label", `${this.names.unit(part.value, unit)}: ${short(values[unit])}`);
        });
      } else if (part.kind === "tokens") part.units.forEach((unit, i) => {
        const isThere = Number.isFinite(values[unit]);
        part.words[i].textContent = isThere ? this.names.token(values[unit]) : "";
        part.elements[i].classList.toggle("missing", !isThere);
        part.elements[i].setAttribute("aria-label",
          isThere ? `token ${this.names.position(unit)}` : `no token ${unit + 1}`);
      });
      else part.images.forEach((image, i) => {
        image.setAttribute("href", part.kind === "maps"
          ? this.mapOf(part, values, i) : this.matrixOf(part, values));
        part.elements[i].setAttribute("aria-label", part.kind === "matrix" || part.is_image
          ? `${part.name}, ${part.shape.join(" by ")}` : `${part.name}, map ${part.units[i]}`);
      });
    }
  }

  url(columns, rows, color) {
    const [canvas, context] = blank(columns, rows), image = context.createImageData(columns, rows);
    for (let k = 0; k < rows * columns; k++) for (let c = 0; c < 4; c++) {
      const share = c === 3 ? 255 : color(k, c);
      // What is not there is clear.
      image.data[4 * k + c] = c < 3 ? Math.round(share) : Number.isNaN(color(k, 0)) ? 0 : 255;
    }
    context.putImageData(image, 0, 0);
    return canvas.toDataURL();
  }

  mapOf(part, values, i) {
    const [, rows, columns] = part.shape, color = pixelsOf(part, values, i);
    return this.url(columns, rows, color);
  }

  /* The rows and columns of a matrix as they are shown: null where dots stand for others. */
  static shown(places, count) {
    if (places.length === count) return places;
    const before = Math.ceil(places.length / 2);
    return [...places.slice(0, before), null, ...places.slice(before)];
  }

  cells(part) {
    const width = part.shape[part.shape.length - 1];
    return [Picture.shown(part.rows, product(part.shape) / width),
      Picture.shown(part.columns, width), width];
  }

  matrixOf(part, values) {
    const [rows, columns, width] = this.cells(part), full = fullOf(part, values);
    const [fill, below, panel] = ["fill", "below", "panel"].map(colorOf);
    return this.url(columns.length, rows.length, (k, c) => {
      const row = rows[Math.floor(k / columns.length)], column = columns[k % columns.length];
      if (row === null || column === null) return panel[c];
      const share = fractionOf(part, values[row * width + column], full);
      return panel[c] + Math.abs(share) * ((share < 0 ? below : fill)[c] - panel[c]);
    });
  }

  paintEdges() {
    const { least, most, exponent } = this.numbers;
    for (const group of this.edges) {
      const weights = this.engine.parameters[group.node.owner][0];
      const largest = Math.max(...group.places.map(w => Math.abs(weights[w]))) || 1;
      group.lines.forEach((line, e) => {
        const w = weights[group.places[e]];
        line.classList.toggle("minus", !(w > 0));
        line.setAttribute("stroke-width",
          Math.max(least, most * (Math.abs(w) / largest) ** exponent).toFixed(3));
      });
    }
  }

  /* --- Pointing */

  /* Mark the explained unit or weight, and highlight its edges. */
  mark(what) {
    for (const { element, part, unit } of this.targets) element.classList.toggle(
      "chosen", what?.kind === "unit" && part.value === what.value
        && (part.kind === "maps" && !part.is_image
          ? Math.floor(what.unit / product(this.engine.shapes[part.value].slice(1))) === unit
          : part.kind === "matrix" || part.is_image || unit === what.unit));
    let lit = 0;
    for (const group of this.edges) group.lines.forEach((line, e) => {
      const isOne = what?.kind === "weight" && what.which === 0 && what.owner === group.node.owner
        && what.index === group.places[e];
      const j = group.after[e % group.after.length];
      const i = group.before[Math.floor(e / group.after.length)];
      const isLit = isOne || (what?.kind === "unit" && (what.value === group.into ? j === what.unit
        : what.value === group.from && i === what.unit && what.value < this.engine.nInputs));
      line.classList.toggle("one", isOne);
      line.classList.toggle("lit", isLit);
      lit += isLit;
    });
    this.ofEdges.classList.toggle("dim", lit > 0);
  }

  point(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      this.svg.getScreenCTM().inverse());
    const target = this.targets.find(one => one.element === event.target);
    if (target) return this.unitAt(target, at);
    let best = null, near = 9;
    for (const group of this.edges) {
      const [x1, y1, x2, y2] = group.ends;
      for (let e = 0; e < x1.length; e++) {
        const dx = x2[e] - x1[e], dy = y2[e] - y1[e];
        const t = ((at.x - x1[e]) * dx + (at.y - y1[e]) * dy) / (dx * dx + dy * dy);
        if (t < 0 || t > 1) continue;
        const gap = Math.hypot(at.x - x1[e] - t * dx, at.y - y1[e] - t * dy);
        if (gap < near) [best, near] = [[group, e], gap];
      }
    }
    if (!best) return null;
    const [group, e] = best;
    return this.weightOf(group, e);
  }

  weightOf(group, e) {
    return { kind: "weight", owner: group.node.owner, which: 0, index: group.places[e],
      from: [group.from, group.before[Math.floor(e / group.after.length)]],
      into: [group.into, group.after[e % group.after.length]] };
  }

  /* The unit that a place in a target shows: of a map or a matrix the pixel there. */
  unitAt({ part, i, unit }, at) {
    const shape = this.engine.shapes[part.value];
    if (!part.boxes) return unitNow(part, unit, shape) < 0 ? null : { kind: "unit", value: part.value, unit };
    const [x, y, width, height] = part.boxes[i];
    const [rows, columns, whole] = part.kind === "matrix" ? this.cells(part)
      : [[...Array(part.shape[1]).keys()], [...Array(part.shape[2]).keys()], part.shape[2]];
    const r = clip(Math.floor((at.y - y) / height * rows.length), 0, rows.length - 1);
    const c = clip(Math.floor((at.x - x) / width * columns.length), 0, columns.length - 1);
    if (rows[r] === null || columns[c] === null) return null;
    const first = part.kind === "matrix" || part.is_image ? 0 : unit * part.shape[1] * part.shape[2];
    const [w, h] = [width / columns.length, height / rows.length];
    const now = unitNow(part, first + rows[r] * whole + columns[c], shape);
    if (now < 0) return null;
    return { kind: "unit", value: part.value, unit: now,
      pixel: { x: x + c * w, y: y + r * h, width: w, height: h }, target: [i, r, c] };
  }

  showPixel(what) {
    this.pixel.setAttribute("visibility", what?.pixel ? "visible" : "hidden");
    for (const [name, value] of Object.entries(what?.pixel ?? {})) this.pixel.setAttribute(name, value);
    this.showWindow(what);
  }

  /* Frame the receptive field of a unit of a map, on every map that is shown of its source. */
  showWindow(what) {
    this.windows?.remove();
    const places = what?.kind === "unit" && this.engine.window(what.value, what.unit);
    if (!places) return;
    const [source] = this.engine.nodes[what.value - this.engine.nInputs].sources;
    const part = this.parts.find(one => one.value === source && one.kind === "maps");
    if (!part) return;
    this.windows = draw("g", {}, this.ofParts);
    const [, rows, columns] = part.shape, n = rows * columns;
    part.boxes.forEach(([x, y, width, height], i) => {
      const own = places.filter(k => part.is_image || Math.floor(k / n) === part.units[i]).map(k => k % n);
      if (!own.length) return;
      const ys = own.map(k => Math.floor(k / columns)), xs = own.map(k => k % columns);
      const [top, left] = [Math.min(...ys), Math.min(...xs)];
      draw("rect", { class: "pixel", x: x + left / columns * width, y: y + top / rows * height,
        width: (Math.max(...xs) - left + 1) / columns * width,
        height: (Math.max(...ys) - top + 1) / rows * height }, this.windows);
    });
  }

  listen() {
    this.svg.onpointermove = event => {
      if (event.pointerType === "mouse") this.on.hover(this.point(event));
    };
    this.svg.onpointerleave = () => this.on.hover(null);
    this.svg.onclick = event => this.on.choose(this.point(event));
    this.svg.onfocus = null;
    this.targets.forEach((target, k) => {
      target.element.onfocus = () => this.on.hover(this.middle(target));
      target.element.onkeydown = event => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          this.on.choose(this.middle(target));
        } else if (event.key === "Escape") this.on.choose(null);
        else if (event.shiftKey && target.part.boxes && event.key.startsWith("Arrow")) {
          event.preventDefault();
          this.toCell(target, event.key);
        } else if (event.key.startsWith("Arrow")) {
          event.preventDefault();
          this.focus(this.beside(k, event.key));
        }
      };
    });
  }

  middle(target) {
    const box = target.element.getBBox();
    return this.unitAt(target, { x: box.x + box.width / 2, y: box.y + box.height / 2 });
  }

  /* Go from cell to cell of a map or a matrix, over the dots that stand for others. */
  toCell(target, key) {
    const from = (this.cell?.target === target ? this.cell.what : this.middle(target))?.pixel;
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    for (const step of from ? [1, 2] : []) {
      const what = this.unitAt(target, { x: from.x + from.width * (0.5 + step * dx),
        y: from.y + from.height * (0.5 + step * dy) });
      if (!what) continue;
      this.cell = { target, what };
      this.on.choose(what);
      return;
    }
  }

  focus(target) {
    if (!target) return;
    for (const one of this.targets) one.element.setAttribute("tabindex", -1);
    target.element.setAttribute("tabindex", 0);
    target.element.focus();
  }

  /* The nearest target in the direction of an arrow key. */
  beside(k, key) {
    const middle = ({ element }) => {
      const box = element.getBBox();
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const [x, y] = middle(this.targets[k]), isAcross = key === "ArrowLeft" || key === "ArrowRight";
    const sign = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
    let best = null, least = Infinity;
    for (const one of this.targets) {
      const [u, v] = middle(one), [ahead, aside] = isAcross ? [u - x, v - y] : [v - y, u - x];
      const gap = sign * ahead + Math.abs(aside);
      const isAhead = sign * ahead > 1 && Math.abs(aside) < 2.5 * sign * ahead;
      if (isAhead && gap < least) [best, least] = [one, gap];
    }
    return best;
  }
}
