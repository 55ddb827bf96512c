// What the neurons in a picture compute: at the end of a play, while the film is paused, each is a
// button to point at, to tap, or to reach by Tab and arrows.

export class Parts {
  /** @param {Player} player
   *  @param {HTMLElement} stage  Where the film is shown, whole, in the middle.
   *  @param {(name: string) => Promise<object[]>} fetchParts  For the last segment of a play.
   *  @param {boolean} hints  Whether a button leads to the end of a play. */
  constructor(player, stage, fetchParts, hints = true) {
    Object.assign(this, { player, stage, fetchParts, hints });
    this.layer = stage.appendChild(make("div", "parts"));
    this.card = stage.appendChild(make("div", "part"));
    this.card.setAttribute("role", "status");
    this.hint = stage.appendChild(make("button", "to-end", "Neurons at the end of this play"));
    this.hint.addEventListener("click", () => player.seek(player.position.play, Infinity));
    this.layer.addEventListener("keydown", (event) => this.key(event));
    // The focus stays where it is, and a click on a neuron does not reach the page.
    this.layer.addEventListener("mousedown", (event) => event.preventDefault());
    for (const name of ["pointerdown", "pointerup", "click"])
      this.layer.addEventListener(name, (event) => event.stopPropagation());
    new ResizeObserver(() => this.fit()).observe(stage);
    this.follow();
  }

  /** Let the viewer point at neurons where slides wait. */
  static ofSlides({ player }, fetchParts) {
    const parts = new Parts(player, document.getElementById("stage"), fetchParts, false);
    const { onchange } = player;
    player.onchange = () => {
      onchange();
      parts.follow();
    };
  }

  /** Show the parts of the play that the player is at, or none while it runs. */
  async follow() {
    const { player } = this;
    const play = player.film.plays[player.position.play];
    // The parts at the end of a play are named after its last segment, the last name in its key.
    const name = !player.playing && play ? play.key.split(" ").at(-1) : "";
    const isEnd = play && player.position.frame === play.frames - 1;
    const { film } = player;
    const isOver = () => this.name !== name || this.isEnd !== isEnd || this.film !== film;
    if (!isOver()) return;
    Object.assign(this, { name, isEnd, film });
    this.show([]);
    this.hint.hidden = true;
    if (!name) return;
    const found = await this.fetchParts(name).catch(() => []);
    if (isOver()) return;
    if (isEnd) this.show(found);
    else this.hint.hidden = !(this.hints && found.length);
  }

  /** Cover the picture, which may be smaller than the stage. */
  fit() {
    const one = this.stage.querySelector("video:not([hidden]), img:not([hidden])");
    const [width, height] = [one?.videoWidth || one?.naturalWidth, one?.videoHeight || one?.naturalHeight];
    if (!width || !height) return;
    const scale = Math.min(this.stage.clientWidth / width, this.stage.clientHeight / height);
    this.layer.style.setProperty("width", `${scale * width}px`);
    this.layer.style.setProperty("height", `${scale * height}px`);
  }

  show(found) {
    this.fit();
    this.describe(null);
    this.layer.replaceChildren(...found.map((part, k) => {
      const place = make("button");
      place.tabIndex = k ? -1 : 0;
      const [left, top, width, height] = part.box;
      for (const [side, share] of Object.entries({ left, top, width, height }))
        place.style.setProperty(side, `${100 * share}%`);
      place.setAttribute("aria-label", part.name + (part.value === null ? "" : `: ${short(part.value)}`));
      for (const name of ["pointerenter", "focus", "click"]) place.addEventListener(name, () => this.describe(part));
      place.addEventListener("pointerleave", () => place === document.activeElement || this.describe(null));
      place.addEventListener("blur", () => this.describe(null));
      return place;
    }));
  }

  /** Go to the next part, or to the previous one, in the order of the picture. */
  key(event) {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key === "Escape") this.describe(null);
    const all = [...this.layer.children];
    const next = all[all.indexOf(event.target) + steps[event.key]];
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  describe(part) {
    this.card.hidden = part === null;
    if (!part) return;
    const [left, , width] = part.box;
    this.card.classList.toggle("right", left + width / 2 < 0.5);
    const rows = [make("h3", "", part.name)];
    const { sum } = part;
    if (sum) {
      const table = make("table");
      const add = (name, how, product, kind) => {
        const row = table.appendChild(make("tr", kind));
        row.append(make("th", "", name), make("td", "", how), make("td", "", short(product)));
      };
      for (const [name, weight, input, product] of sum.terms) add(name, `${short(weight)} × ${short(input)}`, product);
      if (sum.others[0]) add(`${sum.others[0]} others`, "", sum.others[1]);
      if (sum.bias !== null) add("bias", "", sum.bias);
      add("z", "", sum.z, "sum");
      if (sum.function !== "identity") add(`a = ${sum.function}(z)`, "", part.value, "sum");
      rows.push(table);
    } else {
      rows.push(make("p", "", part.value === null ? "No activation is shown." : `a = ${short(part.value)}`));
    }
    this.card.replaceChildren(...rows);
  }
}

function make(tag, name = "", text = "") {
  return Object.assign(document.createElement(tag), { className: name, textContent: text });
}

/** A number as it is written: with a true minus, and as many digits as can be read. */
function short(value) {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 0.001 || size >= 1e5) ? value.toExponential(2) : value.toFixed(size < 10 ? 3 : 1);
  return text.replace(/-/g, "−");
}
