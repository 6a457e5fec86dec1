import { type LogEntry, movesWords } from "../../client/ui/log.ts";
import type { MessageView } from "../../client/ui/message-view.ts";
import { shownColour } from "../../client/ui/nick-colours.ts";
import type { ReactionCount } from "../../client/ui/reactions.ts";
import { showText } from "../../text/filter.ts";
import { clockOf } from "../../text/time.ts";
import { graphemes } from "../../text/width.ts";
import { element } from "./dom.ts";

const FOLDED = 12; // rows of a message above which it is folded
const SHOWN = 5; // rows of a folded message that are shown
const ROW = 100; // characters of a long line that count as a row
const LINK = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,:;!?)\]}'*](?:(?<=\([^\s()]*)\))?/gi;

/** Text with its links. */
function withLinks(text: string): readonly (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const { 0: href, index } of text.matchAll(LINK)) {
    parts.push(text.slice(at, index));
    parts.push(element("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, href));
    at = index + href.length;
  }
  return [...parts, text.slice(at)];
}

/** Where a text is folded, or `undefined` if it is short: between words, and never within a link. */
function foldOf(text: string): number | undefined {
  let [rows, from, at] = [0, 0, 0];
  for (const line of text.split("\n")) {
    if (rows < SHOWN) at = from + Math.min(line.length, (SHOWN - rows) * ROW);
    rows += Math.max(1, Math.ceil(line.length / ROW));
    from += line.length + 1;
  }
  if (rows <= FOLDED) return undefined;
  const link = [...text.matchAll(LINK)].find(({ 0: href, index }) => index < at && at < index + href.length);
  if (link) return link.index + link[0].length;
  if (text[at] === "\n") return at;
  const blank = text.lastIndexOf(" ", at);
  const start = at - ROW;
  const grapheme = graphemes.segment(text.slice(start, at + ROW)).containing(ROW);
  return blank > at - ROW / 2 ? blank + 1 : start + (grapheme?.index ?? ROW);
}

/** The text of a message; a long one is folded behind its first lines. */
function textOf(shown: string): readonly (Node | string)[] {
  const text = showText(shown);
  const at = foldOf(text);
  if (at === undefined) return withLinks(text);
  const rest = text.slice(at).replace(/^\n/, "");
  const lines = rest.split("\n").length;
  const words = lines > 1 ? `${lines} more lines` : `${rest.length} more characters`;
  const more = element("details", {}, element("summary", {}, words));
  more.append(...withLinks(rest));
  return [...withLinks(text.slice(0, at)), more];
}

function timeOf(time: number | undefined): HTMLElement {
  if (time === undefined) return element("time", {});
  const date = new Date(time);
  return element("time", { datetime: date.toISOString(), title: date.toLocaleString() }, clockOf(time));
}

const STATES = { stored: "", waiting: "waits for the connection", sending: "sending …", failed: "not sent" } as const;

/** The place of a message in its log. */
interface Place {
  /** The number of its entry. */
  readonly number?: number;
  /** The message before is of the same person, shortly before: its nick is not shown again. */
  readonly isAgain?: boolean;
}

/** A message as an item of the log. `actions`: what can be done with it at once, if anything. */
export function messageItem(
  view: MessageView,
  { number, isAgain = false }: Place,
  ...actions: readonly HTMLElement[]
): HTMLElement {
  const { kind, mention, state, quote, isCorrection, isCorrected, reactions, why } = view;
  const said = element("span", { class: "text" }, ...textOf(view.text));
  const body = element("div", { class: "body" }, whoOf(view), said);
  if (quote) {
    const whose = quote.nick === undefined ? "" : `${showText(quote.nick)}: `;
    said.before(element("blockquote", {}, `${whose}${showText(quote.text)}`));
  }
  if (isCorrection) body.append(element("i", { class: "hint" }, " (corrected)"));
  if (isCorrected) body.append(element("i", { class: "hint" }, " (corrected below)"));
  if (state !== "stored") body.append(element("i", { class: "hint" }, ` ${STATES[state]}${why} `), ...actions);
  if (reactions.length > 0) body.append(element("span", { class: "reactions" }, ...reactions.map(reactionButton)));
  const classes = ["message", kind, state, ...(mention ? ["mention"] : []), ...(isAgain ? ["again"] : [])].join(" ");
  const entry = number === undefined ? undefined : String(number);
  return element("li", { class: classes, "data-entry": entry }, timeOf(view.time), body);
}

function whoOf({ kind, nick, displayName, nickColour }: MessageView): HTMLElement {
  const words = kind === "acted" ? `* ${showText(nick)}` : showText(nick);
  const name = element("b", { class: `nick n${nickColour.number}` }, words);
  for (const background of ["dark", "light"] as const)
    if (nickColour.chosen !== undefined)
      name.style.setProperty(`--on-${background}`, `#${shownColour(nickColour, background)}`);
  const who = element("span", { class: "who" }, name);
  if (displayName !== undefined) who.append(" ", element("span", { class: "name" }, showText(displayName)));
  who.append(" ");
  return who;
}

function reactionButton({ text, count, own }: ReactionCount): HTMLElement {
  const shown = showText(text);
  const words = `${shown}, ${count} ${count === 1 ? "person" : "people"}${own ? ", you too" : ""}`;
  const pressed = { "aria-pressed": String(own), "aria-label": words, "data-reaction": text };
  return element("button", { type: "button", ...pressed }, `${shown} ${count}`);
}

/** An event, a hint, a refusal, or people who came and went. */
export function noteItem(entry: Exclude<LogEntry, { readonly nick: string }>, number: number): HTMLElement {
  const words = entry.kind === "moves" ? movesWords(entry, (nicks) => nicks.join(", ")).join("; ") : entry.text;
  const body = element("div", { class: "body" }, ...withLinks(showText(words)));
  return element("li", { class: `note ${entry.kind}`, "data-entry": String(number) }, timeOf(entry.time), body);
}

/** A rule across the log. */
export function rule(words: string, name: string): HTMLElement {
  return element("li", { class: `rule ${name}` }, element("span", {}, words));
}

const LONG_DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;

/** The words for a day, in the browser's language. */
export function dayWords(time: number): string {
  return new Date(time).toLocaleDateString(undefined, LONG_DAY);
}
