import type { Line } from "../../client/model/state.ts";
import { showText } from "../../text/filter.ts";
import { element } from "./dom.ts";

const KEPT = 10_000; // ms that a line can still be read

/**
 * Tells a screen reader what is said in the room on the screen: each new line once. The list of messages cannot: it is
 * redrawn when a message is stored or gets a reaction, and older lines are added to it.
 */
export class Announcer {
  readonly element = element("div", { class: "announcer" });
  readonly #lines = element("div", { "aria-live": "polite", "aria-relevant": "additions" });

  constructor() {
    // In a tree of its own, so that the page's text has each line once.
    this.element.attachShadow({ mode: "open" }).append(this.#lines);
  }

  /** Reads a line, if it has just been said or has happened, and is not the user's own. */
  announce(line: Line): void {
    const isMessage = "nick" in line;
    if (isMessage && (line.replayed || line.byUs)) return;
    const words = isMessage ? `${showText(line.nick)}: ${showText(line.text)}` : showText(line.text);
    this.say(words);
  }

  /** Reads words of the page itself. */
  say(words: string): void {
    const item = element("p", {}, words);
    this.#lines.append(item);
    setTimeout(() => item.remove(), KEPT);
  }
}
