import { commandIn, isCommand } from "../../client/commands/perform.ts";
import { type Drafts, INPUT, keptHistory, withHistory } from "../../client/input/editor.ts";
import type { Key } from "../../client/input/keys.ts";
import {
  choose,
  EMPTY_INPUT,
  handleKey,
  menuFor,
  type Names,
  namesFor,
  type Typing,
  TypingNotices,
  type TypingRequest,
  withInsertion,
} from "../../client/input/typing.ts";
import { isSecret, isService } from "../../client/model/secrets.ts";
import { isSettled, step } from "../../client/model/state.ts";
import { typingEffects } from "../../client/model/typists.ts";
import { atNewest, SERVER, withReply } from "../../client/ui/view.ts";
import { showLine, showText } from "../../text/filter.ts";
import type { Folded } from "../../text/fold.ts";
import { browserClock } from "./browser.ts";
import { ask } from "./dialogs.ts";
import { button, element } from "./dom.ts";
import type { PageContext } from "./page.ts";

const ROWS = 10; // lines of the input, at most
const CHOICES = 8; // completions that are shown

/**
 * The input: the text typed for the room on the screen, its completions, and the message that it replies to. Keys mean the
 * same as in the terminal; the browser itself moves the cursor and deletes.
 */
export class Composer {
  readonly element: HTMLElement;
  readonly #page: PageContext;
  readonly #drafts: Drafts;
  readonly #saveInput: (lines: readonly string[]) => void;
  readonly #notices: TypingNotices;
  readonly #choices = element("ul", { class: "choices", role: "listbox", "aria-label": "Completions", hidden: true });
  readonly #replied = element("span", {});
  readonly #reply = element(
    "p",
    { class: "reply", hidden: true },
    this.#replied,
    button("✕", { "aria-label": "Do not reply to it" }, () => this.stopReplying()),
  );
  readonly #input = element("textarea", {
    ...{ rows: "1", maxlength: String(INPUT), placeholder: "Message", "aria-label": "Message" },
    ...{ enterkeyhint: "send", autocapitalize: "sentences" },
  });
  #typing: Typing;
  #here: Folded = SERVER;
  /** No room has been shown yet: what is typed is for the first one. */
  #isEarly = true;
  /** Enter was pressed before there was a room. */
  #isDue = false;

  constructor(
    page: PageContext,
    drafts: Drafts,
    input: readonly string[],
    saveInput: (lines: readonly string[]) => void,
  ) {
    this.#page = page;
    this.#drafts = drafts;
    this.#saveInput = saveInput;
    this.#typing = { ...EMPTY_INPUT, editor: withHistory(input) };
    this.#notices = new TypingNotices(browserClock, (target, state) =>
      page.conversation?.change((model) => step(model, ...typingEffects(model, target, state))),
    );
    const send = element("button", { type: "submit", "aria-label": "Send", title: "Send" }, "↑");
    const form = element("form", { class: "composer" }, this.#input, send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#enter();
    });
    this.element = element("div", { class: "input" }, this.#choices, this.#reply, form);
    this.#input.addEventListener("input", () => this.#changed());
    this.#input.addEventListener("paste", (event) => this.#pasted(event));
    this.#input.addEventListener("blur", () => this.#showChoices([]));
  }

  focus(): void {
    this.#input.focus();
  }

  get hasFocus(): boolean {
    return document.activeElement === this.#input;
  }

  get #isEmpty(): boolean {
    return this.#input.value === "";
  }

  /** Puts text into the input. */
  insert(text: string): void {
    this.#write(withInsertion(this.#read(), text));
    this.focus();
  }

  stopReplying(): void {
    this.#page.setView(withReply(this.#page.view, undefined));
    this.focus();
  }

  /** Shows the draft of the place on the screen, and what it replies to. */
  draw(): void {
    const { view, model } = this.#page;
    if (view.here !== this.#here) this.#turnTo(view.here);
    const target = view.replies.get(view.here);
    this.#reply.hidden = target === undefined;
    if (target) this.#replied.textContent = `Reply to ${showLine(target.nick ?? "")}: ${showText(target.text)}`;
    const name = model?.rooms.get(view.here)?.name ?? model?.partners.get(view.here);
    this.#input.placeholder = name === undefined ? "Message" : `Message ${showLine(name)}`;
  }

  #turnTo(here: Folded): void {
    const isFirst = this.#isEarly && !this.#isEmpty && this.#drafts.of(here, EMPTY_INPUT.editor).text === "";
    this.#isEarly = false;
    this.#keep();
    if (isFirst) this.#drafts.move(this.#here, here);
    this.#here = here;
    this.#notices.stop();
    this.#write({ ...EMPTY_INPUT, editor: this.#drafts.of(here, this.#typing.editor) }, false);
    if (!this.#isDue) return;
    this.#isDue = false;
    this.#enter();
  }

  /** A key that is typed in the input. Returns whether it was handled. */
  handleKey(event: KeyboardEvent, name: string): boolean {
    if (event.isComposing) return false;
    switch (name) {
      case "enter":
        if (event.shiftKey) return false;
        this.#enter();
        return true;
      case "tab":
      case "shift-tab": {
        const names = this.#names;
        if (this.#typing.menu === undefined && !(names && menuFor(this.#read().editor, names))) return false;
        this.#press({ type: "key", name });
        this.#showChoices(this.#typing.menu?.choices ?? []);
        return true;
      }
      case "up":
      case "down":
        if (!this.#recalls(name)) return false;
        this.#press({ type: "key", name });
        return true;
      default:
        return false;
    }
  }

  /** Saves the draft. */
  flush(): void {
    this.#keep();
    this.#drafts.flush();
  }

  /** Whether the key goes through the lines entered before: not while it moves the cursor in the text. */
  #recalls(name: "up" | "down"): boolean {
    const { value, selectionStart, selectionEnd } = this.#input;
    const { place, history } = this.#typing.editor;
    if (selectionStart !== selectionEnd) return false;
    if (place !== history.length && history[place] === value)
      return name === "up" ? selectionStart === 0 || !value.includes("\n") : true;
    return name === "up" && value === "";
  }

  get #names(): Names | undefined {
    const { model, view } = this.#page;
    return model && namesFor(model, view);
  }

  /** The state of typing, with what the browser has in the input. */
  #read(): Typing {
    const { value, selectionEnd } = this.#input;
    return { ...this.#typing, editor: { ...this.#typing.editor, text: value, cursor: selectionEnd } };
  }

  #write(typing: Typing, isTyped = true): void {
    this.#typing = typing;
    const { text, cursor } = typing.editor;
    if (this.#input.value !== text) this.#input.value = text;
    this.#input.setSelectionRange(cursor, cursor);
    this.#fit();
    if (isTyped) this.#keep();
  }

  /** Hands a key to what the terminal does with it. */
  #press(key: Key): TypingRequest | undefined {
    const names = this.#names;
    if (!names) return undefined;
    const [typing, request] = handleKey(this.#read(), key, () => names, this.#page.view.here);
    this.#write(typing);
    return request;
  }

  #enter(): void {
    this.#showChoices([]);
    // It stays in the input, and is kept, until it can be sent.
    const { model, view } = this.#page;
    const isComing = model === undefined || !isSettled(model);
    this.#isDue = isComing && this.#isEarly && view.here === SERVER && !this.#isEmpty;
    if (this.#isDue || !this.#page.conversation) return;
    this.#perform(this.#press({ type: "key", name: "enter" }));
    const { question } = this.#typing;
    if (question?.type === "lines") void this.#confirm(question.count, question.messages);
  }

  /** Asks whether so many lines are to be sent. */
  async #confirm(count: number, messages: number): Promise<void> {
    const how = messages === 1 ? "one message" : `${messages} messages`;
    const lines = [`Others see the first lines of it, and can unfold the rest.`];
    const answer = await ask({ title: `Send ${count} lines as ${how}?`, lines, act: "Send" });
    this.#perform(this.#press({ type: "key", name: answer === undefined ? "escape" : "enter" }));
    this.focus();
  }

  #perform(request: TypingRequest | undefined): void {
    const { conversation, view } = this.#page;
    if (!request || !conversation || request.type === "end" || request.type === "interrupt") return;
    this.#notices.stop();
    this.#saveInput(keptHistory(this.#typing.editor.history, this.#isKnown));
    if (request.type === "secret") return conversation.submit(request.text);
    const replyTo = view.replies.get(view.here)?.msgid;
    this.#page.setView(withReply(atNewest(view), undefined));
    if (request.text.includes("\n")) conversation.say(request.text, replyTo);
    else conversation.submit(request.text, replyTo);
  }

  #pasted(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    // Into an empty line, a pasted command is text; elsewhere the browser pastes, and can undo it.
    if (this.#input.value !== "" || text === "") return;
    event.preventDefault();
    this.#press({ type: "paste", text });
    this.#changed();
  }

  #changed(): void {
    this.#isDue = false;
    this.#typing = { ...this.#read(), menu: undefined };
    this.#fit();
    this.#keep();
    this.#tellTyping();
    const { text, cursor } = this.#typing.editor;
    const isNamed = /(?:^\s*\/|(?:^|\s)[@#])\S*$/.test(text.slice(0, cursor));
    // A large room has many names: they are looked through only for a word that can be one.
    const names = isNamed ? this.#names : undefined;
    this.#showChoices((names && menuFor(this.#typing.editor, names)?.choices) ?? []);
  }

  /** As high as its lines, the wrapped ones too. */
  #fit(): void {
    this.#input.rows = 1;
    const line = Number.parseFloat(getComputedStyle(this.#input).lineHeight);
    const { scrollHeight, clientHeight } = this.#input;
    if (line > 0) this.#input.rows = Math.min(ROWS, 1 + Math.max(0, Math.round((scrollHeight - clientHeight) / line)));
  }

  readonly #isKnown = (line: string): boolean => {
    const { model } = this.#page;
    return model !== undefined && commandIn(model, line) !== undefined;
  };

  /** Keeps the draft, but no password. */
  #keep(): void {
    const { value } = this.#input;
    this.#drafts.keep(this.#here, isSecret(value, this.#here, this.#isKnown) ? "" : value);
  }

  #tellTyping(): void {
    const { model, view } = this.#page;
    const target = model?.rooms.get(view.here)?.name ?? model?.partners.get(view.here);
    if (target !== undefined && !isService(target)) this.#notices.changed(target, this.#input.value);
  }

  #showChoices(choices: readonly string[]): void {
    const { model } = this.#page;
    const at = this.#typing.menu?.at ?? -1;
    const from = Math.max(0, at - CHOICES + 1);
    this.#choices.hidden = choices.length === 0 || (choices.length === 1 && choices[0] === this.#input.value);
    this.#choices.replaceChildren(
      ...choices.slice(from, from + CHOICES).map((choice, i) => {
        const isHere = String(from + i === at);
        const row = model && isCommand(choice) ? commandIn(model, choice) : undefined;
        const item = element("li", { role: "option", "aria-selected": isHere }, element("b", {}, choice));
        if (row) item.append(element("span", {}, `${row.usage} ${row.help}`));
        // The input keeps the focus.
        item.addEventListener("pointerdown", (event) => event.preventDefault());
        item.addEventListener("click", () => this.#choose(from + i));
        return item;
      }),
    );
  }

  #choose(wanted: number): void {
    const typing = this.#read();
    const names = this.#names;
    const menu = typing.menu ?? (names && menuFor(typing.editor, names));
    if (menu) this.#write({ ...typing, editor: choose(typing.editor, { ...menu, at: wanted - 1 }, 1)[0] });
    this.#showChoices([]);
    this.#changed();
    this.focus();
  }
}
