// The speaker's window: the slide, the next one, notes, and the time since the talk began.
// It is an empty window that the page of the slides fills, so that it needs no server.

export class Speaker {
  /** @param {import("./deck.js").Deck} deck */
  constructor(deck) {
    this._deck = deck;
    this._window = null;
    this._began = null;
    this._shown = null;
    addEventListener("pagehide", () => this._window?.close());
  }

  /** Start the clock, unless it runs already. */
  begin() {
    this._began ??= Date.now();
  }

  /** Open the window, or bring it to the front. */
  open() {
    if (this._window && !this._window.closed) {
      this._window.focus();
      return;
    }
    const made = window.open("", "", "popup,width=1100,height=700");
    if (made === null) {
      this._deck.say("The browser does not allow a second window: allow it, and press s again.", "failed");
      return;
    }
    this._window = made;
    const page = made.document;
    page.title = `Notes: ${document.title}`;
    page.documentElement.lang = "en";
    for (const style of document.querySelectorAll("link[rel=stylesheet], style")) {
      const copy = page.importNode(style, true);
      if (style.href) copy.href = style.href;
      page.head.append(copy);
    }
    page.body.className = "desk";
    page.body.append(page.importNode(document.getElementById("desk").content, true));
    page.addEventListener("keydown", (event) => this._deck.onKey(event));
    const press = (name, call) => {
      this._part(name).addEventListener("click", (event) => {
        call();
        if (event.detail) event.currentTarget.blur();
      });
    };
    press("back", () => this._deck.act("back"));
    press("forward", () => this._deck.act("forward"));
    press("reset", () => {
      this._began = null;
      this._showTime();
    });
    made.setInterval(() => this._showTime(), 250);
    this._shown = null;
    this._showTime();
    this.show();
  }

  /** Show the slide, the next one and the notes. */
  show() {
    if (!this._window || this._window.closed) return;
    const { slides, at, player, state, does } = this._deck;
    const slide = slides[at];
    this._draw(player.picture);
    this._part("does").textContent = does;
    const next = slides[at + 1];
    const still = next ? (state.plays[next.last]?.still ?? "") : "";
    const shown = JSON.stringify([at, slides.length, slide, still]);
    if (shown === this._shown) return;
    this._shown = shown;
    this._part("place").textContent = slide ? `${at + 1} / ${slides.length}` : "";
    this._part("here").firstElementChild.textContent = slide?.title ? `Now: ${slide.title}` : "Now";
    const [caption, image] = this._part("next").children;
    caption.textContent = next ? (next.title ? `Next: ${next.title}` : "Next") : "This is the last slide.";
    image.hidden = !still;
    if (still) image.src = new URL(still, document.baseURI).href;
    const notes = (slide?.notes ?? []).flatMap(paragraphs).map((text) => this._paragraph(text));
    this._part("notes").replaceChildren(...(notes.length ? notes : [this._paragraph("No notes.", "none")]));
    this._part("notes").scrollTop = 0;
  }

  _part(name) {
    return this._window.document.querySelector(`.${name}`);
  }

  _paragraph(text, kind = "") {
    return Object.assign(this._window.document.createElement("p"), { textContent: text, className: kind });
  }

  _draw(picture) {
    const canvas = this._window.document.querySelector("canvas");
    const { width, height } = this._deck.state ?? { width: 16, height: 9 };
    const wide = Math.min(960, width);
    const high = Math.round((wide * height) / width);
    if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
    const context = canvas.getContext("2d");
    if (picture === null) context.clearRect(0, 0, wide, high);
    else if (picture.complete !== false) context.drawImage(picture, 0, 0, wide, high);
    else picture.addEventListener("load", () => this.show(), { once: true });
  }

  _showTime() {
    if (!this._window || this._window.closed) return;
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    this._part("now").textContent = `${two(now.getHours())}:${two(now.getMinutes())}`;
    const seconds = this._began === null ? 0 : Math.floor((now - this._began) / 1000);
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    this._part("since").textContent = `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
  }
}

/** Return the paragraphs of a text, with the line breaks of lists only. */
function paragraphs(text) {
  return text.split(/\n\s*\n/).map((one) => one.trim().replace(/\s*\n(?!\s*[-*•] )\s*/g, " "));
}
