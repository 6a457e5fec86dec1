import { highestMark } from "../../client/model/members.ts";
import type { Model } from "../../client/model/state.ts";
import { levelOf } from "../../client/ui/place-settings.ts";
import { countsOf, nameOf, places, SERVER, type View } from "../../client/ui/view.ts";
import { showLine } from "../../text/filter.ts";
import type { Folded } from "../../text/fold.ts";
import { button, Children, element, type Item } from "./dom.ts";
import type { PageContext } from "./page.ts";

const MEMBERS = 500; // members of a room that are listed

/** The lists beside the messages: rooms and conversations, and the members of the room on the screen. */
export class Sidebar {
  readonly rooms = element("ul", { class: "rooms" });
  readonly members = element("ul", { class: "members" });
  readonly count = element("h2", {});
  readonly #roomItems = new Children(this.rooms);
  readonly #memberItems = new Children(this.members);
  readonly #page: PageContext;

  constructor(page: PageContext) {
    this.#page = page;
  }

  draw(model: Model): void {
    const { view } = this.#page;
    this.#roomItems.show(places(view, model).map((key) => this.#place(view, model, key)));
    const room = model.rooms.get(view.here);
    const all = room?.members.sorted(model.support.marks) ?? [];
    // Until the server has let us in, they are unknown.
    this.count.textContent = all.length === 0 ? "" : all.length === 1 ? "1 member" : `${all.length} members`;
    const items = all.slice(0, MEMBERS).map((member): Item => {
      const { key, nick } = member;
      const mark = highestMark(member, model.support.marks);
      const name = model.profiles.nameOf(nick) ?? "";
      const isAway = model.away.get(nick) !== undefined;
      const make = () => this.#member(mark, nick, name, isAway);
      return { key, shows: `${mark} ${nick} ${isAway} ${name}`, make };
    });
    const more = { key: " more", shows: all.length, make: () => element("li", {}, `… ${all.length - MEMBERS} more`) };
    this.#memberItems.show(all.length > MEMBERS ? [...items, more] : items);
  }

  #place(view: View, model: Model, key: Folded): Item {
    const { unread, mentions } = countsOf(view, key);
    const name = nameOf(view, model, key);
    const isHere = key === view.here;
    const isQuiet = levelOf(view.settings, key) === "none";
    const kind = model.rooms.has(key) ? "room" : key === SERVER ? "server" : "person";
    const make = () => {
      const state = [kind, ...(mentions > 0 ? ["mentioned"] : []), ...(unread > 0 ? ["new"] : [])];
      const attributes = { class: [...state, ...(isQuiet ? ["quiet"] : [])].join(" ") };
      const current = isHere ? { "aria-current": "page" } : {};
      const item = button("", { ...attributes, ...current }, () => this.#page.go(key));
      item.append(element("span", { class: "place" }, name));
      const words = `, ${unread} unread${mentions > 0 ? `, ${mentions} for you` : ""}`;
      if (unread > 0)
        item.append(element("span", { class: "unread", "aria-label": words }, unread > 999 ? "999+" : String(unread)));
      return element("li", {}, item);
    };
    return { key, shows: `${name} ${unread} ${mentions} ${isHere} ${isQuiet} ${kind}`, make };
  }

  #member(mark: string, nick: string, name: string, isAway: boolean): HTMLElement {
    const shown = showLine(nick);
    const title = `Talk to ${shown} alone`;
    const talk = () => this.#page.conversation?.submit(`/query ${nick}`);
    const item = button("", { class: isAway ? "away" : "", title }, talk);
    item.append(element("span", { class: "mark" }, mark), element("span", {}, shown));
    if (name !== "") item.append(element("span", { class: "name" }, showLine(name)));
    if (isAway) item.append(element("span", { class: "unseen" }, ", away"));
    return element("li", {}, item);
  }
}
