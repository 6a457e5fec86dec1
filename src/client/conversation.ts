import type { Message } from "../wire/message.ts";
import { perform, sayHere, worksOffline } from "./commands.ts";
import { Link } from "./link.ts";
import { disconnected, isSettled, update } from "./model.ts";
import { retryNick } from "./nicks.ts";
import { type Place, placeName, unreachable, wordsOf } from "./place.ts";
import { openRegistration } from "./registration.ts";
import { type Effect, type Identity, type Line, type Model, newModel, note, type Step, step } from "./state.ts";

/** Where a conversation is shown. */
export interface Face {
  /** The server has been reached for the first time. */
  connected(): void;
  show(line: Line): void;
  /** Something may have changed: there may be room for more of what the user says. */
  changed(): void;
}

/** How a conversation ended: the exit code, and what to say of it. */
export interface Ending {
  readonly code: number;
  readonly words: readonly string[];
}

const LET_IN = 30_000; // ms that a server has to let us in
const NICK_AGAIN = 60_000; // ms until the wanted nick is tried again
const CONFIRM = 5000; // ms that an echo may come behind the pong that should have followed it
const HELD = 500; // lines that are kept while nobody can hear them
const UNANSWERED = 10; // own messages without an answer, before a pipe has to wait
const LAST = "last"; // the token of the ping behind all that was said

/**
 * A user's conversation with a server: the model, kept up to date from the link, and what comes of it done.
 *
 * It ends once, with an exit code. What is typed while nobody can hear it is kept and said as soon as someone can.
 */
export class Conversation {
  /** Resolves when it is over. */
  readonly ended: Promise<Ending>;
  readonly #end: (ending: Ending) => void;
  readonly #place: Place;
  readonly #face: Face;
  readonly #clock: () => number;
  readonly #strict: boolean;
  readonly #link: Link;
  readonly #timers = new Map<string, Timer>();
  #model: Model;
  #held: (() => Step)[] = [];
  #over = false;
  #reached = false;
  #quitting = false;
  #finishing: "no" | "asked" | "pinged" | "ponged" = "no";
  #troubled = false;
  #why = "";

  /** `strict`: nobody is there to see a refusal, so one makes the exit code 1. */
  constructor(place: Place, identity: Identity, clock: () => number, strict: boolean, face: Face) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    this.#place = place;
    this.#face = face;
    this.#clock = clock;
    this.#strict = strict;
    this.#model = newModel(identity);
    this.#link = new Link(place, {
      opened: () => this.#opened(),
      message: (message) => this.#heard(message),
      rested: () => this.#rest(),
      closed: (error) => this.#closed(error),
    });
  }

  /** What is known now. */
  get model(): Model {
    return this.#model;
  }

  /** Whether a line submitted now is sent at once, and not many wait for an answer. */
  get takes(): boolean {
    return !this.#over && isSettled(this.#model) && this.#model.pending.length < UNANSWERED && this.#link.unsent === 0;
  }

  /** Connects, and goes on from there. */
  start(): void {
    this.#link.open();
  }

  /** Does what a line as it was typed asks for. */
  submit(line: string): void {
    if (worksOffline(line)) this.#act(perform(this.#model, line, this.#clock()));
    else this.#hold(() => perform(this.#model, line, this.#clock()));
  }

  /** Says a text in the current room, a message for each of its lines, whatever they begin with. */
  say(text: string): void {
    for (const line of text.split("\n")) this.#hold(() => sayHere(this.#model, line, this.#clock()));
  }

  /** Ends when all that was said has been answered. */
  finish(): void {
    if (this.#finishing === "no") this.#finishing = "asked";
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

  #opened(): void {
    if (!this.#reached) this.#face.connected();
    this.#reached = true;
    this.#after("let-in", LET_IN, () => {
      this.#link.stop();
      this.#closed(new Error(`no welcome within ${LET_IN / 1000} seconds`));
    });
    this.#act(openRegistration(this.#model));
  }

  #heard(message: Message): void {
    const before = this.#model;
    this.#act(update(before, message, this.#clock()));
    if (before.phase === "here" || this.#model.phase !== "here") return;
    this.#cancel("let-in");
    if (before.known) this.#note("hint", `Connected to ${placeName(this.#place)} again.`);
  }

  #rest(): void {
    if (this.#over) return;
    while (this.#held.length > 0 && isSettled(this.#model)) {
      const next = this.#held.shift();
      if (next !== undefined) this.#act(next());
    }
    this.#face.changed();
    if (this.#finishing !== "no") this.#settle();
  }

  /** At the end of what is said: a ping behind it, its pong, and no message without an answer. */
  #settle(): void {
    if (this.#finishing === "asked" && isSettled(this.#model) && this.#held.length === 0) {
      this.#finishing = "pinged";
      this.#link.send("PING", [LAST]);
    }
    if (this.#finishing !== "ponged" || this.#quitting) return;
    if (this.#model.pending.length === 0) return this.quit("");
    this.#after("confirm", CONFIRM, () => {
      this.#act(disconnected(this.#model, this.#clock()));
      this.quit("");
    });
  }

  #closed(error: unknown): void {
    this.#cancel("let-in");
    this.#cancel("nick");
    if (this.#quitting) return this.#finish({ code: this.#code(), words: [] });
    const why = this.#why !== "" ? this.#why : error === undefined ? "it closed the connection" : wordsOf(error);
    this.#why = "";
    if (!this.#reached) return this.#finish({ code: 3, words: unreachable(this.#place, error) });
    if (!this.#model.known) return this.#finish({ code: 1, words: notLetIn(this.#place, why) });
    const first = this.#model.phase !== "offline";
    this.#act(disconnected(this.#model, this.#clock()));
    if (this.#finishing === "pinged" || this.#finishing === "ponged") {
      return this.#finish({ code: 1, words: [`lost the server at ${placeName(this.#place)}: ${why}`] });
    }
    if (first) this.#note("hint", `Lost ${placeName(this.#place)}: ${why}. Trying again until it is back.`);
    this.#link.reopen();
    this.#face.changed();
  }

  #hold(act: () => Step): void {
    if (isSettled(this.#model) && this.#held.length === 0) return this.#act(act());
    if (this.#held.length >= HELD) return this.#note("trouble", "Not connected, and too much waits: that is not kept.");
    if (this.#held.length === 0 && this.#model.known && this.#model.phase === "offline")
      this.#note("hint", "Not connected: what you say waits.");
    this.#held.push(act);
  }

  #act(next: Step): void {
    if (this.#over) return;
    this.#model = next.model;
    for (const effect of next.effects) this.#do(effect);
  }

  #do(effect: Effect): void {
    switch (effect.type) {
      case "send":
        return this.#link.send(effect.command, effect.params);
      case "show":
        if (effect.line.kind === "trouble") this.#troubled = true;
        return this.#face.show(effect.line);
      case "nick-later":
        return this.#after("nick", NICK_AGAIN, () => this.#act(retryNick(this.#model)));
      case "pong":
        if (effect.token === LAST) this.#finishing = "ponged";
        return;
      case "closing":
        this.#why = effect.why;
        return;
      case "quit":
        return this.#strict ? this.finish() : this.quit(effect.why);
      case "give-up":
        return this.#finish({ code: effect.code, words: [`${placeName(this.#place)}: ${effect.why}`] });
    }
    effect satisfies never;
  }

  #note(kind: "hint" | "trouble", words: string): void {
    this.#act(step(this.#model, note(kind, this.#clock(), words)));
  }

  #code(): number {
    return this.#strict && this.#troubled ? 1 : 0;
  }

  #after(name: string, delay: number, act: () => void): void {
    this.#cancel(name);
    this.#timers.set(name, setTimeout(act, delay));
  }

  #cancel(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #finish(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
    this.#link.stop();
    this.#end(ending);
  }
}

function notLetIn(place: Place, why: string): readonly string[] {
  return [
    `the server at ${placeName(place)} did not let us in: ${why}`,
    "If it is no chat server, `tcpchat client --raw` talks to it line by line.",
  ];
}
