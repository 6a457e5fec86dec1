import type { Message } from "../../wire/message.ts";
import { hintHere, isCommand, perform, sayHere, worksOffline } from "../model/commands.ts";
import { askOlder, onHistoryRefused } from "../model/history.ts";
import { retryNick } from "../model/nicks.ts";
import { onlyAsks, openRegistration } from "../model/registration.ts";
import { type Effect, isSettled, type Model, newModel, note, type Reference, type Step, step } from "../model/state.ts";
import { disconnected, update } from "../model/update.ts";
import { addressName, NotTrusted, notLetIn, unreachable, wordsOf } from "../net/address.ts";
import { Link, type LinkListener } from "../net/link.ts";
import type { Secrecy } from "../net/transport.ts";
import type { Beginning, Ending, Ui } from "../ui/ui.ts";
import { Timers, WAIT } from "./clock.ts";

const HELD = 500; // lines that are kept while nobody can hear them
const UNANSWERED = 10; // own messages without an answer, before a pipe has to wait
const LAST = "last"; // the token of the ping behind all that was said

/**
 * A user's conversation with a server: the model, kept up to date from the link, and what comes of it done.
 *
 * It ends once, with an exit code. What is said while nobody can hear it is in the model's outbox until someone can.
 */
export class Conversation {
  /** Resolves when it is over. */
  readonly ended: Promise<Ending>;
  readonly #end: (ending: Ending) => void;
  readonly #beginning: Beginning;
  readonly #face: Ui;
  readonly #link: Link;
  readonly #timers: Timers;
  #model: Model;
  #held: (() => Step)[] = [];
  #over = false;
  #reached = false;
  #ready = false;
  #quitting = false;
  #finishing: "no" | "asked" | "pinged" | "ponged" = "no";
  #troubled = false;
  #why = "";
  #lost = "";
  /** Words about the connection that wait for a room to be shown in. */
  readonly #told: string[] = [];
  #next: number | undefined;

  constructor(beginning: Beginning, ui: Ui) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    this.#beginning = beginning;
    this.#face = ui;
    this.#model = { ...newModel(beginning.identity), outbox: beginning.outbox ?? [] };
    this.#timers = new Timers(beginning.clock);
    this.#link = new Link(beginning.server.connect, this.#listener, beginning.clock, beginning.delay);
  }

  /** What is known now. */
  get model(): Model {
    return this.#model;
  }

  /** Whether a line submitted now is sent at once, and not many wait for an answer. */
  get takes(): boolean {
    return !this.#over && isSettled(this.#model) && this.#unanswered() < UNANSWERED && this.#link.unsent === 0;
  }

  /** While there is no connection: why, and when the next attempt is (milliseconds since 1970; none while it is on). */
  get offline(): { readonly why: string; readonly next: number | undefined } | undefined {
    return this.#model.phase === "here" ? undefined : { why: this.#lost, next: this.#next };
  }

  /** Connects, and goes on from there. */
  start(): void {
    this.#wait();
    this.#link.open();
  }

  /** Does what a line as it was typed asks for. */
  submit(line: string): void {
    if (!isCommand(line)) return this.#say(() => perform(this.#model, line, this.#now()));
    const act = () => perform(this.#model, line, this.#now());
    if (worksOffline(this.#model, line)) this.#act(act());
    else if (this.#ready && this.#model.phase !== "here")
      this.#note("trouble", "Not connected: that works when we are back.");
    else this.#hold(act);
  }

  /** Says a text in the current room, as one message whatever it begins with. */
  say(text: string): void {
    this.#say(() => sayHere(this.#model, text, this.#now()));
  }

  /** Changes what is known by a function of it. */
  change(act: (model: Model, now: number) => Step): void {
    this.#act(act(this.#model, this.#now()));
  }

  /** Asks for what was said before a line. */
  askOlder(name: string, before: Reference): void {
    this.#act(askOlder(this.#model, name, before));
  }

  /** Tries to connect now, instead of later. */
  hurry(): void {
    if (this.#model.phase !== "offline" || this.#over) return;
    this.#next = undefined;
    this.#link.hurry();
  }

  /** Ends when all that was said has been answered. */
  finish(): void {
    if (this.#finishing !== "no") return;
    this.#finishing = "asked";
    this.#wait();
    this.#rest();
  }

  /** Ends now, with the server told. */
  quit(why: string): void {
    if (this.#over || this.#quitting) return this.#finish({ code: this.#code(), words: [] });
    this.#quitting = true;
    this.#link.send("QUIT", why === "" ? [] : [why]);
    if (this.#model.phase === "offline") this.#finish({ code: this.#code(), words: [] });
    else this.#link.finish();
  }

  /** Reads nothing more until `resume`, as when what was read cannot be shown yet. */
  pause(): void {
    this.#link.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#link.resume();
  }

  readonly #listener: LinkListener = {
    opened: (secrecy) => this.#opened(secrecy),
    message: (message) => this.#heard(message),
    rested: () => this.#rest(),
    closed: (error) => this.#closed(error),
    told: (words) => {
      const { tlsPolicy } = this.#beginning.server;
      if (tlsPolicy?.told !== undefined) return tlsPolicy.told(words);
      this.#told.push(words);
      this.#hold(() => {
        this.#told.shift();
        return hintHere(this.#model, words, this.#now());
      });
    },
  };

  #opened(secrecy: Secrecy): void {
    this.#next = undefined;
    this.#act(openRegistration(this.#model, secrecy));
    const isAsking = onlyAsks(this.#model);
    if (!this.#reached && !isAsking) this.#face.connected();
    this.#reached ||= !isAsking;
    const wait = isAsking ? WAIT.capabilities : WAIT.letIn;
    this.#timers.set("let-in", wait, () => {
      this.#link.stop();
      this.#closed(new Error(`no welcome within ${wait / 1000} seconds`));
    });
  }

  #heard(message: Message): void {
    const before = this.#model;
    this.#act(update(before, message, this.#now()));
    if (before.phase === "here" || this.#model.phase !== "here") return;
    this.#timers.cancel("let-in");
    if (before.wasWelcomed) this.#note("hint", `Connected to ${addressName(this.#beginning.server)} again.`);
  }

  #rest(): void {
    if (this.#over) return;
    this.#ready ||= isSettled(this.#model);
    while (this.#held.length > 0 && isSettled(this.#model)) {
      const next = this.#held.shift();
      if (next !== undefined) this.#act(next());
    }
    this.#face.changed();
    if (this.#finishing !== "no") this.#settle();
  }

  /** At the end of what is said: a ping behind it, its pong, and no message without an answer. */
  #settle(): void {
    if (!isSettled(this.#model)) return;
    const { length } = this.#model.outbox.filter((own) => own.state === "waiting");
    if (length > 0) {
      this.#timers.cancel("confirm");
      this.#finishing = "asked";
    }
    if (this.#finishing === "asked" && this.#held.length === 0 && length === 0) {
      this.#finishing = "pinged";
      this.#link.send("PING", [LAST]);
    }
    if (this.#finishing !== "ponged" || this.#quitting) return;
    if (this.#unanswered() === 0) return this.quit("");
    this.#timers.set("confirm", WAIT.confirm, () => {
      this.#act(disconnected({ ...this.#model, deduplicates: false }, this.#now()));
      this.quit("");
    });
  }

  #closed(error: unknown): void {
    this.#timers.cancel("let-in", "nick", "history", "confirm");
    this.#beginning.server.tlsPolicy?.renew();
    if (this.#quitting) return this.#finish({ code: this.#code(), words: [] });
    // A connection that was only for asking where TLS is: it is nowhere, however it has ended.
    const { tlsPolicy } = this.#beginning.server;
    if (tlsPolicy !== undefined && onlyAsks(this.#model))
      return this.#finish({ code: 3, words: tlsPolicy.refusal().lines });
    const why = this.#why !== "" ? this.#why : error === undefined ? "it closed the connection" : wordsOf(error);
    const { server } = this.#beginning;
    this.#why = "";
    const isHopeless = error instanceof NotTrusted && (error.lasts || !this.#model.wasWelcomed);
    if (!this.#reached || isHopeless)
      return this.#finish({ code: 3, words: unreachable(server.tlsPolicy?.address ?? server, error) });
    if (!this.#model.wasWelcomed) return this.#finish({ code: 1, words: notLetIn(server, why) });
    const first = this.#model.phase !== "offline";
    this.#lost = why;
    this.#act(disconnected(this.#model, this.#now()));
    if (this.#finishing === "pinged" || this.#finishing === "ponged") {
      if (this.#unanswered() === 0) return this.#finish({ code: 1, words: this.#lostWords() });
      this.#finishing = "asked";
    }
    if (first) this.#note("hint", `Lost ${addressName(server)}: ${why}. Trying again until it is back.`);
    const delay = this.#link.reopen();
    this.#next = this.#now() + delay;
    this.#face.changed();
  }

  /** Something has to come of it in a while. */
  get #waits(): boolean {
    const { wantsEnd, wantsAnswers } = this.#beginning;
    if (this.#finishing !== "no" || wantsEnd) return true;
    return wantsAnswers === true && (!isSettled(this.#model) || this.#unanswered() > 0);
  }

  /** A task waits for a while for what has to come; progress starts the wait anew. */
  #wait(): void {
    if (!this.#waits) return this.#timers.cancel("patience");
    const { patience = WAIT.patience } = this.#beginning;
    this.#timers.set("patience", patience, () => this.#finish({ code: 1, words: this.#lostWords() }));
  }

  #lostWords(): readonly string[] {
    const name = addressName(this.#beginning.server);
    if (this.#model.phase === "here") return [`no answer from the server at ${name}`];
    return [`lost the server at ${name}: ${this.#lost}`];
  }

  #unanswered(): number {
    return this.#model.outbox.filter((own) => own.state !== "failed").length;
  }

  #say(act: () => Step): void {
    if (!this.#ready) return this.#hold(act);
    if (this.#model.phase !== "here" && this.#unanswered() === 0)
      this.#note("hint", "Not connected: what you say waits.");
    this.#act(act());
  }

  #hold(act: () => Step): void {
    if (isSettled(this.#model) && this.#held.length === 0) return this.#act(act());
    if (this.#held.length >= HELD) return this.#note("trouble", "Not connected, and too much waits: that is not kept.");
    this.#held.push(act);
  }

  #act(next: Step): void {
    if (this.#over) return;
    const before = this.#model.outbox;
    this.#model = next.model;
    // A message that is not on disk is not sent: after a crash its id would be unknown.
    if (before !== next.model.outbox) this.#beginning.stateStore?.outbox(next.model.outbox);
    for (const effect of next.effects) this.#do(effect);
    if (this.#beginning.wantsAnswers && this.#waits !== this.#timers.has("patience")) this.#wait();
  }

  #do(effect: Effect): void {
    switch (effect.type) {
      case "send":
        return this.#link.send(effect.command, effect.params, effect.tags);
      case "show":
        if (effect.line.kind === "trouble") this.#troubled = true;
        if ("nick" in effect.line && this.#beginning.wantsEnd) this.#wait();
        return this.#face.show(effect.line);
      case "past":
        return this.#face.past?.(effect.target, effect.lines, effect.complete);
      case "room-renamed":
        return this.#face.renamed?.(effect.from, effect.to);
      case "await-history":
        return this.#timers.set("history", WAIT.history, () =>
          this.#act(onHistoryRefused(this.#model, undefined, this.#now())),
        );
      case "stored":
        this.#wait();
        return this.#face.stored?.(effect.message, effect.sure);
      case "ask-password":
        if (this.#face.askPassword !== undefined) return this.#face.askPassword(effect.words, effect.command);
        return this.#note("event", `${effect.words} goes behind it: ${effect.command}PASSWORD`);
      case "keep-login":
        return this.#beginning.stateStore?.login(effect.account, effect.password);
      case "forget-login":
        return this.#beginning.stateStore?.forgetLogin(effect.account);
      case "nick-later":
        return this.#timers.set("nick", WAIT.nickAgain, () => this.#act(retryNick(this.#model)));
      case "pong":
        if (effect.token === LAST) this.#finishing = "ponged";
        return;
      case "go-to-tls":
        return this.#goToTls(effect.port);
      case "no-tls":
        return this.#closed(undefined);
      case "keep-to-tls":
        return this.#beginning.server.tlsPolicy?.keepTo(effect.seconds);
      case "closing":
        this.#why = effect.why;
        return;
      case "quit":
        return this.#beginning.strict ? this.finish() : this.quit(effect.why);
      case "give-up":
        return this.#giveUp(effect);
    }
    effect satisfies never;
  }

  #giveUp({ code, why, asks }: Extract<Effect, { type: "give-up" }>): void {
    // Later nobody can be asked without what was said in between being lost.
    const wanted = this.#model.wasWelcomed ? undefined : asks;
    this.#finish({ code, words: [`${addressName(this.#beginning.server)}: ${why}`], asks: wanted });
  }

  #goToTls(port: number): void {
    const { tlsPolicy } = this.#beginning.server;
    if (tlsPolicy === undefined) return;
    tlsPolicy.goTo(port);
    this.#timers.cancel("let-in");
    const words = `${addressName(this.#beginning.server)} asks for TLS on port ${port}: the plain connection is closed.`;
    this.#listener.told(words);
    this.#reached = false;
    this.#link.stop();
    this.#link.open();
  }

  #note(kind: "event" | "hint" | "trouble", words: string): void {
    this.#act(step(this.#model, note(kind, this.#now(), words)));
  }

  #now(): number {
    return this.#beginning.clock.now();
  }

  #code(): number {
    return this.#beginning.strict && this.#troubled ? 1 : 0;
  }

  #finish(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    this.#timers.clear();
    this.#link.stop();
    for (const text of this.#told) this.#face.show({ kind: "hint", time: this.#now(), text, rooms: [] });
    this.#end(ending);
  }
}
