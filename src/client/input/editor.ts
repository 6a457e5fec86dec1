import { showText, withoutEscapes } from "../../text/filter.ts";
import type { Folded } from "../../text/fold.ts";
import { graphemes } from "../../text/width.ts";
import { isCommand } from "../commands/perform.ts";
import { isSecret, withoutRoomKey } from "../model/secrets.ts";
import type { Clock } from "../run/clock.ts";
import type { Key } from "./keys.ts";

/** The line being typed. The cursor is an index into `text` and always stands between two graphemes. */
export interface Editor {
  readonly text: string;
  readonly cursor: number;
  /** Lines entered before, oldest first. */
  readonly history: readonly string[];
  /** The index of the history entry shown; `history.length` is the line being typed. */
  readonly place: number;
  /** The line being typed, while an older entry is shown. */
  readonly draft: string;
  /** The text that was last cut, for Ctrl-Y. */
  readonly cut: string;
  /** Whether the last key was ignored because the line would have become too long. */
  readonly full: boolean;
}

/** The most UTF-16 units of a line being typed: several of the longest messages. */
export const INPUT = 16384;

const HISTORY = 500; // entries

/** An empty editor. */
export const EMPTY: Editor = { text: "", cursor: 0, history: [], place: 0, draft: "", cut: "", full: false };

type Motion = (text: string, from: number) => number;

const left: Motion = (text, from) => (from === 0 ? 0 : startOf(text, from - 1));
const right: Motion = (text, from) => (from >= text.length ? text.length : endOf(text, from));
const home: Motion = () => 0;
const end: Motion = (text) => text.length;
const wordLeft: Motion = (text, from) => {
  const head = text.slice(0, from).replace(/[\p{L}\p{N}\p{M}_]+[^\p{L}\p{N}\p{M}_]*$|^[^\p{L}\p{N}\p{M}_]+$/u, "");
  return snap(text, head.length);
};
const wordRight: Motion = (text, from) => {
  const word = /^[^\p{L}\p{N}\p{M}_]*[\p{L}\p{N}\p{M}_]*/u.exec(text.slice(from))?.[0] ?? "";
  return snap(text, from + word.length);
};
const spaceLeft: Motion = (text, from) => snap(text, text.slice(0, from).replace(/\S*\s*$/, "").length);

const move =
  (to: Motion) =>
  (editor: Editor): Editor => ({ ...editor, cursor: to(editor.text, editor.cursor) });

const kill =
  (to: Motion) =>
  (editor: Editor): Editor => {
    const killed = erase(editor, to);
    const [from, until] = ordered(editor.cursor, to(editor.text, editor.cursor));
    return until > from ? { ...killed, cut: editor.text.slice(from, until) } : killed;
  };

/** The editor's keys: Emacs keys and those of the keypad. */
const BINDINGS: ReadonlyMap<string, (editor: Editor) => Editor> = new Map([
  ["left", move(left)],
  ["ctrl-b", move(left)],
  ["right", move(right)],
  ["ctrl-f", move(right)],
  ["home", move(home)],
  ["ctrl-a", move(home)],
  ["end", move(end)],
  ["ctrl-e", move(end)],
  ["ctrl-left", move(wordLeft)],
  ["alt-left", move(wordLeft)],
  ["alt-b", move(wordLeft)],
  ["ctrl-right", move(wordRight)],
  ["alt-right", move(wordRight)],
  ["alt-f", move(wordRight)],
  ["backspace", (editor) => erase(editor, left)],
  ["delete", (editor) => erase(editor, right)],
  ["ctrl-d", (editor) => erase(editor, right)],
  ["ctrl-w", kill(spaceLeft)],
  ["alt-backspace", kill(wordLeft)],
  ["alt-d", kill(wordRight)],
  ["ctrl-delete", kill(wordRight)],
  ["ctrl-u", kill(home)],
  ["ctrl-k", kill(end)],
  ["ctrl-y", (editor) => insert(editor, editor.cut)],
  ["ctrl-j", (editor) => insert(editor, "\n")],
  ["alt-enter", (editor) => insert(editor, "\n")],
  ["up", (editor) => lineUp(editor) ?? recall(editor, editor.place - 1)],
  ["ctrl-p", (editor) => recall(editor, editor.place - 1)],
  ["down", (editor) => lineDown(editor) ?? recall(editor, editor.place + 1)],
  ["ctrl-n", (editor) => recall(editor, editor.place + 1)],
]);

/** The editor after a key; unknown keys change nothing. */
export function press(editor: Editor, key: Key): Editor {
  const editable = editor.full ? { ...editor, full: false } : editor;
  if (key.type === "text") return insert(editable, key.text);
  if (key.type === "paste") return insert(editable, key.text.replace(/\r\n?/g, "\n"));
  return BINDINGS.get(key.name)?.(editable) ?? editable;
}

/** Takes the line, as Enter does: returns the text, and an empty editor with the text in its history. */
export function take(editor: Editor): readonly [text: string, rest: Editor] {
  const { text } = editor;
  const known = text === "" || editor.history.at(-1) === text;
  const history = known ? editor.history : [...editor.history.slice(1 - HISTORY), text];
  return [text, { ...EMPTY, history, place: history.length, cut: editor.cut }];
}

/** Empties the line, and keeps the history. */
export function clear(editor: Editor): Editor {
  return { ...editor, text: "", cursor: 0, place: editor.history.length, draft: "" };
}

function insert(editor: Editor, text: string): Editor {
  const clean = showText(withoutEscapes(text));
  if (clean.length + editor.text.length > INPUT) return { ...editor, full: true };
  const before = editor.text.slice(0, editor.cursor) + clean;
  const all = before + editor.text.slice(editor.cursor);
  return { ...editor, text: all, cursor: snap(all, before.length) };
}

function erase(editor: Editor, to: Motion): Editor {
  const [from, until] = ordered(editor.cursor, to(editor.text, editor.cursor));
  if (from === until) return editor;
  const text = editor.text.slice(0, from) + editor.text.slice(until);
  return { ...editor, text, cursor: snap(text, from) };
}

/** Moves the cursor a line up; `undefined` on the first line. */
function lineUp(editor: Editor): Editor | undefined {
  const { text, cursor } = editor;
  const begin = text.lastIndexOf("\n", cursor - 1);
  if (begin < 0 || cursor === 0) return undefined;
  const above = text.lastIndexOf("\n", begin - 1) + 1;
  return { ...editor, cursor: snap(text, Math.min(begin, (begin === 0 ? 0 : above) + cursor - begin - 1)) };
}

/** Moves the cursor a line down; `undefined` on the last line. */
function lineDown(editor: Editor): Editor | undefined {
  const { text, cursor } = editor;
  const next = text.indexOf("\n", cursor);
  if (next < 0) return undefined;
  const column = cursor - (cursor === 0 ? 0 : text.lastIndexOf("\n", cursor - 1) + 1);
  const end = text.indexOf("\n", next + 1);
  return { ...editor, cursor: snap(text, Math.min(end < 0 ? text.length : end, next + 1 + column)) };
}

function recall(editor: Editor, place: number): Editor {
  const { history } = editor;
  if (place < 0 || place > history.length) return editor;
  const draft = editor.place === history.length ? editor.text : editor.draft;
  const text = history[place] ?? draft;
  return { ...editor, text, cursor: text.length, place, draft };
}

function ordered(a: number, b: number): readonly [number, number] {
  return a < b ? [a, b] : [b, a];
}

/** The next grapheme boundary at or after `index`: where two texts meet, their characters may combine. */
function snap(text: string, index: number): number {
  if (index >= text.length) return text.length;
  return startOf(text, index) === index ? index : endOf(text, index);
}

function startOf(text: string, index: number): number {
  return graphemes.segment(text).containing(index)?.index ?? index;
}

function endOf(text: string, index: number): number {
  const found = graphemes.segment(text).containing(index);
  return found === undefined ? index : found.index + found.segment.length;
}

/** Milliseconds until a changed draft or an entered line is saved. */
export const SAVE_DELAY = 500;

const KEPT = 100_000; // characters of the lines that are kept for the next run

/**
 * The newest lines of a history that are few enough to be kept: none with a password, and no room's key. A command that
 * `isKnown` does not know may be a misspelt one with a password.
 */
export function keptHistory(history: readonly string[], isKnown: (command: string) => boolean): readonly string[] {
  const open = history
    .filter((line) => (!isCommand(line) || isKnown(line)) && !isSecret(line, "", isKnown))
    .map(withoutRoomKey);
  let size = 0;
  const from = open.findLastIndex((line) => {
    size += line.length + 1;
    return size > KEPT;
  });
  return open.slice(from + 1);
}

/** An empty editor with lines entered before. */
export function withHistory(lines: readonly string[]): Editor {
  const history = lines.filter((line) => line !== "" && line.length <= INPUT).slice(-HISTORY);
  return { ...EMPTY, history, place: history.length };
}

/** The drafts of all rooms, saved so that a crash costs at most half a second of typing. */
export class Drafts {
  readonly #texts: Map<string, string>;
  readonly #save: (texts: ReadonlyMap<string, string>) => void;
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;

  constructor(texts: ReadonlyMap<string, string>, clock: Clock, save: (texts: ReadonlyMap<string, string>) => void) {
    this.#texts = new Map(texts);
    this.#clock = clock;
    this.#save = save;
  }

  /** An editor with a room's draft, and the history of `editor`. */
  of(room: Folded, editor: Editor): Editor {
    const text = this.#texts.get(room) ?? "";
    const { history, cut } = editor;
    return { ...EMPTY, text, cursor: text.length, history, place: history.length, cut };
  }

  /** Stores the draft of a room. */
  keep(room: Folded, text: string): void {
    if ((this.#texts.get(room) ?? "") === text) return;
    if (text === "") this.#texts.delete(room);
    else this.#texts.set(room, text);
    this.#cancel ??= this.#clock.after(SAVE_DELAY, () => this.flush());
  }

  /** Moves a draft to a room's new name. */
  move(from: Folded, to: Folded): void {
    const text = this.#texts.get(from) ?? "";
    this.keep(from, "");
    this.keep(to, text);
  }

  /** Saves a pending change at once. */
  flush(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    this.#save(this.#texts);
  }
}
