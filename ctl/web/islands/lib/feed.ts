/** What the server says with everything: whether it sees the floor, when it saw it last, its own time (ms since 1970). */
export interface Told {
  live: boolean;
  seen: number | null;
  now: number;
}

const LOST_AFTER_MS = 12_000; // the server speaks at least every 5 s
const LOOK_EVERY_MS = 3_000;

/**
 * A stream of server-sent events that connects again by itself, also after an answer that was an error, and knows
 * whether what it told last still counts.
 */
export class Feed<T extends Told> {
  #events: EventSource | undefined;
  #heardAt = Date.now();
  #told: Told | undefined;
  #ahead = 0;

  constructor(
    private readonly address: string,
    private readonly name: string,
    private readonly show: (told: T) => void,
  ) {
    this.#connect();
    setInterval(() => {
      if (this.#events?.readyState === EventSource.CLOSED || this.lost) this.#connect();
    }, LOOK_EVERY_MS);
  }

  /** Nothing was heard for so long that the page may be wrong. */
  get lost(): boolean {
    return Date.now() - this.#heardAt > LOST_AFTER_MS;
  }

  /** The server's time now, ms since 1970. */
  get now(): number {
    return Date.now() + this.#ahead;
  }

  /** What was told last. */
  get told(): Told | undefined {
    return this.#told;
  }

  /** When what was told last was true, in the server's time; undefined when nothing is known. */
  get trueAt(): number | undefined {
    return (this.#told?.live ? this.#told.now : this.#told?.seen) ?? undefined;
  }

  #connect(): void {
    this.#events?.close();
    this.#events = new EventSource(this.address);
    this.#events.addEventListener(this.name, (event) => this.show(this.#hear<T>(event)));
    this.#events.addEventListener("beat", (event) => this.#hear<Told>(event));
    this.#events.addEventListener("over", () => location.reload()); // the server knows what to show instead
  }

  #hear<U extends Told>(event: MessageEvent<string>): U {
    const told = JSON.parse(event.data) as U;
    this.#heardAt = Date.now();
    this.#ahead = told.now - this.#heardAt;
    this.#told = told;
    return told;
  }
}
