"use strict";
// Keeps the floor page true: takes pictures from the server, lets clocks run, and says when it cannot.

const board = document.getElementById("board");
const link = document.getElementById("link");
const LOST_AFTER_MS = 12000; // the server speaks at least every 5 s
let ahead = 0; // server's clock minus ours, ms
let heardAt = Date.now();

function stopwatch(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60, s = seconds % 60;
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function tick() {
  const lost = Date.now() - heardAt > LOST_AFTER_MS;
  say(lost ? link.dataset.lost : board.querySelector(".stale, [role=alert]") ? "接続待ち" : "更新中", lost);
  board.classList.toggle("lost", lost);
  if (lost || board.querySelector(".stale")) return; // a clock that runs on would claim to know
  const now = Date.now() + ahead;
  for (const time of board.querySelectorAll("time.ticks")) time.textContent = stopwatch(now - Date.parse(time.dateTime));
}

function say(text, lost) {
  if (link.textContent !== text) link.textContent = text; // only changes are read aloud
  link.classList.toggle("lost", lost);
}

function hear(event) {
  const told = JSON.parse(event.data);
  heardAt = Date.now();
  ahead = told.now - heardAt;
  return told;
}

function show(html) {
  const focused = document.activeElement?.closest("[id]")?.id;
  const scrolled = [...board.querySelectorAll("section[id]")].map((section) => [section.id, section.scrollLeft]);
  board.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  for (const [id, left] of scrolled) document.getElementById(id)?.scrollTo({ left, behavior: "instant" });
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

let events;

function connect() {
  events?.close();
  events = new EventSource(board.dataset.events);
  events.addEventListener("floor", (event) => { show(hear(event).html); tick(); });
  events.addEventListener("beat", hear);
}

connect(); // the browser reconnects by itself, unless it was answered with an error
setInterval(() => { if (events.readyState === EventSource.CLOSED) connect(); }, 3000);
setInterval(tick, 1000);
