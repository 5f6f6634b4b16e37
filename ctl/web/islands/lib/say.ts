import { need } from "./dom";

const STAYS_MS = 8_000;
const SIGNS = { good: "✓", bad: "×" } as const;

/** Tell what became of something in a toast; what went wrong stays until it is closed. */
export function say(kind: keyof typeof SIGNS, text: string): void {
  const toast = document.createElement("div");
  toast.className = `notice ${kind} toast`;
  const sign = document.createElement("span");
  sign.className = "sign";
  sign.ariaHidden = "true";
  sign.textContent = SIGNS[kind];
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.ariaLabel = "閉じる";
  close.textContent = "×";
  close.addEventListener("click", () => toast.remove());
  toast.append(sign, words, close);
  need("toasts", HTMLElement).append(toast);
  if (kind === "good") setTimeout(() => toast.remove(), STAYS_MS);
}
