import { pageLinkIn } from "../../client/model/links.ts";
import { type OwnMessage, retry } from "../../client/model/outbox.ts";
import type { Model } from "../../client/model/state.ts";
import { askForMore } from "../../client/ui/going.ts";
import { endOf, entryOf, type LogEntry, type LoggedMessage, messageAt, type RoomLog } from "../../client/ui/log.ts";
import { viewOf, viewOfUnconfirmed } from "../../client/ui/message-view.ts";
import { select } from "../../client/ui/selection.ts";
import { atNewest, isBack, scrolledTo, shownLog, type View, withSelection } from "../../client/ui/view.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { dayOf } from "../../text/time.ts";
import { button, Children, element, type Item } from "./dom.ts";
import { dayWords, divider, MessageTools, messageItem, noteItem } from "./message.ts";
import type { PageContext } from "./page.ts";

const NEAR = 32; // pixels from the end of the log within which it counts as its end
const TOGETHER = 300_000; // ms between two messages of a person that are shown as one group

/** The messages of the place on the screen: scrolling, history, and what can be done with a message. */
export class LogPane {
  readonly element: HTMLElement;
  readonly #page: PageContext;
  readonly #scroller = element("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Messages" });
  readonly #sheet = element("div", { class: "sheet" });
  readonly #pending = element("ol", { class: "pending", "aria-label": "Not sent yet" });
  readonly #pendingItems = new Children(this.#pending);
  readonly #back = button("", { class: "back", hidden: true }, () => this.#toNewest());
  readonly #tools: MessageTools;
  #list = element("ol");
  #items = new Children(this.#list);
  /** The place whose log is drawn. */
  #drawn = "";
  /** The log that is in the list: it is not gone through again until it is another one. */
  #listed: RoomLog | undefined;
  #marked: string | undefined;

  constructor(page: PageContext) {
    this.#page = page;
    this.#tools = new MessageTools(page);
    this.#scroller.append(this.#sheet);
    this.element = element("div", { class: "log-pane" }, this.#scroller, this.#back);
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#scroller.addEventListener("click", (event) => this.#clicked(event));
    this.#scroller.addEventListener("pointerover", (event) => this.#pointed(event));
    this.#scroller.addEventListener("pointerleave", () => this.#tools.point(undefined));
    new ResizeObserver(() => {
      if (!isBack(this.#page.view)) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    }).observe(this.#scroller);
  }

  /** Scrolls by a part of the page. */
  scrollPages(pages: number): void {
    this.#scroller.scrollBy({ top: pages * this.#scroller.clientHeight });
  }

  /** Selects the message before or after the selected one; its tools get the focus. */
  select(by: 1 | -1): void {
    const view = withSelection(this.#page.view, by);
    this.#page.setView(view);
    if (view.selection === undefined) return this.#page.focusInput();
    const node = this.#nodeOf(view.selection.entry);
    node?.scrollIntoView({ block: "nearest" });
    this.#tools.draw(node);
    this.#tools.focus();
  }

  /** A key while a message is selected. Returns whether it was the selection's. */
  handleSelectionKey(name: string, character: string): boolean {
    return this.#tools.handleKey(name, character, (by) => this.select(by));
  }

  draw(model: Model): void {
    const { view } = this.#page;
    const log = shownLog(view);
    if (!log) return;
    const drawn = `${view.here} ${view.past !== undefined}`;
    const isOther = drawn !== this.#drawn;
    if (isOther) this.#begin(log, drawn);
    const seen = isOther ? undefined : this.#topOnScreen();
    if (log !== this.#listed) this.#items.show(itemsOf(log));
    this.#listed = log;
    this.#pendingItems.show(view.past ? [] : this.#unconfirmed(view, model, log));
    this.#place(view, log, isOther, seen);
    this.#tools.draw(view.selection && this.#nodeOf(view.selection.entry));
    this.#back.hidden = !isBack(view);
    this.#back.textContent = log.unread > 0 ? `${log.unread} new ↓` : "To the newest ↓";
    this.#askForMore();
  }

  /** The list is not live: the announcer reads new lines, so that old ones and redrawn ones are not read. */
  #begin(log: RoomLog, drawn: string): void {
    this.#drawn = drawn;
    this.#list = element("ol");
    this.#items = new Children(this.#list);
    this.#listed = undefined;
    const label = `Messages in ${showLine(log.name)}`;
    const shown = element("div", { role: "log", "aria-label": label, "aria-live": "off" }, this.#list);
    this.#sheet.replaceChildren(shown, this.#pending, this.#tools.element);
  }

  /** Scrolls to where the view is: the newest line, the marked message, or what was on the screen before. */
  #place(view: View, log: RoomLog, isOther: boolean, seen: Seen | undefined): void {
    const isMarkedNow = view.marked !== this.#marked;
    this.#marked = view.marked;
    const entry = view.marked === undefined ? undefined : entryOf(log, view.marked);
    const marked = entry === undefined ? undefined : this.#nodeOf(entry);
    for (const node of this.#list.querySelectorAll(".marked")) if (node !== marked) node.classList.remove("marked");
    marked?.classList.add("marked");
    if (isMarkedNow && marked) return marked.scrollIntoView({ block: "center" });
    if (!isBack(view)) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
      return;
    }
    if (isOther) return this.#nodeOf(view.anchor?.entry ?? endOf(log) - 1)?.scrollIntoView({ block: "end" });
    // Its element may be another one: an older message of the same person takes its head away.
    const node = seen && this.#nodeOf(seen.entry);
    if (node) this.#scroller.scrollTop += node.getBoundingClientRect().top - seen.top;
  }

  #unconfirmed({ here }: View, model: Model, log: RoomLog): readonly Item[] {
    return model.outbox
      .filter(({ target }) => fold(target) === here)
      .flatMap((own) => {
        const view = viewOfUnconfirmed(log, own, model);
        if (!view) return [];
        const shown = { ...view, why: own.why === "" ? "" : `: ${own.why}` };
        return [{ key: own.id, shows: own, make: () => messageItem(shown, {}, ...this.#actionsOf(own)) }];
      });
  }

  #actionsOf({ state }: OwnMessage): readonly HTMLElement[] {
    if (state !== "failed") return [];
    const { conversation } = this.#page;
    return [
      button("Try again", { class: "small" }, () => conversation?.change(retry)),
      button("Drop", { class: "small" }, () => conversation?.submit("/forget")),
    ];
  }

  #nodeOf(entry: number): HTMLElement | undefined {
    return this.#list.querySelector<HTMLElement>(`[data-entry="${entry}"]`) ?? undefined;
  }

  /** The last of the list's items that begins above a height, in pixels of the window. */
  #lastAbove(height: number): HTMLElement | undefined {
    const { children } = this.#list;
    let [low, high] = [0, children.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((children[middle]?.getBoundingClientRect().top ?? 0) < height) low = middle + 1;
      else high = middle;
    }
    const found = children[Math.max(0, low - 1)];
    return found instanceof HTMLElement ? found : undefined;
  }

  #topOnScreen(): Seen | undefined {
    const top = this.#scroller.getBoundingClientRect().top;
    const above = this.#lastAbove(top + 1);
    // A line between two days may move: a message stays.
    const node = above?.dataset.entry === undefined ? (above?.nextElementSibling ?? above) : above;
    const entry = entryAt(node ?? null);
    return node && entry !== undefined ? { entry, top: node.getBoundingClientRect().top } : undefined;
  }

  get #isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #toNewest(): void {
    this.#page.setView(atNewest(this.#page.view));
    this.#page.focusInput();
  }

  #scrolled(): void {
    const { view } = this.#page;
    const log = shownLog(view);
    if (!log || this.#drawn !== `${view.here} ${view.past !== undefined}`) return;
    const bottom = this.#isAtEnd ? undefined : this.#lastAbove(this.#scroller.getBoundingClientRect().bottom);
    const entry = bottom && Number(bottom.dataset.entry ?? log.first);
    if (entry !== view.anchor?.entry)
      this.#page.setView(scrolledTo(view, entry === undefined ? undefined : { entry, below: 0 }));
    this.#askForMore();
  }

  /** Asks for older lines once the oldest is near, and in the past for newer ones. */
  #askForMore(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const { view, conversation } = this.#page;
    const isAtTop = scrollTop <= clientHeight;
    if (conversation) askForMore(conversation, view, { isAtTop, isAtEnd: this.#isAtEnd });
  }

  #clicked(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : null;
    const href = target?.closest("a")?.href ?? "";
    const link = pageLinkIn(href);
    if (link && href.startsWith(`${location.origin}/`)) {
      event.preventDefault();
      return void this.#page.open(link);
    }
    const entry = entryAt(target);
    const message = entry === undefined ? undefined : this.#messageAt(entry);
    const reaction = target?.closest<HTMLElement>("[data-reaction]")?.dataset.reaction;
    if (message && reaction !== undefined) return this.#tools.act(message, { type: "react", text: reaction });
    // A finger on a message shows its tools; a mouse shows them where it is.
    const isTouch = event instanceof PointerEvent && event.pointerType === "touch";
    if (!isTouch || entry === undefined || target?.closest("a, button, summary")) return;
    const { view } = this.#page;
    const isSelected = view.selection?.entry === entry || !message;
    this.#page.setView({ ...view, selection: isSelected ? undefined : select(entry) });
  }

  #pointed(event: PointerEvent): void {
    if (event.pointerType !== "mouse" || !(event.target instanceof Element)) return;
    if (this.#tools.element.contains(event.target)) return;
    const entry = entryAt(event.target);
    const isMessage = entry !== undefined && this.#messageAt(entry) !== undefined;
    this.#tools.point(isMessage ? { entry, node: this.#nodeOf(entry) } : undefined);
  }

  #messageAt(entry: number): LoggedMessage | undefined {
    const log = shownLog(this.#page.view);
    return log && messageAt(log, entry);
  }
}

/** The number of an entry, and where on the screen it was. */
interface Seen {
  readonly entry: number;
  readonly top: number;
}

function entryAt(target: Element | null): number | undefined {
  const entry = target?.closest<HTMLElement>("[data-entry]")?.dataset.entry;
  return entry === undefined ? undefined : Number(entry);
}

/** The items of a log: its entries, with a line above each day and one above the unread messages. */
function itemsOf(log: RoomLog): readonly Item[] {
  const items: Item[] = [];
  let day = "";
  let before: LogEntry | undefined;
  for (const [at, entry] of log.entries.entries()) {
    const number = log.first + at;
    const today = dayOf(entry.time);
    if (today !== day) {
      items.push({ key: `day ${today}`, shows: today, make: () => divider(dayWords(entry.time), "day") });
      before = undefined;
    }
    day = today;
    if (number === log.firstUnread && number > log.first) {
      items.push({ key: "unread", shows: number, make: () => divider("unread", "new") });
      before = undefined;
    }
    items.push(itemOf(entry, number, isTogether(before, entry)));
    before = entry;
  }
  return items;
}

function isTogether(before: LogEntry | undefined, entry: LogEntry): boolean {
  if (!before || !("reactors" in before) || !("reactors" in entry)) return false;
  if (before.kind !== "said" || entry.kind !== "said" || before.nick !== entry.nick) return false;
  return before.account === entry.account && entry.time - before.time < TOGETHER;
}

function itemOf(entry: LogEntry, number: number, isAgain: boolean): Item {
  if (!("reactors" in entry)) return { key: String(number), shows: entry, make: () => noteItem(entry, number) };
  const make = () => messageItem(viewOf(entry), { number, isAgain });
  return { key: `${number}${isAgain ? " again" : ""}`, shows: entry, make };
}
