import { showLine } from "../../text/filter.ts";
import { isSecret } from "../model/secrets.ts";
import { clear, type Editor, EMPTY, press, take } from "./editor.ts";
import type { Key } from "./keys.ts";

/** All about the text being typed: the editor, and what helps it. */
export interface Typing {
  readonly editor: Editor;
  readonly menu: Menu | undefined;
  readonly search: Search | undefined;
  readonly question: Question | undefined;
}

/** Looking back through what was entered, for a part of it. */
interface Search {
  readonly wanted: string;
  /** Where in the history it was found; -1 is nowhere. */
  readonly place: number;
  readonly before: Editor;
}

/** Something that has to be answered first. */
type Question =
  /** Shall this be sent, so many lines as one message? */
  | { readonly type: "lines"; readonly count: number }
  /** A password, typed where nobody sees it; what was typed before comes back. */
  | { readonly type: "password"; readonly words: string; readonly command: string; readonly before: Editor };

/** What someone wants who typed a key. */
export type TypingRequest =
  | { readonly type: "say"; readonly text: string }
  /** A command that is not to be remembered. */
  | { readonly type: "secret"; readonly text: string }
  | { readonly type: "end" }
  | { readonly type: "interrupt" };

/** Lines from which on it is asked whether they are meant. */
const MANY = 5;

/** Nothing is typed. */
export const NOTHING: Typing = { editor: EMPTY, menu: undefined, search: undefined, question: undefined };

/** The outcome of a key: the next state, and what is wanted by it. `here` is the room or the nick that it is typed to. */
export function typed(typing: Typing, key: Key, names: () => Names, here = ""): readonly [Typing, TypingRequest?] {
  if (typing.question?.type === "lines") return answered(typing, key, names, here);
  if (typing.question?.type === "password") return typedSecret(typing, typing.question, key);
  if (typing.search !== undefined) return searching(typing, typing.search, key, names, here);
  const name = key.type === "key" ? key.name : "";
  switch (name) {
    case "enter":
      return entered(typing, names, here);
    case "tab":
    case "shift-tab":
      return [completing(typing, name === "tab" ? 1 : -1, names)];
    case "ctrl-r":
      return [{ ...typing, menu: undefined, search: { wanted: "", place: -1, before: typing.editor } }];
    case "ctrl-c":
      if (typing.editor.text === "") return [typing, { type: "interrupt" }];
      return [{ ...NOTHING, editor: clear(typing.editor) }];
    case "ctrl-d":
      if (typing.editor.text === "") return [typing, { type: "end" }];
  }
  return [{ ...typing, menu: undefined, editor: press(typing.editor, uncommanded(typing.editor, key)) }];
}

/** A paste is text: one line that begins as a command is made to say that. */
function uncommanded(editor: Editor, key: Key): Key {
  if (key.type !== "paste" || editor.text.trim() !== "" || /[\r\n]/.test(key.text)) return key;
  return { ...key, text: key.text.replace(/^(\s*)\/(?!\/)/, "$1//") };
}

function entered(typing: Typing, names: () => Names, here: string): readonly [Typing, TypingRequest?] {
  const count = linesOf(typing.editor.text);
  if (count >= MANY) return [{ ...typing, menu: undefined, question: { type: "lines", count } }];
  return taken(typing, names, here);
}

function linesOf(text: string): number {
  const trimmed = text.replace(/^\n+|\n+$/g, "");
  return trimmed === "" ? 0 : trimmed.split("\n").length;
}

/** A line with a password in it is not remembered. */
function taken(typing: Typing, names: () => Names, here: string): readonly [Typing, TypingRequest?] {
  const [text, rest] = take(typing.editor);
  const { history } = typing.editor;
  const editor = isSecret(text, here, isKnownTo(names())) ? { ...rest, history, place: history.length } : rest;
  const next = { ...NOTHING, editor };
  return text.trim() === "" ? [next] : [next, { type: "say", text }];
}

function answered(typing: Typing, key: Key, names: () => Names, here: string): readonly [Typing, TypingRequest?] {
  const back = { ...typing, question: undefined };
  if (key.type === "paste") return [{ ...back, editor: press(typing.editor, key) }];
  const yes = key.type === "key" ? key.name === "enter" : key.text === "y";
  return yes ? taken(back, names, here) : [back];
}

type Password = Extract<Question, { type: "password" }>;

/** Asks for a password. */
export function askingPassword(typing: Typing, words: string, command: string): Typing {
  const editor = { ...EMPTY, history: typing.editor.history, place: typing.editor.history.length };
  return { ...NOTHING, editor, question: { type: "password", words, command, before: typing.editor } };
}

function typedSecret(typing: Typing, question: Password, key: Key): readonly [Typing, TypingRequest?] {
  const name = key.type === "key" ? key.name : "";
  const back = { ...NOTHING, editor: question.before };
  if (name === "ctrl-c" || name === "ctrl-d") return [back];
  if (name === "enter") {
    const { text } = typing.editor;
    return text === "" ? [back] : [back, { type: "secret", text: question.command + text }];
  }
  if (/^(up|down|ctrl-[jnpr]|alt-enter|tab)$/.test(name)) return [typing];
  const editor = press(typing.editor, key);
  return [{ ...typing, editor: { ...editor, text: editor.text.replaceAll("\n", "") } }];
}

function completing(typing: Typing, by: 1 | -1, names: () => Names): Typing {
  const menu = typing.menu ?? menuFor(typing.editor, names());
  if (menu === undefined) return typing;
  const [editor, next] = chosen(typing.editor, menu, by);
  return { ...typing, editor, menu: next.choices.length === 1 ? undefined : next };
}

function searching(
  typing: Typing,
  search: Search,
  key: Key,
  names: () => Names,
  here: string,
): readonly [Typing, TypingRequest?] {
  const name = key.type === "key" ? key.name : "";
  if (key.type === "text") return [found(typing, search, search.wanted + key.text, search.place)];
  if (name === "ctrl-r") return [found(typing, search, search.wanted, search.place - 1)];
  if (name === "backspace") return [found(typing, search, search.wanted.replace(/.$/su, ""), -1)];
  const done = { ...typing, search: undefined };
  if (name === "ctrl-c" || name === "ctrl-g") return [{ ...done, editor: search.before }];
  return typed(done, key, names, here);
}

/** Looks for an entry of the history that has the wanted text: the newest at `from` or before it. */
function found(typing: Typing, search: Search, wanted: string, from: number): Typing {
  const { history } = search.before;
  const start = from < 0 ? (search.place === 0 && wanted === search.wanted ? 0 : history.length - 1) : from;
  for (let place = Math.min(start, history.length - 1); place >= 0 && wanted !== ""; place--) {
    const text = history[place] ?? "";
    const at = text.toLowerCase().indexOf(wanted.toLowerCase());
    if (at < 0) continue;
    const editor = { ...search.before, text, cursor: at };
    return { ...typing, editor, search: { ...search, wanted, place } };
  }
  const place = wanted === search.wanted ? search.place : -1;
  return { ...typing, search: { ...search, wanted, place } };
}

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
function isKnownTo(names: Names): (line: string) => boolean {
  return (line) => names.usageOf(line) !== undefined;
}

/** The ways to go on from a word that has begun, and the one that stands there now. */
interface Menu {
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
