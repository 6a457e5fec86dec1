import { showLine } from "../../text/filter.ts";
import type { Talk } from "../model/line.ts";

const BELL = "\x07";
const LONG = 120; // characters of a notification
const QUIET = 2000; // ms between two, so that a crowd is no alarm

/**
 * Tells a user who looks elsewhere: the bell, and a notification of the desktop where the terminal can show one.
 * Which sequence it knows (OSC 9 of iTerm2, OSC 777 of rxvt and VTE), its environment says.
 */
export class Notifier {
  readonly #popup: (title: string, text: string) => string;
  #last = Number.NEGATIVE_INFINITY;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    const knows777 = env.VTE_VERSION !== undefined || /^(foot|rxvt)/.test(env.TERM ?? "");
    this.#popup = knows777
      ? (title, text) => `\x1b]777;notify;${title.replaceAll(";", ",")};${text}\x1b\\`
      : (title, text) => `\x1b]9;${title}: ${text}\x1b\\`;
  }

  /** What is written for a line that names us; nothing if one was just written. */
  tell(line: Talk, now: number): string {
    if (now - this.#last < QUIET) return "";
    this.#last = now;
    const nick = showLine(line.nick);
    const title = line.room === undefined ? nick : `${nick} in ${showLine(line.room)}`;
    return BELL + this.#popup(title, showLine(line.text.replaceAll("\n", " ")).slice(0, LONG).toWellFormed());
  }
}
