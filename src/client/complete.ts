import { showLine } from "../text/filter.ts";
import type { Editor } from "./editor.ts";

/** What a word can be completed to. */
export interface Names {
  /** Without their slash. */
  readonly commands: readonly string[];
  readonly rooms: readonly string[];
  /** Those who spoke last come first. */
  readonly nicks: readonly string[];
}

/** The ways to go on from a word that has begun, and the one that stands there now. */
export interface Menu {
  readonly choices: readonly string[];
  readonly at: number;
  /** Where the word begins. */
  readonly from: number;
  /** What was there before. */
  readonly typed: string;
  /** What is put behind a choice. */
  readonly tail: string;
}

const CHOICES = 50;

/** The ways to complete the word before the cursor; none if there is no word, or no way. */
export function menuFor({ text, cursor }: Editor, names: Names): Menu | undefined {
  const from = text.slice(0, cursor).search(/\S+$/);
  if (from < 0) return undefined;
  const typed = text.slice(from, cursor);
  const first = text.slice(0, from).trim() === "";
  const [all, tail] = candidates(typed, first, names);
  const start = typed.toLowerCase();
  const choices = all.filter((name) => name.toLowerCase().startsWith(start) && isWord(name)).slice(0, CHOICES);
  return choices.length === 0 ? undefined : { choices, at: -1, from, typed, tail };
}

/** A server may call people and rooms what it likes: only what can be shown, and typed, is put into the text. */
function isWord(name: string): boolean {
  return showLine(name) === name && !/\s/.test(name);
}

function candidates(typed: string, first: boolean, names: Names): readonly [readonly string[], string] {
  if (typed.startsWith("/")) return first ? [names.commands.map((name) => `/${name}`), " "] : [[], ""];
  if (/^[#&]/.test(typed)) return [names.rooms, " "];
  if (typed.startsWith("@")) return [names.nicks.map((name) => `@${name}`), " "];
  return [names.nicks, first ? ": " : " "];
}

/** The next choice of the menu, or the one before, put into the text. */
export function chosen(editor: Editor, menu: Menu, by: 1 | -1): readonly [Editor, Menu] {
  const { length } = menu.choices;
  const at = menu.at < 0 ? (by > 0 ? 0 : length - 1) : (menu.at + by + length) % length;
  const behind = editor.text.slice(editor.cursor).replace(/^ /, "");
  const head = editor.text.slice(0, menu.from) + (menu.choices[at] ?? menu.typed) + menu.tail;
  return [
    { ...editor, text: head + behind, cursor: head.length },
    { ...menu, at },
  ];
}
