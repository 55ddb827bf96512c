// A talk in one file: slides of a film that is embedded in the page.
import { Deck } from "./deck.js";
import { Parts } from "./parts.js";

const text = (id) => document.getElementById(id).textContent;
const deck = new Deck(async (name) => {
  const bytes = Uint8Array.from(atob(text(`segment-${name}`)), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: "video/mp4" });
});
const film = JSON.parse(text("film"));
Parts.ofSlides(deck, async (name) => film.parts[name] ?? []);
deck.show(film);
