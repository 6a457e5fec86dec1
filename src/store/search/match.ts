import type { Quest, Term } from "../../chat/quest.ts";

/**
 * How a message lies in the full-text index, and how it is asked for there. Beside its words it has marks, which are
 * words of a column of their own: its place, its speaker, and the accounts whose conversation it is. So what is looked
 * for is never sought outside the places that may be read.
 */

const SHORTEST = 3; // letters of a word that is also the beginning of longer ones: shorter ones begin too many

/** Letters of languages that are written without blanks: each is a word of its own. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/** A text as it is indexed. */
export function indexed(text: string): string {
  return text.replace(UNSPACED, " $& ");
}

/** The marks of a message; `sides` are those whose conversation it is. */
export function marksOf(place: number, nick: string, sides: readonly string[]): string {
  return [placeMark(place), `n${hex(nick)}`, ...sides.map(accountMark)].join(" ");
}

/** The expression of FTS5 for what is looked for, in places by their numbers; `undefined` where that is nowhere. */
export function matchOf(quest: Quest, places: readonly number[]): string | undefined {
  const where = [...places.map(placeMark), ...(quest.account === undefined ? [] : [accountMark(quest.account)])];
  if (where.length === 0) return undefined;
  const parts = [`marks : (${where.join(" OR ")})`];
  if (quest.nick !== undefined) parts.push(`marks : n${hex(quest.nick)}`);
  for (const term of quest.terms) parts.push(`text : ${phraseOf(term)}`);
  return parts.join(" AND ");
}

function phraseOf({ text, isExact }: Term): string {
  const words = indexed(text).replaceAll('"', " ").trim();
  const last = words.match(/[\p{L}\p{N}\p{M}]+/gu)?.at(-1) ?? "";
  const isBeginning = !isExact && last.length >= SHORTEST;
  return `"${words}"${isBeginning ? " *" : ""}`;
}

function placeMark(place: number): string {
  return `p${place}`;
}

function accountMark(account: string): string {
  return `a${hex(account)}`;
}

function hex(name: string): string {
  return Buffer.from(name).toString("hex");
}
