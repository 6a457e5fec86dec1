import { showLine } from "../../text/filter.ts";
import type { Editor } from "./editor.ts";

/** What a word can be completed to. */
export interface Names {
  /** Without their slash. */
  readonly commands: readonly string[];
  readonly rooms: readonly string[];
  /** Those who spoke last come first. */
  readonly nicks: readonly string[];
  /** The parameters of the command that a line begins with, such as `NICK|MASK [10m|2h|7d] [TEXT]`. */
  usageOf(line: string): string | undefined;
}

/** Whether a line begins with a command that there is. */
export function isKnownTo(names: Names): (line: string) => boolean {
  return (line) => names.usageOf(line) !== undefined;
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

/** The ways to complete the word before the cursor, or to begin a parameter of a command; none if there is no way. */
export function menuFor({ text, cursor }: Editor, names: Names): Menu | undefined {
  const [typed = ""] = /\S*$/.exec(text.slice(0, cursor)) ?? [];
  const from = cursor - typed.length;
  const before = text.slice(0, from);
  const [all, tail] = candidates(typed, before, names);
  const choices = all.filter(isWord).slice(0, CHOICES);
  return choices.length === 0 ? undefined : { choices, at: -1, from, typed, tail };
}

/** A server may call people and rooms what it likes: only what can be shown, and typed, is put into the text. */
function isWord(name: string): boolean {
  return showLine(name) === name && !/\s/.test(name);
}

function candidates(typed: string, before: string, names: Names): readonly [readonly string[], string] {
  const first = before.trim() === "";
  const usage = names.usageOf(before);
  if (first && typed.startsWith("/")) return [begun(names.commands, typed, "/"), " "];
  if (/^[#&]/.test(typed)) return [begun(names.rooms, typed), " "];
  if (typed.startsWith("@")) return [begun(names.nicks, typed, "@"), " "];
  if (usage !== undefined) return [parameters(usage, typed, before.trim().split(/\s+/).length - 1, names), " "];
  if (typed === "" || typed.startsWith("/")) return [[], ""];
  return [begun(names.nicks, typed), first ? ": " : " "];
}

/** The names that go on from what is typed, with a mark before them or not. */
function begun(names: readonly string[], typed: string, mark = ""): readonly string[] {
  const start = typed.toLowerCase();
  return names.map((name) => mark + name).filter((name) => name.toLowerCase().startsWith(start));
}

/** The ways to go on with a parameter: those of its kind, or of the next kind where it can be left out. */
function parameters(usage: string, typed: string, place: number, names: Names): readonly string[] {
  let depth = 0;
  const tokens = usage.split(" ").map((token) => {
    if (token.startsWith("[")) depth++;
    const isOptional = depth > 0;
    if (token.endsWith("]")) depth--;
    return { kinds: token.replace(/[[\]]/g, "").split("|"), isOptional };
  });
  for (const { kinds, isOptional } of tokens.slice(Math.min(place, tokens.length - 1))) {
    const ways = kinds.flatMap((kind) => ofKind(kind, typed, names));
    if (ways.length > 0 || !isOptional) return ways;
  }
  return [];
}

function ofKind(kind: string, typed: string, names: Names): readonly string[] {
  switch (kind) {
    case "NICK":
    case "WHOM":
      return begun(names.nicks, typed);
    case "ROOM":
      return begun(names.rooms, typed).concat(typed === "" ? [] : begun(names.rooms, `#${typed}`));
    case "COMMAND":
      return begun(names.commands, typed);
    case "TEXT":
      return typed === "" ? [] : begun(names.nicks, typed);
    default:
      return /^[^A-Z]+$/.test(kind) ? begun([kind], typed) : [];
  }
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
