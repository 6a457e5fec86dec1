import { showText } from "../../text/filter.ts";

/** How much a line of the log matters, least first. */
export const LEVELS = ["debug", "info", "warning", "error"] as const;
export type Level = (typeof LEVELS)[number];

/** How the log is written: for a person, or one JSON object a line. */
export const FORMATS = ["text", "json"] as const;
export type Format = (typeof FORMATS)[number];

/** All that is told of in the log, and how much it matters. */
export const EVENTS = {
  "server-started": "info",
  "server-stopping": "info",
  "connection-opened": "info",
  "connection-closed": "info",
  "connection-relayed": "info",
  "connection-refused": "info",
  "relay-refused": "warning",
  "limit-reached": "warning",
  "member-came": "info",
  "member-left": "info",
  "account-made": "info",
  "account-not-made": "info",
  "account-logged-out": "info",
  "password-changed": "info",
  "password-not-changed": "info",
  "account-removed": "info",
  "account-not-removed": "info",
  "login-succeeded": "info",
  "login-failed": "info",
  "operator-made": "info",
  "operator-refused": "warning",
  "ban-set": "warning",
  "ban-lifted": "warning",
  "room-dropped": "warning",
  "room-renamed": "info",
  "config-changed": "warning",
  "config-fixed": "warning",
  "config-same": "warning",
  "config-refused": "error",
  "clock-set-back": "warning",
  "clock-doubted": "warning",
  "store-failed": "error",
  "store-damaged": "error",
  "store-recovered": "warning",
  "files-exposed": "warning",
  "lines-dropped": "warning",
  bug: "error",
} as const satisfies Readonly<Record<string, Level>>;
export type LogEvent = keyof typeof EVENTS;

/** What a line has besides its words; what is `undefined` is left out. Never a password. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface LogSetup {
  readonly format: Format;
  /** What matters less is not told. */
  readonly level: Level;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Takes text that is safe to show, without its last newline. */
  readonly write: (text: string) => void;
}

/**
 * What an operator is told, a line each: a sentence for a person, the same with its fields for a program. Whatever a
 * peer has put into it, nothing reaches the operator's terminal that is not text, and no line looks like another's.
 */
export class Log {
  level: Level;
  readonly #format: Format;
  readonly #clock: () => number;
  readonly #write: (text: string) => void;

  constructor({ format, level, clock, write }: LogSetup) {
    this.#format = format;
    this.level = level;
    this.#clock = clock;
    this.#write = write;
  }

  /** Tells of something in a sentence that has the values in it; `fields` has them by name. */
  tell(event: LogEvent, words: string, fields: Fields = {}): void {
    if (LEVELS.indexOf(EVENTS[event]) >= LEVELS.indexOf(this.level)) this.#write(this.line(event, words, fields));
  }

  /** The line that the log writes of an event, whatever the level. */
  line(event: LogEvent, words: string, fields: Fields = {}): string {
    const level = EVENTS[event];
    const time = new Date(this.#clock()).toISOString();
    return this.#format === "json"
      ? JSON.stringify({ time, level, event, message: words, ...fields }, safe)
      : `${time.slice(0, 19)}Z ${level}: ${indented(words)}`;
  }

  /** Tells of an exception that nobody expected, and of the connection that it has cost. */
  bug(error: Error, connection: number | undefined): void {
    const { message, stack } = error;
    const whose = connection === undefined ? "The server" : `Connection ${connection}`;
    const words = `${whose} failed: ${stack ?? message}`;
    if (this.#format === "text") this.tell("bug", words);
    else this.tell("bug", `${whose} failed: ${message}`, { connection, stack });
  }
}

/** What is text as such stays in JSON: its newlines are escaped there. */
function safe(_key: string, value: unknown): unknown {
  return typeof value === "string" ? showText(value) : value;
}

/** Lines behind the first one are set in, so that none can be taken for a line of the log. */
function indented(words: string): string {
  return showText(words).replaceAll("\n", "\n    ");
}
