import { type Folded, fold } from "../../text/fold.ts";
import { clockOf, dayOf } from "../../text/time.ts";
import { commandsOf, synopsis } from "../commands/perform.ts";
import { placeOf } from "../model/history.ts";
import type { HelpRow, Model, Talk } from "../model/state.ts";
import type { LoggedMessage, RoomLog } from "./log.ts";
import { spoken } from "./message-view.ts";
import { newOverlay, type Overlay, type OverlayItem } from "./overlay.ts";
import { allPlaces, fullName, isShown, type ListedPlace, type ServerScene, type ShownServers } from "./place-list.ts";
import { levelOf } from "./place-settings.ts";
import { countsOf, SERVER, type View } from "./view.ts";

/**
 * The lists that are drawn over the screen: rooms, people and commands (Ctrl-K), search results, and help.
 */

/**
 * The list of Ctrl-K: rooms and conversations, the last visited first, then people and commands of this server.
 * `cameFrom` is the server that was shown before, if the last place was there.
 */
export function goToList(shown: ShownServers, cameFrom?: ServerScene): Overlay {
  const { view, model } = shown;
  const items = [...placeItems(shown, cameFrom), ...peopleItems(view, model), ...commandItems(model)];
  return newOverlay({ title: "Go to", hint: "type to filter, Enter goes there", items, isRanked: true });
}

function placeItems(shown: ShownServers, cameFrom: ServerScene | undefined): readonly OverlayItem[] {
  const others = allPlaces(shown).filter((place) => !isShown(shown, place));
  const { visited } = shown.model;
  const rankOf = ({ server, key }: ListedPlace) => {
    if (server.name === shown.name) return visited.indexOf(key) + 1 || Number.POSITIVE_INFINITY;
    return server.name === cameFrom?.name && key === cameFrom.view.here ? 0 : Number.POSITIVE_INFINITY;
  };
  const before = others.filter((place) => Number.isFinite(rankOf(place))).sort((a, b) => rankOf(a) - rankOf(b));
  const [pages, rooms] = [others.filter(({ key }) => key === SERVER), others.filter(({ key }) => key !== SERVER)];
  return [...new Set([...before, ...rooms, ...pages])].map((place) => ({
    label: fullName(shown, place),
    detail: detailOf(place),
    choice: { type: "go", server: place.server.name, key: place.key },
  }));
}

function detailOf({ server: { view, model }, key }: ListedPlace): string {
  const { unread, mentions } = countsOf(view, key);
  const room = model.rooms.get(key);
  const what = room ? room.topic : key === SERVER ? "server messages" : "conversation";
  const news = unread === 0 ? "" : `${unread} unread${mentions > 0 ? `, ${mentions} of them for you` : ""}`;
  const muted = levelOf(view.settings, key) === "none" ? "muted" : "";
  return [news, muted, what].filter(Boolean).join(" · ");
}

/** The members of the current room, then those of all others. */
function peopleItems(view: View, model: Model): readonly OverlayItem[] {
  const people = new Map<Folded, OverlayItem>();
  const here = model.rooms.get(view.here);
  for (const room of new Set([...(here ? [here] : []), ...model.rooms.values()])) {
    for (const [key, nick] of room.members.entries()) {
      if (people.has(key) || key === fold(model.nick) || model.partners.has(key)) continue;
      people.set(key, { label: nick, detail: `in ${room.name}`, choice: { type: "talk", nick } });
    }
  }
  return [...people.values()].sort((a, b) => (a.label.toLowerCase() < b.label.toLowerCase() ? -1 : 1));
}

function commandItems(model: Model): readonly OverlayItem[] {
  return commandsOf(model).map((command) => ({
    label: synopsis(command),
    detail: command.help,
    choice: { type: "insert", text: `/${command.name} ` },
  }));
}

/** An explanation as a list: Enter puts a command into the input line. */
export function helpList(title: string, rows: readonly HelpRow[]): Overlay {
  const hint = rows.some(({ typed }) => typed) ? "type to filter, Enter takes a command" : "type to filter";
  const items = rows.map(
    ({ label, help, typed }): OverlayItem => ({
      label,
      detail: help,
      choice: typed === undefined ? { type: "close" } : { type: "insert", text: typed },
    }),
  );
  return newOverlay({ title, hint, items, isRanked: true });
}

const MOST_FOUND = 200; // messages

/**
 * The results of a search on a server, newest first: Enter goes to a message. `now` is in milliseconds since 1970.
 */
export function foundList(words: string, lines: readonly Talk[], { name, model }: ServerScene, now: number): Overlay {
  const items = lines.map((line) => ({
    label: `${placeOf(line, model.nick)} ${whenOf(line.time, now)}`,
    detail: spoken({ ...line, text: around(line.text, words) }),
    choice: { type: "jump", server: name, line } as const,
  }));
  const title = words === "" ? "Found" : `Found with ${words}`;
  return newOverlay({ title, hint: "type to filter, Enter goes to the message", items, isRanked: false });
}

const BEFORE = 20; // characters that are shown before a found word, if the text is cut
const NEAR = 40; // characters: if the word begins within them, the text is not cut

/** The text, cut to begin shortly before the first of these words, so that one row shows the word. */
function around(text: string, words: string): string {
  const lower = text.toLowerCase();
  const first = Math.min(
    ...wordsIn(words)
      .map((word) => lower.indexOf(word))
      .filter((at) => at >= 0),
  );
  if (first <= NEAR || first === Number.POSITIVE_INFINITY) return text;
  const from = text.slice(0, first - BEFORE).search(/\S*$/);
  return `… ${text.slice(from)}`;
}

function wordsIn(words: string): readonly string[] {
  return words
    .toLowerCase()
    .split(/[\s"]+/)
    .filter(Boolean);
}

/**
 * The loaded messages of the room or conversation on the screen, newest first, to find a word in. For older messages its
 * last item searches the server.
 */
export function findList(log: RoomLog, server: string, now: number): Overlay {
  const lines = log.entries.filter((entry) => "reactors" in entry).toReversed();
  const items = lines.map((line) => ({
    label: `${line.nick} ${whenOf(line.time, now)}`,
    detail: line.text.replaceAll("\n", " "),
    choice: { type: "jump", server, line } as const,
  }));
  const beyond = (words: string): OverlayItem => ({
    label: "all history",
    detail: `search everything that was said here for ${words}`,
    choice: { type: "search", words },
  });
  const hint = "type a word, Enter goes to the message";
  return newOverlay({ title: `Find in ${log.name}`, hint, items, isRanked: false, beyond });
}

/** The sentence for a search without results. */
export function notFoundWords(words: string): string {
  return `No message with ${words} was found.`;
}

/** The list without a message that was taken back. */
export function withoutFound(overlay: Overlay, msgid: string): Overlay {
  const isOther = ({ choice }: OverlayItem): boolean => choice.type !== "jump" || choice.line.msgid !== msgid;
  const found = overlay.found.filter(isOther);
  const at = Math.max(0, Math.min(overlay.at, found.length - 1));
  return { ...overlay, items: overlay.items.filter(isOther), found, at };
}

/** The messages in these logs with all of these words, newest first. */
export function searchLogs(logs: Iterable<RoomLog>, words: string): readonly Talk[] {
  const wanted = wordsIn(words);
  const found: LoggedMessage[] = [];
  for (const { entries } of logs) {
    for (const entry of entries) {
      if (!("reactors" in entry)) continue;
      const text = entry.text.toLowerCase();
      if (wanted.every((word) => text.includes(word))) found.push(entry);
    }
  }
  return found.sort((a, b) => b.time - a.time).slice(0, MOST_FOUND);
}

/** `12:03` today, else with the day. */
function whenOf(time: number, now: number): string {
  return dayOf(time) === dayOf(now) ? clockOf(time) : `${dayOf(time)} ${clockOf(time)}`;
}
