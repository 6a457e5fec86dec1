import { showText } from "../../text/filter.ts";
import { graphemes, widthOfGrapheme } from "../../text/width.ts";
import type { Tone } from "./theme.ts";

/** A piece of a row with one tone. */
export interface StyledSpan {
  readonly text: string;
  readonly tone: Tone;
  /** The target, if the span is a link. */
  readonly link?: string;
  /** The cursor stands before this span. */
  readonly cursor?: true;
  /** The column in which it begins, even if the terminal measures the text before it differently. */
  readonly column?: number;
}

/** The width of a text in columns. It must not contain tabs or newlines. */
export function widthOf(text: string): number {
  if (isAscii(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

const GRAPHEME = 32; // UTF-16 units; a longer grapheme is one letter under a pile of marks
const TAB = 8; // columns between two tab stops

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/** Makes text from the network safe to draw: no control characters, no tabs, no piles of combining marks. */
export function drawable(text: string): string {
  const shown = withoutTabs(showText(text));
  if (isAscii(shown) || !/\p{M}{8}|\u200d/u.test(shown)) return shown;
  return Array.from(graphemes.segment(shown), ({ segment }) => segment.slice(0, GRAPHEME).toWellFormed()).join("");
}

/** The text with blanks up to the next tab stop in place of each tab; the stops are counted from the beginning of a line. */
function withoutTabs(text: string): string {
  if (!text.includes("\t")) return text;
  const lines = text.split("\n").map((line) => {
    const [first = "", ...parts] = line.split("\t");
    let width = widthOf(first);
    return parts.reduce((before, part) => {
      const blanks = TAB - (width % TAB);
      width += blanks + widthOf(part);
      return before + " ".repeat(blanks) + part;
    }, first);
  });
  return lines.join("\n");
}

/** The text in at most `columns` columns, its end replaced by `…` if it is longer. */
export function clipped(text: string, columns: number): string {
  if (text.length <= columns && isAscii(text)) return text;
  if (columns <= 0) return "";
  let width = 0;
  let fit = "";
  for (const { segment } of graphemes.segment(text)) {
    const next = width + widthOfGrapheme(segment);
    if (next > columns) return width < columns ? `${fit}…` : `${withoutLast(fit, columns)}…`;
    fit += segment;
    width = next;
  }
  return fit;
}

function withoutLast(text: string, columns: number): string {
  let fit = "";
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += widthOfGrapheme(segment);
    if (width > columns - 1) break;
    fit += segment;
  }
  return fit;
}

/** The text in exactly `columns` columns, clipped, or padded with spaces after it (`left`) or before it. */
export function padded(text: string, columns: number, side: "left" | "right" = "left"): string {
  const fit = clipped(text, columns);
  const spaces = " ".repeat(Math.max(0, columns - widthOf(fit)));
  return side === "left" ? fit + spaces : spaces + fit;
}

/** The beginning and end of a row in a wrapped text, as indexes. */
export interface TextRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Wraps one line of text into rows of at most `columns` columns: after a space if there is one, else between two
 * graphemes. Returns at least one row.
 */
export function wrapped(text: string, columns: number): readonly TextRange[] {
  if (text.length <= columns && isAscii(text)) return [{ from: 0, to: text.length }];
  const rows: TextRange[] = [];
  let from = 0;
  let width = 0;
  let afterSpace = -1; // index after the last space of the row
  let widthAfterSpace = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    const size = widthOfGrapheme(segment);
    // A space at the end of a row needs no column.
    while (width + size > columns && segment !== " " && index > from) {
      const cut = afterSpace > from ? afterSpace : index;
      rows.push({ from, to: cut });
      width = afterSpace > from ? width - widthAfterSpace : 0;
      from = cut;
      afterSpace = -1;
    }
    width += size;
    if (segment === " ") {
      afterSpace = index + 1;
      widthAfterSpace = width;
    }
  }
  rows.push({ from, to: text.length });
  return rows;
}

const LINK = /\bhttps?:\/\/[!-~]+/g;

/** Wraps a line of text into rows of spans, with its links. No row is wider than `columns`. */
export function rowsOfText(text: string, columns: number, tone: Tone): readonly (readonly StyledSpan[])[] {
  const links = text.includes("://") ? linksOf(text) : [];
  return wrapped(text, columns).map(({ from, to }) => {
    const row = rowOf(text, from, to, tone, links);
    return columns < 4 ? narrowed(row, columns) : row;
  });
}

function linksOf(text: string): readonly TextRange[] {
  return Array.from(text.matchAll(LINK), (match) => {
    const link = match[0].replace(/[.,;:!?'"]+$/, "").replace(/[)\]>]+$/, (end) => (match[0].includes("(") ? end : ""));
    return { from: match.index, to: match.index + link.length };
  });
}

function rowOf(text: string, from: number, to: number, tone: Tone, links: readonly TextRange[]): readonly StyledSpan[] {
  const end = from + text.slice(from, to).trimEnd().length;
  if (links.length === 0) return [{ text: text.slice(from, end), tone }];
  const spans: StyledSpan[] = [];
  let at = from;
  for (const link of links) {
    const begin = Math.max(link.from, at);
    const until = Math.min(link.to, end);
    if (begin >= until) continue;
    if (begin > at) spans.push({ text: text.slice(at, begin), tone });
    spans.push({ text: text.slice(begin, until), tone: "link", link: text.slice(link.from, link.to) });
    at = until;
  }
  if (at < end) spans.push({ text: text.slice(at, end), tone });
  return spans;
}

/** In a column narrower than a wide character, shows `?` in its place. */
function narrowed(row: readonly StyledSpan[], columns: number): readonly StyledSpan[] {
  return row.map((span) => (widthOf(span.text) <= columns ? span : { ...span, text: "?".repeat(columns) }));
}
