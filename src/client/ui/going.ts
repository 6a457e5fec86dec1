import type { Folded } from "../../text/fold.ts";
import { fold } from "../../text/fold.ts";
import { commandsOf, synopsis } from "../model/commands.ts";
import { withPartner } from "../model/outbox.ts";
import { type HelpRow, type Model, type Step, step, withCurrent } from "../model/state.ts";
import { newOverlay, type Overlay, type OverlayItem } from "./overlay.ts";
import { allPlaces, fullName, isShown, type ListedPlace, type ServerScene, type ShownServers } from "./place-list.ts";
import { levelOf } from "./place-settings.ts";
import { countsOf, SERVER, type View } from "./view.ts";

/** Ways of going somewhere: the list of places, people and commands, and the number of a place. */

/** The step to a place. A conversation begins there if there is none yet, with the log's name or else `known`. */
export function goingTo({ logs }: View, key: Folded, known: string | undefined): (model: Model) => Step {
  const name = logs.get(key)?.name ?? known;
  return (model) => {
    const next = key === SERVER || model.rooms.has(key) || name === undefined ? model : withPartner(model, name);
    return step(withCurrent(next, key));
  };
}

/**
 * The list of Ctrl-K: rooms and conversations, the last visited first, then people and commands of this server.
 * `cameFrom` is the server that was shown before, if the last place was there.
 */
export function goingList(shown: ShownServers, cameFrom?: ServerScene): Overlay {
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

/** The state of a number that is being typed after Alt-J. */
export interface NumberTyped {
  /** The digits so far; `undefined` when the number is complete. */
  readonly digits: string | undefined;
  /** The number, once it is complete. */
  readonly number?: number;
  /** The text behind the number. */
  readonly rest: string;
}

/**
 * Adds typed text to a number that is at most `most`: it is complete once no further digit can belong to it. A number of
 * two digits may begin with 0, as in WeeChat, where it has to.
 */
export function withDigits(digits: string, text: string, most: number): NumberTyped {
  const [typed = ""] = /^\d*/.exec(text) ?? [];
  let all = digits;
  for (const [i, digit] of [...typed].entries()) {
    all += digit;
    if (all === "0" || (all.length < String(most).length && Number(all) * 10 <= most)) continue;
    return { digits: undefined, number: Number(all), rest: text.slice(i + 1) };
  }
  if (typed.length === text.length) return { digits: all, rest: "" };
  return { digits: undefined, ...(all === "" ? {} : { number: Number(all) }), rest: text.slice(typed.length) };
}
