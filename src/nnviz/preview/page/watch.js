// The page of `nnviz watch`: the server sends the whole state whenever it changes.
import { Parts } from "./parts.js";
import { Player } from "./player.js";

const $ = (id) => document.getElementById(id);
const player = new Player($("stage"), async (name) => {
  const answer = await fetch(`segments/${name}`);
  if (!answer.ok) throw new Error(`segment ${name}: ${answer.status}`);
  return answer.blob();
});
const DOING = {
  starting: "Starting",
  recording: "Recording",
  drawing: "Drawing",
  joining: "Joining",
};
const parts = new Parts(player, $("stage"), async (name) => (await fetch(`parts/${name}`)).json());
let state = null;
let shownFilm = "";
let shownRun = 0;

// --- what the server sends

const events = new EventSource("events");
events.onmessage = (message) => show(JSON.parse(message.data));
events.onerror = () => {
  document.body.dataset.lost = "";
  setStatus("failed", "The server has ended.");
};

function show(next) {
  delete document.body.dataset.lost;
  const before = state;
  state = next;
  document.title = `${state.scene ?? state.file} - nnviz watch`;
  $("file").textContent = state.file;
  showScenes();
  showStatus();
  if (before && before.scene !== state.scene) player.setFilm({ rate: state.rate, complete: false, plays: [] });
  showFilm();
  showError();
  showOutput();
  showRendering();
  document.body.dataset.run = state.run;
  document.body.dataset.status = state.status;
}

function showScenes() {
  const select = $("scenes");
  const names = [...select.options].map((option) => option.value);
  if (names.join() !== state.scenes.join()) {
    select.replaceChildren(...state.scenes.map((name) => new Option(name, name)));
  }
  $("choice").hidden = state.scenes.length === 0;
  select.value = state.scene ?? "";
}

function showStatus() {
  const fresh = state.plays.filter((play) => !play.old).length;
  const said = {
    starting: "Starting Manim",
    running: `${DOING[state.doing] ?? "Running"}${state.doing === "recording" ? `: play ${fresh + 1}` : ""}`,
    done: state.picture ? "A picture" : `${count(state.plays.length, "play")}, ${state.size}`,
    failed: "Error",
  };
  setStatus(state.status, said[state.status]);
}

function setStatus(kind, text) {
  $("status").dataset.kind = kind;
  const place = $("status").lastElementChild;
  if (place.textContent !== text) place.textContent = text;
}

function showFilm() {
  const plays = state.plays.map((play) => ({
    ...play,
    still: play.still && `stills/${play.still}`,
  }));
  const complete = state.status === "done";
  const text = JSON.stringify([state.rate, state.scene, complete, plays]);
  const stage = $("stage");
  stage.dataset.ratio = "";
  stage.style.setProperty("aspect-ratio", `${state.width} / ${state.height}`);
  $("picture").hidden = !state.picture;
  document.body.toggleAttribute("data-picture", state.picture);
  if (state.picture && shownRun !== state.run && state.status === "done") {
    shownRun = state.run;
    $("picture").src = `picture?${state.run}`;
  }
  const empty = $("empty");
  empty.hidden = plays.length > 0 || state.picture;
  empty.textContent =
    state.status === "failed" ? "There is no film yet." : state.status === "done" ? "" : "The film comes here.";
  if (text === shownFilm) return;
  shownFilm = text;
  player.setFilm({ rate: state.rate, complete, plays });
  showStrip(plays);
  showMarks(plays);
}

function showStrip(plays) {
  const strip = $("strip");
  while (strip.children.length > plays.length) strip.lastElementChild.remove();
  plays.forEach((play, i) => {
    const card = strip.children[i] ?? strip.appendChild(newCard(i));
    const ready = play.segments.every((segment) => segment !== null);
    const section = play.section && play.section !== plays[i - 1]?.section ? play.section : "";
    const text = JSON.stringify([play.still, play.line, play.source, play.frames, play.old, ready, section, section && plays.length]);
    if (card.dataset.text === text) return;
    card.dataset.text = text;
    const [title, button] = card.children;
    title.textContent = section;
    // A title may be as long as its plays are.
    const end = plays.findIndex((other, k) => k > i && other.section !== play.section);
    title.style.setProperty("width", `calc(${(end < 0 ? plays.length : end) - i} * 168px - 10px)`);
    const [image, line, source] = button.children;
    if (play.still && image.getAttribute("src") !== play.still) image.src = play.still;
    line.textContent = `${play.line}`;
    line.append(Object.assign(document.createElement("span"), { textContent: seconds(play.frames) }));
    source.textContent = play.source;
    button.title = `${play.file}, line ${play.line}`;
    button.setAttribute("aria-label", `Play ${i + 1}, line ${play.line}, ${seconds(play.frames)}: ${play.source}`);
    card.classList.toggle("old", play.old);
    card.classList.toggle("drawn", ready);
  });
}

function newCard(index) {
  const card = document.createElement("li");
  const title = document.createElement("h3");
  const button = document.createElement("button");
  const image = document.createElement("img");
  Object.assign(image, { alt: "", loading: "lazy", decoding: "async" });
  button.append(image, document.createElement("b"), document.createElement("code"));
  button.addEventListener("click", () => player.seek(index, player.playing ? 0 : Infinity));
  card.append(title, button);
  return card;
}

function showMarks(plays) {
  const total = player.total || 1;
  let at = 0;
  const marks = [];
  for (const [i, play] of plays.entries()) {
    if (i) {
      const mark = document.createElement("i");
      mark.style.setProperty("left", `${(100 * at) / total}%`);
      if (play.section !== plays[i - 1].section) mark.className = "section";
      marks.push(mark);
    }
    at += play.frames;
  }
  // More of them than pixels would be a grey bar.
  $("marks").replaceChildren(...(marks.length > 150 ? marks.filter((mark) => mark.className) : marks));
}

function showError() {
  const box = $("error");
  box.hidden = state.error === null;
  const text = JSON.stringify(state.error);
  if (state.error === null || box.dataset.text === text) return;
  box.dataset.text = text;
  box.querySelector("h2").textContent = state.error.title;
  $("places").replaceChildren(...state.error.places.map(placeOf));
  const all = box.querySelector("details");
  all.hidden = !state.error.text;
  all.querySelector("pre").textContent = state.error.text;
}

function placeOf(place) {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = `${place.file}, line ${place.line}${place.function ? `, in ${place.function}` : ""}`;
  const lines = document.createElement("pre");
  place.lines.forEach((text, i) => {
    const line = document.createElement(place.first + i === place.line ? "mark" : "span");
    line.dataset.line = place.first + i;
    line.textContent = text || " ";
    lines.append(line);
  });
  figure.append(caption, lines);
  return figure;
}

function showOutput() {
  const box = $("output");
  const place = box.querySelector("pre");
  const lines = state.output.split("\n").filter(Boolean).length;
  box.hidden = lines === 0;
  // The errors of LaTeX are there.
  if (state.status === "failed" && document.body.dataset.status !== "failed") box.open = true;
  box.querySelector("summary span").textContent = count(lines, "line");
  if (place.textContent !== state.output) {
    place.textContent = state.output;
    place.scrollTop = place.scrollHeight;
  }
}

function showRendering() {
  const { status, frames, total, text } = state.rendering;
  const runs = status === "running";
  $("rendered").hidden = $("stop").hidden = !runs;
  $("rendered").max = Math.max(1, total, frames);
  $("rendered").value = frames;
  $("render").hidden = runs;
  $("render").textContent = "Render at 1080p60";
  $("render").disabled = state.plays.length === 0;
  const said = runs ? `${frames} of ${Math.max(total, frames)} frames` : text;
  $("made").textContent = said;
  $("made").title = said;
  $("made").className = status;
}

// --- what the player reports

player.onchange = () => {
  parts.follow();
  const { play, frame } = player.position;
  const { plays, rate } = player.film;
  const now = plays[play];
  const body = document.body.dataset;
  body.play = play;
  body.frame = frame;
  body.playing = player.playing;
  $("toggle").setAttribute("aria-label", player.playing ? "Pause" : "Play");
  $("loop").setAttribute("aria-pressed", player.loop);
  for (const id of ["before", "after", "toggle", "back", "forth", "loop"]) $(id).disabled = !now;
  if (!now) {
    $("position").textContent = "";
    $("line").textContent = "";
    return;
  }
  const total = player.total;
  const at = player.absolute;
  $("position").textContent =
    `Play ${play + 1} of ${plays.length} · frame ${frame + 1} of ${now.frames} · ${clock(at / rate)} of ${clock(total / rate)}`;
  $("line").textContent = `${now.line}  ${now.source}`;
  const slider = $("scrub");
  slider.setAttribute("aria-valuemax", total - 1);
  slider.setAttribute("aria-valuenow", at);
  slider.setAttribute("aria-valuetext", `Play ${play + 1}, frame ${frame + 1}`);
  const begin = player.startOf(play);
  $("here").style.setProperty("left", `${(100 * begin) / total}%`);
  $("here").style.setProperty("width", `${(100 * now.frames) / total}%`);
  $("handle").style.setProperty("left", `${(100 * (at + 0.5)) / total}%`);
  [...$("strip").children].forEach((card, i) => {
    const is = i === play;
    if (card.classList.contains("here") === is) return;
    card.classList.toggle("here", is);
    card.lastElementChild.toggleAttribute("aria-current", is);
    if (is) intoView(card);
  });
};

function intoView(card) {
  const frame = card.parentElement;
  const [left, right] = [card.offsetLeft, card.offsetLeft + card.offsetWidth];
  const margin = card.offsetWidth;
  if (left - margin < frame.scrollLeft || right + margin > frame.scrollLeft + frame.clientWidth) {
    frame.scrollTo({ left: left - (frame.clientWidth - card.offsetWidth) / 2 });
  }
}

// --- what the viewer does

async function command(what, value) {
  await fetch("command", { method: "POST", body: JSON.stringify({ do: what, value }) });
}

const ACTIONS = {
  before: () => player.seek(player.position.play - 1, player.playing ? 0 : Infinity),
  after: () => player.seek(player.position.play + 1, player.playing ? 0 : Infinity),
  toggle: () => player.toggle(),
  back: () => player.step(-1),
  forth: () => player.step(1),
  loop: () => {
    player.loop = !player.loop;
    player.onchange();
  },
};
const KEYS = {
  ArrowLeft: "before",
  ArrowRight: "after",
  " ": "toggle",
  ",": "back",
  ".": "forth",
  l: "loop",
};
for (const [id, action] of Object.entries(ACTIONS)) $(id).addEventListener("click", action);
$("render").addEventListener("click", () => command("render", "h"));
$("stop").addEventListener("click", () => command("stop"));
$("scenes").addEventListener("change", () => command("choose", $("scenes").value));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, pre, summary")) return;
  // A button that has the focus is pressed by the space bar, as everywhere.
  if (event.key === " " && event.target.closest("button") && !event.target.closest("#strip")) return;
  const id = KEYS[event.key];
  if (id) ACTIONS[id]();
  else if (event.key === "Home") player.seekTo(0);
  else if (event.key === "End") player.seekTo(Infinity);
  else return;
  event.preventDefault();
});

const scrub = $("scrub");
function drag(event) {
  const box = scrub.getBoundingClientRect();
  player.seekTo(Math.floor(((event.clientX - box.left) / box.width) * player.total));
}
scrub.addEventListener("pointerdown", (event) => {
  scrub.setPointerCapture(event.pointerId);
  player.pause();
  drag(event);
});
scrub.addEventListener("pointermove", (event) => {
  if (scrub.hasPointerCapture(event.pointerId)) drag(event);
});

function seconds(frames) {
  return `${(frames / state.rate).toFixed(1)} s`;
}

function clock(time) {
  const tenths = Math.floor(time * 10 + 1e-6);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}

function count(number, name) {
  return `${number} ${name}${number === 1 ? "" : "s"}`;
}
