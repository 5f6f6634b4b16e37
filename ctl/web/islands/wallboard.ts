// Keeps the wallboard true, for months without a hand: pieces that are different, clocks, and how old it is when it is.

import { need, nodes } from "./lib/dom";
import { Feed, type Told } from "./lib/feed";
import { ago, runClocks, timeOfDay } from "./lib/time";

/** `pieces`: HTML by element id. `made`: the script and the style that go with them. */
interface Change extends Told {
  pieces: Record<string, string>;
  made: string;
}

const wall = need("wall", HTMLElement);
const stale = need("stale", HTMLElement);
const clock = need("clock", HTMLElement);
const trueAt = need("true-at", HTMLElement);
const age = need("age", HTMLElement);
let live = stale.hidden;

function show(change: Change): void {
  if (change.made !== wall.dataset["made"]) {
    location.reload();
    return;
  }
  for (const [id, html] of Object.entries(change.pieces)) need(id, HTMLElement).replaceChildren(...nodes(html));
  tick();
}

function tick(): void {
  live = feed.told?.live ?? live;
  const old = feed.lost || !live;
  clock.textContent = timeOfDay(feed.now);
  wall.classList.toggle("stale", old);
  stale.hidden = !old;
  const seen = feed.trueAt ?? Number(wall.dataset["seen"]);
  if (!seen) return;
  runClocks(wall, old ? seen : feed.now); // a wait that runs on would claim to know
  trueAt.textContent = timeOfDay(seen);
  age.textContent = `（${ago(feed.now - seen)}前）`;
}

const feed = new Feed<Change>(wall.dataset["events"] ?? "", "floor", show);
tick();
setInterval(tick, 250);
