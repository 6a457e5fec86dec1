import { roomChangeWords } from "../../text/mode-words.ts";

/** The letters that every server has alike, by the names of their modes; with them, whether they take a parameter. */
const MODES: ReadonlyMap<string, readonly [name: string, takes: "always" | "on" | "never"]> = new Map([
  ["o", ["operator", "always"]],
  ["v", ["voice", "always"]],
  ["b", ["ban", "always"]],
  ["e", ["exception", "always"]],
  ["I", ["invitation", "always"]],
  ["k", ["key", "always"]],
  ["l", ["limit", "on"]],
  ["i", ["invite-only", "never"]],
  ["m", ["moderated", "never"]],
  ["n", ["members-only", "never"]],
  ["s", ["secret", "never"]],
  ["t", ["topic-locked", "never"]],
]);

const MOST = 20; // changes that are told one by one

/**
 * The changes of a MODE, a sentence each; the line as it came, where a letter is among them that servers differ in, or
 * where they are many.
 */
export function modeLines(by: string, room: string, [letters = "", ...params]: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let on = true;
  let at = 0;
  for (const letter of letters) {
    if (letter === "+" || letter === "-") {
      on = letter === "+";
      continue;
    }
    const [name, takes] = MODES.get(letter) ?? [];
    if (name === undefined || lines.length === MOST) return [`${by} set ${[letters, ...params].join(" ")} on ${room}`];
    const value = takes === "always" || (takes === "on" && on) ? (params[at++] ?? "") : "";
    const isMute = name === "ban" && value.startsWith("m:");
    lines.push(roomChangeWords({ by, room, on, mode: isMute ? "mute" : name, value: isMute ? value.slice(2) : value }));
  }
  return lines;
}
