import { type Folded, fold } from "../../text/fold.ts";
import { adviceFor } from "../commands/features.ts";
import { isAction, isCommand, noteHere, perform, sayHere, worksOffline } from "../commands/perform.ts";
import type { ScreenRequest } from "../commands/screen.ts";
import { askOlder, type HistoryPage, onHistoryRefused, type Reference } from "../model/history.ts";
import { retryNick } from "../model/nicks.ts";
import type { OwnMessage, Proof } from "../model/outbox.ts";
import { awaitServer, isSameMemory, markRead, memoryOf } from "../model/read-markers.ts";
import { onlyAsks, openRegistration } from "../model/registration.ts";
import type { ServerMessage } from "../model/server-message.ts";
import {
  type Annotation,
  type ClientIdentity,
  type Effect,
  type HelpRow,
  isSettled,
  type Line,
  type Model,
  type Note,
  newModel,
  note,
  type Step,
  step,
  type Talk,
} from "../model/state.ts";
import { disconnected, update } from "../model/update.ts";
import { addressName, NotTrusted, notLetIn, unreachable, wordsOf } from "../net/address.ts";
import { Link, type LinkListener } from "../net/link.ts";
import type { Secrecy, Server } from "../net/transport.ts";
import { type Clock, Timers, WAIT } from "./clock.ts";
import type { Ending } from "./process.ts";
import type { StateStore } from "./state-store.ts";

/** A server's reason for closing that concerns the user: a kill, a ban, too many connections or lines. */
const PUT_OUT = /\b(?:kill|ban|[kgz]-?lined|flood|throttl|too many)/i;

/** The user interface that shows a conversation: the full screen, the prompt, a pipe. */
export interface Ui {
  /** The server has been reached for the first time. */
  connected(): void;
  /** The server is not reached at the start, and the client goes on trying. */
  unreached?(): void;
  show(line: Line): void;
  /** The model may have changed, and there may be room for more input. */
  changed(): void;
  /** An earlier message has got or lost a reaction, or was deleted. */
  annotated?(annotation: Annotation): void;
  /** A page of a room's past. */
  past?(page: HistoryPage): void;
  /** The messages that a search has found, newest first. */
  found?(words: string, lines: readonly Talk[]): void;
  /** How far a room or conversation is read, from the server. */
  read?(position: Omit<Extract<Effect, { type: "read" }>, "type">): void;
  /** A room was renamed. */
  renamed?(from: Folded, to: string): void;
  /** The server has a message of ours. */
  stored?(message: OwnMessage, proof: Proof): void;
  /** Does something on the screen alone. */
  screen?(request: ScreenRequest): void;
  /** Shows an explanation of many rows. */
  help?(title: string, rows: readonly HelpRow[]): void;
  /** Called when the login was revoked: the program starts over. Absent: the conversation connects again, as a guest. */
  loggedOut?(): void;
  /** Asks for a password without an echo, and submits it after `command`. */
  askPassword?(words: string, command: string): void;
  /** The user wants to end the client, which may have more conversations than this one. */
  quit?(why: string): void;
}

/** The parameters of a conversation. */
export interface ConversationSetup {
  readonly server: Server;
  readonly identity: ClientIdentity;
  readonly clock: Clock;
  /** The program runs unattended: a refusal makes the exit code 1. */
  readonly strict: boolean;
  /** The task has an end: give up when the server makes no progress for `patience`. */
  readonly wantsEnd?: boolean;
  /** Every message must be confirmed: give up when there is no connection or no confirmation for `patience`. */
  readonly wantsAnswers?: boolean;
  /** Keeps trying to connect for the first time, too, for one of several servers or one that was reached before. */
  readonly persists?: boolean;
  /** Milliseconds; overrides the default. */
  readonly patience?: number;
  readonly stateStore?: StateStore | undefined;
  /** Milliseconds before the nth attempt to reconnect; overrides the default. */
  readonly delay?: ((attempt: number) => number) | undefined;
  /** The unconfirmed messages of an earlier run. */
  readonly outbox?: readonly OwnMessage[];
}

const HELD = 500; // lines and commands that are held until we are in the rooms
const UNCONFIRMED = 10; // messages without a confirmation before a pipe has to wait
const LAST = "last"; // the token of the PING after the last message

/**
 * A thin shell around the pure model: passes it messages from the link, lines from the user and the time, and carries
 * out the effects that come back.
 *
 * It ends once, with an exit code. Messages typed without a connection wait in the model's outbox.
 */
export class Conversation {
  /** Resolves when the conversation is over. */
  readonly ended: Promise<Ending>;
  readonly #end: (ending: Ending) => void;
  readonly #setup: ConversationSetup;
  readonly #ui: Ui;
  readonly #link: Link;
  readonly #timers: Timers;
  #model: Model;
  #held: (() => Step)[] = [];
  #isOver = false;
  #isReached = false;
  #isReady = false;
  #isQuitting = false;
  /** The connection ends since we have logged out. */
  #isLoggingOut = false;
  #finishing: "no" | "asked" | "pinged" | "ponged" = "no";
  #hasTrouble = false;
  #closingWords = "";
  #lostReason = "";
  #lostServer: string;
  /** Sentences about the connection that are shown once there is a room to show them in. */
  readonly #notices: string[] = [];
  /** How far the user has read a place, if the server was not told yet. */
  #reading: { readonly name: string; readonly upTo: number } | undefined;
  /** The last read marker that was sent: its place, the time, and the pause before the next one of the same place. */
  #sentMarker: { readonly name: Folded; readonly at: number; readonly pause: number } = {
    name: fold(""),
    at: 0,
    pause: 0,
  };
  #nextAttempt: number | undefined;
  /** Connections that have ended since the last welcome. */
  #failures = 0;

  constructor(setup: ConversationSetup, ui: Ui) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    this.#setup = setup;
    this.#ui = ui;
    this.#model = { ...newModel(setup.identity), outbox: setup.outbox ?? [] };
    this.#lostServer = addressName(setup.server);
    this.#timers = new Timers(setup.clock);
    this.#link = new Link(setup.server, this.#listener, setup.clock, setup.delay);
  }

  /** The current model. */
  get model(): Model {
    return this.#model;
  }

  /** Whether a line submitted now is sent at once, and few messages are unconfirmed. */
  get takes(): boolean {
    return !this.#isOver && isSettled(this.#model) && this.#unconfirmed() < UNCONFIRMED && this.#link.unsent === 0;
  }

  /**
   * Without a connection: why, and when the next attempt starts, in milliseconds since 1970 (`undefined` during an
   * attempt).
   */
  get offline(): { readonly why: string; readonly next: number | undefined } | undefined {
    return this.#model.phase === "here" ? undefined : { why: this.#lostReason, next: this.#nextAttempt };
  }

  /** Connects. */
  start(): void {
    this.#restartDeadline();
    if (this.#setup.persists) this.#timers.set("unreached", WAIT.unreached, () => this.#beginOffline());
    this.#link.open();
  }

  /** Runs or says a typed line, in reply to the message with a msgid. */
  submit(line: string, replyTo?: string): void {
    if (!isCommand(line) || isAction(line)) return this.#say(() => perform(this.#model, line, this.#now(), replyTo));
    const act = () => perform(this.#model, line, this.#now());
    if (worksOffline(this.#model, line)) this.#take(act());
    else if (this.#isReady && this.#model.phase !== "here")
      this.#note("trouble", "Not connected: this command needs a connection.");
    else this.#hold(act);
  }

  /** Says a text in the current room as one message, even if it begins with `/`. */
  say(text: string, replyTo?: string): void {
    this.#say(() => sayHere(this.#model, text, this.#now(), replyTo));
  }

  /** Takes the step that a function gives for the current model. */
  change(next: (model: Model, now: number) => Step): void {
    this.#take(next(this.#model, this.#now()));
  }

  /** Requests the lines before one. */
  askOlder(name: string, before: Reference | undefined): void {
    this.#take(askOlder(this.#model, name, before));
  }

  /**
   * The user has read a room or conversation up to this time. Sends a read marker soon; while messages keep arriving in
   * the same place, less and less often, since the rate limit counts each marker as a line.
   */
  read(name: string, upTo: number): void {
    if (upTo <= (this.#model.markers.get(fold(name)) ?? 0)) return;
    if (this.#reading !== undefined && fold(this.#reading.name) !== fold(name)) this.#sendMarker();
    this.#reading = { name, upTo };
    const left = this.#sentMarker.at + this.#sentMarker.pause - this.#now();
    const wait = this.#sentMarker.name === fold(name) ? Math.max(WAIT.read, left) : WAIT.read;
    if (!this.#timers.has("read")) this.#timers.set("read", wait, () => this.#sendMarker());
  }

  #sendMarker(): void {
    this.#timers.cancel("read");
    const reading = this.#reading;
    if (reading === undefined) return;
    this.#reading = undefined;
    const [now, key] = [this.#now(), fold(reading.name)];
    const { name, at, pause } = this.#sentMarker;
    const isOften = name === key && now - at < 2 * pause;
    this.#sentMarker = {
      name: key,
      at: now,
      pause: isOften ? Math.min(2 * pause, WAIT.longestRead) : WAIT.shortestRead,
    };
    this.#take(markRead(this.#model, reading.name, reading.upTo));
  }

  /** Reconnects now instead of after the delay. */
  reconnectNow(): void {
    if (this.#model.phase !== "offline" || this.#isOver) return;
    this.#nextAttempt = undefined;
    this.#link.reconnectNow();
  }

  /** Ends when every message is confirmed. */
  finish(): void {
    if (this.#finishing !== "no") return;
    this.#finishing = "asked";
    this.#restartDeadline();
    this.#onChunkHandled();
  }

  /** Ends now, with QUIT. */
  quit(why: string): void {
    if (this.#isOver || this.#isQuitting) return this.#finish({ code: this.#code(), words: [] });
    this.#sendMarker();
    this.#isQuitting = true;
    this.#link.send("QUIT", why === "" ? [] : [why]);
    if (this.#model.phase === "offline") this.#finish({ code: this.#code(), words: [] });
    else this.#link.finish();
  }

  /** Stops reading from the server until `resume`: for output that cannot keep up. */
  pause(): void {
    this.#link.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#link.resume();
  }

  readonly #listener: LinkListener = {
    opened: (secrecy) => this.#onOpened(secrecy),
    message: (message) => this.#onMessage(message),
    chunkHandled: () => this.#onChunkHandled(),
    closed: (error) => this.#onClosed(error),
    told: (words) => {
      const { tlsPolicy } = this.#setup.server;
      if (tlsPolicy?.told !== undefined) return tlsPolicy.told(words);
      this.#tellSoon(words, "hint");
    },
  };

  /** Whether a note is about us and arrives before we are in a room. */
  #isEarly(line: Line): line is Note & { readonly kind: "event" | "trouble" } {
    if ("nick" in line || line.rooms.length > 0 || this.#isReady) return false;
    return line.kind !== "hint" && !isSettled(this.#model);
  }

  /** Shows a sentence in the current room, as soon as there is one. */
  #tellSoon(words: string, kind: Note["kind"]): void {
    this.#notices.push(words);
    this.#hold(() => {
      this.#notices.shift();
      return noteHere(this.#model, kind, words, this.#now());
    });
  }

  /** The server cannot be reached: begins without a connection, with the rooms of the last run. */
  #beginOffline(): void {
    this.#timers.cancel("unreached");
    if (this.#isReady) return;
    this.#isReady = true;
    this.#take(step(awaitServer(this.#model)));
    this.#ui.unreached?.();
    this.#ui.changed();
  }

  #onOpened(secrecy: Secrecy): void {
    this.#nextAttempt = undefined;
    this.#timers.cancel("unreached");
    this.#take(openRegistration(this.#model, secrecy));
    const isAsking = onlyAsks(this.#model);
    if (!this.#isReached && !isAsking) this.#ui.connected();
    this.#isReached ||= !isAsking;
    const wait = isAsking ? WAIT.capabilities : WAIT.welcome;
    this.#timers.set("welcome", wait, () => {
      this.#link.stop();
      this.#onClosed(new Error(`no welcome within ${wait / 1000} seconds`));
    });
  }

  #onMessage(message: ServerMessage): void {
    const before = this.#model;
    this.#take(update(before, message, this.#now()));
    if (before.phase === "here" || this.#model.phase !== "here") return;
    this.#failures = 0;
    this.#timers.cancel("welcome");
    if (before.wasWelcomed) this.#note("hint", `Connected to ${addressName(this.#setup.server)} again.`);
  }

  #onChunkHandled(): void {
    if (this.#isOver) return;
    this.#isReady ||= isSettled(this.#model);
    while (this.#held.length > 0 && isSettled(this.#model)) {
      const next = this.#held.shift();
      if (next !== undefined) this.#take(next());
    }
    this.#ui.changed();
    if (this.#finishing !== "no") this.#settle();
  }

  /**
   * Towards the end: sends a PING after the last message, and quits when it is answered and every message is confirmed.
   */
  #settle(): void {
    if (!isSettled(this.#model)) return;
    const { outbox, requests } = this.#model;
    const waits =
      outbox.some((own) => own.state === "waiting") || requests.some(({ tokenFor }) => tokenFor !== undefined);
    if (waits) {
      this.#timers.cancel("confirm");
      this.#finishing = "asked";
    }
    if (this.#finishing === "asked" && this.#held.length === 0 && !waits) {
      this.#finishing = "pinged";
      this.#link.send("PING", [LAST]);
    }
    if (this.#finishing !== "ponged" || this.#isQuitting) return;
    if (this.#unconfirmed() === 0) return this.quit("");
    this.#timers.set("confirm", WAIT.confirm, () => {
      this.#take(disconnected({ ...this.#model, deduplicates: false }, this.#now()));
      this.quit("");
    });
  }

  #onClosed(error: unknown): void {
    this.#timers.cancel("welcome", "nick", "history", "confirm");
    const { server } = this.#setup;
    const { tlsPolicy } = server;
    tlsPolicy?.renew();
    if (this.#isQuitting) return this.#finish({ code: this.#code(), words: [] });
    const { addresses = 1 } = server;
    const isLast = ++this.#failures >= addresses;
    // The connection was only to ask for the TLS port, and the server did not announce one.
    if (isLast && tlsPolicy !== undefined && onlyAsks(this.#model))
      return this.#finish({ code: 3, words: tlsPolicy.refusal().lines });
    const ended = error === undefined ? "it closed the connection" : wordsOf(error);
    const isTold = this.#closingWords !== "";
    const why = isTold ? this.#closingWords : ended;
    this.#closingWords = "";
    const lasts = error instanceof NotTrusted && error.lasts && addresses === 1;
    const isHopeless = lasts || (error instanceof NotTrusted && !this.#model.wasWelcomed);
    if (isLast && (isHopeless || (!this.#isReached && !this.#setup.persists)))
      return this.#finish({ code: 3, words: unreachable(tlsPolicy?.address ?? server, error, server.names) });
    if (isLast && !this.#model.wasWelcomed && !this.#setup.persists)
      return this.#finish({
        code: 1,
        words: notLetIn(server, why, isTold ? undefined : adviceFor(this.#model.identity).notLetIn),
      });
    const wasConnected = this.#model.phase !== "offline" && this.#model.wasWelcomed;
    const isFirstFailure = !this.#model.wasWelcomed && this.#failures === addresses;
    this.#lostReason = why;
    this.#lostServer = addressName(server);
    this.#take(disconnected(this.#model, this.#now()));
    if (this.#finishing === "pinged" || this.#finishing === "ponged") {
      if (this.#unconfirmed() === 0) return this.#finish({ code: 1, words: this.#lostWords() });
      this.#finishing = "asked";
    }
    // A kill or a ban is shown in the current room; a restart or a bad line is only a hint.
    const kind = PUT_OUT.test(why) ? "trouble" : "hint";
    const others = addresses > 1 ? "Trying its other addresses" : "Trying again";
    if (wasConnected && !this.#isLoggingOut)
      this.#note(kind, `Lost ${this.#lostServer}: ${why}. ${others} until it is back.`);
    if (isFirstFailure) {
      this.#beginOffline();
      this.#take(noteHere(this.#model, "hint", `Not connected: ${why}; connecting again.`, this.#now()));
    }
    this.#isLoggingOut = false;
    server.next?.();
    const delay = this.#link.reopen();
    this.#nextAttempt = this.#now() + delay;
    this.#ui.changed();
  }

  /** Whether the server must make progress within `patience`. */
  get #hasDeadline(): boolean {
    const { wantsEnd, wantsAnswers } = this.#setup;
    if (this.#finishing !== "no" || wantsEnd) return true;
    return wantsAnswers === true && (!isSettled(this.#model) || this.#unconfirmed() > 0);
  }

  /** Restarts the deadline for progress, or cancels it if none applies now. */
  #restartDeadline(): void {
    if (!this.#hasDeadline) return this.#timers.cancel("patience");
    const { patience = WAIT.patience } = this.#setup;
    this.#timers.set("patience", patience, () => this.#finish({ code: 1, words: this.#lostWords() }));
  }

  #lostWords(): readonly string[] {
    if (this.#model.phase === "here") return [`no answer from the server at ${addressName(this.#setup.server)}`];
    return [`lost the server at ${this.#lostServer}: ${this.#lostReason}`];
  }

  #unconfirmed(): number {
    return this.#model.outbox.filter((own) => own.state !== "failed").length;
  }

  #say(act: () => Step): void {
    // While still connecting, the message waits in the rooms of the last run, where it is saved.
    const { persists } = this.#setup;
    if (persists && this.#model.identity.memory && !this.#isReady && this.#held.length === 0) this.#beginOffline();
    if (!this.#isReady) return this.#hold(act);
    if (this.#model.phase !== "here" && this.#lostReason !== "" && this.#unconfirmed() === 0)
      this.#take(
        noteHere(this.#model, "hint", "Not connected: your messages are sent after the reconnect.", this.#now()),
      );
    this.#take(act());
  }

  #hold(act: () => Step): void {
    if (isSettled(this.#model) && this.#held.length === 0) return this.#take(act());
    if (this.#held.length >= HELD)
      return this.#note("trouble", "Not connected, and too many lines are waiting: this one was not kept.");
    this.#held.push(act);
  }

  #take(next: Step): void {
    if (this.#isOver) return;
    const before = this.#model;
    this.#model = next.model;
    if (!this.#timers.has("memory") && !isSameMemory(before, next.model))
      this.#timers.set("memory", WAIT.memory, () => this.#saveMemory());
    // A message is saved before it is sent: after a crash its id must be known.
    if (before.outbox !== next.model.outbox) this.#setup.stateStore?.outbox(next.model.outbox);
    for (const effect of next.effects) this.#run(effect);
    if (this.#setup.wantsAnswers && this.#hasDeadline !== this.#timers.has("patience")) this.#restartDeadline();
  }

  /** Saves at once what is to be saved soon: the program may end. */
  flush(): void {
    if (this.#timers.has("memory")) this.#saveMemory();
  }

  /** Saves the rooms, conversations and markers for the next run. */
  #saveMemory(): void {
    this.#timers.cancel("memory");
    // A server that was never reached is not remembered.
    if (!this.#model.wasWelcomed && this.#setup.identity.memory === undefined) return;
    this.#setup.stateStore?.memory(memoryOf(this.#model));
  }

  #run(effect: Effect): void {
    switch (effect.type) {
      case "send":
        return this.#link.send(effect.command, effect.params, effect.tags);
      case "show":
        if (effect.line.kind === "trouble") this.#hasTrouble = true;
        // A note about us that arrives before we are in a room, such as a refused login, is shown in the first room.
        if (this.#isEarly(effect.line)) return this.#tellSoon(effect.line.text, effect.line.kind);
        if ("nick" in effect.line && effect.line.room !== undefined && this.#setup.wantsEnd) this.#restartDeadline();
        return this.#ui.show(effect.line);
      case "annotate":
        return this.#ui.annotated?.(effect.annotation);
      case "past":
        return this.#ui.past?.(effect.page);
      case "found":
        return this.#ui.found?.(effect.words, effect.lines);
      case "read":
        return this.#ui.read?.(effect);
      case "room-renamed":
        return this.#ui.renamed?.(effect.from, effect.to);
      case "await-history":
        return this.#timers.set("history", WAIT.history, () =>
          this.#take(onHistoryRefused(this.#model, undefined, this.#now())),
        );
      case "stored":
        this.#restartDeadline();
        return this.#ui.stored?.(effect.message, effect.proof);
      case "ask-password":
        if (this.#ui.askPassword !== undefined) return this.#ui.askPassword(effect.words, effect.command);
        return this.#note("event", `${effect.words} is typed after the command: ${effect.command}PASSWORD`);
      case "screen":
        return this.#ui.screen?.(effect.request);
      case "help":
        return this.#ui.help?.(effect.title, effect.rows);
      case "keep-login":
        return this.#setup.stateStore?.login(effect);
      case "forget-login":
        return this.#setup.stateStore?.forgetLogin(effect.account);
      case "logged-out":
        if (this.#ui.loggedOut !== undefined) return this.#ui.loggedOut();
        this.#isLoggingOut = true;
        this.#link.send("QUIT", []);
        return this.#link.finish();
      case "nick-later":
        return this.#timers.set("nick", WAIT.nickAgain, () => this.#take(retryNick(this.#model)));
      case "pong":
        if (effect.token === LAST) this.#finishing = "ponged";
        return;
      case "go-to-tls":
        return this.#goToTls(effect.port);
      case "no-tls":
        this.#link.stop();
        return this.#onClosed(undefined);
      case "keep-to-tls":
        return this.#setup.server.tlsPolicy?.keepTo(effect.seconds);
      case "closing":
        this.#closingWords = effect.why;
        return;
      case "quit":
        if (this.#ui.quit !== undefined) return this.#ui.quit(effect.why);
        return this.#setup.strict ? this.finish() : this.quit(effect.why);
      case "give-up":
        return this.#giveUp(effect);
    }
    effect satisfies never;
  }

  #giveUp({ code, why, asks }: Extract<Effect, { type: "give-up" }>): void {
    // After the first welcome, asking would end the conversation and lose what was said in it.
    const wanted = this.#model.wasWelcomed ? undefined : asks;
    this.#finish({ code, words: [`${addressName(this.#setup.server)}: ${why}`], asks: wanted });
  }

  #goToTls(port: number): void {
    const { tlsPolicy } = this.#setup.server;
    if (tlsPolicy === undefined) return;
    tlsPolicy.goTo(port);
    this.#timers.cancel("welcome");
    const words = `${addressName(this.#setup.server)} asks for TLS on port ${port}: the plain connection is closed.`;
    this.#listener.told(words);
    this.#isReached = false;
    this.#link.stop();
    this.#link.open();
  }

  #note(kind: "event" | "hint" | "trouble", words: string): void {
    this.#take(step(this.#model, note(kind, this.#now(), words)));
  }

  #now(): number {
    return this.#setup.clock.now();
  }

  #code(): number {
    return this.#setup.strict && this.#hasTrouble ? 1 : 0;
  }

  #finish(ending: Ending): void {
    if (this.#isOver) return;
    this.#sendMarker();
    this.#saveMemory();
    this.#isOver = true;
    this.#timers.clear();
    this.#link.stop();
    for (const text of this.#notices) this.#ui.show({ kind: "hint", time: this.#now(), text, rooms: [] });
    this.#end(ending.words.length > 0 ? ending : { ...ending, words: this.#waitingWords() });
  }

  /** Tells a person at the end what the next run will send. */
  #waitingWords(): readonly string[] {
    const { stateStore, identity, strict } = this.#setup;
    if (strict || !identity.interactive || !stateStore?.keepsMessages) return [];
    const { length } = this.#model.outbox.filter(({ state }) => state === "waiting");
    if (length === 0) return [];
    return [`${length === 1 ? "1 message waits" : `${length} messages wait`} to be sent at the next start`];
  }
}
