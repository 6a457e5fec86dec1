import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { commandIn, commandsOf, isCommand } from "../commands/perform.ts";
import { correctionIn } from "../model/annotations.ts";
import { piecesOf } from "../model/outbox.ts";
import { SETTINGS } from "../model/people.ts";
import { isSecret } from "../model/secrets.ts";
import type { Model } from "../model/state.ts";
import type { TypingState } from "../model/typists.ts";
import type { Clock } from "../run/clock.ts";
import type { View } from "../ui/view.ts";
import { type Editor, EMPTY, press, take } from "./editor.ts";
import type { Key } from "./keys.ts";

/** The input line: its keys, its completions, and the typing notifications that it causes. */

/** The state of the input line: the editor, and its menu, search or question. */
export interface Typing {
  readonly editor: Editor;
  readonly menu: Menu | undefined;
  readonly search: Search | undefined;
  readonly question: Question | undefined;
}

/** A search through the history of entered lines (Ctrl-R). */
interface Search {
  readonly wanted: string;
  /** The index in the history where it was found; -1 if it was not. */
  readonly place: number;
  readonly before: Editor;
}

/** A question that has to be answered first. */
type Question =
  /** Send this text of `count` lines as one message, or as several? */
  | { readonly type: "lines"; readonly count: number; readonly messages: number }
  /** Asks for a password, typed without echo; afterwards the earlier text is restored. */
  | { readonly type: "password"; readonly words: string; readonly command: string; readonly before: Editor };

/** A request to the client that a key produces. */
export type TypingRequest =
  | { readonly type: "say"; readonly text: string }
  /** A command with a password, which does not enter the history. */
  | { readonly type: "secret"; readonly text: string }
  | { readonly type: "end" }
  | { readonly type: "interrupt" };

/** Lines of a text from which on the user must confirm sending it. */
const CONFIRM_LINES = 5;

/** An empty input line. */
export const EMPTY_INPUT: Typing = { editor: EMPTY, menu: undefined, search: undefined, question: undefined };

/**
 * Handles a key: returns the next state, and the request that the key makes. `here` is the room or nick that the text
 * is for.
 */
export function handleKey(typing: Typing, key: Key, names: () => Names, here = ""): readonly [Typing, TypingRequest?] {
  if (typing.question?.type === "lines") return answerQuestion(typing, key, names, here);
  if (typing.question?.type === "password") return handlePasswordKey(typing, typing.question, key);
  if (typing.search !== undefined) return handleSearchKey(typing, typing.search, key, names, here);
  const name = key.type === "key" ? key.name : "";
  switch (name) {
    case "enter":
      return enter(typing, names, here);
    case "tab":
    case "shift-tab":
      return [complete(typing, name === "tab" ? 1 : -1, names)];
    case "ctrl-r":
      return [{ ...typing, menu: undefined, search: { wanted: "", place: -1, before: typing.editor } }];
    case "ctrl-c":
      if (typing.editor.text === "") return [typing, { type: "interrupt" }];
      // As after Enter, Up brings the text back.
      return [submit(typing, names, here)[0]];
    case "ctrl-d":
      if (typing.editor.text === "") return [typing, { type: "end" }];
  }
  return [{ ...typing, menu: undefined, editor: press(typing.editor, escapedPaste(typing.editor, key)) }];
}

/** A pasted line is text, no command and no correction: doubles its leading `/`, or puts a blank before it. */
function escapedPaste(editor: Editor, key: Key): Key {
  if (key.type !== "paste" || editor.text.trim() !== "" || /[\r\n]/.test(key.text)) return key;
  if (correctionIn(key.text)?.isComplete) return { ...key, text: ` ${key.text}` };
  return { ...key, text: key.text.replace(/^(\s*)\/(?!\/)/, "$1//") };
}

function enter(typing: Typing, names: () => Names, here: string): readonly [Typing, TypingRequest?] {
  const count = linesOf(typing.editor.text);
  if (count >= CONFIRM_LINES) {
    const messages = piecesOf(typing.editor.text, "said").length;
    return [{ ...typing, menu: undefined, question: { type: "lines", count, messages } }];
  }
  return submit(typing, names, here);
}

function linesOf(text: string): number {
  const trimmed = text.replace(/^\n+|\n+$/g, "");
  return trimmed === "" ? 0 : trimmed.split("\n").length;
}

/** Takes the line; one with a password does not enter the history. */
function submit(typing: Typing, names: () => Names, here: string): readonly [Typing, TypingRequest?] {
  const [text, rest] = take(typing.editor);
  const { history } = typing.editor;
  const editor = isSecret(text, here, isKnownTo(names())) ? { ...rest, history, place: history.length } : rest;
  const next = { ...EMPTY_INPUT, editor };
  return text.trim() === "" ? [next] : [next, { type: "say", text }];
}

function answerQuestion(typing: Typing, key: Key, names: () => Names, here: string): readonly [Typing, TypingRequest?] {
  const resumed = { ...typing, question: undefined };
  if (key.type === "paste") return [{ ...resumed, editor: press(typing.editor, key) }];
  const yes = key.type === "key" ? key.name === "enter" : key.text === "y";
  return yes ? submit(resumed, names, here) : [resumed];
}

/** Puts text into the line: in place of a beginning of the same text, or at the cursor. */
export function withInsertion(typing: Typing, text: string): Typing {
  const { editor } = typing;
  const isBegun = editor.text.trim() === "" || text.startsWith(editor.text.trim());
  const bare = isBegun ? { ...editor, text: "", cursor: 0 } : editor;
  return { ...typing, menu: undefined, editor: press(bare, { type: "text", text }) };
}

type Password = Extract<Question, { type: "password" }>;

/** Asks for a password; see `Question`. */
export function withPasswordQuestion(typing: Typing, words: string, command: string): Typing {
  const editor = { ...EMPTY, history: typing.editor.history, place: typing.editor.history.length };
  return { ...EMPTY_INPUT, editor, question: { type: "password", words, command, before: typing.editor } };
}

function handlePasswordKey(typing: Typing, question: Password, key: Key): readonly [Typing, TypingRequest?] {
  const name = key.type === "key" ? key.name : "";
  const resumed = { ...EMPTY_INPUT, editor: question.before };
  if (name === "ctrl-c" || name === "ctrl-d") return [resumed];
  if (name === "enter") {
    const { text } = typing.editor;
    return text === "" ? [resumed] : [resumed, { type: "secret", text: question.command + text }];
  }
  if (/^(up|down|ctrl-[jnpr]|alt-enter|tab)$/.test(name)) return [typing];
  const editor = press(typing.editor, key);
  return [{ ...typing, editor: { ...editor, text: editor.text.replaceAll("\n", "") } }];
}

function complete(typing: Typing, by: 1 | -1, names: () => Names): Typing {
  const menu = typing.menu ?? menuFor(typing.editor, names());
  if (menu === undefined) return typing;
  const [editor, next] = choose(typing.editor, menu, by);
  return { ...typing, editor, menu: next.choices.length === 1 ? undefined : next };
}

function handleSearchKey(
  typing: Typing,
  search: Search,
  key: Key,
  names: () => Names,
  here: string,
): readonly [Typing, TypingRequest?] {
  const name = key.type === "key" ? key.name : "";
  if (key.type === "text") return [searchHistory(typing, search, search.wanted + key.text, search.place)];
  if (name === "ctrl-r") return [searchHistory(typing, search, search.wanted, search.place - 1)];
  if (name === "backspace") return [searchHistory(typing, search, search.wanted.replace(/.$/su, ""), -1)];
  const done = { ...typing, search: undefined };
  if (name === "escape" || name === "ctrl-c" || name === "ctrl-g") return [{ ...done, editor: search.before }];
  return handleKey(done, key, names, here);
}

/** Searches the history backwards for `wanted`, from index `from`. */
function searchHistory(typing: Typing, search: Search, wanted: string, from: number): Typing {
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

/** The names that a word can be completed to. */
export interface Names {
  /** Without the slash. */
  readonly commands: readonly string[];
  readonly rooms: readonly string[];
  /** Recent speakers first. */
  readonly nicks: readonly string[];
  /** The settings of a room. */
  readonly settings: readonly string[];
  /** The parameters of the command that a line begins with, such as `NICK|MASK [10m|2h|7d] [TEXT]`. */
  usageOf(line: string): string | undefined;
}

/** Whether a line begins with a known command. */
function isKnownTo(names: Names): (line: string) => boolean {
  return (line) => names.usageOf(line) !== undefined;
}

/** The completions of a word, and the one that is chosen. */
interface Menu {
  readonly choices: readonly string[];
  readonly at: number;
  /** The index where the word begins. */
  readonly from: number;
  /** The word as it was typed. */
  readonly typed: string;
  /** The text added after a choice. */
  readonly tail: string;
}

const MAX_CHOICES = 50;

/**
 * The completions of the word before the cursor, or of the command parameter that begins there; `undefined` if there
 * are none.
 */
export function menuFor({ text, cursor }: Editor, names: Names): Menu | undefined {
  const [typed = ""] = /\S*$/.exec(text.slice(0, cursor)) ?? [];
  const from = cursor - typed.length;
  const before = text.slice(0, from);
  const [all, tail] = candidates(typed, before, names);
  const choices = all.filter(isWord).slice(0, MAX_CHOICES);
  return choices.length === 0 ? undefined : { choices, at: -1, from, typed, tail };
}

/**
 * Whether a name may be put into the text. A server can choose any names: only those that can be shown and typed are
 * completed.
 */
function isWord(name: string): boolean {
  return showLine(name) === name && !/\s/.test(name);
}

function candidates(typed: string, before: string, names: Names): readonly [readonly string[], string] {
  const first = before.trim() === "";
  const usage = names.usageOf(before);
  if (first && typed.startsWith("/")) return [namesWith(names.commands, typed, "/"), " "];
  if (/^[#&]/.test(typed)) return [namesWith(names.rooms, typed), " "];
  if (typed.startsWith("@")) return [namesWith(names.nicks, typed, "@"), " "];
  if (usage !== undefined) return [parameters(usage, typed, before.trim().split(/\s+/).length - 1, names), " "];
  if (typed === "" || typed.startsWith("/")) return [[], ""];
  return [namesWith(names.nicks, typed), first ? ": " : " "];
}

/** The names that begin with `typed`, each with `mark` before it. */
function namesWith(names: readonly string[], typed: string, mark = ""): readonly string[] {
  const start = typed.toLowerCase();
  return names.map((name) => mark + name).filter((name) => name.toLowerCase().startsWith(start));
}

/** The completions of a parameter: of its kinds, or of the next parameter's if this one is optional. */
function parameters(usage: string, typed: string, place: number, names: Names): readonly string[] {
  let depth = 0;
  const tokens = usage.split(" ").map((token) => {
    if (token.startsWith("[")) depth++;
    const isOptional = depth > 0;
    if (token.endsWith("]")) depth--;
    return { kinds: token.replace(/[[\]]/g, "").split("|"), isOptional };
  });
  for (const { kinds, isOptional } of tokens.slice(Math.min(place, tokens.length - 1))) {
    const completions = kinds.flatMap((kind) => ofKind(kind, typed, names));
    if (completions.length > 0 || !isOptional) return completions;
  }
  return [];
}

function ofKind(kind: string, typed: string, names: Names): readonly string[] {
  switch (kind) {
    case "NICK":
    case "WHOM":
      return namesWith(names.nicks, typed);
    case "ROOM":
      return namesWith(names.rooms, typed).concat(typed === "" ? [] : namesWith(names.rooms, `#${typed}`));
    case "COMMAND":
      return namesWith(names.commands, typed);
    case "SETTING":
      return namesWith(names.settings, typed);
    case "TEXT":
      return typed === "" ? [] : namesWith(names.nicks, typed);
    default:
      return /^[^A-Z]+$/.test(kind) ? namesWith([kind], typed) : [];
  }
}

/** Puts the next or previous choice of the menu into the text. */
export function choose(editor: Editor, menu: Menu, by: 1 | -1): readonly [Editor, Menu] {
  const { length } = menu.choices;
  const at = menu.at < 0 ? (by > 0 ? 0 : length - 1) : (menu.at + by + length) % length;
  const rest = editor.text.slice(editor.cursor).replace(/^ /, "");
  const head = editor.text.slice(0, menu.from) + (menu.choices[at] ?? menu.typed) + menu.tail;
  return [
    { ...editor, text: head + rest, cursor: head.length },
    { ...menu, at },
  ];
}

const RECENT = 200; // entries of a log whose speakers come first

/** The names that a word can be completed to in the current room, recent speakers first. */
export function namesFor(model: Model, view: View): Names {
  const nicks = new Map<string, string>();
  const entries = view.logs.get(view.here)?.entries ?? [];
  for (const entry of entries.slice(-RECENT).toReversed()) {
    if ("nick" in entry && fold(entry.nick) !== fold(model.nick)) nicks.set(fold(entry.nick), entry.nick);
  }
  const members = [...(model.rooms.get(view.here)?.members.entries() ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, nick] of members) if (!nicks.has(key) && key !== fold(model.nick)) nicks.set(key, nick);
  const rooms = Array.from(model.rooms.values(), (room) => room.name);
  const commands = commandsOf(model).map(({ name }) => name);
  const usageOf = (line: string) => (isCommand(line) ? commandIn(model, line)?.usage : undefined);
  return { commands, rooms, nicks: [...nicks.values()], settings: SETTINGS, usageOf };
}

const GAP = 3000; // ms between two notifications for a target (IRCv3 typing)
const PAUSE = 4000; // ms without a key after which typing has paused

/**
 * Sends typing notifications (IRCv3 typing) to the room or the partner of the input line, at most one per target in
 * `GAP`. A state that changed meanwhile is sent afterwards, if it still holds. Lines that begin with `/` are not notified.
 */
export class TypingNotices {
  readonly #clock: Clock;
  readonly #send: (target: string, state: TypingState) => void;
  /** The time of the last notification to each target. */
  readonly #told = new Map<string, number>();
  #target = "";
  /** The state that was last sent to the target. */
  #state: TypingState = "done";
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, send: (target: string, state: TypingState) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** The text of the input line changed. */
  changed(target: string, text: string): void {
    if (target !== this.#target) this.stop();
    this.#target = target;
    this.#cancel?.();
    if (text.trim() === "" || text.trimStart().startsWith("/")) return this.#soon("done");
    this.#soon("active");
    this.#cancel = this.#clock.after(PAUSE, () => this.#soon("paused"));
  }

  /** The line was sent, which ends typing by itself, or the user went to another room. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#state = "done";
  }

  /** Sends a state to the target, now or when `GAP` is over; "active" repeatedly, other states once. */
  #soon(state: TypingState): void {
    if (state === this.#state && state !== "active") return;
    const last = this.#told.get(this.#target) ?? Number.NEGATIVE_INFINITY;
    const left = last + GAP - this.#clock.now();
    if (left <= 0) return this.#tell(state);
    if (state !== "active") this.#cancel = this.#clock.after(left, () => this.#tell(state));
  }

  #tell(state: TypingState): void {
    this.#state = state;
    this.#told.set(this.#target, this.#clock.now());
    this.#send(this.#target, state);
  }
}
