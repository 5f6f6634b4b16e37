import { need } from "./dom";

/** What a request that changes something came to. */
export interface Answer {
  ok: boolean;
  message: string;
}

interface Refusal {
  error?: { message: string };
}

const UNREACHABLE = "サーバーにつながりません。操作が行われたか分からないため、画面を確かめてください。";

/** Send a form's fields and read the answer; whatever goes wrong is an answer, too. */
export async function ask(address: string, fields: FormData): Promise<Answer> {
  const told = await post<Answer>(address, fields);
  return told.error ? { ok: false, message: told.error.message } : told;
}

/** The same for any other answer. Where `error` is set, nothing else is. */
export async function post<T extends object>(address: string, fields: FormData): Promise<T & Refusal> {
  const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
  try {
    const response = await fetch(address, {
      method: "POST",
      body: new URLSearchParams([...fields].map(([name, value]) => [name, String(value)])),
      headers: { "X-CSRF-Token": token, Accept: "application/json" },
      redirect: "manual",
    });
    if (response.type === "opaqueredirect") {
      location.reload(); // signed out meanwhile: the page leads to the log-in
      return refused<T>("ログインし直してください。");
    }
    return (await response.json()) as T & Refusal;
  } catch {
    return refused<T>(UNREACHABLE);
  }
}

function refused<T>(message: string): T & Refusal {
  return { error: { message } } as T & Refusal;
}

/** Ask for a yes before what hurts. */
export function confirmed(text: string): Promise<boolean> {
  const dialog = need("confirm", HTMLDialogElement);
  need("confirm-text", HTMLElement).textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  dialog.querySelector<HTMLButtonElement>("button[value=no]")?.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    for (const button of dialog.querySelectorAll("button")) button.onclick = () => dialog.close(button.value);
  });
}
