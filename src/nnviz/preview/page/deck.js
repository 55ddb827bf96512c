// Slides of a film: each is played, and waits at its end for the presenter to go on.
//
// Its state comes from the server (`nnviz.preview.state.State.to_json`): the film's plays, and its
// slides, { title, first, last, again, finishes, notes }. `first` and `last` are numbers of plays;
// after the last one it repeats from `again` until the presenter goes on, or stops if that is null.
import { Player } from "./player.js";
import { Speaker } from "./speaker.js";

const $ = (id) => document.getElementById(id);
const AWAKE = 2500; // milliseconds for which the bar is visible
const SWIPE = 40; // pixels
const TAP = 10;
const KEYS = {
  ArrowRight: "forward", ArrowDown: "forward", PageDown: "forward", " ": "forward", n: "forward",
  ArrowLeft: "back", ArrowUp: "back", PageUp: "back", Backspace: "back",
  Home: "first", End: "last", r: "again", p: "pause", b: "blank", ".": "blank",
  f: "full", F5: "full", s: "speaker", "?": "help",
};

export class Deck {
  /** @param {(name: string) => Promise<Blob>} fetchSegment */
  constructor(fetchSegment) {
    this.slides = [];
    this.state = null;
    this.player = new Player($("stage"), fetchSegment);
    this.player.after = (play) => this._after(play);
    this.player.onchange = () => this._showPlace();
    this.speaker = new Speaker(this);
    this._leaving = -1; // the slide that ends with its present repetition
    this._typed = "";
    this._film = "";
    // The slide to begin with, as a reload goes back to the same one. null: it is shown already.
    this._target = Math.max(0, (parseInt(location.hash.slice(1), 10) || 1) - 1);
    this._listen();
    this._showPlace();
  }

  /** Show a film, or its present state. */
  show(state) {
    const isOther = this.state !== null && this.state.scene !== state.scene;
    this.state = state;
    this.slides = state.slides;
    document.title = state.scene ?? "nnviz present";
    const { rate, plays } = state;
    const complete = state.status === "done";
    if (isOther) {
      this.player.setFilm({ rate, complete: false, plays: [] });
      this._target = 0;
    }
    const film = JSON.stringify([rate, complete, plays]);
    if (film !== this._film) this.player.setFilm({ rate, complete, plays });
    this._film = film;
    const slide = this._target === null ? undefined : this.slides[this._target] ?? (complete && this.slides.at(-1));
    if (slide) {
      this._target = null;
      this.player.seek(slide.first, 0);
    }
    document.body.dataset.status = state.status;
    document.body.dataset.slides = this.slides.length;
    this._sayStatus();
    this._showPlace();
  }

  /** Show a line above the slide; hide it if it is empty. */
  say(text, kind = "") {
    const place = $("message");
    place.hidden = !text;
    place.className = kind;
    if (place.textContent !== text) place.textContent = text;
  }

  _sayStatus() {
    const { status, doing, error, plays, picture } = this.state;
    const missing = plays.filter((play) => play.segments.includes(null)).length;
    if (status === "failed") this.say(`${error?.title ?? "Error"}`, "failed");
    else if (status === "starting") this.say("Starting Manim");
    else if (status === "running" && doing === "recording") this.say(`Recording: play ${plays.filter((play) => !play.old).length + 1}`);
    else if (status === "running" && missing) this.say(`Drawing: ${plays.length - missing} of ${plays.length} plays`);
    else if (status === "done" && picture) this.say("The scene plays nothing: there are no slides.");
    else this.say("");
  }

  // --- where it is

  /** The number of the slide that is shown; -1 if there is none. */
  get at() {
    return this._slideOf(this.player.position.play);
  }

  _slideOf(play) {
    return this.slides.findIndex((slide) => slide.first <= play && play <= slide.last);
  }

  get isOver() {
    const slide = this.slides[this.at];
    const { play, frame } = this.player.position;
    return !this.player.playing && play === slide?.last && frame >= this.player.film.plays[play].frames - 1;
  }

  /** What the slide does: "waits", "plays", "goes round", "ends its round". */
  get does() {
    const slide = this.slides[this.at];
    if (!slide) return "";
    if (!this.player.playing) return this.isOver ? "waits" : "stands";
    const goesRound = slide.again !== null && this.player.position.play >= slide.again;
    if (!goesRound) return "plays";
    return this._leaving === this.at ? "ends its round" : "goes round";
  }

  _after(play) {
    const number = this._slideOf(play);
    const slide = this.slides[number];
    if (!slide) return -1;
    if (play < slide.last) return play + 1;
    if (slide.again === null) return -1;
    if (this._leaving !== number) return slide.again;
    return number + 1 < this.slides.length ? this.slides[number + 1].first : -1;
  }

  // --- what the presenter does

  forward() {
    const slide = this.slides[this.at];
    if (!slide) return;
    this.speaker.begin();
    const { player } = this;
    const isLast = this.at === this.slides.length - 1;
    if (!player.playing && !this.isOver) player.play();
    else if (player.playing && slide.finishes && this._leaving !== this.at) {
      this._leaving = this.at;
      this._showPlace();
    } else if (!isLast) this._begin(this.at + 1);
    else this._stand(slide.last, Infinity);
  }

  back() {
    const before = this.slides[this.at - 1];
    if (!before) this.first();
    else if (before.again === null) this._stand(before.last, Infinity);
    else this._begin(this.at - 1);
  }

  first() {
    this._stand(0, 0);
  }

  last() {
    const slide = this.slides.at(-1);
    if (slide) this._stand(slide.last, Infinity);
  }

  again() {
    if (this.at >= 0) this._begin(this.at);
  }

  pause() {
    this.player.pause();
  }

  goTo(number) {
    if (this.slides.length) this._begin(Math.max(0, Math.min(number, this.slides.length) - 1));
  }

  blank() {
    $("blank").hidden = !$("blank").hidden;
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
  }

  help() {
    if ($("help").open) $("help").close();
    else $("help").showModal();
  }

  _begin(number) {
    this._leaving = -1;
    this.player.playFrom(this.slides[number].first);
  }

  _stand(play, frame) {
    this._leaving = -1;
    this.player.pause();
    this.player.seek(play, frame);
  }

  /** Do the action of a key or a button. */
  act(what) {
    // After a black screen comes the slide that was shown before it.
    if (!$("blank").hidden && ["forward", "back", "again"].includes(what)) this.blank();
    else if (what === "speaker") this.speaker.open();
    else this[what]();
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { key } = event;
    const isPressed = key === " " || key === "Enter";
    if (isPressed && event.target.closest?.("button")) return;
    if ($("help").open && key !== "?") return;
    if (/^[0-9]$/.test(key)) this._type(this._typed + key);
    else if (key === "Enter" && this._typed) {
      this.goTo(parseInt(this._typed, 10));
      this._type("");
    } else if (key === "Escape") this._type("");
    else {
      const what = key === "Enter" ? "forward" : KEYS[key.length === 1 ? key.toLowerCase() : key];
      if (!what) return;
      this._type("");
      this.act(what);
    }
    event.preventDefault();
  }

  _type(text) {
    this._typed = text.slice(-4);
    $("typed").hidden = !text;
    $("typed").textContent = `Slide ${this._typed}`;
  }

  _listen() {
    document.addEventListener("keydown", (event) => this.onKey(event));
    for (const button of document.querySelectorAll("#bar button")) {
      button.addEventListener("click", (event) => {
        this.act(button.dataset.do);
        // Otherwise the space bar would press it again.
        if (event.detail) button.blur();
      });
    }
    let sleep;
    const wake = () => {
      document.body.classList.add("awake");
      clearTimeout(sleep);
      sleep = setTimeout(() => document.body.classList.remove("awake"), AWAKE);
    };
    document.addEventListener("pointermove", wake);
    document.addEventListener("pointerdown", wake);
    let from = null;
    const touched = [$("stage"), $("blank")];
    for (const place of touched) {
      place.addEventListener("pointerdown", (event) => {
        from = event.isPrimary && event.button === 0 ? event : null;
      });
      place.addEventListener("pointerup", (event) => {
        if (from === null) return;
        const [x, y] = [event.clientX - from.clientX, event.clientY - from.clientY];
        from = null;
        if (Math.abs(x) >= SWIPE && Math.abs(x) > Math.abs(y)) this.act(x < 0 ? "forward" : "back");
        else if (Math.hypot(x, y) < TAP) this.act("forward");
      });
      place.addEventListener("pointercancel", () => (from = null));
    }
    const stayOn = () => {
      if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
    };
    document.addEventListener("visibilitychange", stayOn);
    stayOn();
  }

  _showPlace() {
    const at = this.at;
    const slide = this.slides[at];
    const { play, frame } = this.player.position;
    Object.assign(document.body.dataset, { slide: at + 1, play, frame, playing: this.player.playing, does: this.does });
    const place = slide ? `${at + 1} / ${this.slides.length}` : "";
    if ($("place").textContent !== place) $("place").textContent = place;
    $("title").textContent = slide?.title ?? "";
    if (slide && this._target === null && location.hash !== `#${at + 1}`) history.replaceState(null, "", `#${at + 1}`);
    if (this._leaving >= 0 && this._leaving !== at) this._leaving = -1;
    this.speaker.show();
  }
}
