import type { HistoryPage } from "../../client/model/history.ts";
import { highestMark } from "../../client/model/members.ts";
import { type OwnMessage, withPartner } from "../../client/model/outbox.ts";
import { isRoomName } from "../../client/model/rooms.ts";
import { type Annotation, type HelpRow, type Line, type Model, step, withCurrent } from "../../client/model/state.ts";
import type { Conversation, Ui } from "../../client/run/conversation.ts";
import { type Drafts, EMPTY } from "../../client/ui/editor.ts";
import { type LogEntry, oldest, type RoomLog } from "../../client/ui/log.ts";
import { viewOf, viewOfUnconfirmed } from "../../client/ui/message-view.ts";
import {
  countsOf,
  followModel,
  nameOf,
  newView,
  places,
  type ReadPosition,
  readHere,
  SERVER,
  scrolledTo,
  type View,
  withAnnotation,
  withLine,
  withPage,
  withReadPosition,
  withRenamedLog,
} from "../../client/ui/view.ts";
import { showText } from "../../text/filter.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { dayOf } from "../../text/time.ts";
import { Announcer } from "./announcer.ts";
import { ask } from "./dialogs.ts";
import { button, Children, element, type Item } from "./dom.ts";
import { messageItem, noteItem, rule } from "./message.ts";

const NEAR = 48; // pixels from the end of the log within which it counts as its end
const HIDDEN = 250; // ms between two drawings of a hidden page
const MEMBERS = 500; // members of a room that are listed

/**
 * The chat as a page: rooms, messages, members, the input. The conversation has the model, the view is the same as the
 * terminal's; this draws both as elements, at most once a frame.
 */
export class Page implements Ui {
  readonly #drafts: Drafts;
  #conversation: Conversation | undefined;
  #view: View = newView(false);
  #isDue = false;
  /** The room whose log is drawn. */
  #drawn: Folded | undefined;

  readonly #offline = element("div", { class: "offline", role: "status", hidden: true });
  readonly #rooms = element("ul", { class: "rooms" });
  readonly #roomItems = new Children(this.#rooms);
  readonly #title = element("h1");
  readonly #topic = element("p", { class: "topic" });
  readonly #members = element("ul", { class: "members" });
  readonly #memberItems = new Children(this.#members);
  readonly #scroller = element("div", { class: "scroller", tabindex: "0", "aria-label": "Messages" });
  #logItems = new Children(element("ol"));
  readonly #nick = button("", { class: "own-nick", title: "Change your nick" }, () => this.#askNick());
  readonly #input = element("textarea", {
    rows: "1",
    "aria-label": "Message",
    placeholder: "Message",
    enterkeyhint: "send",
  });
  readonly #announcer = new Announcer();
  readonly #app: HTMLElement;

  constructor(app: HTMLElement, drafts: Drafts) {
    this.#app = app;
    this.#drafts = drafts;
    const toggle = (name: string, words: string, label: string) =>
      button(words, { class: `toggle ${name}`, "aria-label": label, title: label }, () => this.#toggle(name));
    const form = element("form", {}, this.#nick, this.#input, element("button", { type: "submit" }, "Send"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    app.append(
      this.#offline,
      element(
        "nav",
        { "aria-label": "Rooms" },
        this.#rooms,
        button("+ Join a room", { class: "join" }, () => this.#askRoom()),
      ),
      element(
        "main",
        {},
        element(
          "header",
          {},
          toggle("show-rooms", "☰", "Rooms"),
          this.#title,
          this.#topic,
          toggle("show-members", "Members", "Members of this room"),
        ),
        this.#scroller,
        form,
      ),
      element("aside", { "aria-label": "Members" }, this.#members),
      this.#announcer.element,
    );
    this.#input.addEventListener("keydown", (event) => this.#handleKey(event));
    this.#input.addEventListener("input", () => this.#typed());
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#scroller.addEventListener("click", () => this.#closeDrawers());
    app.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.#closeDrawers();
    });
    addEventListener("focus", () => this.#focus(true));
    addEventListener("blur", () => this.#focus(false));
    addEventListener("online", () => this.#conversation?.hurry());
    document.addEventListener("visibilitychange", () => {
      // A frame that was due when the page was hidden has not come.
      this.#isDue = false;
      this.#focus(!document.hidden && document.hasFocus());
    });
  }

  /** Shows a conversation. */
  attach(conversation: Conversation): void {
    this.#conversation = conversation;
    this.#follow();
    this.#drawSoon();
  }

  /** Shows that the conversation is over, and why. What is typed then stays in the input. */
  showEnding(words: readonly string[], again: () => void): void {
    this.#conversation = undefined;
    this.#offline.hidden = false;
    this.#offline.replaceChildren(`${words.join(" ")} `, button("Try again", {}, again));
  }

  // Ui: called by the conversation.

  connected(): void {
    this.#drawSoon();
  }

  show(line: Line): void {
    const model = this.#follow();
    if (model) {
      const before = this.#lastHere;
      this.#view = withLine(this.#view, model, line);
      if (this.#lastHere !== before) this.#announcer.announce(line, model.nick);
    }
    this.#drawSoon();
  }

  changed(): void {
    this.#follow();
    this.#drawSoon();
  }

  annotated(annotation: Annotation): void {
    const model = this.#conversation?.model;
    if (model) this.#view = withAnnotation(this.#view, model, annotation);
    this.#drawSoon();
  }

  past(page: HistoryPage): void {
    this.#view = withPage(this.#view, page);
    this.#drawSoon();
  }

  read(position: ReadPosition): void {
    const model = this.#conversation?.model;
    if (!model) return;
    this.#view = withReadPosition(this.#view, model, position);
    this.#follow();
    this.#drawSoon();
  }

  renamed(from: Folded, to: string): void {
    this.#drafts.move(from, fold(to));
    this.#view = withRenamedLog(this.#view, from, to);
    this.#drawSoon();
  }

  help(title: string, rows: readonly HelpRow[]): void {
    const words = (row: HelpRow) =>
      Object.values(row)
        .filter((part) => typeof part === "string")
        .join("  ");
    void ask({ title, lines: rows.map(words) });
  }

  async askPassword(words: string, command: string): Promise<void> {
    const password = await ask({ title: words, input: { type: "password", value: "" }, act: "Go on" });
    if (password) this.#conversation?.submit(`${command}${password}`);
  }

  // What the user does.

  #send(): void {
    const text = this.#input.value.replace(/\s+$/, "");
    const conversation = this.#conversation;
    if (text === "" || !conversation) return;
    if (text.includes("\n")) conversation.say(text);
    else conversation.submit(text);
    this.#input.value = "";
    this.#typed();
    this.#toEnd();
    this.#drawSoon();
  }

  #handleKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #typed(): void {
    this.#drafts.keep(this.#view.here, this.#input.value);
    // As high as its lines.
    this.#input.rows = Math.min(8, this.#input.value.split("\n").length);
  }

  async #askNick(): Promise<void> {
    const value = this.#conversation?.model.nick ?? "";
    const nick = await ask({ title: "Your nick", input: { type: "text", value }, act: "Take it" });
    if (nick) this.#conversation?.submit(`/nick ${nick}`);
  }

  async #askRoom(): Promise<void> {
    const name = await ask({ title: "Which room?", input: { type: "text", value: "#" }, act: "Join" });
    if (name && name !== "#") this.#conversation?.submit(`/join ${name}`);
    this.#closeDrawers();
  }

  /** Goes to a room that we are in, or asks whether to join it. */
  async open(name: string): Promise<void> {
    const isIn = this.#conversation?.model.rooms.has(fold(name)) === true;
    if (isIn || (await ask({ title: `Join ${showText(name)}?`, act: "Join" })) !== undefined)
      this.#conversation?.submit(`/join ${name}`);
  }

  #go(key: Folded): void {
    const name = this.#view.logs.get(key)?.name;
    this.#conversation?.change((model) => {
      const known = key === SERVER || model.rooms.has(key) || name === undefined ? model : withPartner(model, name);
      return step(withCurrent(known, key));
    });
    this.changed();
    this.#closeDrawers();
    this.#input.focus();
  }

  #toggle(name: string): void {
    this.#app.classList.toggle(name);
  }

  #closeDrawers(): void {
    this.#app.classList.remove("show-rooms", "show-members");
  }

  #focus(isFocused: boolean): void {
    this.#view = { ...this.#view, isFocused };
    this.changed();
  }

  get #isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #toEnd(): void {
    this.#view = scrolledTo(this.#view, undefined);
  }

  #scrolled(): void {
    const log = this.#view.logs.get(this.#view.here);
    if (this.#drawn !== this.#view.here || !log) return;
    const isAtEnd = this.#view.anchor === undefined;
    if (this.#isAtEnd !== isAtEnd) {
      this.#view = scrolledTo(this.#view, isAtEnd ? { entry: log.first, below: 0 } : undefined);
      this.changed();
    }
    this.#askOlder(log);
  }

  /** Asks for older lines once the oldest is near. */
  #askOlder(log: RoomLog): void {
    const { scrollTop, clientHeight } = this.#scroller;
    if (scrollTop > clientHeight || log.complete || this.#view.here === SERVER) return;
    const before = oldest(log);
    const isEmpty = !log.entries.some((entry) => "nick" in entry);
    if (before !== undefined || isEmpty) this.#conversation?.askOlder(log.name, before);
  }

  /** Makes the view follow the model; with another room, its draft comes into the input. */
  #follow(): Model | undefined {
    const model = this.#conversation?.model;
    if (!model) return undefined;
    const before = this.#view.here;
    this.#view = followModel(this.#view, model);
    if (this.#view.here !== before) {
      this.#input.value = this.#drafts.of(this.#view.here, EMPTY).text;
      this.#typed();
    }
    const read = readHere(this.#view);
    if (read) this.#conversation?.read(read.name, read.upTo);
    return model;
  }

  get #lastHere(): LogEntry | undefined {
    return this.#view.logs.get(this.#view.here)?.entries.at(-1);
  }

  // Drawing.

  #drawSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const draw = () => {
      this.#isDue = false;
      this.#draw();
    };
    // A hidden page gets no frames, but its title is seen.
    if (document.hidden) setTimeout(draw, HIDDEN);
    else requestAnimationFrame(draw);
  }

  #draw(): void {
    const model = this.#conversation?.model;
    if (!model) return;
    this.#drawOffline();
    this.#drawRooms(model);
    this.#drawHead(model);
    this.#drawLog(model);
  }

  #drawOffline(): void {
    const conversation = this.#conversation;
    const offline = conversation?.offline;
    const isShown = offline !== undefined && conversation?.model.wasWelcomed === true;
    this.#offline.hidden = !isShown;
    if (!offline || !isShown) return;
    const left = offline.next === undefined ? 0 : Math.ceil((offline.next - Date.now()) / 1000);
    const words = left > 0 ? `trying again in ${left} s` : "trying again";
    this.#offline.replaceChildren(
      `Not connected: ${words}. `,
      button("Now", {}, () => conversation?.hurry()),
    );
    setTimeout(() => this.#drawSoon(), 1000);
  }

  #drawRooms(model: Model): void {
    let [all, mentions] = [0, 0];
    const items = places(this.#view, model).map((key): Item => {
      const counts = countsOf(this.#view, key);
      all += counts.unread;
      mentions += counts.mentions;
      const name = nameOf(this.#view, model, key);
      const isHere = key === this.#view.here;
      const shows = `${name} ${counts.unread} ${counts.mentions} ${isHere}`;
      return { key, shows, make: () => this.#roomItem(key, name, counts, isHere) };
    });
    this.#roomItems.show(items);
    const here = nameOf(this.#view, model, this.#view.here);
    document.title = `${all > 0 ? `(${mentions > 0 ? `${mentions}!` : all}) ` : ""}${here} – tcpchat`;
  }

  #roomItem(
    key: Folded,
    name: string,
    { unread, mentions }: Pick<RoomLog, "unread" | "mentions">,
    isHere: boolean,
  ): HTMLElement {
    const item = button(
      name,
      { ...(isHere && { "aria-current": "page" }), class: mentions > 0 ? "mentioned" : "" },
      () => this.#go(key),
    );
    if (unread > 0)
      item.append(element("span", { class: "unread", "aria-label": `, ${unread} unread` }, String(unread)));
    return element("li", {}, item);
  }

  #drawHead(model: Model): void {
    const room = model.rooms.get(this.#view.here);
    this.#title.textContent = nameOf(this.#view, model, this.#view.here);
    this.#topic.textContent = showText(room?.topic ?? "");
    this.#nick.textContent = showText(model.nick);
    const members = room?.members.sorted(model.support.marks).slice(0, MEMBERS) ?? [];
    this.#memberItems.show(
      members.map((member) => {
        const words = `${highestMark(member, model.support.marks)}${showText(member.nick)}`;
        const make = () =>
          element(
            "li",
            {},
            button(words, {}, () => this.#conversation?.submit(`/query ${member.nick}`)),
          );
        return { key: member.key, shows: words, make };
      }),
    );
  }

  #drawLog(model: Model): void {
    const { here } = this.#view;
    const log = this.#view.logs.get(here);
    if (!log) return;
    const isFollowed = this.#view.anchor === undefined;
    const { scrollHeight, scrollTop } = this.#scroller;
    if (this.#drawn !== here) {
      const list = element("ol");
      this.#logItems = new Children(list);
      this.#logItems.show(itemsOf(this.#view, model, log));
      // It is not live: the announcer reads new lines, so that old ones and redrawn ones are not read.
      const label = `Messages in ${showText(log.name)}`;
      this.#scroller.replaceChildren(element("div", { role: "log", "aria-label": label, "aria-live": "off" }, list));
      this.#drawn = here;
    } else this.#logItems.show(itemsOf(this.#view, model, log));
    if (isFollowed) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    else if (scrollTop < NEAR) this.#scroller.scrollTop = scrollTop + this.#scroller.scrollHeight - scrollHeight;
    this.#askOlder(log);
  }
}

/** The items of a log: its entries with a rule for each day and for what is unread, and our unconfirmed messages. */
function itemsOf({ here }: View, model: Model, log: RoomLog): readonly Item[] {
  const items: Item[] = [];
  let day = "";
  for (const [at, entry] of log.entries.entries()) {
    const number = log.first + at;
    const today = dayOf(entry.time);
    if (today !== day) items.push({ key: `day ${today}`, shows: today, make: () => rule(today, "day") });
    day = today;
    if (number === log.firstUnread && number > log.first)
      items.push({ key: "unread", shows: number, make: () => rule("unread", "new") });
    items.push({ key: String(number), shows: entry, make: () => itemOf(entry) });
  }
  for (const own of model.outbox) if (fold(own.target) === here) items.push(...ownItems(log, own, model));
  return items;
}

function itemOf(entry: LogEntry): HTMLElement {
  return "reactors" in entry ? messageItem(viewOf(entry)) : noteItem(entry);
}

function ownItems(log: RoomLog, own: OwnMessage, model: Model): readonly Item[] {
  const view = viewOfUnconfirmed(log, own, model);
  return view ? [{ key: own.id, shows: own, make: () => messageItem(view) }] : [];
}

/** The room that an address names behind its `#`. */
export function roomIn({ hash }: Location): string | undefined {
  const name = decodeURIComponent(hash);
  return isRoomName(name) && name.length > 1 ? name : undefined;
}
