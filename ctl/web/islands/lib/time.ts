/** How durations are written: 0:07, 3:05, 1:02:03. */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const h = Math.floor(seconds / 3600);
  const m = Math.floor(seconds / 60) % 60;
  const s = seconds % 60;
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** How long ago, as people say it: 12秒, 3分12秒, 2時間5分. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const h = Math.floor(seconds / 3600);
  const m = Math.floor(seconds / 60) % 60;
  return h ? `${h}時間${m}分` : m ? `${m}分${seconds % 60}秒` : `${seconds}秒`;
}

const IN_JAPAN = new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", timeStyle: "medium" });

/** The time of day in Japan: 9:05:07. */
export function timeOfDay(ms: number): string {
  return IN_JAPAN.format(ms);
}

/** Let every clock inside an element run on to `now` (ms since 1970). */
export function runClocks(inside: ParentNode, now: number): void {
  for (const time of inside.querySelectorAll<HTMLTimeElement>("time.ticks")) {
    const text = stopwatch(now - Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}
