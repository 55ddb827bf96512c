// The page of `nnviz present`: slides of the film that the server renders.
import { Deck } from "./deck.js";
import { Parts } from "./parts.js";

const deck = new Deck(async (name) => {
  const answer = await fetch(`segments/${name}`);
  if (!answer.ok) throw new Error(`segment ${name}: ${answer.status}`);
  return answer.blob();
});
// Where a slide waits, its neurons can be pointed at.
Parts.ofSlides(deck, async (name) => (await fetch(`parts/${name}`)).json());
const events = new EventSource("events");
events.onmessage = (message) => {
  const state = JSON.parse(message.data);
  for (const play of state.plays) play.still &&= `stills/${play.still}`;
  deck.show(state);
};
events.onerror = () => deck.say("The server has ended: what has not been shown may be missing.", "failed");
