import type { Folded } from "../../text/fold.ts";
import type { ScreenRequest } from "../commands/screen.ts";
import type { Model } from "../model/state.ts";
import { drawable } from "./cells.ts";
import { LEVEL_WORDS, levelOf, moved, type PlaceSettings, withHidden, withLevel } from "./place-settings.ts";
import { countsOf, everyPlace, nameOf, places, previousPlace, SERVER, type View } from "./view.ts";

/** The places of all servers as one list, in which the user goes from one to another. */

/** A server as the screen shows it. Its name is unique on the screen. */
export interface ServerScene {
  readonly name: string;
  readonly model: Model;
  readonly view: View;
}

/** All servers, and the one that is on the screen. */
export interface ShownServers extends ServerScene {
  readonly servers: readonly ServerScene[];
}

/** A room, a conversation or the page of a server. */
export interface ListedPlace {
  readonly server: ServerScene;
  readonly key: Folded;
}

/** The list of places, in order. With several servers, each server's page stands as a heading before its rooms. */
export function listedPlaces(shown: ShownServers): readonly ListedPlace[] {
  return placesBy(shown, places);
}

/** All places that one can go to, also those that are hidden. */
export function allPlaces(shown: ShownServers): readonly ListedPlace[] {
  return placesBy(shown, everyPlace);
}

function placesBy({ servers }: ShownServers, keysOf: typeof places): readonly ListedPlace[] {
  return servers.flatMap((server) => {
    const keys = keysOf(server.view, server.model);
    const inOrder = servers.length === 1 ? keys : [SERVER, ...keys.filter((key) => key !== SERVER)];
    return inOrder.map((key) => ({ server, key }));
  });
}

/** Whether a place is the one on the screen. */
export function isShown(shown: ShownServers, { server, key }: ListedPlace): boolean {
  return server.name === shown.name && key === shown.view.here;
}

/** The name of a place in its server's part of the list, safe to draw. */
export function nameInList({ servers }: ShownServers, { server, key }: ListedPlace): string {
  return key === SERVER && servers.length > 1 ? drawable(server.name) : nameOf(server.view, server.model, key);
}

/** The name of a place, with its server's if there are several: `work/#dev`. Safe to draw. */
export function fullName(shown: ShownServers, place: ListedPlace): string {
  const name = nameInList(shown, place);
  return shown.servers.length === 1 || place.key === SERVER ? name : `${drawable(place.server.name)}/${name}`;
}

/** The name of the place on the screen. */
export function shownName(shown: ShownServers): string {
  return fullName(shown, { server: shown, key: shown.view.here });
}

/** The unread messages of all places, and how many of them mention us. */
export function unreadIn({ servers }: ShownServers): { readonly unread: number; readonly mentions: number } {
  let [unread, mentions] = [0, 0];
  for (const { view } of servers) {
    for (const key of view.logs.keys()) {
      if (key === SERVER) continue;
      const counts = countsOf(view, key);
      unread += counts.unread;
      mentions += counts.mentions;
    }
  }
  return { unread, mentions };
}

/** The title of the terminal: what is unread, with `!` if we are mentioned, and the place on the screen. */
export function titleOf(shown: ShownServers): string {
  const { unread, mentions } = unreadIn(shown);
  const count = unread === 0 ? "" : `(${unread}${mentions > 0 ? "!" : ""}) `;
  return `${count}${shownName(shown)} - tcpchat`;
}

/** The place `by` places further down the list, wrapping around. */
export function neighbour(shown: ShownServers, by: number): ListedPlace | undefined {
  const all = listedPlaces(shown);
  const at = Math.max(
    0,
    all.findIndex((place) => isShown(shown, place)),
  );
  return all[(at + by + all.length) % all.length];
}

/** The next place where we are mentioned. */
export function nextMention(shown: ShownServers): ListedPlace | undefined {
  return listedPlaces(shown).find(
    (place) => !isShown(shown, place) && countsOf(place.server.view, place.key).mentions > 0,
  );
}

/** The next place with unread lines: places where we are mentioned come first. */
export function nextUnread(shown: ShownServers): ListedPlace | undefined {
  const isUnread = (place: ListedPlace) => !isShown(shown, place) && countsOf(place.server.view, place.key).unread > 0;
  return nextMention(shown) ?? listedPlaces(shown).find(isUnread);
}

/** The number in a server's own list, counted from 1, for a number of the whole list. */
export function numberInServer(shown: ShownServers, number: number): number {
  const first = listedPlaces(shown).findIndex(({ server, key }) => server.name === shown.name && key !== SERVER);
  return Math.max(1, number - Math.max(0, first));
}

/** A request that changes the place on the screen in the list. */
type PlaceRequest = Extract<ScreenRequest, { type: "move" | "hide" | "notify" }>;

/** The effects of a request: changed settings, the place to go to, and a sentence for the user. */
interface PlaceAnswer {
  readonly settings?: PlaceSettings;
  readonly to?: Folded;
  readonly told?: readonly ["event" | "trouble", string];
}

/** Moves or hides the place on the screen, or sets which of its messages notify. */
export function answerOf(shown: ShownServers, request: PlaceRequest): PlaceAnswer {
  const { model, view } = shown;
  const { here, settings } = view;
  const listed = places(view, model).filter((key) => key !== SERVER);
  switch (request.type) {
    case "move":
      return { settings: moved(settings, listed, here, numberInServer(shown, request.to)) };
    case "hide": {
      if (here === SERVER) return { told: ["trouble", "The server's page always stays in the list."] };
      const to = previousPlace(view, model) ?? listed.find((key) => key !== here) ?? SERVER;
      return { settings: withHidden(settings, here, true), to };
    }
    case "notify": {
      const next = request.level ? withLevel(settings, here, request.level) : settings;
      return { settings: next, told: ["event", LEVEL_WORDS[levelOf(next, here)]] };
    }
  }
}
