import { mayTakeBack, react, redact } from "../../client/model/annotations.ts";
import { permalinkOf } from "../../client/model/links.ts";
import { type LoggedMessage, messageAt } from "../../client/ui/log.ts";
import { toggling } from "../../client/ui/reactions.ts";
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
import { showLine } from "../../text/filter.ts";
import type { Desk } from "./desk.ts";
import { ask } from "./dialogs.ts";
import { button, element, NOT_COPIED } from "./dom.ts";

/** The actions on a message: the selected one, or the one under the mouse. */
export class MessageTools {
  readonly element = element("div", { class: "tools", role: "toolbar", hidden: true });
  readonly #desk: Desk;
  #pointed: Pointed | undefined;
  #isReacting = false;
  /** The message and the actions that are drawn, so that they are not drawn again. */
  #drawn = "";

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** The mouse is on a message, or on none. */
  point(pointed: Pointed | undefined): void {
    if (pointed?.entry !== this.#pointed?.entry) this.#isReacting = false;
    this.#pointed = pointed;
    if (this.#desk.view.selection === undefined) this.draw(undefined);
  }

  /** Draws the tools beside the selected message, or else beside the one under the mouse. */
  draw(selected: HTMLElement | undefined): void {
    const { selection } = this.#desk.view;
    const log = shownLog(this.#desk.view);
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

  /** A key while a message is selected. Returns whether it was the selection's. */
  handleKey(name: string, character: string, move: (by: 1 | -1) => void): boolean {
    const { view } = this.#desk;
    const message = selectedMessage(view);
    if (view.selection === undefined || message === undefined) return false;
    // Enter and Tab are the buttons'.
    if (this.element.contains(document.activeElement) && /^(?:enter|tab|shift-tab)$/.test(name)) return false;
    const key = name === "" ? ({ type: "text", text: character } as const) : ({ type: "key", name } as const);
    const answer = handleSelectionKey(view.selection, key, message, this.#mayTakeBack(message));
    if (answer?.selection.asks) {
      void this.#takeBack(message);
      return true;
    }
    this.#desk.setView({ ...view, selection: answer?.selection });
    if (answer?.request?.type === "move") move(answer.request.by);
    else if (answer?.request) this.act(message, answer.request);
    return answer !== undefined;
  }

  #mayTakeBack(message: LoggedMessage): boolean {
    const { conversation, view } = this.#desk;
    const log = shownLog(view);
    return conversation !== undefined && log !== undefined && mayTakeBack(conversation.model, log.name, message);
  }

  async #takeBack(message: LoggedMessage): Promise<void> {
    const title = `Take back the message of ${showLine(message.nick)} for everyone?`;
    const isWanted = message.own || (await ask({ title, act: "Take it back" })) !== undefined;
    if (isWanted) this.act(message, { type: "take-back" });
  }

  /** Does something with a message. */
  act(message: LoggedMessage, request: SelectionRequest): void {
    const desk = this.#desk;
    const log = shownLog(desk.view);
    const { msgid } = message;
    this.#isReacting = false;
    desk.setView({ ...desk.view, selection: undefined });
    if (request.type !== "react") desk.focusInput();
    if (request.type === "leave" || request.type === "move" || log === undefined) return;
    if (request.type === "copy") return void desk.copy(message.text, NOT_COPIED);
    if (msgid === undefined) return desk.tell("trouble", NO_IDS);
    switch (request.type) {
      case "link":
        return copyLink(desk, permalinkOf(location.origin, log.name, msgid));
      case "reply":
        return desk.setView(withReply(desk.view, replyTargetOf(message, msgid)));
      case "take-back":
        return desk.conversation?.change((model, now) => redact(model, log.name, msgid, now));
      case "react": {
        const { text } = request;
        const kind = toggling(message.reactors, text);
        return desk.conversation?.change((model, now) => react(model, log.name, { kind, of: msgid, text }, now));
      }
    }
    request satisfies never;
  }
}

/** Copies the address of a message. It is shown if the browser does not let the page copy. */
function copyLink(desk: Desk, address: string): void {
  void desk.copy(address, `Your browser does not let this page copy. The address of the message is ${address}`);
}

/** A message under the mouse. */
interface Pointed {
  readonly entry: number;
  readonly node: HTMLElement | undefined;
}
