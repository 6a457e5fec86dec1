import { mayTakeBack, react, redact } from "../../client/model/annotations.ts";
import { permalinkOf } from "../../client/model/links.ts";
import { type LogEntry, type LoggedMessage, messageAt, movesWords } from "../../client/ui/log.ts";
import type { MessageView } from "../../client/ui/message-view.ts";
import { shownColour } from "../../client/ui/nick-colours.ts";
import { type ReactionCount, toggling } from "../../client/ui/reactions.ts";
import {
  EMOJI,
  handleSelectionKey,
  NO_IDS,
  replyTargetOf,
  type SelectionRequest,
  selectionWords,
  typedReaction,
} from "../../client/ui/selection.ts";
import { selectedMessage, shownLog, withReply } from "../../client/ui/view.ts";
import { showLine, showText } from "../../text/filter.ts";
import { clockOf } from "../../text/time.ts";
import { graphemes } from "../../text/width.ts";
import { ask } from "./dialogs.ts";
import { button, element, NOT_COPIED } from "./dom.ts";
import type { PageContext } from "./page.ts";

/** The messages and notes of the log as elements, and the tools to act on a message. */

const FOLDED = 12; // rows of a message above which it is folded
const SHOWN = 5; // rows of a folded message that are shown
const ROW = 100; // characters of a long line that count as a row
const LINK = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,:;!?)\]}'*](?:(?<=\([^\s()]*)\))?/gi;

/** Text with its links. */
function withLinks(text: string): readonly (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const { 0: href, index } of text.matchAll(LINK)) {
    parts.push(text.slice(at, index));
    parts.push(element("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, href));
    at = index + href.length;
  }
  return [...parts, text.slice(at)];
}

/** Where a text is folded, or `undefined` if it is short: between words, and never within a link. */
function foldOf(text: string): number | undefined {
  let [rows, from, at] = [0, 0, 0];
  for (const line of text.split("\n")) {
    if (rows < SHOWN) at = from + Math.min(line.length, (SHOWN - rows) * ROW);
    rows += Math.max(1, Math.ceil(line.length / ROW));
    from += line.length + 1;
  }
  if (rows <= FOLDED) return undefined;
  const link = [...text.matchAll(LINK)].find(({ 0: href, index }) => index < at && at < index + href.length);
  if (link) return link.index + link[0].length;
  if (text[at] === "\n") return at;
  const blank = text.lastIndexOf(" ", at);
  const start = at - ROW;
  const grapheme = graphemes.segment(text.slice(start, at + ROW)).containing(ROW);
  return blank > at - ROW / 2 ? blank + 1 : start + (grapheme?.index ?? ROW);
}

/** The text of a message; a long one is folded behind its first lines. */
function textOf(shown: string): readonly (Node | string)[] {
  const text = showText(shown);
  const at = foldOf(text);
  if (at === undefined) return withLinks(text);
  const rest = text.slice(at).replace(/^\n/, "");
  const lines = rest.split("\n").length;
  const words = lines > 1 ? `${lines} more lines` : `${rest.length} more characters`;
  const more = element("details", {}, element("summary", {}, words));
  more.append(...withLinks(rest));
  return [...withLinks(text.slice(0, at)), more];
}

function timeOf(time: number | undefined): HTMLElement {
  if (time === undefined) return element("time", {});
  const date = new Date(time);
  return element("time", { datetime: date.toISOString(), title: date.toLocaleString() }, clockOf(time));
}

const STATES = { stored: "", waiting: "waits for the connection", sending: "sending …", failed: "not sent" } as const;

/** The position of a message in its log. */
interface LogPosition {
  /** The number of its entry. */
  readonly number?: number;
  /** The same person sent the message before, shortly earlier: the nick is not repeated. */
  readonly isAgain?: boolean;
}

/** A message as an item of the log. `actions` are buttons that are always shown beside it. */
export function messageItem(
  view: MessageView,
  { number, isAgain = false }: LogPosition,
  ...actions: readonly HTMLElement[]
): HTMLElement {
  const { kind, mention, state, quote, isCorrection, isCorrected, reactions, why } = view;
  const said = element("span", { class: "text" }, ...textOf(view.text));
  const body = element("div", { class: "body" }, whoOf(view), said);
  if (quote) {
    const whose = quote.nick === undefined ? "" : `${showText(quote.nick)}: `;
    said.before(element("blockquote", {}, `${whose}${showText(quote.text)}`));
  }
  if (isCorrection) body.append(element("i", { class: "hint" }, " (corrected)"));
  if (isCorrected) body.append(element("i", { class: "hint" }, " (corrected below)"));
  if (state !== "stored") body.append(element("i", { class: "hint" }, ` ${STATES[state]}${why} `), ...actions);
  if (reactions.length > 0) body.append(element("span", { class: "reactions" }, ...reactions.map(reactionButton)));
  const classes = ["message", kind, state, ...(mention ? ["mention"] : []), ...(isAgain ? ["again"] : [])].join(" ");
  const entry = number === undefined ? undefined : String(number);
  return element("li", { class: classes, "data-entry": entry }, timeOf(view.time), body);
}

function whoOf({ kind, nick, displayName, nickColour }: MessageView): HTMLElement {
  const words = kind === "acted" ? `* ${showText(nick)}` : showText(nick);
  const name = element("b", { class: `nick n${nickColour.number}` }, words);
  for (const background of ["dark", "light"] as const)
    if (nickColour.chosen !== undefined)
      name.style.setProperty(`--on-${background}`, `#${shownColour(nickColour, background)}`);
  const who = element("span", { class: "who" }, name);
  if (displayName !== undefined) who.append(" ", element("span", { class: "name" }, showText(displayName)));
  who.append(" ");
  return who;
}

function reactionButton({ text, count, own }: ReactionCount): HTMLElement {
  const shown = showText(text);
  const words = `${shown}, ${count} ${count === 1 ? "person" : "people"}${own ? ", you too" : ""}`;
  const pressed = { "aria-pressed": String(own), "aria-label": words, "data-reaction": text };
  return element("button", { type: "button", ...pressed }, `${shown} ${count}`);
}

/** An event, a hint, a refusal, or people who came and went. */
export function noteItem(entry: Exclude<LogEntry, { readonly nick: string }>, number: number): HTMLElement {
  const words = entry.kind === "moves" ? movesWords(entry, (nicks) => nicks.join(", ")).join("; ") : entry.text;
  const body = element("div", { class: "body" }, ...withLinks(showText(words)));
  return element("li", { class: `note ${entry.kind}`, "data-entry": String(number) }, timeOf(entry.time), body);
}

/** A horizontal line across the log, with words in it. */
export function divider(words: string, name: string): HTMLElement {
  return element("li", { class: `rule ${name}` }, element("span", {}, words));
}

const LONG_DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;

/** The words for a day, in the browser's language. */
export function dayWords(time: number): string {
  return new Date(time).toLocaleDateString(undefined, LONG_DAY);
}

/** The actions on a message: the selected one, or the one under the mouse. */
export class MessageTools {
  readonly element = element("div", { class: "tools", role: "toolbar", hidden: true });
  readonly #page: PageContext;
  #pointed: Pointed | undefined;
  #isReacting = false;
  /** Identifies the message and the actions that are drawn now, so that the same ones are not drawn again. */
  #drawn = "";

  constructor(page: PageContext) {
    this.#page = page;
  }

  /** Called when the mouse moves to a message, or to none. */
  point(pointed: Pointed | undefined): void {
    if (pointed?.entry !== this.#pointed?.entry) this.#isReacting = false;
    this.#pointed = pointed;
    if (this.#page.view.selection === undefined) this.draw(undefined);
  }

  /** Draws the tools beside the selected message, or else beside the one under the mouse. */
  draw(selected: HTMLElement | undefined): void {
    const { selection } = this.#page.view;
    const log = shownLog(this.#page.view);
    const entry = selection?.entry ?? this.#pointed?.entry;
    const node = selection ? selected : this.#pointed?.node;
    const message = log && entry !== undefined ? messageAt(log, entry) : undefined;
    for (const other of this.element.parentElement?.querySelectorAll(".selected") ?? [])
      if (other !== node || !selection) other.classList.remove("selected");
    this.element.hidden = !node?.isConnected || message === undefined;
    if (!node || !message) {
      this.#drawn = "";
      return;
    }
    if (selection) node.classList.add("selected");
    this.element.style.setProperty("top", `${node.offsetTop}px`);
    const isReacting = this.#isReacting || selection?.reaction !== undefined;
    const drawn = `${log?.name} ${entry} ${isReacting} ${selection !== undefined} ${this.#mayTakeBack(message)}`;
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.ariaLabel = `The message of ${showLine(message.nick)}: ${showLine(message.text)}`;
    this.element.title = selection ? selectionWords(selection, message, this.#mayTakeBack(message)) : "";
    this.element.replaceChildren(...(isReacting ? this.#reactions(message) : this.#actions(message)));
    if (hadFocus) this.focus();
  }

  focus(): void {
    this.element.querySelector("button")?.focus();
  }

  #actions(message: LoggedMessage): readonly HTMLElement[] {
    const tool = (words: string, request: SelectionRequest) => button(words, {}, () => this.act(message, request));
    const takeBack = button(message.own ? "Take back" : "Remove", {}, () => void this.#takeBack(message));
    return [
      tool("Reply", { type: "reply" }),
      button("React", {}, () => {
        this.#isReacting = true;
        this.draw(this.#selectedNode());
      }),
      tool("Copy", { type: "copy" }),
      tool("Link", { type: "link" }),
      ...(this.#mayTakeBack(message) ? [takeBack] : []),
    ];
  }

  #reactions(message: LoggedMessage): readonly HTMLElement[] {
    const emoji = EMOJI.map((text) =>
      button(text, { "aria-label": `React with ${text}` }, () => this.act(message, { type: "react", text })),
    );
    const other = async () => {
      const text = await ask({ title: "React with", input: { type: "text", value: "" }, act: "React" });
      if (text) this.act(message, { type: "react", text: typedReaction(text) });
    };
    return [...emoji, button("Other", {}, () => void other())];
  }

  #selectedNode(): HTMLElement | undefined {
    return this.element.parentElement?.querySelector<HTMLElement>(".selected") ?? undefined;
  }

  /** Handles a key while a message is selected. Returns false if the key has another meaning. */
  handleKey(name: string, character: string, move: (by: 1 | -1) => void): boolean {
    const { view } = this.#page;
    const message = selectedMessage(view);
    if (view.selection === undefined || message === undefined) return false;
    // Enter and Tab belong to the buttons.
    if (this.element.contains(document.activeElement) && /^(?:enter|tab|shift-tab)$/.test(name)) return false;
    const key = name === "" ? ({ type: "text", text: character } as const) : ({ type: "key", name } as const);
    const answer = handleSelectionKey(view.selection, key, message, this.#mayTakeBack(message));
    if (answer?.selection.asks) {
      void this.#takeBack(message);
      return true;
    }
    this.#page.setView({ ...view, selection: answer?.selection });
    if (answer?.request?.type === "move") move(answer.request.by);
    else if (answer?.request) this.act(message, answer.request);
    return answer !== undefined;
  }

  #mayTakeBack(message: LoggedMessage): boolean {
    const { conversation, view } = this.#page;
    const log = shownLog(view);
    return conversation !== undefined && log !== undefined && mayTakeBack(conversation.model, log.name, message);
  }

  async #takeBack(message: LoggedMessage): Promise<void> {
    const title = `Take back the message of ${showLine(message.nick)} for everyone?`;
    const isWanted = message.own || (await ask({ title, act: "Take it back" })) !== undefined;
    if (isWanted) this.act(message, { type: "take-back" });
  }

  /** Performs an action on a message. */
  act(message: LoggedMessage, request: SelectionRequest): void {
    const page = this.#page;
    const log = shownLog(page.view);
    const { msgid } = message;
    this.#isReacting = false;
    page.setView({ ...page.view, selection: undefined });
    if (request.type !== "react") page.focusInput();
    if (request.type === "leave" || request.type === "move" || log === undefined) return;
    if (request.type === "copy") return void page.copy(message.text, NOT_COPIED);
    if (msgid === undefined) return page.tell("trouble", NO_IDS);
    switch (request.type) {
      case "link":
        return copyLink(page, permalinkOf(location.origin, log.name, msgid));
      case "reply":
        return page.setView(withReply(page.view, replyTargetOf(message, msgid)));
      case "take-back":
        return page.conversation?.change((model, now) => redact(model, log.name, msgid, now));
      case "react": {
        const { text } = request;
        const kind = toggling(message.reactors, text);
        return page.conversation?.change((model, now) => react(model, log.name, { kind, of: msgid, text }, now));
      }
    }
    request satisfies never;
  }
}

/** Copies the address of a message. It is shown if the browser does not let the page copy. */
function copyLink(page: PageContext, address: string): void {
  void page.copy(address, `Your browser does not let this page copy. The address of the message is ${address}`);
}

/** A message under the mouse. */
interface Pointed {
  readonly entry: number;
  readonly node: HTMLElement | undefined;
}
