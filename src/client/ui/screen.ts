import { type Folded, fold } from "../../text/fold.ts";
import { commandIn, isCommand, synopsis } from "../commands/perform.ts";
import type { MousePlace } from "../input/keys.ts";
import type { Typing } from "../input/typing.ts";
import { mayTakeBack } from "../model/annotations.ts";
import { highestMark } from "../model/members.ts";
import { isReaction } from "../model/outbox.ts";
import { type ClientRoom, isRoomName } from "../model/rooms.ts";
import type { Model } from "../model/state.ts";
import { clipped, drawable, padded, type StyledSpan, widthOf, wrapped } from "./cells.ts";
import { type LayoutOptions, type LogWindow, type Row, type Scroll, windowOf } from "./layout.ts";
import { entryOf, newLog } from "./log.ts";
import { type Overlay, overlayHint, overlayRows } from "./overlay.ts";
import {
  fullName,
  isShown,
  type ListedPlace,
  listedPlaces,
  nameInList,
  type ShownServers,
  shownName,
} from "./place-list.ts";
import { levelOf } from "./place-settings.ts";
import { selectionWords } from "./selection.ts";
import { countsOf, SERVER, selectedMessage, shownLog, type View } from "./view.ts";

/** The size of a terminal, in columns and rows. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The input of a frame. */
export interface Scene extends ShownServers {
  readonly typing: Typing;
  /** The people who are typing in the room on the screen. */
  readonly typists: readonly string[];
  /** Without a connection: the reason, and the seconds until the next attempt. */
  readonly offline: { readonly why: string; readonly seconds: number | undefined } | undefined;
  /** A list that covers the page. */
  readonly overlay: Overlay | undefined;
  /** A hint to the user, shown until the next key. */
  readonly hint: string;
}

/** A drawn screen: exactly as many rows as the terminal has, none wider than it. */
interface Frame {
  readonly rows: readonly Row[];
  /** The visible part of the log. */
  readonly window: LogWindow;
}

/** How a screen is divided: the rows of each part, and the columns of the sidebar. */
interface Plan {
  readonly title: number;
  readonly messages: number;
  readonly menu: number;
  readonly status: number;
  readonly input: number;
  readonly sidebar: number;
  /** Columns of the list of members. */
  readonly members: number;
}

/** The columns from which the lists are shown by themselves. */
export const LISTS_FROM = { places: 100, members: 120 } as const;

const LEAST_BESIDE = 20; // columns that the messages have beside lists that the user wants
const TITLE_FROM = 8; // rows from which the screen has a title
const MAX_SIDEBAR = 22; // columns
const MEMBER_COLUMNS = 20; // columns of the list of members, its rule included

/** Draws the screen. Pure: the same scene and size give the same frame. */
export function frame(scene: Scene, size: Size): Frame {
  const { columns, rows } = size;
  if (scene.view.bare && !scene.overlay) return bareFrame(scene, size);
  const input = inputOf(scene, columns, Math.max(1, Math.floor(rows / 3)));
  const plan = planOf(scene, size, input.length);
  const options = layoutOptionsOf(scene, columns, plan);
  const window = windowOf(scrollOf(scene), plan.messages, scene.view.anchor, options);
  const blank: Row[] = Array.from({ length: plan.messages - window.rows.length }, () => []);
  const { overlay } = scene;
  const all: Row[] = [
    ...(plan.title > 0 ? [titleRow(scene, columns)] : []),
    ...(overlay
      ? overlayRows(overlay, columns, plan.messages)
      : besideLists([...blank, ...window.rows], scene, plan, columns)),
    ...(plan.menu > 0 ? [menuRow(scene, columns)] : []),
    ...(plan.status > 0 ? [statusRow(scene, columns, plan.sidebar === 0)] : []),
    ...input,
  ];
  return { rows: all.slice(-rows), window };
}

/** The messages alone, for a terminal's own selection: no bars, no lists, no input line. */
function bareFrame(scene: Scene, { columns, rows }: Size): Frame {
  const plan = planOf(scene, { columns, rows });
  const window = windowOf(scrollOf(scene), rows, scene.view.anchor, layoutOptionsOf(scene, columns, plan));
  const blank: Row[] = Array.from({ length: rows - window.rows.length }, () => []);
  const cursor: StyledSpan = { text: "", tone: "plain", cursor: true };
  const all = [...blank, ...window.rows];
  return { rows: all.map((row, i) => (i === rows - 1 ? [...row, cursor] : row)), window };
}

/** Divides the screen for a scene; parts that do not fit are left out. */
export function planOf(scene: Scene, { columns, rows }: Size, inputHeight?: number): Plan {
  if (scene.view.bare && !scene.overlay) return { ...NO_PARTS, messages: rows };
  const input = inputHeight ?? inputOf(scene, columns, Math.max(1, Math.floor(rows / 3))).length;
  const status = rows > input ? 1 : 0;
  const title = rows >= TITLE_FROM ? 1 : 0;
  const menu =
    scene.typing.menu !== undefined && scene.overlay === undefined && rows - input - status - title > 1 ? 1 : 0;
  const messages = Math.max(0, rows - input - status - title - menu);
  const { lists, here } = scene.view;
  const hasMembers = (lists.members ?? columns >= LISTS_FROM.members) && scene.model.rooms.has(here);
  const members = hasMembers && columns >= MEMBER_COLUMNS + LEAST_BESIDE ? MEMBER_COLUMNS : 0;
  const width = sidebarOf(scene);
  const fits = columns >= width + members + LEAST_BESIDE;
  const sidebar = (lists.places ?? columns >= LISTS_FROM.places) && fits ? width : 0;
  return { title, messages, menu, status, input, sidebar, members };
}

const NO_PARTS: Plan = { title: 0, messages: 0, menu: 0, status: 0, input: 0, sidebar: 0, members: 0 };

/** The current log and its unconfirmed messages. */
export function scrollOf({ view, model }: Scene): Scroll {
  if (view.past) return { log: view.past.log, unconfirmed: [] };
  const log = view.logs.get(view.here) ?? newLog("");
  return { log, unconfirmed: model.outbox.filter((own) => fold(own.target) === view.here && !isReaction(own)) };
}

/** The layout options for messages beside the lists. */
export function layoutOptionsOf({ view, model }: Scene, columns: number, { sidebar, members }: Plan): LayoutOptions {
  const width = columns - (sidebar === 0 ? 0 : sidebar + 1) - members;
  const { nick, account } = model;
  const log = view.marked === undefined ? undefined : shownLog(view);
  const marked = log && view.marked !== undefined ? entryOf(log, view.marked) : undefined;
  const selected = view.selection?.entry ?? marked;
  const { bare: isBare } = view;
  return { columns: Math.max(1, width), unfolded: view.unfolded || isBare, isBare, nick, account, selected };
}

function inputOf({ typing, overlay }: Scene, columns: number, height: number): readonly Row[] {
  if (overlay) return inputRows(drawable(overlay.filter), drawable(overlay.filter).length, "? ", columns, height);
  const { editor, search, question } = typing;
  if (question?.type === "password") {
    const dots = "•".repeat(Math.min(editor.text.length, columns));
    return inputRows(dots, Math.min(editor.cursor, dots.length), `${question.words}: `, columns, height);
  }
  const prompt = search === undefined ? "> " : `(search ‘${clipped(drawable(search.wanted), 20)}’) `;
  return inputRows(editor.text, editor.cursor, prompt, columns, height);
}

function titleRow(scene: Scene, columns: number): Row {
  const { view, model, overlay } = scene;
  if (overlay) return [{ text: padded(` ${drawable(overlay.title)}`, columns), tone: "bar" }];
  const room = model.rooms.get(view.here);
  const log = view.logs.get(view.here);
  const name = drawable(room?.name ?? log?.name ?? "");
  const what = room?.topic ?? placeWords(model, view.here, name);
  const text = ` ${shownName(scene)}${what === "" ? "" : ` — ${drawable(what).replaceAll("\n", " ")}`}`;
  return [{ text: padded(text, columns), tone: "bar" }];
}

/** Describes a place that is no room of ours. */
function placeWords(model: Model, key: Folded, name: string): string {
  if (key === SERVER) return "server messages";
  if (isRoomName(name)) {
    if (model.joining.has(key) || model.restoring !== undefined || model.phase !== "here") return "joining…";
    return model.kicked.has(key) ? "you were kicked; /join to come back" : "you are not in this room; /join to go in";
  }
  const away = model.away.get(name);
  if (away === undefined) return "private conversation";
  return `away${away === "" ? "" : `: ${away}`}`;
}

/** Puts the list of places before the rows of messages, and the list of members behind them. */
function besideLists(rows: readonly Row[], scene: Scene, plan: Plan, columns: number): readonly Row[] {
  const room = plan.members > 0 ? scene.model.rooms.get(scene.view.here) : undefined;
  const members = room && memberRows(room, scene.model, rows.length);
  const places = plan.sidebar > 0 ? sidebar(scene, rows.length, plan.sidebar) : undefined;
  if (!members && !places) return rows;
  return rows.map((row, i) => {
    const left = places ? [...(places[i] ?? []), ruleAt(plan.sidebar - 1)] : [];
    const middle = places ? inColumn(row, plan.sidebar + 1) : row;
    const right = members ? [ruleAt(columns - plan.members), ...(members[i] ?? [])] : [];
    return [...left, ...middle, ...right];
  });
}

function ruleAt(column: number): StyledSpan {
  return { text: "│", tone: "rule", column };
}

function inColumn([first, ...rest]: Row, column: number): Row {
  return first === undefined ? [] : [{ ...first, column }, ...rest];
}

function sidebarOf(scene: Scene): number {
  let widest = 8;
  const all = listedPlaces(scene);
  for (const place of all) widest = Math.max(widest, widthOf(indented(scene, place)));
  return Math.min(MAX_SIDEBAR, widest + 7 + String(all.length).length);
}

/** The name of a place in the list, under its server's if there are several. */
function indented(scene: Scene, place: ListedPlace): string {
  const name = nameInList(scene, place);
  return scene.servers.length > 1 && place.key !== SERVER ? ` ${name}` : name;
}

/** The place that the list shows in a cell of the screen. */
export function placeAt(scene: Scene, size: Size, { column, row }: MousePlace): ListedPlace | undefined {
  const plan = planOf(scene, size);
  const inList = column < plan.sidebar && row >= plan.title && row < plan.title + plan.messages;
  return inList && !scene.overlay ? listed(scene, plan.messages).all[row - plan.title] : undefined;
}

/** The places that fit into `height` rows, around the current one, and the index of the first of them. */
function listed(scene: Scene, height: number) {
  const all = listedPlaces(scene);
  const at = Math.max(
    0,
    all.findIndex((place) => isShown(scene, place)),
  );
  const first = Math.max(0, Math.min(at - Math.floor(height / 2), all.length - height));
  return { first, all: all.slice(first, first + height), digits: String(all.length).length };
}

function sidebar(scene: Scene, height: number, width: number): readonly Row[] {
  const { first, all, digits } = listed(scene, height);
  return all.map((place, i) => {
    const { view, model } = place.server;
    const { unread, mentions } = countsOf(view, place.key);
    const number = first + i + 1;
    const isMuted = levelOf(view.settings, place.key) === "none";
    const count = isMuted ? MUTED : countOf(unread, mentions);
    const lead = `${String(number).padStart(digits)} `;
    const name = padded(indented(scene, place), width - 1 - lead.length - widthOf(count) - 1);
    const tone = isShown(scene, place) ? "current" : unread > 0 ? "unread" : "plain";
    const isDim = model.phase !== "here" || isMuted;
    const away = isDim && tone === "plain" ? "dim" : tone;
    return [
      { text: lead, tone: "dim" },
      { text: `${name} `, tone: away },
      { text: count, tone: isMuted ? "dim" : mentions > 0 ? "mention" : tone },
    ];
  });
}

/** The mark of a room whose messages do not notify, in place of a count. */
const MUTED = "muted";

/**
 * The members of a room as at most `height` rows beside the messages, by rank and then by name, each with the mark of
 * its rank; those who are away are dim. Only the members that fit are looked at, however many there are.
 */
function memberRows({ members }: ClientRoom, { support, away }: Model, height: number): readonly Row[] {
  const all = members.sorted(support.marks);
  const fit = all.length <= height ? all.length : Math.max(0, height - 1);
  const rows = all.slice(0, fit).map((member): Row => {
    const mark = highestMark(member, support.marks);
    const nick = clipped(drawable(member.nick), MEMBER_COLUMNS - 2 - (mark === "" ? 1 : mark.length));
    return [
      { text: mark === "" ? " " : mark, tone: "dim" },
      { text: nick, tone: away.get(member.nick) === undefined ? "plain" : "dim" },
    ];
  });
  const more = all.length - fit;
  return more > 0 && height > 0
    ? [...rows, [{ text: clipped(` … ${more} more`, MEMBER_COLUMNS - 1), tone: "dim" }]]
    : rows;
}

function menuRow({ typing }: Scene, columns: number): Row {
  const { choices = [], at = 0 } = typing.menu ?? {};
  const spans: StyledSpan[] = [];
  let width = columns;
  // The chosen entry is always visible.
  for (const [i, choice] of [...choices.entries()].slice(Math.max(0, at - 2))) {
    const text = ` ${clipped(drawable(choice), Math.max(1, width - 2))} `;
    if (widthOf(text) > width) break;
    spans.push({ text, tone: i === at ? "chosen" : "choice" });
    width -= widthOf(text);
  }
  return [...spans, { text: " ".repeat(Math.max(0, width)), tone: "choice" }];
}

/**
 * Wraps a text with its cursor behind a prompt; if there are more than `height` rows, returns those around the cursor.
 */
function inputRows(text: string, cursor: number, prompt: string, columns: number, height: number): readonly Row[] {
  const head = columns > widthOf(prompt) + 2 ? prompt : "";
  const indent = widthOf(head);
  const width = Math.max(1, columns - indent - 1);
  const rows: Row[] = [];
  let at = 0;
  let cursorRow = 0;
  for (const line of text.split("\n")) {
    const shown = line.replaceAll("\t", " ");
    const parts = wrapped(shown, width);
    parts.forEach(({ from, to }, i) => {
      const last = i === parts.length - 1;
      const isHere = cursor >= at + from && (cursor < at + to || (last && cursor === at + to));
      const lead = rows.length === 0 ? head : " ".repeat(indent);
      const begin: StyledSpan = { text: lead, tone: "dim" };
      if (isHere) cursorRow = rows.length;
      const words = fitting(shown.slice(from, to), width);
      rows.push(isHere ? [begin, ...withCursor(words, cursor - at - from)] : [begin, { text: words, tone: "plain" }]);
    });
    at += line.length + 1;
  }
  const first = Math.max(0, Math.min(cursorRow - Math.floor(height / 2), rows.length - height));
  return rows.slice(first, first + height);
}

function fitting(words: string, width: number): string {
  const trimmed = widthOf(words) > width ? words.replace(/ +$/, "") : words;
  return widthOf(trimmed) > width ? "?".repeat(width) : trimmed;
}

function withCursor(words: string, at: number): readonly StyledSpan[] {
  return [
    { text: words.slice(0, at), tone: "plain" },
    { text: words.slice(at), tone: "plain", cursor: true },
  ];
}

const PASSWORD_HINT = "Your input is hidden. Enter submits it, Ctrl-C cancels.";

/**
 * The status row above the input: a question, a problem, or the nick and room. With `activity`, also the other rooms
 * that have unread messages.
 */
function statusRow(scene: Scene, columns: number, activity: boolean): Row {
  const { typing, hint, overlay } = scene;
  if (overlay) return [{ text: padded(` ${overlayHint(overlay)}`, columns), tone: "bar" }];
  if (typing.question?.type === "lines") {
    const { count, messages } = typing.question;
    const as = messages > 1 ? `${messages} messages` : "one message";
    const words = ` Send these ${count} lines as ${as}? Enter sends, any other key cancels.`;
    return [{ text: padded(words, columns), tone: "alarm" }];
  }
  const offline = offlineWords(scene);
  const standard =
    typing.question?.type === "password"
      ? PASSWORD_HINT
      : (selectionRow(scene) ?? usageWords(scene) ?? replyWords(scene) ?? statusWords(scene, activity));
  const words = hint !== "" ? hint : offline !== "" ? offline : standard;
  return [{ text: padded(` ${drawable(words)}`, columns), tone: offline !== "" && hint === "" ? "alarm" : "bar" }];
}

/** The keys of the selected message. */
function selectionRow({ view, model }: Scene): string | undefined {
  const message = selectedMessage(view);
  const log = shownLog(view);
  if (message === undefined || view.selection === undefined || log === undefined) return undefined;
  return selectionWords(view.selection, message, mayTakeBack(model, log.name, message));
}

/** The message that the next line replies to. */
function replyWords({ view }: Scene): string | undefined {
  const target = view.replies.get(view.here);
  return target && `Enter sends a reply to ${target.nick}: ${target.text} · Esc cancels`;
}

/** The usage of the command being typed. */
function usageWords({ typing, model }: Scene): string | undefined {
  const { text } = typing.editor;
  const command = isCommand(text) && /\S\s/.test(text) ? commandIn(model, text) : undefined;
  return command && `${synopsis(command)}: ${command.help}`;
}

function offlineWords({ offline, model }: Scene): string {
  if (offline === undefined) return "";
  if (!model.wasWelcomed && offline.why === "") return "Connecting…";
  const waiting = model.outbox.filter((message) => message.state === "waiting").length;
  const kept = waiting === 0 ? "" : ` · ${waiting} ${waiting === 1 ? "message waits" : "messages wait"}`;
  const next = offline.seconds;
  const when = next === undefined || next <= 0 ? "trying now" : `next try in ${next} s (Alt-C: now)`;
  return `Not connected: ${offline.why || "the connection was lost"} · ${when}${kept}`;
}

function statusWords(scene: Scene, activity: boolean): string {
  const { model, view } = scene;
  const room = model.rooms.get(view.here);
  const log = view.logs.get(view.here);
  const people = room === undefined ? "" : ` (${room.members.size})`;
  const muted = levelOf(view.settings, view.here) === "none" ? ` ${MUTED}` : "";
  const away = model.away.get(model.nick) === undefined ? "" : " (away)";
  const failed = model.outbox.filter((message) => message.state === "failed").length;
  const parts = [
    `${model.nick}${model.account === undefined ? "" : " ✓"}${away}`,
    `${shownName(scene)}${people}${muted}`,
    failed === 0 ? "" : `${failed} not sent: Alt-R`,
    typistWords(scene.typists),
    scrolledWords(view, log?.unread ?? 0),
    activity ? activityOf(scene) : "",
    view.mouse ? "" : "mouse selects: Alt-M",
    "/help",
  ];
  return parts.filter((part) => part !== "").join(" │ ");
}

/** How far the page is from the newest messages. */
function scrolledWords({ anchor, past }: View, unread: number): string {
  const news = unread > 0 ? `${unread} new, ` : "";
  if (past) return `in the past: ${news}Esc returns`;
  return anchor === undefined ? "" : `scrolled back: ${news}PgDn`;
}

/** `bob is typing…` */
export function typistWords([first, second, ...more]: readonly string[]): string {
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing…`;
  return more.length === 0 ? `${first} and ${second} are typing…` : "several people are typing…";
}

/** Rooms with unread messages, for a screen without a sidebar: those with mentions first, since the row may be cut. */
function activityOf(scene: Scene): string {
  const words: [mentioned: string[], others: string[]] = [[], []];
  listedPlaces(scene).forEach((place, i) => {
    const { unread, mentions } = countsOf(place.server.view, place.key);
    if (unread === 0 || isShown(scene, place)) return;
    words[mentions > 0 ? 0 : 1].push(`${i + 1}:${fullName(scene, place)} ${countOf(unread, mentions)}`);
  });
  return words.flat().join(" ");
}

/** `3`, or `3!` if we are mentioned. */
function countOf(unread: number, mentions: number): string {
  if (unread === 0) return "";
  return `${unread > 999 ? "999+" : unread}${mentions > 0 ? "!" : ""}`;
}
