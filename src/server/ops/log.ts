import { sessionName } from "../../chat/model/session.ts";
import { showText } from "../../text/filter.ts";

/** The levels of the log, lowest first. */
export const LEVELS = ["debug", "info", "warning", "error"] as const;
export type Level = (typeof LEVELS)[number];

/** The formats of the log: text for people, or one JSON object per line. */
export const FORMATS = ["text", "json"] as const;
export type Format = (typeof FORMATS)[number];

/** The events of the log and their levels. */
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
  "hook-set": "warning",
  "config-changed": "warning",
  "config-fixed": "warning",
  "config-same": "warning",
  "config-refused": "error",
  "config-other": "warning",
  "clock-set-back": "warning",
  "clock-doubted": "warning",
  "store-failed": "error",
  "store-damaged": "error",
  "store-recovered": "warning",
  "cluster-awaited": "error",
  "node-differs": "error",
  "cluster-lost": "error",
  "cluster-reached": "warning",
  "node-ended": "error",
  "record-skipped": "warning",
  "record-unknown": "error",
  "certificate-strange": "warning",
  "copy-awaited": "info",
  "snapshot-refused": "warning",
  "state-kept": "warning",
  "snapshot-taken": "warning",
  "files-exposed": "warning",
  "lines-dropped": "warning",
  bug: "error",
} as const satisfies Readonly<Record<string, Level>>;
export type LogEvent = keyof typeof EVENTS;

/** The fields of a log line; `undefined` ones are left out. Never a password. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface LogSetup {
  readonly format: Format;
  /** Events below this level are not logged. */
  readonly level: Level;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Writes text that is safe to show, without its last newline. */
  readonly write: (text: string) => void;
}

/**
 * The operator's log: one sentence per event, in JSON with its fields. Whatever a peer has put into a value, no control
 * characters reach the operator's terminal, and no value can fake a line of the log.
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

  /** Logs an event: a sentence with the values in it, and the values by name in `fields`. */
  tell(event: LogEvent, words: string, fields: Fields = {}): void {
    if (LEVELS.indexOf(EVENTS[event]) >= LEVELS.indexOf(this.level)) this.#write(this.line(event, words, fields));
  }

  /** Formats an event as a line, whatever its level. */
  line(event: LogEvent, words: string, fields: Fields = {}): string {
    const level = EVENTS[event];
    const time = new Date(this.#clock()).toISOString();
    return this.#format === "json"
      ? JSON.stringify({ time, level, event, message: words, ...fields }, safe)
      : `${time.slice(0, 19)}Z ${level}: ${indented(words)}`;
  }

  /** Logs an unexpected exception and the connection that it has cost. */
  bug(error: Error, connection: number | undefined): void {
    const { message, stack } = error;
    const whose = connection === undefined ? "The server" : `Connection ${sessionName(connection)}`;
    const words = `${whose} failed: ${stack ?? message}`;
    if (this.#format === "text") this.tell("bug", words);
    else this.tell("bug", `${whose} failed: ${message}`, { connection, stack });
  }
}

/** Newlines stay in JSON strings, where they are escaped. */
function safe(_key: string, value: unknown): unknown {
  return typeof value === "string" ? showText(value) : value;
}

/** Indents all lines but the first, so that none can be taken for a line of the log. */
function indented(words: string): string {
  return showText(words).replaceAll("\n", "\n    ");
}
