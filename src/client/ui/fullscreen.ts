import { byteLength } from "../../text/bytes.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { graphemes } from "../../text/width.ts";
import { commandIn } from "../commands/perform.ts";
import type { ScreenRequest } from "../commands/screen.ts";
import { INPUT, keptHistory, SAVE_DELAY, withHistory } from "../input/editor.ts";
import { type Action, actionOf } from "../input/keymap.ts";
import type { Key, MousePlace } from "../input/keys.ts";
import {
  EMPTY_INPUT,
  handleKey,
  type Names,
  namesFor,
  type Typing,
  type TypingRequest,
  withInsertion,
  withPasswordQuestion,
} from "../input/typing.ts";
import { mayTakeBack, react, redact } from "../model/annotations.ts";
import { askAround, canPage, type HistoryPage, placeOf } from "../model/history.ts";
import { permalinkOf } from "../model/links.ts";
import { retry } from "../model/outbox.ts";
import { askAway } from "../model/people.ts";
import { isSecret, isService } from "../model/secrets.ts";
import type { HelpRow, Talk } from "../model/state.ts";
import { typistsIn } from "../model/typists.ts";
import { every } from "../run/clock.ts";
import type { Conversation } from "../run/conversation.ts";
import { type ClientProcess, type Ending, onStop } from "../run/process.ts";
import { askForMore, askForTime, goingTo, missingWords, noHistoryWords, withDigits } from "./going.ts";
import { anchorShowing, scrolled } from "./layout.ts";
import { findList, foundList, goToList, helpList, notFoundWords, searchLogs, withoutFound } from "./lists.ts";
import { type LoggedMessage, newLog } from "./log.ts";
import { NO_COPY, notificationOf, textOf } from "./message-view.ts";
import { type Choice, type Overlay, pressOverlay } from "./overlay.ts";
import {
  answerOf,
  type ListedPlace,
  listedPlaces,
  neighbour,
  nextMention,
  nextUnread,
  shownName,
  titleOf,
} from "./place-list.ts";
import { toggling } from "./reactions.ts";
import { frame, LISTS_FROM, layoutOptionsOf, placeAt, planOf, type Scene, scrollOf } from "./screen.ts";
import { handleSelectionKey, NO_IDS, replyTargetOf, type SelectionRequest } from "./selection.ts";
import { type ScreenServer, ServerTab, type TabScreen } from "./server-tab.ts";
import { clipboardSequence, Output, Painter, Terminal } from "./terminal.ts";
import type { Theme } from "./theme.ts";
import {
  atNewest,
  cleared,
  followModel,
  isBack,
  isReading,
  logsOf,
  logWith,
  notifies,
  previousPlace,
  readHere,
  scrolledTo,
  selectedMessage,
  shownLog,
  type View,
  wentTo,
  withFocus,
  withReply,
  withSelection,
} from "./view.ts";

/** The parameters of a full screen. */
interface Setup extends FullScreenOptions {
  readonly proc: ClientProcess;
  readonly output: Output;
}

/** A place in the list, or one that was chosen by its server's name. */
type Place = ListedPlace | PlaceName;

/** A place by its server's name. */
interface PlaceName {
  readonly server: string;
  readonly key: Folded;
}

const FRAME = 30; // ms between two frames, unless the user types
const SECOND = 1000; // ms
const WHEEL = 3; // rows
const MOST_COPIED = 74_994; // bytes; many terminals take 100,000 characters of base64
const CLEAR = "\x1b[2J";
/** The keys that do not end the bare view, because they only show other messages; Alt-L ends it itself. */
const BARE_KEYS = /^(page-(up|down)|wheel-(up|down)|ctrl-end|alt-[0-9aho/l])$/;

/**
 * The full-screen client: rooms, messages, the input line.
 *
 * A tab for each server has the conversation with its model, and the view; the text being typed is here. A key is
 * answered by a frame at once; network input is drawn at most every `FRAME` ms, and each frame is one write.
 */
class FullScreen implements TabScreen {
  /** Resolves when the conversation with the last server is over. */
  readonly ended: Promise<Ending>;
  readonly #end: (ending: Ending) => void;
  readonly #setup: Setup;
  readonly #terminal: Terminal;
  readonly #painter = new Painter();
  readonly #notifier: Notifier;
  /** The servers, in the order of the list. */
  #tabs: readonly ServerTab[] = [];
  /** The server on the screen. */
  #tab: ServerTab;
  /** The server that was on the screen before, if the user came from there to the place on the screen. */
  #cameFrom: ServerTab | undefined;
  /** The place of a jump to a message, and where the user was before: Esc returns there. */
  #jump: { readonly to: PlaceName; readonly from: PlaceName; readonly name: string } | undefined;
  #isQuitting = false;
  #typing: Typing;
  #keptInput: readonly string[];
  #saveInput: (() => void) | undefined;
  #overlay: Overlay | undefined;
  /** The digits after Alt-J, while they are typed. */
  #digits: string | undefined;
  #hint = "";
  /** The text of the input line that others were last told about. */
  #toldText = "";
  /** Whether the last frame named people who are typing. */
  #showsTypists = false;
  /** Whether the terminal tells when it has the focus. */
  #tellsFocus = false;
  #interrupted = false;
  #isOpen = false;
  /** Cancels the scheduled frame. */
  #cancelFrame: (() => void) | undefined;
  /** Cancels the frame that is due and waits for its turn. */
  #cancelTurn: (() => void) | undefined;
  /** The terminal may have been overwritten. */
  #mustClear = false;
  #stopTicking: (() => void) | undefined;

  constructor([first, ...others]: ScreenServers, setup: Setup) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    this.#setup = setup;
    this.#notifier = new Notifier(setup.proc.env);
    this.#tab = this.#add(first);
    for (const server of others) this.#add(server);
    const saved = [first, ...others].flatMap(({ store }) => store?.savedInput() ?? []);
    this.#typing = { ...EMPTY_INPUT, editor: withHistory(saved) };
    this.#keptInput = this.#typing.editor.history;
    const listener = {
      key: (key: Key) => this.#handleKey(key),
      keysRead: () => {
        this.#tellTyping();
        this.#draw();
      },
      redrawNeeded: () => this.#redraw(),
    };
    this.#terminal = new Terminal(setup.proc, setup.output, listener, true);
    setup.output.onRoom = () => {
      for (const { conversation } of this.#tabs) conversation.resume();
      this.#draw();
    };
  }

  /** Connects to the servers; with several, the screen is there at once. */
  start(): void {
    this.follow(this.#tab);
    if (this.#tabs.length > 1) this.open();
    for (const { conversation } of this.#tabs) conversation.start();
  }

  /** Adds a server to the list, not connected yet. */
  #add(server: ScreenServer): ServerTab {
    const { mouse, proc } = this.#setup;
    const tab = new ServerTab(server, this, proc.clock, mouse);
    if (this.#tabs.length > 0) tab.view = withFocus(tab.view, false);
    this.#tabs = [...this.#tabs, tab];
    void tab.conversation.ended.then((ending) => this.#remove(tab, ending));
    return tab;
  }

  /** Removes a server whose conversation is over; with the last one, the client ends. */
  #remove(tab: ServerTab, ending: Ending): void {
    const others = this.#tabs.filter((each) => each !== tab);
    const next = others.find((each) => each === this.#cameFrom) ?? others[0];
    if (next === undefined) return this.#end(ending);
    const wasShown = tab === this.#tab;
    if (wasShown) this.#showTab(next);
    this.#flushInput();
    tab.close();
    this.#tabs = others;
    if (this.#cameFrom === tab) this.#cameFrom = undefined;
    if (!this.#isQuitting) this.#tellLeft(tab, ending);
    this.scheduleDraw();
  }

  /** Shows on the current page why a server was removed. */
  #tellLeft({ name, model }: ServerTab, { words }: Ending): void {
    const { length } = model.outbox.filter(({ state }) => state === "waiting");
    const kept = length === 0 ? "" : `; ${length} unsent ${length === 1 ? "message waits" : "messages wait"} for that`;
    const again = `/connect ${name} goes there again${kept}.`;
    for (const why of words) this.#tell("trouble", `${name}: ${why}`);
    this.#tell(words.length > 0 ? "trouble" : "event", `Disconnected from ${name}. ${again}`);
  }

  get #view(): View {
    return this.#tab.view;
  }

  set #view(view: View) {
    this.#tab.view = view;
  }

  get #conversation(): Conversation {
    return this.#tab.conversation;
  }

  /** Shows another server, where the user was there last. */
  #showTab(tab: ServerTab): void {
    const before = this.#tab;
    if (tab === before) return;
    this.#keepDraft();
    before.typingNotices.stop();
    const { isFocused, unfolded, lists, bare, mouse } = before.view;
    before.view = withFocus(before.view, false);
    this.#tab = tab;
    tab.view = withFocus({ ...tab.view, unfolded, lists, bare, mouse }, isFocused);
    this.#takeDraft();
    this.follow(tab);
    this.#conversation.change(askAway);
    this.#cameFrom = before;
    this.scheduleDraw();
  }

  /** Puts the draft of the place on the screen into the editor. */
  #takeDraft(): void {
    this.#typing = { ...EMPTY_INPUT, editor: this.#tab.server.drafts.of(this.#view.here, this.#typing.editor) };
    // A draft is not typed now.
    this.#toldText = this.#typing.editor.text;
  }

  quit(why: string): void {
    this.#isQuitting = true;
    for (const { conversation } of this.#tabs) conversation.quit(why);
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#terminal.mouse = this.#view.mouse;
    this.#terminal.open();
    this.#redraw();
    this.#stopTicking = every(this.#setup.proc.clock, SECOND, () => {
      if (this.#conversation.offline || this.#showsTypists) this.#draw();
    });
  }

  talked(tab: ServerTab, line: Talk): void {
    if (!this.#shouldNotify(tab, line)) return;
    const server = this.#tabs.length > 1 ? tab.name : undefined;
    this.#setup.output.write(this.#notifier.notify(line, line.time, server));
  }

  #shouldNotify({ view, model }: ServerTab, line: Talk): boolean {
    if (!this.#isOpen || !this.#setup.notifications) return false;
    if (this.#tellsFocus && isReading(view, placeOf(line, model.nick))) return false;
    return notifies(view, model, line);
  }

  chunkHandled(tab: ServerTab): void {
    if (this.#setup.output.full) tab.conversation.pause();
  }

  redacted(msgid: string): void {
    if (this.#overlay) this.#overlay = withoutFound(this.#overlay, msgid);
  }

  paged(tab: ServerTab, page: HistoryPage): void {
    if (page.where !== "around" || tab !== this.#tab) return;
    if (this.#view.past) this.#centre();
    this.#tellRefusal(missingWords(page));
  }

  renaming(tab: ServerTab): void {
    if (tab === this.#tab) this.#keepDraft();
  }

  found(tab: ServerTab, words: string, lines: readonly Talk[]): void {
    if (lines.length === 0) return tab.tell("event", notFoundWords(words));
    this.#overlay = foundList(words, lines, tab, this.#setup.proc.clock.now());
    this.scheduleDraw();
  }

  request(tab: ServerTab, request: ScreenRequest): void {
    switch (request.type) {
      case "copy":
        return this.#copyMessages(request.count);
      case "search":
        return this.found(tab, request.words, searchLogs(logsOf(tab.view, request.place), request.words));
      case "clear":
        this.#view = cleared(this.#view);
        return this.scheduleDraw();
      case "move":
      case "hide":
      case "notify": {
        const { settings, to, told } = answerOf(this.#scene(), request);
        if (settings) this.#view = { ...this.#view, settings };
        if (to !== undefined) this.#go(to);
        if (told) this.#tell(...told);
        return this.scheduleDraw();
      }
      case "goto":
        return this.#tellRefusal(askForTime(this.#conversation, this.#view, request.time));
      case "connect":
        return request.room === undefined ? this.#connect(request.server) : this.#joinAt(request);
      case "disconnect":
        return this.#disconnect(request.server);
    }
    request satisfies never;
  }

  #connect(word: string): void {
    const found = this.#setup.findServer?.(word);
    if (found === undefined) return;
    if ("refusal" in found) return this.#tell("trouble", found.refusal);
    const known = this.#tabs.find(({ name }) => name === found.name);
    const tab = known ?? this.#add(found.open());
    this.#showTab(tab);
    if (known) known.conversation.reconnectNow();
    else tab.conversation.start();
  }

  #joinAt({ server, room }: { readonly server: string; readonly room: string }): void {
    const tab = this.#tabNamed(server);
    if (tab === undefined) return;
    this.#showTab(tab);
    tab.conversation.submit(`/join ${room}`);
    this.follow(tab);
  }

  /** The server with a name in the list; without one, tells the user so. */
  #tabNamed(name: string): ServerTab | undefined {
    const tab = this.#tabs.find((each) => each.name === name);
    const names = this.#tabs.map((each) => each.name).join(", ");
    if (tab === undefined) this.#tell("trouble", `There is no server ${name} in the list; there are ${names}.`);
    return tab;
  }

  #disconnect(name: string | undefined): void {
    const tab = name === undefined ? this.#tab : this.#tabNamed(name);
    if (tab === undefined) return;
    if (this.#tabs.length === 1) return this.#tell("trouble", "This is the only server: /quit ends the client.");
    tab.conversation.quit("");
  }

  #copyMessages(count: number | undefined): void {
    const copied = textOf(shownLog(this.#view) ?? newLog(""), count);
    if (copied === undefined) return this.#tell("trouble", NO_COPY);
    const bytes = byteLength(copied.text);
    if (bytes > MOST_COPIED)
      return this.#tell("trouble", `That is ${bytes} bytes, and terminals take ${MOST_COPIED}: copy fewer messages.`);
    const what = copied.count === 1 ? "1 message" : `${copied.count} messages`;
    this.#copy(copied.text, `Copied ${what} (${bytes} bytes) to the clipboard, if this terminal allows that.`);
  }

  get #place(): PlaceName {
    return { server: this.#tab.name, key: this.#view.here };
  }

  /** Goes to a message that a search has found; Esc returns to where the user was. */
  #jumpTo({ server, line }: Extract<Choice, { type: "jump" }>): void {
    const { from, name } = this.#return ?? { from: this.#place, name: shownName(this.#scene()) };
    this.#showNamed(server);
    this.#showMessage(line);
    this.#jump = { from, to: this.#place, name };
    if (!isSamePlace(from, this.#place)) this.#hint = `Esc goes back to ${name}.`;
  }

  /** The last jump, while the user is where it led. */
  get #return() {
    return this.#jump && isSamePlace(this.#jump.to, this.#place) ? this.#jump : undefined;
  }

  /** Goes to a message in the history: in the room's log, or else in a page of its past that is requested. */
  #showMessage(line: Talk): void {
    const { model } = this.#scene();
    const name = placeOf(line, model.nick);
    const { msgid, time } = line;
    const log = logWith(this.#view, name, msgid);
    if (!log && !canPage(model, name)) return this.#tell("trouble", noHistoryWords(name));
    if (!log) this.#conversation.change((now) => askAround(now, name, { msgid, time }));
    this.#go(fold(name), name);
    if (!log) return;
    this.#view = wentTo({ ...this.#view, past: undefined }, log, msgid);
    this.#centre();
  }

  /** Moves the message at the bottom of the page to its middle. */
  #centre(): void {
    this.#scroll((page) => -Math.floor(page / 2));
  }

  #tellRefusal(words: string | undefined): void {
    if (words !== undefined) this.#tell("trouble", words);
  }

  /** Shows a sentence where the user is. */
  #tell(kind: "event" | "trouble", words: string): void {
    this.#tab.tell(kind, words);
  }

  help(title: string, rows: readonly HelpRow[]): void {
    this.#overlay = helpList(title, rows);
    this.scheduleDraw();
  }

  askPassword(tab: ServerTab, words: string, command: string): void {
    this.#showTab(tab);
    if (this.#view.bare) this.#setBare(false);
    this.#typing = withPasswordQuestion(this.#typing, words, command);
    this.scheduleDraw();
  }

  /** Restores the terminal. */
  close(): void {
    this.#cancelFrame?.();
    this.#cancelTurn?.();
    this.#stopTicking?.();
    this.#keepDraft();
    this.#flushInput();
    for (const tab of this.#tabs) tab.close();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.close();
  }

  /** Saves the lines that were entered, soon after the last of them. */
  #keepInput(): void {
    const { history } = this.#typing.editor;
    if (history === this.#keptInput) return;
    this.#keptInput = history;
    this.#saveInput ??= this.#setup.proc.clock.after(SAVE_DELAY, () => this.#flushInput());
  }

  /** Writes the lines that were entered. */
  #flushInput(): void {
    if (this.#saveInput === undefined) return;
    this.#saveInput();
    this.#saveInput = undefined;
    const isKnown = (line: string) => this.#tabs.some(({ model }) => commandIn(model, line) !== undefined);
    const kept = keptHistory(this.#keptInput, isKnown);
    for (const { server } of this.#tabs) server.store?.input(kept);
  }

  /** Makes the view on the screen follow its model; with another room, its draft comes into the editor. */
  follow(tab: ServerTab): void {
    if (tab !== this.#tab) return;
    const next = followModel(tab.view, tab.model);
    const isElsewhere = next.here !== tab.view.here;
    if (isElsewhere) this.#keepDraft();
    tab.view = next;
    if (isElsewhere) {
      this.#takeDraft();
      tab.typingNotices.stop();
      // On a new server, the first current place was not chosen by the user.
      if (tab.model.visited.length > 0) this.#cameFrom = undefined;
      tab.conversation.change(askAway);
    }
    const read = readHere(next);
    if (this.#isOpen && read !== undefined) tab.conversation.read(read.name, read.upTo);
  }

  #keepDraft(): void {
    const { question, editor, search } = this.#typing;
    const hidden = question?.type === "password" ? question.before : (search?.before ?? editor);
    const { here } = this.#view;
    const isKnown = (line: string) => commandIn(this.#tab.model, line) !== undefined;
    this.#tab.server.drafts.keep(here, isSecret(hidden.text, here, isKnown) ? "" : hidden.text);
  }

  #handleKey(key: Key): void {
    const name = key.type === "key" ? key.name : "";
    if (name === "focus-in" || name === "focus-out") return this.#focus(name === "focus-in");
    if (key.type === "key" && name === "mouse") return this.#click(key.at);
    if (this.#overlay) return this.#handleOverlayKey(this.#overlay, key);
    if (this.#digits !== undefined) return this.#handleDigits(this.#digits, key);
    if (!name.startsWith("wheel")) this.#terminal.mouse = this.#view.mouse && !this.#view.bare;
    if (this.#view.bare && !BARE_KEYS.test(name)) {
      this.#setBare(false);
      if (name === "escape") return;
    }
    this.#hint = "";
    const interrupted = this.#interrupted;
    this.#interrupted = false;
    const free = this.#typing.question === undefined && this.#typing.search === undefined;
    if (free && this.#handleSelectionKey(key)) return;
    const action = free || name.startsWith("wheel") ? actionOf(name) : undefined;
    if (action !== undefined && this.#isAction(action)) return this.#act(action);
    const jump = free && name === "escape" ? this.#return : undefined;
    if (jump !== undefined) {
      this.#leaveJump();
      return this.#goTo(jump.from);
    }
    if (free && isBack(this.#view) && (name === "escape" || (name === "end" && this.#typing.editor.text === ""))) {
      this.#view = atNewest(this.#view);
      return;
    }
    const [typing, request] = handleKey(this.#typing, key, () => this.#names, this.#view.here);
    this.#typing = typing;
    if (typing.editor.full) this.#hint = `Too long: the input line holds at most ${INPUT} characters.`;
    if (request !== undefined) this.#perform(request, interrupted);
    this.#keepDraft();
    this.#keepInput();
  }

  /** Shows the newest messages, out of a jump. */
  #leaveJump(): void {
    this.#jump = undefined;
    this.#view = atNewest(this.#view);
  }

  get #names(): Names {
    const { model, view } = this.#scene();
    return namesFor(model, view);
  }

  /** Whether an action's key has it here: with text after the cursor, Ctrl-K cuts that. */
  #isAction(action: Action): boolean {
    const { text, cursor } = this.#typing.editor;
    return action !== "list" || cursor === text.length;
  }

  #handleOverlayKey(overlay: Overlay, key: Key): void {
    const { columns, rows } = this.#terminal;
    const { messages } = planOf(this.#scene(), { columns, rows });
    const answer = pressOverlay(overlay, key, Math.max(1, messages - 1));
    this.#overlay = answer.type === "open" ? answer.overlay : undefined;
    if (answer.type === "chosen") this.#choose(answer.choice);
  }

  #choose(choice: Choice): void {
    switch (choice.type) {
      case "go":
        return this.#goTo(choice);
      case "talk":
        return this.#submit(`/query ${choice.nick}`);
      case "insert":
        this.#typing = withInsertion(this.#typing, choice.text);
        return this.#keepDraft();
      case "search":
        return this.#submit(`/search here ${choice.words}`);
    }
    if (choice.type === "jump") return this.#jumpTo(choice);
    choice.type satisfies "close";
  }

  #handleDigits(digits: string, key: Key): void {
    this.#digits = undefined;
    if (key.type === "key" && /^(escape|ctrl-[cg])$/.test(key.name)) return;
    const all = listedPlaces(this.#scene());
    const typed = withDigits(digits, key.type === "text" ? key.text : "\0", all.length);
    this.#digits = typed.digits;
    if (typed.number !== undefined) this.#goTo(all[typed.number - 1]);
    if (typed.digits === undefined && key.type === "text") {
      if (typed.rest !== "") this.#handleKey({ ...key, text: typed.rest });
    } else if (key.type === "key" && key.name !== "enter") this.#handleKey(key);
  }

  #submit(line: string): void {
    this.#conversation.submit(line);
    this.follow(this.#tab);
  }

  /** The terminal has got or lost the focus: without it, new messages count as unread. */
  #focus(isFocused: boolean): void {
    this.#view = withFocus(this.#view, isFocused);
    this.#tellsFocus = true;
    this.follow(this.#tab);
  }

  /** Handles a key of the selected message, or Esc, which cancels a reply; false if the key is for something else. */
  #handleSelectionKey(key: Key): boolean {
    const { selection } = this.#view;
    const message = selectedMessage(this.#view);
    if (selection === undefined || message === undefined) {
      this.#view = { ...this.#view, selection: undefined };
      if (key.type !== "key" || key.name !== "escape" || !this.#view.replies.has(this.#view.here)) return false;
      this.#view = withReply(this.#view, undefined);
      return true;
    }
    if (key.type === "key" && key.name.startsWith("wheel")) return false;
    const letters = key.type === "text" ? Array.from(graphemes.segment(key.text), ({ segment }) => segment) : [];
    if (letters.length > 1) {
      for (const text of letters) this.#handleKey({ type: "text", text });
      return true;
    }
    const isOurs = mayTakeBack(this.#tab.model, shownLog(this.#view)?.name ?? "", message);
    const answer = handleSelectionKey(selection, key, message, isOurs);
    this.#view = { ...this.#view, selection: answer?.selection };
    if (answer?.request !== undefined) this.#actOn(message, answer.request);
    return answer !== undefined;
  }

  #actOn(message: LoggedMessage, request: SelectionRequest): void {
    if (request.type === "move") return this.#select(request.by);
    const log = shownLog(this.#view);
    const { msgid } = message;
    this.#view = { ...this.#view, selection: undefined };
    if (request.type === "leave" || log === undefined) return;
    if (request.type === "copy") return this.#copy(message.text, "The text is copied.");
    if (msgid === undefined) {
      this.#hint = NO_IDS;
      return;
    }
    switch (request.type) {
      case "link": {
        const scheme = this.#tab.model.secrecy === "tls" ? "https" : "http";
        const link = permalinkOf(`${scheme}://${this.#tab.address}`, log.name, msgid);
        return this.#copy(link, `Copied: ${link}`);
      }
      case "reply":
        this.#view = withReply(this.#view, replyTargetOf(message, msgid));
        return;
      case "take-back":
        return this.#conversation.change((model, now) => redact(model, log.name, msgid, now));
      case "react": {
        const { text } = request;
        const kind = toggling(message.reactors, text);
        if (this.#conversation.offline) this.#hint = `${text} is sent after the reconnect.`;
        return this.#conversation.change((model, now) => react(model, log.name, { kind, of: msgid, text }, now));
      }
    }
    request satisfies never;
  }

  #copy(text: string, hint: string): void {
    this.#setup.output.write(clipboardSequence(text));
    this.#hint = hint;
  }

  /** Selects the message before or after the selected one, and scrolls to it. */
  #select(by: 1 | -1): void {
    this.#view = withSelection(this.#view, by);
    const entry = this.#view.selection?.entry;
    if (entry === undefined) return;
    const scene = this.#scene();
    const { columns, rows } = this.#terminal;
    const plan = planOf(scene, { columns, rows });
    const options = layoutOptionsOf(scene, columns, plan);
    this.#view = scrolledTo(
      this.#view,
      anchorShowing(scrollOf(scene), plan.messages, this.#view.anchor, entry, options),
    );
  }

  /** Sends typing notifications to the room or the partner on the screen; none for hidden text. */
  #tellTyping(): void {
    const { editor, question, search } = this.#typing;
    const { here } = this.#view;
    if (editor.text === this.#toldText) return;
    this.#toldText = editor.text;
    const { model } = this.#scene();
    const target = model.rooms.get(here)?.name ?? model.partners.get(here);
    if (!this.#setup.typing || target === undefined || isService(target)) return;
    if (question === undefined && search === undefined) this.#tab.typingNotices.changed(target, editor.text);
  }

  #perform(request: TypingRequest, interrupted: boolean): void {
    this.#tab.typingNotices.stop();
    switch (request.type) {
      case "say": {
        const replyTo = this.#view.replies.get(this.#view.here)?.msgid;
        this.#leaveJump();
        this.#view = withReply(this.#view, undefined);
        if (this.#joinElsewhere(request.text)) return;
        if (request.text.includes("\n")) this.#conversation.say(request.text, replyTo);
        else this.#conversation.submit(request.text, replyTo);
        return this.follow(this.#tab);
      }
      case "secret":
        return this.#conversation.submit(request.text);
      case "end":
        return this.quit("");
      case "interrupt":
        if (interrupted) return this.quit("");
        this.#interrupted = true;
        this.#hint = this.#terminal.canSuspend ? "Ctrl-C again quits; Ctrl-Z suspends." : "Ctrl-C again quits.";
        return;
    }
    request satisfies never;
  }

  /** `/join SERVER/#ROOM`, as the title names a room of another server: goes to that server, and joins the room there. */
  #joinElsewhere(line: string): boolean {
    const [, name, room] = /^\/j(?:oin)?\s+([^\s/]+)\/(#.*)$/i.exec(line) ?? [];
    const tab = this.#tabs.find((each) => each.name === name);
    if (tab === undefined || this.#tabs.length === 1) return false;
    this.#showTab(tab);
    tab.conversation.submit(`/join ${room}`);
    this.follow(tab);
    return true;
  }

  #act(action: Action): void {
    switch (action) {
      case "page-up":
        return this.#scroll((page) => page);
      case "page-down":
        return this.#scroll((page) => -page);
      case "wheel-up":
        return this.#scroll(() => WHEEL);
      case "wheel-down":
        return this.#scroll(() => -WHEEL);
      case "newest":
        return this.#leaveJump();
      case "next-room":
      case "last-room":
        return this.#goTo(neighbour(this.#scene(), action === "next-room" ? 1 : -1));
      case "next-unread":
        return this.#goTo(nextUnread(this.#scene()));
      case "next-mention":
        return this.#goTo(nextMention(this.#scene()));
      case "previous-room":
        return this.#cameFrom
          ? this.#showTab(this.#cameFrom)
          : this.#go(previousPlace(this.#view, this.#conversation.model));
      case "room-number":
        this.#digits = "";
        return;
      case "list":
        this.#overlay = goToList(this.#scene(), this.#cameFrom);
        return;
      case "find":
        this.#overlay = findList(shownLog(this.#view) ?? newLog(""), this.#tab.name, this.#setup.proc.clock.now());
        return;
      case "select-up":
      case "select-down":
        return this.#select(action === "select-up" ? -1 : 1);
      case "unfold":
        this.#view = { ...this.#view, unfolded: !this.#view.unfolded };
        return;
      case "list-of-rooms":
      case "members":
        return this.#toggleList(action === "members" ? "members" : "places");
      case "bare":
        return this.#setBare(!this.#view.bare);
      case "retry":
        return this.#conversation.change(retry);
      case "connect":
        return this.#conversation.reconnectNow();
      case "mouse":
        this.#view = { ...this.#view, mouse: !this.#view.mouse };
        this.#terminal.mouse = this.#view.mouse;
        return;
      case "redraw":
        return this.#redraw();
      case "suspend":
        return this.#terminal.suspend();
      default:
        return this.#goTo(listedPlaces(this.#scene())[Number(action.slice(5)) - 1]);
    }
  }

  #toggleList(list: keyof View["lists"]): void {
    const { columns, rows } = this.#terminal;
    const plan = planOf(this.#scene(), { columns, rows });
    const isShown = (list === "members" ? plan.members : plan.sidebar) > 0;
    // A choice equal to the default for this width is dropped, so that the list follows the width again.
    const isWanted = !isShown === columns >= LISTS_FROM[list] ? undefined : !isShown;
    this.#view = { ...this.#view, lists: { ...this.#view.lists, [list]: isWanted } };
  }

  /** Shows only messages, with the mouse left to the terminal, or everything again. */
  #setBare(bare: boolean): void {
    this.#view = { ...this.#view, bare };
    this.#terminal.mouse = this.#view.mouse && !bare;
    this.#redraw();
  }

  /** Goes to a place of any server. */
  #goTo(place: Place | undefined): void {
    if (place === undefined) return;
    const { server, key } = place;
    const before = this.#tab;
    this.#showNamed(typeof server === "string" ? server : server.name);
    this.#go(key);
    if (before !== this.#tab) this.#cameFrom = before;
  }

  #showNamed(name: string): void {
    const tab = this.#tabs.find((each) => each.name === name);
    if (tab) this.#showTab(tab);
  }

  #go(key: View["here"] | undefined, known?: string): void {
    if (key === undefined) return;
    this.#conversation.change(goingTo(this.#view, key, known));
    this.follow(this.#tab);
  }

  /**
   * The user pressed a mouse button: on the list, goes to the place under it. Elsewhere it is to select text, so the
   * terminal has the mouse until the next key.
   */
  #click(at: MousePlace | undefined): void {
    const { columns, rows } = this.#terminal;
    const place = at && placeAt(this.#scene(), { columns, rows }, at);
    if (place !== undefined) return this.#goTo(place);
    this.#terminal.mouse = false;
    this.#hint = "The mouse now selects text; the next key makes it scroll again.";
  }

  #scroll(rowsOf: (page: number) => number): void {
    const scene = this.#scene();
    const { columns, rows } = this.#terminal;
    const plan = planOf(scene, { columns, rows });
    const options = layoutOptionsOf(scene, columns, plan);
    const by = rowsOf(Math.max(1, plan.messages - 1));
    this.#view = scrolledTo(this.#view, scrolled(scrollOf(scene), plan.messages, this.#view.anchor, by, options));
  }

  #scene(): Scene {
    const { name, conversation } = this.#tab;
    const offline = conversation.offline;
    const left = offline?.next === undefined ? undefined : offline.next - this.#setup.proc.clock.now();
    const seconds = left === undefined ? undefined : Math.ceil(left / SECOND);
    return {
      servers: this.#tabs,
      name,
      model: conversation.model,
      view: this.#view,
      typing: this.#typing,
      typists: this.#setup.typing ? typistsIn(conversation.model, this.#view.here, this.#setup.proc.clock.now()) : [],
      offline: offline && { why: offline.why, seconds },
      overlay: this.#overlay,
      hint: this.#digits === undefined ? this.#hint : `Go to number ${this.#digits}…`,
    };
  }

  scheduleDraw(): void {
    if (this.#isOpen && !this.#cancelTurn)
      this.#cancelFrame ??= this.#setup.proc.clock.after(FRAME, () => this.#draw());
  }

  /** Whether the full screen is visible; not while the process is stopped. */
  get #isShown(): boolean {
    return this.#isOpen && this.#terminal.isTaken;
  }

  #redraw(): void {
    this.#mustClear = true;
    this.#draw();
  }

  /** Draws the screen as it is at this frame's turn. */
  #draw(): void {
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
    for (const tab of this.#tabs) tab.keepPlaces();
    const { proc } = this.#setup;
    if (!this.#isShown || this.#cancelTurn) return;
    if (!proc.paced) return this.#drawNow();
    let isDrawn = false;
    const cancel = proc.paced(() => {
      isDrawn = true;
      this.#cancelTurn = undefined;
      this.#drawNow();
    });
    if (!isDrawn) this.#cancelTurn = cancel;
  }

  #drawNow(): void {
    // A slow terminal gets the next frame once it has read the last one.
    if (!this.#isShown || this.#setup.output.full) return;
    if (this.#mustClear) {
      this.#mustClear = false;
      this.#painter.reset();
      this.#setup.output.write(CLEAR);
    }
    const { columns, rows } = this.#terminal;
    const scene = this.#scene();
    this.#showsTypists = scene.typists.length > 0;
    const { rows: drawn, window } = frame(scene, { columns, rows });
    this.#setup.output.write(this.#painter.draw(drawn, this.#setup.theme));
    this.#terminal.title = titleOf(scene);
    const isAtEnd = this.#view.anchor === undefined;
    askForMore(this.#conversation, this.#view, { isAtTop: window.atTop, isAtEnd });
  }
}

/** The options of the full screen. */
interface FullScreenOptions {
  readonly theme: Theme;
  readonly mouse: boolean;
  readonly notifications: boolean;
  /** Whether typing notifications are sent and shown. */
  readonly typing: boolean;
  /** Finds one more server by its name in the configuration or its address. Absent if the client has one server only. */
  readonly findServer?: (word: string) => FoundServer | { readonly refusal: string };
}

/** A server that the user named. */
interface FoundServer {
  readonly name: string;
  /** Prepares the conversation with it. */
  open(): ScreenServer;
}

/** The servers that a full screen begins with. */
export type ScreenServers = readonly [ScreenServer, ...ScreenServer[]];

/** Runs the full-screen client until it ends, and restores the terminal. */
export async function runFull(
  servers: ScreenServers,
  options: FullScreenOptions,
  proc: ClientProcess,
): Promise<Ending> {
  const output = new Output(proc.stdout);
  const screen = new FullScreen(servers, { proc, output, ...options });
  const { promise: broken, resolve: breakOff } = Promise.withResolvers<Ending>();
  output.onGone = () => screen.quit("");
  const removers = [
    onStop(proc, () => screen.quit("")),
    proc.onBug((error) => {
      screen.quit("");
      breakOff({ code: 1, words: bugWords(error) });
    }),
  ];
  screen.start();
  const ending = await Promise.race([broken, screen.ended]);
  screen.close();
  for (const remove of removers) remove();
  await output.flushed();
  return output.withOutputError(ending);
}

function isSamePlace(a: PlaceName, b: PlaceName): boolean {
  return a.server === b.server && a.key === b.key;
}

function bugWords(error: unknown): readonly string[] {
  return [`the client failed, which is a bug: ${error instanceof Error ? (error.stack ?? error.message) : error}`];
}

const BELL = "\x07";
const MIN_GAP = 2000; // ms between two notifications

/**
 * Notifies a user who looks elsewhere: rings the bell, and shows a desktop notification if the terminal can. The
 * environment tells which sequence it knows: OSC 9 (iTerm2) or OSC 777 (rxvt, VTE).
 */
export class Notifier {
  readonly #popup: (title: string, text: string) => string;
  #last = Number.NEGATIVE_INFINITY;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    const knows777 = env.VTE_VERSION !== undefined || /^(foot|rxvt)/.test(env.TERM ?? "");
    this.#popup = knows777
      ? (title, text) => `\x1b]777;notify;${title.replaceAll(";", ",")};${text}\x1b\\`
      : (title, text) => `\x1b]9;${title}: ${text}\x1b\\`;
  }

  /** The bytes to write for a mention, on a server if there are several; "" shortly after another notification. */
  notify(line: Talk, now: number, server?: string): string {
    if (now - this.#last < MIN_GAP) return "";
    this.#last = now;
    const { title, body } = notificationOf(line, server);
    return BELL + this.#popup(title, body);
  }
}
