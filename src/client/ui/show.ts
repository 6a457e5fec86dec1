import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { clockOf } from "../../text/time.ts";
import type { Line, Note, Talk } from "../model/line.ts";

/** Colours that are legible on dark and on light: no black, white, blue or yellow (SGR foreground codes). */
const NICK_COLOURS = [31, 32, 35, 36, 91, 92, 94, 95, 96];

/** How lines are drawn: with colours or not, and for which current room. */
export interface Style {
  readonly colour: boolean;
  /** A line of this room does not name it. */
  readonly current: string | undefined;
}

/**
 * A line as people see it, on one row of text and safe for a terminal: every name and text is filtered here, and each
 * form has its own beginning, so nobody can make a line that looks like another's.
 */
export function show(line: Line, style: Style): string {
  switch (line.kind) {
    case "said":
    case "acted":
    case "noticed":
      return showTalk(line, style);
    case "event":
    case "hint":
    case "trouble":
      return showNote(line, style);
  }
}

/** A line as the rows that people see: a row for each line of what was said, and each has the beginning. */
export function showRows(line: Line, style: Style): readonly string[] {
  if (!line.text.includes("\n")) return [show(line, style)];
  return line.text.split("\n").map((text) => show({ ...line, text }, style));
}

function showNote(line: Note, style: Style): string {
  return paint(`-- ${showLine(line.text)}`, line.kind === "trouble" ? "33" : "2", style);
}

function showTalk(line: Talk, style: Style): string {
  const time = paint(`[${clockOf(line.time)}]`, "2", style);
  const text = showLine(line.text);
  const nick = paintNick(showLine(line.nick), line, style);
  if (line.room === undefined) return `${time} ${directOf(line, nick, style)}: ${text}`;
  const here = style.current !== undefined && fold(style.current) === fold(line.room);
  const room = here ? "" : `${showLine(line.room)} `;
  switch (line.kind) {
    case "said":
      return `${time} ${room}<${nick}> ${text}`;
    case "acted":
      return `${time} ${room}* ${nick} ${text}`;
    case "noticed":
      return `${time} ${room}-${nick}- ${text}`;
  }
}

function directOf(line: Talk, nick: string, style: Style): string {
  const star = line.kind === "acted" ? "* " : "";
  if (line.to === undefined) return `${star}${nick} → you`;
  const to = showLine(line.to);
  return `${star}you → ${paint(to, colourOf(to), style)}`;
}

function paintNick(nick: string, line: Talk, style: Style): string {
  return paint(nick, line.mention ? `1;7;${colourOf(nick)}` : colourOf(nick), style);
}

/** The same nick has the same colour everywhere and always. */
function colourOf(nick: string): string {
  let sum = 0;
  for (const c of fold(nick)) sum = (sum * 31 + (c.codePointAt(0) ?? 0)) % 65521;
  return String(NICK_COLOURS[sum % NICK_COLOURS.length] ?? 36);
}

function paint(text: string, code: string, style: Style): string {
  return style.colour ? `\x1b[${code}m${text}\x1b[0m` : text;
}
