// Keeps the floor page true: takes from the server what is different, lets clocks run, and says when it cannot.

import { need, nodes } from "./lib/dom";
import { Feed, type Told } from "./lib/feed";
import { steer } from "./lib/panel";
import { runClocks } from "./lib/time";

/** `pieces`: HTML by element id. `lists`: the ids of the rows of a list, in order. `own`: what I hear myself. */
interface Change extends Told {
  pieces: Record<string, string>;
  lists: Record<string, string[]>;
  own: string;
}

const board = need("board", HTMLElement);
const link = need("link", HTMLElement);
const own = need("own", HTMLElement);
let ownHtml = "";

function place(change: Change): void {
  for (const [id, html] of Object.entries(change.pieces)) {
    if (id.startsWith("p-")) need(id, HTMLElement).replaceChildren(...nodes(html));
    else document.getElementById(id)?.replaceWith(...nodes(html));
  }
  for (const [name, ids] of Object.entries(change.lists)) order(name, ids, change.pieces);
  if (change.own !== ownHtml) own.replaceChildren(...nodes((ownHtml = change.own)));
}

/** Bring a list's rows into their order: known ones move, new ones are made, gone ones leave. */
function order(name: string, ids: string[], pieces: Record<string, string>): void {
  const list = board.querySelector(`[data-list="${name}"]`);
  if (!list) return;
  const known = new Map([...list.children].map((row) => [row.id, row]));
  list.replaceChildren(...ids.map((id) => known.get(id) ?? row(pieces[id] ?? "")));
  const frame = list.closest("table") ?? list;
  frame.toggleAttribute("hidden", ids.length === 0);
  board.querySelector(`[data-nobody="${name}"]`)?.toggleAttribute("hidden", ids.length > 0);
  const count = board.querySelector(`[data-count="${name}"]`);
  if (count) count.textContent = String(ids.length);
}

function row(html: string): ChildNode {
  return nodes(html)[0] ?? document.createComment("");
}

function show(change: Change): void {
  const focused = document.activeElement?.closest("[id]")?.id;
  place(change);
  board.classList.toggle("stale", !change.live);
  tick();
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
}

function tick(): void {
  const stale = board.classList.contains("stale");
  const text = link.dataset[feed.lost ? "lost" : stale ? "stale" : "live"] ?? "";
  if (link.textContent !== text) link.textContent = text; // only changes are read aloud
  link.classList.toggle("lost", feed.lost);
  board.classList.toggle("lost", feed.lost);
  if (!feed.lost && !stale) runClocks(board, feed.now); // a clock that runs on would claim to know
}

const feed = new Feed<Change>(board.dataset["events"] ?? "", "floor", show);
steer();
setInterval(tick, 500);
