// Keeps the floor page true: takes pictures from the server, lets clocks run, and says when it cannot.

import { need, nodes } from "./lib/dom";
import { Feed, type Told } from "./lib/feed";
import { runClocks } from "./lib/time";

interface Picture extends Told {
  html: string;
}

const board = need("board", HTMLElement);
const link = need("link", HTMLElement);

function say(text: string, lost: boolean): void {
  if (link.textContent !== text) link.textContent = text; // only changes are read aloud
  link.classList.toggle("lost", lost);
}

function show(picture: Picture): void {
  const focused = document.activeElement?.closest("[id]")?.id;
  const scrolled = [...board.querySelectorAll("section[id]")].map((section) => [section.id, section.scrollLeft] as const);
  board.replaceChildren(...nodes(picture.html));
  for (const [id, left] of scrolled) document.getElementById(id)?.scrollTo({ left, behavior: "instant" });
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  tick();
}

function tick(): void {
  const stale = board.querySelector(".stale, [role=alert]") !== null;
  say(feed.lost ? (link.dataset["lost"] ?? "") : stale ? "接続待ち" : "更新中", feed.lost);
  board.classList.toggle("lost", feed.lost);
  if (!feed.lost && !stale) runClocks(board, feed.now); // a clock that runs on would claim to know
}

const feed = new Feed<Picture>(board.dataset["events"] ?? "", "floor", show);
setInterval(tick, 500);
