import { type Folded, fold } from "../../text/fold.ts";
import { type ScreenRequest, welcomeRoom, welcomeWords } from "../commands/screen.ts";
import type { Drafts } from "../input/editor.ts";
import { TypingNotices } from "../input/typing.ts";
import type { HistoryPage } from "../model/history.ts";
import { type Annotation, type HelpRow, type Line, type Model, note, step, type Talk } from "../model/state.ts";
import { typingEffects } from "../model/typists.ts";
import { addressName } from "../net/address.ts";
import type { Clock } from "../run/clock.ts";
import { Conversation, type ConversationSetup, type Ui } from "../run/conversation.ts";
import type { ScreenStore } from "../run/state-store.ts";
import type { ServerScene } from "./place-list.ts";
import { type PlaceSettings, settingsFromJson, settingsToJson } from "./place-settings.ts";
import {
  newView,
  type ReadPosition,
  type View,
  withAnnotation,
  withLine,
  withPage,
  withReadPosition,
  withRenamedLog,
} from "./view.ts";

/** A server that a full screen can show. */
export interface ScreenServer {
  /** The name in the list of places. */
  readonly name: string;
  readonly setup: ConversationSetup;
  readonly drafts: Drafts;
  readonly store?: ScreenStore;
  /** Called when the conversation is over. */
  close?(): void;
}

/** The screen that shows a tab, as the tab calls it. */
export interface TabScreen {
  /** The screen is drawn from now on. */
  open(): void;
  /** The model may have changed: if the tab is shown, its view follows. */
  follow(tab: ServerTab): void;
  /** The view changed: draw it soon. */
  scheduleDraw(): void;
  /** A message has arrived. */
  talked(tab: ServerTab, line: Talk): void;
  /** All bytes received so far were handled. */
  chunkHandled(tab: ServerTab): void;
  renaming(tab: ServerTab): void;
  paged(tab: ServerTab, page: HistoryPage): void;
  redacted(msgid: string): void;
  found(tab: ServerTab, words: string, lines: readonly Talk[]): void;
  request(tab: ServerTab, request: ScreenRequest): void;
  help(title: string, rows: readonly HelpRow[]): void;
  askPassword(tab: ServerTab, words: string, command: string): void;
  quit(why: string): void;
}

/** A server on the full screen: its conversation, and what the screen keeps of it while it is shown or not. */
export class ServerTab implements Ui, ServerScene {
  readonly server: ScreenServer;
  readonly conversation: Conversation;
  readonly typingNotices: TypingNotices;
  view: View;
  readonly #screen: TabScreen;
  #keptPlaces: PlaceSettings;
  #isWelcomed = false;

  constructor(server: ScreenServer, screen: TabScreen, clock: Clock, mouse: boolean) {
    this.server = server;
    this.#screen = screen;
    this.#keptPlaces = settingsFromJson(server.store?.savedPlaces());
    this.view = newView(mouse, this.#keptPlaces);
    this.conversation = new Conversation(server.setup, this);
    this.typingNotices = new TypingNotices(clock, (target, state) =>
      this.conversation.change((model) => step(model, ...typingEffects(model, target, state))),
    );
    const { stateStore } = server.setup;
    if (stateStore !== undefined) stateStore.onTrouble = (words) => this.tell("trouble", words);
  }

  get name(): string {
    return this.server.name;
  }

  get model(): Model {
    return this.conversation.model;
  }

  /** The server's address as text. */
  get address(): string {
    return addressName(this.server.setup.server);
  }

  /** Shows a sentence where the user is on this server. */
  tell(kind: "event" | "trouble", words: string): void {
    this.conversation.change((model, now) => step(model, note(kind, now, words)));
  }

  connected(): void {
    this.#screen.open();
  }

  unreached(): void {
    this.#screen.open();
  }

  show(line: Line): void {
    this.#screen.follow(this);
    this.view = withLine(this.view, this.model, line);
    if ("nick" in line) this.#screen.talked(this, line);
    this.#screen.scheduleDraw();
  }

  changed(): void {
    this.#screen.follow(this);
    this.#welcome(this.model);
    this.#screen.chunkHandled(this);
    this.#screen.scheduleDraw();
  }

  annotated(annotation: Annotation): void {
    this.view = withAnnotation(this.view, this.model, annotation);
    if (annotation.kind === "redacted") this.#screen.redacted(annotation.of);
    this.#screen.scheduleDraw();
  }

  past(page: HistoryPage): void {
    this.view = withPage(this.view, page);
    this.#screen.paged(this, page);
    this.#screen.scheduleDraw();
  }

  read(position: ReadPosition): void {
    this.view = withReadPosition(this.view, this.model, position);
    this.#screen.follow(this);
    this.#screen.scheduleDraw();
  }

  renamed(from: Folded, to: string): void {
    this.#screen.renaming(this);
    this.server.drafts.move(from, fold(to));
    this.view = withRenamedLog(this.view, from, to);
    this.#screen.scheduleDraw();
  }

  found(words: string, lines: readonly Talk[]): void {
    this.#screen.found(this, words, lines);
  }

  screen(request: ScreenRequest): void {
    this.#screen.request(this, request);
  }

  help(title: string, rows: readonly HelpRow[]): void {
    this.#screen.help(title, rows);
  }

  askPassword(words: string, command: string): void {
    this.#screen.askPassword(this, words, command);
  }

  quit(why: string): void {
    this.#screen.quit(why);
  }

  /** Saves the settings of the list if they have changed. */
  keepPlaces(): void {
    const { settings } = this.view;
    if (settings === this.#keptPlaces) return;
    this.#keptPlaces = settings;
    this.server.store?.places(settingsToJson(settings));
  }

  /** Saves what waits to be saved. */
  close(): void {
    this.typingNotices.stop();
    this.keepPlaces();
    this.server.drafts.flush();
    this.server.close?.();
  }

  /** Shows the welcome lines once, after the history of the first room. */
  #welcome(model: Model): void {
    const room = this.#isWelcomed ? undefined : welcomeRoom(model);
    if (room === undefined) return;
    this.#isWelcomed = true;
    const isFirst = this.server.store?.isFirstVisit() === true;
    for (const words of welcomeWords(model, room.name, isFirst))
      this.conversation.change((now, at) => step(now, note("hint", at, words, room.name)));
  }
}
