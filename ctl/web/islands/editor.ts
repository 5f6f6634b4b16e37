// The text of a file, checked by the server while it is written: numbers of lines, faults at theirs, the picture of a flow.

import { post } from "./lib/ask";
import { need, nodes } from "./lib/dom";

/** A fault, or a remark that refuses nothing. `line`: 0 for the whole file. */
interface Finding {
  line: number;
  place: string;
  text: string;
  lang: string;
}

/** `elsewhere`: faults of other files. `drawn`: the picture as HTML, empty while there are faults. */
interface Checked {
  faults: Finding[];
  remarks: Finding[];
  elsewhere: number;
  drawn: string;
}

const PAUSE_MS = 500; // nobody wants to be told about half a word

const text = need("f-text", HTMLTextAreaElement);
const form = need("editor", HTMLFormElement);
const lines = need("lines", HTMLElement);
const verdict = need("verdict", HTMLElement);
const findings = need("findings", HTMLUListElement);
const drawn = need("drawn", HTMLElement);
const told = need("told", HTMLElement); // what the server said when the page was opened

let found: Finding[] = [];
let checked = text.ariaInvalid === "true" ? null : text.value; // the text about which we know
let asking = false;
let pause = 0;

/** One row for each line of the text, behind it: its number, and what is wrong there. */
function number(): void {
  const wrong = new Map(found.filter((one) => one.line).map((one) => [one.line, one.text]));
  const rows = text.value.split("\n").map((_, n) => {
    const row = document.createElement("div");
    const what = wrong.get(n + 1);
    row.append(String(n + 1));
    if (what === undefined) return row;
    row.className = "wrong";
    const note = document.createElement("span");
    note.textContent = what;
    row.append(note);
    return row;
  });
  lines.replaceChildren(...rows);
  follow();
}

function follow(): void {
  lines.scrollTop = text.scrollTop;
}

function item(kind: "wrong" | "remark", one: Finding): HTMLLIElement {
  const row = document.createElement("li");
  const said = document.createElement("span");
  said.textContent = one.text;
  said.lang = one.lang;
  const place = document.createElement(one.line ? "button" : "strong");
  place.textContent = one.place;
  if (place instanceof HTMLButtonElement) {
    place.type = "button";
    place.className = "small";
    place.addEventListener("click", () => goTo(one.line));
  }
  row.append(place, "：", said);
  row.className = kind;
  return row;
}

function goTo(line: number): void {
  const all = text.value.split("\n");
  const start = all.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (all[line - 1]?.length ?? 0));
  text.scrollTop = (text.scrollHeight / all.length) * Math.max(0, line - 5);
}

/** Only changes are read aloud. `more` is for who hears it: eyes find it in the list below. */
function say(words: string, more = ""): void {
  if (verdict.textContent === words + more) return;
  const heard = document.createElement("span");
  heard.className = "hidden";
  heard.textContent = more;
  verdict.replaceChildren(words, heard);
}

function conclude(answer: Checked): void {
  const first = answer.faults[0];
  const elsewhere = answer.elsewhere ? `ほかのファイルに誤りが ${answer.elsewhere}件あります。` : "";
  if (first) say(`誤り ${answer.faults.length}件。`, `${first.place}：${first.text}`);
  else say(`この内容に誤りはありません。${elsewhere}`);
}

function show(answer: Checked): void {
  found = answer.faults;
  told.replaceChildren();
  findings.replaceChildren(
    ...answer.faults.map((one) => item("wrong", one)),
    ...answer.remarks.map((one) => item("remark", one)),
  );
  text.setAttribute("aria-invalid", String(found.length > 0));
  text.setAttribute("aria-describedby", "verdict");
  verdict.classList.toggle("wrong", found.length > 0);
  if (answer.drawn) drawn.replaceChildren(...nodes(answer.drawn));
  drawn.classList.toggle("stale", !answer.drawn); // the picture stays, and shows that it is of an earlier text
  conclude(answer);
  number();
}

/** One question at a time: what is written meanwhile is asked about afterwards. */
async function check(): Promise<void> {
  if (asking || text.value === checked) return;
  asking = true;
  const asked = text.value;
  const fields = new FormData(form);
  fields.set("do", "check");
  const answer = await post<Checked>(form.action, fields);
  asking = false;
  checked = asked;
  if (answer.error) say(`確かめられません：${answer.error.message}`);
  else if (text.value === asked) show(answer);
  if (text.value !== asked) later();
}

function later(): void {
  clearTimeout(pause);
  pause = setTimeout(() => void check(), PAUSE_MS);
}

text.addEventListener("input", () => {
  number(); // a mark moves with its line at the next answer
  later();
});
text.addEventListener("scroll", follow);
new ResizeObserver(() => (lines.style.height = `${text.clientHeight}px`)).observe(text);
form.classList.add("live");
number();
void check();
