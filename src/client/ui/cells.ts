import { showText } from "../../text/filter.ts";
import { widthOfGrapheme } from "../../text/width.ts";
import type { Tone } from "./theme.ts";

/** A piece of a row that looks the same throughout. */
export interface StyledSpan {
  readonly text: string;
  readonly tone: Tone;
  /** Where it leads, if it is a link. */
  readonly link?: string;
  /** The cursor stands before it. */
  readonly cursor?: true;
  /** The column that it begins in, whatever the terminal thinks how wide the text before it is. */
  readonly column?: number;
}

/** Columns that a text takes, tabs and newlines apart. */
export function widthOf(text: string): number {
  if (isAscii(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const GRAPHEME = 32; // UTF-16 units; what is longer is a heap of marks on one letter
const TAB = "    ";

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/** Text from the network as it may be drawn: nothing that a terminal obeys, no tabs, no heaps of marks. */
export function drawable(text: string): string {
  const shown = showText(text).replaceAll("\t", TAB);
  if (isAscii(shown) || !/\p{M}{8}|\u200d/u.test(shown)) return shown;
  return Array.from(graphemes.segment(shown), ({ segment }) => segment.slice(0, GRAPHEME).toWellFormed()).join("");
}

/** The text in at most so many columns, its end replaced by `…` if it is longer. */
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

/** The text with blanks behind it, or before it, so that it takes just so many columns. */
export function padded(text: string, columns: number, side: "left" | "right" = "left"): string {
  const fit = clipped(text, columns);
  const blanks = " ".repeat(Math.max(0, columns - widthOf(fit)));
  return side === "left" ? fit + blanks : blanks + fit;
}

/** Where a row of a wrapped text begins and ends. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * One line of text cut into rows of at most so many columns: behind a blank where there is one, else between two
 * characters as people see them. There is always at least one row.
 */
export function wrapped(text: string, columns: number): readonly Stretch[] {
  if (text.length <= columns && isAscii(text)) return [{ from: 0, to: text.length }];
  const rows: Stretch[] = [];
  let from = 0;
  let width = 0;
  let blank = -1; // behind the last blank of the row
  let widthThere = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    const size = widthOfGrapheme(segment);
    // A blank at the end of a row needs no room.
    while (width + size > columns && segment !== " " && index > from) {
      const cut = blank > from ? blank : index;
      rows.push({ from, to: cut });
      width = blank > from ? width - widthThere : 0;
      from = cut;
      blank = -1;
    }
    width += size;
    if (segment === " ") {
      blank = index + 1;
      widthThere = width;
    }
  }
  rows.push({ from, to: text.length });
  return rows;
}

const LINK = /\bhttps?:\/\/[!-~]+/g;

/** A line of text as rows of spans, with its links. No row is wider than `columns`. */
export function rowsOfText(text: string, columns: number, tone: Tone): readonly (readonly StyledSpan[])[] {
  const links = text.includes("://") ? linksOf(text) : [];
  return wrapped(text, columns).map(({ from, to }) => {
    const row = rowOf(text, from, to, tone, links);
    return columns < 4 ? narrowed(row, columns) : row;
  });
}

function linksOf(text: string): readonly Stretch[] {
  return Array.from(text.matchAll(LINK), (match) => {
    const link = match[0].replace(/[.,;:!?'"]+$/, "").replace(/[)\]>]+$/, (end) => (match[0].includes("(") ? end : ""));
    return { from: match.index, to: match.index + link.length };
  });
}

function rowOf(text: string, from: number, to: number, tone: Tone, links: readonly Stretch[]): readonly StyledSpan[] {
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

/** On a terminal narrower than a wide character that character becomes a mark. */
function narrowed(row: readonly StyledSpan[], columns: number): readonly StyledSpan[] {
  return row.map((span) => (widthOf(span.text) <= columns ? span : { ...span, text: "?".repeat(columns) }));
}
