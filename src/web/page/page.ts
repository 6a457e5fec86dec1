import { commandIn } from "../../client/commands/perform.ts";
import { type ScreenRequest, welcomeRoom } from "../../client/commands/screen.ts";
import type { Drafts } from "../../client/input/editor.ts";
import { type Action, actionOf } from "../../client/input/keymap.ts";
import { askAround, canPage, type HistoryPage, placeOf } from "../../client/model/history.ts";
import type { PageLink } from "../../client/model/links.ts";
import { lackedNick } from "../../client/model/nicks.ts";
import { retry } from "../../client/model/outbox.ts";
import { askAway } from "../../client/model/people.ts";
import { isRoomName } from "../../client/model/rooms.ts";
import {
  type Annotation,
  type HelpRow,
  isSettled,
  type Line,
  type Model,
  note,
  same,
  step,
  type Talk,
} from "../../client/model/state.ts";
import { typistsIn } from "../../client/model/typists.ts";
import type { Conversation, Ui } from "../../client/run/conversation.ts";
import type { Ending } from "../../client/run/process.ts";
import type { StateFolder } from "../../client/run/state-store.ts";
import { askForTime, goingTo, missingWords, noHistoryWords } from "../../client/ui/going.ts";
import { foundList, goToList, helpList, notFoundWords, searchLogs } from "../../client/ui/lists.ts";
import { type LogEntry, newLog } from "../../client/ui/log.ts";
import { type CopiedText, NO_COPY, textOf } from "../../client/ui/message-view.ts";
import type { Choice } from "../../client/ui/overlay.ts";
import {
  answerOf,
  type ListedPlace,
  neighbour,
  nextMention,
  nextUnread,
  type ServerScene,
  type ShownServers,
  titleOf,
  unreadIn,
} from "../../client/ui/place-list.ts";
import { settingsFromJson, settingsToJson } from "../../client/ui/place-settings.ts";
import { typistWords } from "../../client/ui/screen.ts";
import {
  atNewest,
  cleared,
  followModel,
  isBack,
  logsOf,
  logWith,
  nameOf,
  newView,
  places,
  previousPlace,
  type ReadPosition,
  readHere,
  shownLog,
  type View,
  wentTo,
  withAnnotation,
  withFocus,
  withLine,
  withPage,
  withReadPosition,
  withRenamedLog,
} from "../../client/ui/view.ts";
import { showLine, showText } from "../../text/filter.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { Composer } from "./composer.ts";
import { ask, type LoginDialog, openLogin, pick } from "./dialogs.ts";
import { button, copyText, element, keyNameOf, NOT_COPIED } from "./dom.ts";
import { LogPane } from "./log-pane.ts";
import { Announcer, canAskForNotifications, notifyOf, onNotificationClick, showBadge } from "./notifications.ts";
import { Sidebar } from "./sidebar.ts";

const HIDDEN = 250; // ms between two drawings of a hidden page
const SECOND = 1000; // ms
const GLANCE = 2000; // ms that a word about a copied text is shown

/** The keys of the page. */
const KEYS: readonly HelpRow[] = [
  { label: "Enter", help: "says the line; Shift-Enter begins another" },
  { label: "Tab", help: "completes a nick, a room or a command" },
  { label: "Up Down", help: "in an empty line: the lines that you entered before" },
  { label: "Ctrl-K", help: "lists rooms, people and commands: type a part of the name" },
  {
    label: "Alt-Up Alt-Down",
    help: "select a message: then r replies, e reacts, c copies, l copies its address, d takes it back, Esc leaves",
  },
  { label: "PgUp PgDn", help: "scroll, also into the server's history; Esc goes back to the newest line" },
  { label: "Alt-A Alt-H", help: "go to the next room with unread messages; Alt-H only where you are mentioned" },
  { label: "Alt-1 to Alt-0", help: "go to the room with that number" },
  { label: "Alt-/", help: "goes back to the room where you were before" },
  { label: "Alt-R Alt-C", help: "send failed messages again; Alt-C connects now" },
];

/** The page, as its parts see it: the conversation, the view of it, and what they may do with both. */
export interface PageContext {
  /** `undefined` after the end. */
  readonly conversation: Conversation | undefined;
  readonly model: Model | undefined;
  readonly view: View;
  /** Takes over another view; it is drawn soon. */
  setView(view: View): void;
  /** Shows a sentence where the user is. */
  tell(kind: "event" | "trouble", words: string): void;
  /** Copies a text, and says that in a word; if the browser does not allow it, says `refused`. */
  copy(text: string, refused: string): Promise<void>;
  /** Goes to a room or a conversation. */
  go(key: Folded | undefined, name?: string): void;
  /** Goes where a link to this page leads. */
  open(link: PageLink): Promise<void>;
  /** Puts the cursor into the input. */
  focusInput(): void;
}

/**
 * The chat as a page: rooms, messages, members, the input. The conversation has the model, the view is the same as the
 * terminal's; this draws both as elements, at most once a frame.
 */
export class Page implements Ui, PageContext {
  readonly #state: StateFolder;
  readonly #drafts: Drafts;
  readonly #app: HTMLElement;
  #conversation: Conversation | undefined;
  #view: View;
  #isDue = false;
  #isWelcomed = false;
  /** The room to go to once the server is reached. */
  #wantedRoom: string | undefined;
  /** The message of a link, to go to once its room is there. */
  #wantedMessage: { readonly place: string; readonly msgid: string } | undefined;
  /** The open dialog that asks for a login. */
  #loginDialog: LoginDialog | undefined;
  /** Wakes the page up while it shows a countdown, or people who are typing. */
  #ticking: number | undefined;

  readonly #offline = element("div", { class: "offline", role: "status", hidden: true });
  readonly #title = element("h1");
  readonly #topic = element("p", { class: "topic" });
  readonly #typists = element("p", { class: "typists" });
  readonly #nick = button("", { class: "own-nick", title: "Change your nick" }, () => void this.#askNick());
  readonly #login = button("Log in", { class: "login" }, () => this.#askLogin());
  readonly #logout = button("Log out", { class: "logout" }, () => void this.#askLogout());
  readonly #notify = button("Notify me", { class: "notify" }, () => void this.#askToNotify());
  readonly #announcer = new Announcer();
  readonly #sidebar = new Sidebar(this);
  readonly #log = new LogPane(this);
  readonly #composer: Composer;

  constructor(app: HTMLElement, drafts: Drafts, state: StateFolder) {
    this.#app = app;
    this.#drafts = drafts;
    this.#state = state;
    this.#view = newView(false, settingsFromJson(state.savedPlaces()));
    this.#composer = new Composer(this, drafts, state.savedInput(), (lines) => state.input(lines));
    const toggle = (name: string, words: string, label: string) =>
      button(words, { class: `toggle ${name}`, "aria-label": label, title: label }, () => this.#toggle(name));
    const own = element("div", { class: "own" }, this.#nick, this.#login, this.#logout, this.#notify);
    const head = element("header", {}, toggle("show-rooms", "☰", "Rooms"), this.#title, this.#topic);
    head.append(
      button("⌕", { class: "find", "aria-label": "Search", title: "Search" }, () => void this.#askSearch()),
      toggle("show-members", "☷", "Members of this room"),
    );
    app.append(
      this.#offline,
      element(
        "nav",
        { "aria-label": "Rooms" },
        this.#sidebar.rooms,
        button("+ Join a room", { class: "join" }, () => void this.#askRoom()),
        own,
      ),
      element("main", {}, head, this.#log.element, this.#typists, this.#composer.element),
      element("aside", { "aria-label": "Members" }, this.#sidebar.count, this.#sidebar.members),
      this.#announcer.element,
    );
    document.addEventListener("keydown", (event) => this.#handleKey(event));
    this.#log.element.addEventListener("click", () => this.#closeDrawers());
    onNotificationClick((key, name) => this.go(key, name));
    addEventListener("focus", () => this.#focus(true));
    addEventListener("blur", () => this.#focus(false));
    addEventListener("online", () => this.#conversation?.reconnectNow());
    document.addEventListener("visibilitychange", () => {
      // A frame that was due when the page was hidden has not come.
      this.#isDue = false;
      this.#focus(!document.hidden && document.hasFocus());
    });
    followKeyboard(app);
    this.#focusToWrite();
  }

  // PageContext: what the parts of the page share.

  get conversation(): Conversation | undefined {
    return this.#conversation;
  }

  get model(): Model | undefined {
    return this.#conversation?.model;
  }

  get view(): View {
    return this.#view;
  }

  setView(view: View): void {
    if (view.settings !== this.#view.settings) this.#state.places(settingsToJson(view.settings));
    this.#view = view;
    this.#drawSoon();
  }

  tell(kind: "event" | "trouble", words: string): void {
    this.#conversation?.change((model, now) => step(model, note(kind, now, words)));
  }

  async copy(text: string, refused: string): Promise<void> {
    if (!(await copyText(text))) return this.tell("trouble", refused);
    this.#announcer.say("Copied");
    const toast = element("p", { class: "toast", "aria-hidden": "true" }, "Copied");
    this.#app.append(toast);
    setTimeout(() => toast.remove(), GLANCE);
  }

  go(key: Folded | undefined, known?: string): void {
    this.#closeDrawers();
    if (key === undefined) return;
    this.#conversation?.change(goingTo(this.#view, key, known));
    this.changed();
    this.#focusToWrite();
  }

  /** Puts the cursor into the input, but not on a phone: the keyboard would cover what is read. */
  #focusToWrite(): void {
    if (!matchMedia("(pointer: coarse)").matches) this.#composer.focus();
  }

  #goToListed(place: ListedPlace | undefined): void {
    this.go(place?.key);
  }

  #server(model: Model): ServerScene {
    return { name: location.host, model, view: this.#view };
  }

  /** The page shows one server. */
  #shown(model: Model): ShownServers {
    const server = this.#server(model);
    return { ...server, servers: [server] };
  }

  focusInput(): void {
    this.#composer.focus();
  }

  /** Shows a conversation. */
  attach(conversation: Conversation): void {
    this.#conversation = conversation;
    this.#follow();
    this.#drawSoon();
  }

  /**
   * Shows that the conversation is over, and why. What is typed then stays in the input. `again` begins another, with the
   * server's password if it asks for one.
   */
  showEnding({ words, asks }: Ending, again: (password?: string) => void): void {
    this.#conversation = undefined;
    const goOn = async (): Promise<void> => {
      if (asks === undefined) return again();
      const input = { type: "password", value: "" } as const;
      const password = await ask({ title: "The password of this server", input, act: "Go on" });
      if (password) again(password);
    };
    this.#offline.hidden = false;
    this.#offline.replaceChildren(
      `${words.length > 0 ? words.join(" ") : "You have left."} `,
      button(asks === undefined ? "Try again" : "Give the password", {}, () => void goOn()),
    );
    if (asks !== undefined) void goOn();
  }

  /** Saves what is being typed. */
  flush(): void {
    this.#composer.flush();
  }

  // Ui: called by the conversation.

  connected(): void {
    this.#drawSoon();
  }

  show(line: Line): void {
    const model = this.#follow();
    if (!model) return;
    const before = this.#lastHere;
    this.setView(withLine(this.#view, model, line));
    if (this.#lastHere !== before) this.#announcer.announce(line);
    if (line.kind === "trouble") this.#loginDialog?.refuse(line.text);
    if ("nick" in line) notifyOf(this.#view, model, line, (key, name) => this.go(key, name));
  }

  changed(): void {
    const model = this.#follow();
    if (model) this.#welcome(model);
    if (model?.account !== undefined) this.#loginDialog?.close();
    this.#goOn();
    this.#drawSoon();
  }

  annotated(annotation: Annotation): void {
    if (this.model) this.setView(withAnnotation(this.#view, this.model, annotation));
  }

  past(page: HistoryPage): void {
    this.setView(withPage(this.#view, page));
    this.#tellRefusal(missingWords(page));
  }

  read(position: ReadPosition): void {
    if (!this.model) return;
    this.setView(withReadPosition(this.#view, this.model, position));
    this.#follow();
  }

  renamed(from: Folded, to: string): void {
    this.#drafts.move(from, fold(to));
    this.setView(withRenamedLog(this.#view, from, to));
  }

  found(words: string, lines: readonly Talk[]): void {
    if (!this.model) return;
    if (lines.length === 0) return this.tell("event", notFoundWords(words));
    void pick(foundList(words, lines, this.#server(this.model), Date.now())).then((choice) => this.#choose(choice));
  }

  help(title: string, rows: readonly HelpRow[]): void {
    const commands = rows.filter(({ typed }) => typed !== undefined);
    void pick(helpList(title, [...commands, ...KEYS])).then((choice) => this.#choose(choice));
  }

  /** Begins again as a guest. A connection that is lost would leave the account's member behind, held. */
  loggedOut(): void {
    const conversation = this.#conversation;
    void conversation?.ended.then(() => location.reload());
    conversation?.quit("");
  }

  async askPassword(words: string, command: string): Promise<void> {
    const password = await ask({ title: words, input: { type: "password", value: "" }, act: "Go on" });
    if (password) this.#conversation?.submit(`${command}${password}`);
  }

  screen(request: ScreenRequest): void {
    const model = this.model;
    if (!model) return;
    switch (request.type) {
      case "copy": {
        const copied = textOf(shownLog(this.#view) ?? newLog(""), request.count);
        if (!copied) return this.tell("trouble", NO_COPY);
        return void this.#copyMessages(copied);
      }
      case "search":
        return this.found(request.words, searchLogs(logsOf(this.#view, request.place), request.words));
      case "clear":
        return this.setView(cleared(this.#view));
      case "move":
      case "hide":
      case "notify": {
        const { settings, to, told } = answerOf(this.#shown(model), request);
        if (settings) this.setView({ ...this.#view, settings });
        if (to !== undefined) this.go(to);
        if (told) this.tell(...told);
        return;
      }
      case "goto":
        return this.#tellRefusal(this.#conversation && askForTime(this.#conversation, this.#view, request.time));
      case "connect":
      case "disconnect":
        return; // The page has one server, so the model refuses these commands.
    }
    request satisfies never;
  }

  async #copyMessages({ text, count }: CopiedText): Promise<void> {
    if (!(await copyText(text))) return this.tell("trouble", NOT_COPIED);
    this.tell("event", count === 1 ? "Copied." : `Copied ${count} messages.`);
  }

  #tellRefusal(words: string | undefined): void {
    if (words !== undefined) this.tell("trouble", words);
  }

  // Called when the user acts.

  #handleKey(event: KeyboardEvent): void {
    if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const name = keyNameOf(event);
    const isPlain = name === "" && event.key.length === 1 && !event.ctrlKey && !event.metaKey;
    if ((name !== "" || isPlain) && this.#log.handleSelectionKey(name, event.key)) return event.preventDefault();
    if (this.#composer.hasFocus && this.#composer.handleKey(event, name)) return event.preventDefault();
    if (name === "escape") return this.#escape();
    const action = actionOf(name);
    if (action !== undefined && this.#act(action)) return event.preventDefault();
    // Text typed anywhere goes into the input.
    if (isPlain && event.key !== " " && !event.altKey && document.activeElement === document.body)
      this.#composer.focus();
  }

  #escape(): void {
    this.#closeDrawers();
    if (this.#view.replies.has(this.#view.here)) this.#composer.stopReplying();
    else if (isBack(this.#view)) this.setView(atNewest(this.#view));
  }

  /** Does what a key of the terminal does, if the page has it. */
  #act(action: Action): boolean {
    const model = this.model;
    if (!model) return false;
    switch (action) {
      case "page-up":
      case "page-down":
        this.#log.scrollPages(action === "page-up" ? -0.9 : 0.9);
        return true;
      case "newest":
        this.setView(atNewest(this.#view));
        return true;
      case "next-unread":
        this.#goToListed(nextUnread(this.#shown(model)));
        return true;
      case "next-mention":
        this.#goToListed(nextMention(this.#shown(model)));
        return true;
      case "next-room":
      case "last-room":
        this.#goToListed(neighbour(this.#shown(model), action === "next-room" ? 1 : -1));
        return true;
      case "previous-room":
        this.go(previousPlace(this.#view, model));
        return true;
      case "list":
        void pick(goToList(this.#shown(model))).then((choice) => this.#choose(choice));
        return true;
      case "select-up":
      case "select-down":
        this.#log.select(action === "select-up" ? -1 : 1);
        return true;
      case "retry":
        this.#conversation?.change(retry);
        return true;
      case "connect":
        this.#conversation?.reconnectNow();
        return true;
      default:
        if (!action.startsWith("room-") || action === "room-number") return false;
        this.go(places(this.#view, model)[Number(action.slice(5)) - 1]);
        return true;
    }
  }

  #choose(choice: Choice | undefined): void {
    switch (choice?.type) {
      case "go":
        return this.go(choice.key);
      case "talk":
        return this.#conversation?.submit(`/query ${choice.nick}`);
      case "insert":
        return this.#composer.insert(choice.text);
      case "jump":
        return this.#jump(choice.line);
    }
  }

  /** Goes to a message in the history: in the room's log, or else in a page of its past that is requested. */
  #jump(line: Talk): void {
    if (this.model) this.goTo(placeOf(line, this.model.nick), line);
  }

  /** Goes to a message of a room or conversation. */
  goTo(name: string, { msgid, time }: Pick<Talk, "msgid" | "time">): void {
    const model = this.model;
    if (!model) return;
    const log = logWith(this.#view, name, msgid);
    if (!log && !canPage(model, name)) return this.tell("trouble", noHistoryWords(name));
    if (!log) this.#conversation?.change((now) => askAround(now, name, { msgid, time }));
    this.go(fold(name), name);
    if (log) this.setView(wentTo({ ...this.#view, past: undefined }, log, msgid));
  }

  async #askNick(): Promise<void> {
    const value = this.model?.nick ?? "";
    const nick = await ask({ title: "Your nick", input: { type: "text", value }, act: "Take it" });
    if (nick && nick !== value) this.#conversation?.submit(`/nick ${nick}`);
  }

  #askLogin(): void {
    this.#loginDialog = openLogin(this.model?.nick ?? "", ({ type, account, password }) =>
      this.#conversation?.submit(type === "login" ? `/login ${account} ${password}` : `/register ${password}`),
    );
  }

  async #askLogout(): Promise<void> {
    const title = `Log out of ${showLine(this.model?.account ?? "")} in this browser?`;
    if ((await ask({ title, act: "Log out" })) !== undefined) this.#conversation?.submit("/logout");
  }

  async #askRoom(): Promise<void> {
    const name = await ask({ title: "Which room?", input: { type: "text", value: "#" }, act: "Join" });
    this.#closeDrawers();
    if (!name || name === "#") return;
    this.#conversation?.submit(`/join ${name}`);
    this.#focusToWrite();
  }

  async #askSearch(): Promise<void> {
    const words = await ask({ title: "Search your rooms", input: { type: "text", value: "" }, act: "Search" });
    if (words) this.#conversation?.submit(`/search ${words}`);
  }

  async #askToNotify(): Promise<void> {
    await Notification.requestPermission();
    this.#drawSoon();
  }

  /**
   * Goes to the room of a link, after asking whether to join it unless we are in it or on the way into it, and then to the
   * link's message.
   */
  async open({ room, partner, msgid }: PageLink, isComing = false): Promise<void> {
    const place = room ?? partner;
    if (place === undefined) return;
    if (room !== undefined && !isComing && !this.model?.rooms.has(fold(room))) {
      if ((await ask({ title: `Join ${showLine(room)}?`, act: "Join" })) === undefined) return;
      this.#wantedRoom = room;
      this.#focusToWrite();
    } else if (!isComing) this.go(fold(place), place);
    this.#wantedMessage = msgid === undefined ? undefined : { place, msgid };
    this.#goOn();
  }

  /** Joins the room that is wanted, and goes to the message that is, once the server has let us in. */
  #goOn(): void {
    const model = this.model;
    if (!model || !isSettled(model)) return;
    const room = this.#wantedRoom;
    this.#wantedRoom = undefined;
    if (room !== undefined) return this.#conversation?.submit(`/join ${room}`);
    if (this.#wantedMessage === undefined) return;
    const { place, msgid } = this.#wantedMessage;
    const isThere = !isRoomName(place) || model.rooms.has(fold(place));
    if (isThere && !logWith(this.#view, place, msgid) && !canPage(model, place)) return;
    this.#wantedMessage = undefined;
    if (isThere) this.goTo(place, { msgid, time: Date.now() });
    // Loaded again, the page is at its newest messages.
    const address = new URL(location.href);
    for (const name of ["msgid", "with"]) address.searchParams.delete(name);
    history.replaceState(null, "", address);
  }

  #toggle(name: string): void {
    this.#app.classList.toggle(name);
  }

  #closeDrawers(): void {
    this.#app.classList.remove("show-rooms", "show-members");
  }

  #focus(isFocused: boolean): void {
    this.#view = withFocus(this.#view, isFocused);
    this.changed();
  }

  /** Shows that our nick is not the wanted one, and at the first visit how to begin. */
  #welcome(model: Model): void {
    const room = this.#isWelcomed ? undefined : welcomeRoom(model);
    if (room === undefined) return;
    this.#isWelcomed = true;
    const tell = (words: string) =>
      this.#conversation?.change((now, at) => step(now, note("hint", at, words, room.name)));
    const lacked = lackedNick(model);
    if (lacked !== undefined) tell(lacked);
    if (this.#state.isFirstVisit() && commandIn(model, "/help"))
      tell(`You are ${model.nick}: a click on your nick changes it. /help lists what there is.`);
  }

  /** Makes the view follow the model. */
  #follow(): Model | undefined {
    const model = this.model;
    if (!model) return undefined;
    const before = this.#view.here;
    this.#view = followModel(this.#view, model);
    if (this.#view.here !== before) this.#conversation?.change(askAway);
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
      if (!this.#isDue) return;
      this.#isDue = false;
      this.#draw();
    };
    // A hidden page gets no frames, but its title is seen.
    if (document.hidden) setTimeout(draw, HIDDEN);
    else requestAnimationFrame(draw);
  }

  #draw(): void {
    const model = this.model;
    if (!model) return;
    const isCounting = this.#drawOffline();
    this.#sidebar.draw(model);
    const room = model.rooms.get(this.#view.here);
    this.#app.classList.toggle("no-members", room === undefined);
    this.#title.textContent = nameOf(this.#view, model, this.#view.here);
    this.#topic.textContent = showText(room?.topic ?? "");
    this.#topic.title = this.#topic.textContent;
    this.#nick.textContent = showLine(model.nick);
    this.#login.hidden = model.account !== undefined;
    this.#logout.hidden = model.account === undefined;
    const isByNick = model.account === undefined || same(model.account, model.nick);
    this.#logout.textContent = isByNick ? "Log out" : `Log out of ${showLine(model.account)}`;
    this.#notify.hidden = !canAskForNotifications();
    const typists = typistsIn(model, this.#view.here, Date.now());
    this.#typists.textContent = typistWords(typists.map(showLine));
    this.#composer.draw();
    this.#log.draw(model);
    const title = titleOf(this.#shown(model));
    if (title !== document.title) showBadge(unreadIn(this.#shown(model)).unread);
    document.title = title;
    clearTimeout(this.#ticking);
    if (isCounting || typists.length > 0) this.#ticking = window.setTimeout(() => this.#drawSoon(), SECOND);
  }

  /** Draws the bar that tells that there is no connection. Returns whether it counts down. */
  #drawOffline(): boolean {
    const conversation = this.#conversation;
    const offline = conversation?.offline;
    // The first attempt takes a moment.
    const isShown = offline !== undefined && offline.why !== "";
    this.#offline.hidden = !isShown;
    if (!offline || !isShown) return false;
    const left = offline.next === undefined ? 0 : Math.ceil((offline.next - Date.now()) / SECOND);
    const words = left > 0 ? `trying again in ${left} s` : "trying again";
    this.#offline.replaceChildren(
      `Not connected: ${words}. What you say waits here. `,
      button("Now", {}, () => conversation?.reconnectNow()),
    );
    return true;
  }
}

/** Keeps the page above a phone's keyboard, also in browsers that lay it over the page. */
function followKeyboard(app: HTMLElement): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const fit = (): void => {
    const isCovered = viewport.scale === 1 && window.innerHeight - viewport.height > 1;
    app.style.height = isCovered ? `${viewport.height}px` : "";
    app.style.top = isCovered ? `${viewport.offsetTop}px` : "";
  };
  viewport.addEventListener("resize", fit);
  viewport.addEventListener("scroll", fit);
}
