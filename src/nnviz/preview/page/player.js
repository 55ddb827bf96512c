// A player of films in segments: exact to the frame, and gapless where segments are there. It does
// not depend on a server: `fetchSegment(name)` returns a segment as a Blob.
//
// A film is { rate, complete, plays: [{ key, old, frames, still, segments: [{ name, frames } or
// null] }] }. Plays of the same key look the same. One whose segments are not all there is shown by
// the picture at the address `still`. While a film is not `complete`, plays
// that are `old` will be replaced.

const KEPT_SEGMENTS = 48;
// How often, and after how many milliseconds, a frame that could not be shown is tried again.
const RETRIES = 5;
const RETRY_MS = 200;

export class Player {
  /** @param {HTMLElement} stage  Where the film is shown.
   *  @param {(name: string) => Promise<Blob>} fetchSegment */
  constructor(stage, fetchSegment) {
    this.film = { rate: 15, complete: false, plays: [] };
    this.position = { play: 0, frame: 0 };
    this.playing = false;
    this.loop = false;
    /** Returns the play that follows one; -1: the film stops. It is also called ahead of time. */
    this.after = (play) => (this.loop ? play : play + 1 < this.film.plays.length ? play + 1 : -1);
    /** Called when the position, or what is shown, has changed. */
    this.onchange = () => {};
    this._fetch = fetchSegment;
    this._stage = stage;
    this._urls = new Map();
    this._still = stage.appendChild(document.createElement("img"));
    this._still.alt = "";
    this._screens = [0, 1].map(() => {
      const video = stage.appendChild(document.createElement("video"));
      Object.assign(video, { muted: true, playsInline: true, preload: "auto", disablePictureInPicture: true });
      video.tabIndex = -1;
      return { video, name: null, ready: Promise.resolve() };
    });
    this._front = 0;
    this._lost = null; // the play that was shown, and is not at its place any more
    this._waits = false; // for segments that are not there
    this._turn = 0; // counts requests to show a frame; an older one that still waits gives up
    this._show(null);
  }

  /** Show another film; the position stays at its play, also if that has moved. */
  setFilm(film) {
    const before = this.film;
    const was = before.plays[this.position.play];
    this.film = film;
    if (!film.plays.length) {
      this.pause();
      this.position = { play: 0, frame: 0 };
      this._lost = null;
      this._show(null);
      this.onchange();
      return;
    }
    let play = Math.min(this.position.play, film.plays.length - 1);
    let { frame } = this.position;
    let restarts = this._waits;
    if (was === undefined || was.key !== film.plays[play].key) {
      // It has changed or moved; if it moved, it is or will be at another place.
      if (was && !this._lost && isOne(before, was.key)) this._lost = { key: was.key, frame };
      // Its last frame first; then, where the film was running, all of it.
      frame = this.playing ? 0 : film.plays[play].frames - 1;
      restarts = true;
    }
    const moved = this._lost ? film.plays.findIndex((one) => !one.old && one.key === this._lost.key) : -1;
    if (moved >= 0) {
      play = moved;
      frame = this._lost.frame;
      restarts = true;
    }
    if (moved >= 0 || film.complete) this._lost = null;
    this.position = { play, frame };
    if (restarts) {
      if (!this._locate()) this._stillOf(film.plays[play]);
      this._restart();
    }
    this.onchange();
  }

  get total() {
    return this.film.plays.reduce((sum, play) => sum + play.frames, 0);
  }

  /** The number of a frame in the whole film. */
  get absolute() {
    return this.startOf(this.position.play) + this.position.frame;
  }

  startOf(play) {
    return this.film.plays.slice(0, play).reduce((sum, one) => sum + one.frames, 0);
  }

  /** Return the position of a frame of the whole film. */
  at(frame) {
    let rest = Math.max(0, Math.min(frame, this.total - 1));
    for (const [play, { frames }] of this.film.plays.entries()) {
      if (rest < frames) return { play, frame: rest };
      rest -= frames;
    }
    return { play: 0, frame: 0 };
  }

  seek(play, frame) {
    if (!this.film.plays.length) return;
    play = Math.max(0, Math.min(play, this.film.plays.length - 1));
    frame = Math.max(0, Math.min(frame, this.film.plays[play].frames - 1));
    this.position = { play, frame };
    this._lost = null;
    this._restart();
    this.onchange();
  }

  seekTo(frame) {
    const { play, frame: inside } = this.at(frame);
    this.seek(play, inside);
  }

  step(frames) {
    this.pause();
    this.seekTo(this.absolute + frames);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    const plays = this.film.plays;
    if (!plays.length) return;
    const { play, frame } = this.position;
    if (frame >= plays[play].frames - 1) this.position = { play: Math.max(0, this.after(play)), frame: 0 };
    this._start();
  }

  /** Play from the beginning of a play. */
  playFrom(play) {
    this.position = { play, frame: 0 };
    this._lost = null;
    this._start();
  }

  _start() {
    this.playing = true;
    this._restart();
    this.onchange();
  }

  /** The element that shows the frame: a video or an image; null if there is none. */
  get picture() {
    const { video } = this._screens[this._front];
    if (!video.hidden) return video;
    return this._still.hidden ? null : this._still;
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this._restart();
    this.onchange();
  }

  // --- what is shown

  _restart(retries = RETRIES) {
    const turn = ++this._turn;
    for (const { video } of this._screens) video.pause();
    (this.playing ? this._run(turn) : this._present(turn)).catch((error) => {
      if (!(error instanceof Overtaken)) console.warn(error);
      if (turn !== this._turn) return;
      this._stillOf(this.film.plays[this.position.play]);
      // The video may be in use for another segment, or the server may be busy.
      if (retries) setTimeout(() => turn === this._turn && this._restart(retries - 1), RETRY_MS);
    });
  }

  /** Show the frame at the position. */
  async _present(turn) {
    // While a handle is dragged only the last of many positions is worth looking up.
    await this._settled();
    this._check(turn);
    const found = this._locate();
    this._waits = found === null;
    if (found === null) {
      this._stillOf(this.film.plays[this.position.play]);
      return;
    }
    const screen = await this._loaded(found.segment.name, turn);
    await this._seek(screen.video, found.frame + 0.5);
    this._check(turn);
    this._show(screen);
    this.onchange();
  }

  async _seek(video, frames) {
    const seeking = seeked(video, frames / this.film.rate);
    this._seeking = seeking.catch(() => {});
    try {
      await seeking;
    } finally {
      this._seeking = null;
    }
  }

  async _settled() {
    while (this._seeking) await this._seeking;
  }

  /** Play from the position on. */
  async _run(turn) {
    for (;;) {
      const found = this._locate();
      this._waits = found === null;
      if (found === null) {
        this._stillOf(this.film.plays[this.position.play]);
        return; // setFilm goes on when there is more
      }
      const { segment, first, frame } = found;
      const screen = await this._loaded(segment.name, turn);
      const { video } = screen;
      await this._settled();
      this._check(turn);
      await this._seek(video, frame ? frame + 0.5 : 0);
      this._check(turn);
      this._show(screen);
      await video.play();
      this._preload(segment.name);
      while (!video.ended) {
        await new Promise(requestAnimationFrame);
        this._check(turn);
        const now = Math.floor(video.currentTime * this.film.rate + 0.01);
        const inside = first + Math.max(0, Math.min(now, segment.frames - 1));
        if (inside !== this.position.frame) {
          this.position = { play: this.position.play, frame: inside };
          this.onchange();
        }
      }
      const { plays } = this.film;
      const { play } = this.position;
      const next = first + segment.frames;
      const after = this.after(play);
      if (next < plays[play].frames) this.position = { play, frame: next };
      else if (after >= 0) this.position = { play: after, frame: 0 };
      else {
        this.position = { play, frame: plays[play].frames - 1 };
        this.playing = false;
        this.onchange();
        return;
      }
      this.onchange();
    }
  }

  /** Return the segment that has the position, or null if it is not there. */
  _locate() {
    const play = this.film.plays[this.position.play];
    if (!play || play.segments.some((segment) => segment === null)) return null;
    let first = 0;
    for (const segment of play.segments) {
      const frame = this.position.frame - first;
      if (frame < segment.frames) return { segment, first, frame };
      first += segment.frames;
    }
    return null;
  }

  /** Return a screen with a segment, in front where it is there already. */
  async _loaded(name, turn) {
    const screen =
      this._screens.find((one) => one.name === name) ?? this._screens[1 - this._front];
    if (screen.name !== name) this._load(screen, name);
    await screen.ready;
    this._check(turn);
    return screen;
  }

  /** Begin to load a segment into a screen; its promise `ready` resolves when it is loaded. */
  _load(screen, name) {
    const load = async () => {
      const url = await this._url(name);
      if (screen.name !== name) throw new Overtaken();
      const ready = once(screen.video, ["loadeddata"], ["error"]);
      screen.video.src = url;
      await ready;
      if (screen.name !== name) throw new Overtaken();
    };
    screen.name = name;
    screen.ready = load();
    screen.ready.catch(() => {
      if (screen.name === name) screen.name = null;
    });
  }

  async _url(name) {
    let url = this._urls.get(name);
    this._urls.delete(name);
    if (url === undefined) url = this._fetch(name).then((blob) => URL.createObjectURL(blob));
    this._urls.set(name, url); // the newest are last
    if (this._urls.size > KEPT_SEGMENTS) {
      const [oldest, old] = this._urls.entries().next().value;
      if (!this._screens.some((screen) => screen.name === oldest)) {
        this._urls.delete(oldest);
        old.then(URL.revokeObjectURL, () => {});
      }
    }
    try {
      return await url;
    } catch (error) {
      this._urls.delete(name);
      throw error;
    }
  }

  /** Load the segment after another one into the hidden screen. */
  _preload(name) {
    const { plays } = this.film;
    const { play } = this.position;
    const after = this.after(play);
    // Where the film stops, the next play is the most likely to follow.
    const following = plays[after < 0 ? play + 1 : after];
    const here = plays[play].segments;
    const place = here.findIndex((segment) => segment?.name === name);
    const next = (here[place + 1] ?? following?.segments[0])?.name;
    const back = this._screens[1 - this._front];
    if (next && next !== name && back.name !== next) this._load(back, next);
  }

  _stillOf(play) {
    if (play && play.still && this._still.getAttribute("src") !== play.still) {
      this._still.src = play.still;
    }
    this._show(null);
  }

  /** Put a screen in front, or the picture if it is null. */
  _show(screen) {
    if (screen) this._front = this._screens.indexOf(screen);
    for (const one of this._screens) one.video.hidden = one !== screen;
    const { play, frame } = this.position;
    this._stage.dataset.shown = screen ? `${play} ${frame}` : "still";
    this._still.hidden = screen !== null || !this._still.getAttribute("src") || !this.film.plays.length;
  }

  _check(turn) {
    if (turn !== this._turn) throw new Overtaken();
  }
}

class Overtaken extends Error {}

/** Return whether no two plays of one run have this key. */
function isOne({ plays }, key) {
  const same = plays.filter((play) => play.key === key);
  return same.filter((play) => play.old).length < 2 && same.filter((play) => !play.old).length < 2;
}

/** Wait for an event of one of some names; fail when one of others comes first. */
function once(target, good, bad) {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const { signal } = end;
    const settle = (call) => () => {
      end.abort();
      call();
    };
    for (const name of good) target.addEventListener(name, settle(resolve), { signal });
    const fail = () => reject(target.error ?? new Overtaken());
    for (const name of bad) target.addEventListener(name, settle(fail), { signal });
  });
}

function seeked(video, seconds) {
  if (Math.abs(video.currentTime - seconds) < 1e-6 && !video.seeking) return Promise.resolve();
  const done = once(video, ["seeked"], ["error", "emptied"]);
  video.currentTime = seconds;
  return done;
}
