/* Images of your own, drawn or dropped, centred and scaled as MNIST's digits are. */

const inks = (image, width, height) => Float64Array.from(
  { length: width * height }, (_, k) => image.data[4 * k] / 255);

const blank = (width, height) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  return [canvas, canvas.getContext("2d", { willReadFrequently: true })];
};

/* The box around all that is drawn, or null. */
function inkBox(context, width, height) {
  const ink = inks(context.getImageData(0, 0, width, height), width, height);
  let [left, top, right, bottom] = [width, height, -1, -1];
  ink.forEach((value, k) => {
    if (value < 0.1) return;
    const x = k % width, y = Math.floor(k / width);
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
  });
  return right < 0 ? null : [left, top, right - left + 1, bottom - top + 1];
}

/* Scale what is drawn to 20/28 of the image, keeping its proportions, and put its centre of mass
   into the middle: how MNIST was made. */
function centred(canvas, context, rows, columns) {
  const box = inkBox(context, canvas.width, canvas.height);
  if (!box) return new Float64Array(rows * columns);
  const [left, top, width, height] = box;
  const scale = 20 / 28 * Math.min(columns / width, rows / height);
  const w = Math.max(1, width * scale), h = Math.max(1, height * scale);
  const place = (x, y) => {
    const [, small] = blank(columns, rows);
    small.fillStyle = "black";
    small.fillRect(0, 0, columns, rows);
    small.imageSmoothingQuality = "high";
    small.drawImage(canvas, left, top, width, height, x, y, w, h);
    return inks(small.getImageData(0, 0, columns, rows), columns, rows);
  };
  const x = (columns - w) / 2, y = (rows - h) / 2, first = place(x, y);
  let mass = 0, across = 0, down = 0;
  first.forEach((value, k) => {
    mass += value;
    across += value * (k % columns);
    down += value * Math.floor(k / columns);
  });
  if (!mass) return first;
  return place(
    x + Math.round((columns - 1) / 2 - across / mass),
    y + Math.round((rows - 1) / 2 - down / mass));
}

/* A field to draw on, by pointer or by keys, and to drop an image into. */
class DrawingField {
  constructor(parent, [channels, rows, columns], changed) {
    Object.assign(this, { channels, rows, columns, changed });
    [this.canvas, this.context] = blank(280, Math.round(280 * rows / columns));
    this.canvas.className = "field";
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Field to draw on. Arrow keys move the pen; "
      + "Space puts it down and lifts it; Delete clears the field.");
    this.pen = { x: 140, y: 140, down: false };
    const buttons = make("div", { className: "buttons" });
    const clear = make("button", { type: "button", textContent: "Clear" });
    const file = make("label", { className: "file", textContent: "Image…" });
    this.file = make("input", { type: "file", accept: "image/*" });
    file.append(this.file);
    buttons.append(clear, file);
    const note = make("p", { className: "note", textContent: "Draw, or drop an image here." });
    parent.append(this.canvas, buttons, note);
    clear.onclick = () => this.clear();
    this.file.onchange = () => {
      const [chosen] = this.file.files;
      if (chosen) this.load(chosen);
      this.file.value = ""; // so that the same file can be chosen again
    };
    this.listen();
    this.fill();
  }

  listen() {
    const at = event => {
      const box = this.canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width * this.canvas.width,
        (event.clientY - box.top) / box.height * this.canvas.height];
    };
    this.canvas.onpointerdown = event => {
      this.canvas.setPointerCapture(event.pointerId);
      if (!this.isDrawn) this.fill();
      this.last = at(event);
      this.stroke(this.last);
    };
    this.canvas.onpointermove = event => { if (this.last) this.stroke(at(event)); };
    this.canvas.onpointerup = this.canvas.onpointercancel = () => { this.last = null; };
    this.canvas.onkeydown = event => {
      const move = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] };
      if (move[event.key]) {
        const from = [this.pen.x, this.pen.y], [dx, dy] = move[event.key];
        this.pen.x = clip(this.pen.x + dx, 0, this.canvas.width);
        this.pen.y = clip(this.pen.y + dy, 0, this.canvas.height);
        if (this.pen.down) { this.last = from; this.stroke([this.pen.x, this.pen.y]); this.last = null; }
      } else if (event.key === " ") {
        this.pen.down = !this.pen.down;
        if (this.pen.down && !this.isDrawn) this.fill();
      } else if (event.key === "Delete" || event.key === "Backspace") this.clear();
      else return;
      event.preventDefault();
    };
    this.canvas.ondragover = event => { event.preventDefault(); this.canvas.classList.add("over"); };
    this.canvas.ondragleave = () => this.canvas.classList.remove("over");
    this.canvas.ondrop = event => {
      event.preventDefault();
      this.canvas.classList.remove("over");
      if (event.dataTransfer.files[0]) this.load(event.dataTransfer.files[0]);
    };
  }

  fill() {
    this.context.fillStyle = "black";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.isDrawn = true;
  }

  clear() {
    this.fill();
    this.changed(new Float64Array(this.channels * this.rows * this.columns));
  }

  stroke(to) {
    const c = this.context, from = this.last ?? to;
    c.strokeStyle = "white";
    c.lineWidth = 22;
    c.lineCap = c.lineJoin = "round";
    c.beginPath();
    c.moveTo(...from);
    c.lineTo(to[0] + 0.01, to[1]);
    c.stroke();
    this.last = to;
    const ink = centred(this.canvas, c, this.rows, this.columns);
    this.changed(this.channels === 1 ? ink : Float64Array.from({ length: 3 * ink.length },
      (_, k) => ink[k % ink.length]));
  }

  /* Take an image: as it is for colours; a digit is centred, and dark ones on light are inverted. */
  async load(file) {
    const image = await createImageBitmap(file).catch(() => null);
    if (!image) return;
    const c = this.context, { width, height } = this.canvas;
    const scale = Math.min(width / image.width, height / image.height);
    this.fill();
    c.drawImage(image, (width - image.width * scale) / 2, (height - image.height * scale) / 2,
      image.width * scale, image.height * scale);
    if (this.channels === 3) {
      const [, small] = blank(this.columns, this.rows);
      small.drawImage(this.canvas, 0, 0, this.columns, this.rows);
      const { data } = small.getImageData(0, 0, this.columns, this.rows), n = this.rows * this.columns;
      this.changed(Float64Array.from({ length: 3 * n }, (_, k) => data[4 * (k % n) + Math.floor(k / n)] / 255));
      return;
    }
    const all = c.getImageData(0, 0, width, height), { data } = all;
    let sum = 0;
    for (let k = 0; k < data.length; k += 4) {
      data[k] = data[k + 1] = data[k + 2] = (data[k] + data[k + 1] + data[k + 2]) / 3;
      sum += data[k];
    }
    if (sum / (data.length / 4) > 127) for (let k = 0; k < data.length; k += 4)
      data[k] = data[k + 1] = data[k + 2] = 255 - data[k];
    c.putImageData(all, 0, 0);
    this.changed(centred(this.canvas, c, this.rows, this.columns));
  }

  /* Show an example's image. */
  show(values) {
    const [canvas, small] = blank(this.columns, this.rows), n = this.rows * this.columns;
    const image = small.createImageData(this.columns, this.rows);
    const [low, high] = values.reduce(([l, h], v) => [Math.min(l, v), Math.max(h, v)], [0, 1]);
    for (let k = 0; k < n; k++) for (let c = 0; c < 4; c++) image.data[4 * k + c] = c === 3 ? 255
      : 255 * (values[(this.channels === 3 ? c * n : 0) + k] - low) / (high - low);
    small.putImageData(image, 0, 0);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(canvas, 0, 0, this.canvas.width, this.canvas.height);
    this.isDrawn = false;
  }
}
