import { ask, confirmed } from "./ask";
import { need, nodes } from "./dom";
import { say } from "./say";

const panel = need("panel", HTMLDialogElement);
const address = panel.dataset["address"] ?? "";
const CENTRE: Record<string, string> = { mode: "/floor/mode", notice: "/floor/notice" };
const act = panel.dataset["act"] ?? "";

/** Open the dialog about a call, an operator, a group or the centre: what a button's data says. */
async function open(about: URLSearchParams, from = address): Promise<void> {
  const response = await fetch(`${from}?${about}`, { headers: { Accept: "text/html" }, redirect: "manual" });
  if (response.type === "opaqueredirect") return location.reload();
  const html = await response.text();
  if (!response.ok) {
    const page = new DOMParser().parseFromString(html, "text/html");
    return say("bad", page.querySelector("main p")?.textContent ?? "開けませんでした。");
  }
  panel.replaceChildren(...nodes(html));
  panel.setAttribute("aria-labelledby", "panel-title");
  panel.showModal();
}

async function send(form: HTMLFormElement, button: HTMLButtonElement): Promise<void> {
  if (button.dataset["confirm"] && !(await confirmed(button.dataset["confirm"]))) return;
  const fields = new FormData(form, button);
  if (button.dataset["setNotice"]) fields.set("notice", button.dataset["setNotice"]);
  const wrong = need("panel-wrong", HTMLElement);
  button.ariaBusy = "true";
  const answer = await ask(form.getAttribute("action") ?? act, fields);
  button.ariaBusy = "false";
  wrong.hidden = answer.ok;
  wrong.textContent = answer.ok ? "" : answer.message;
  if (!answer.ok) return;
  panel.close();
  say("good", answer.message);
}

/** A button on the page that does something by itself, without a form. */
async function doAtOnce(button: HTMLButtonElement): Promise<void> {
  const { do: name, argument, reason, operatorOf, callOf, confirm } = button.dataset;
  if (confirm && !(await confirmed(confirm))) return;
  const fields = new FormData();
  const given = { do: name, argument, reason, operator: operatorOf, call: callOf };
  for (const [key, value] of Object.entries(given)) if (value) fields.set(key, value);
  const answer = await ask(act, fields);
  say(answer.ok ? "good" : "bad", answer.message);
}

/** Let the page's buttons open the dialog, and the dialog's buttons act. */
export function steer(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    const { call, operator, group, centre } = button.dataset;
    if (button.dataset["do"]) void doAtOnce(button);
    else if (call !== undefined) void open(new URLSearchParams({ call }));
    else if (operator !== undefined) void open(new URLSearchParams({ operator }));
    else if (group !== undefined) void open(new URLSearchParams({ group }));
    else if (centre !== undefined) void open(new URLSearchParams(), CENTRE[centre]);
    else if ("close" in button.dataset) panel.close();
  });
  panel.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.target instanceof HTMLFormElement && event.submitter instanceof HTMLButtonElement)
      void send(event.target, event.submitter);
  });
}
