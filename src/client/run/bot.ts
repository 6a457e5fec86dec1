import { byteLength } from "../../text/bytes.ts";
import { withoutEscapes } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { clip } from "../../text/split.ts";
import { MESSAGE_BYTES, MESSAGE_LINES, say } from "../model/outbox.ts";
import { type ClientIdentity, isSettled, type Line, same, step, type Talk } from "../model/state.ts";
import type { Server } from "../net/transport.ts";
import { Conversation } from "./conversation.ts";
import { type ClientProcess, complain, type Ending, onStop } from "./process.ts";

/** The word that a bot listens for, and the program that it runs. */
export interface BotOptions {
  readonly rooms: readonly string[];
  /** The first word of the messages that it answers. */
  readonly on: string;
  /** The accounts that may; "accounts" is everyone who is logged in, "anyone" everyone. */
  readonly from: "accounts" | "anyone" | readonly string[];
  readonly program: string;
  readonly args: readonly string[];
}

/** A run of a program: without a shell, in a process group of its own, with nothing but this environment. */
export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly env: Readonly<Record<string, string>>;
  /** Bytes of output that are kept. */
  readonly most: number;
  /** Milliseconds after which its process group is killed. */
  readonly time: number;
  /** Kills it earlier. */
  readonly signal: AbortSignal;
}

/** How a program ended. */
export interface ProgramResult {
  readonly output: string;
  /** Output was left out. */
  readonly isCut: boolean;
  /** An exit code, the name of the signal that ended it, or why it could not be started. */
  readonly end: number | string;
}

const TIME = 60_000; // ms for one run
const WAITING = 10; // messages that wait for the run before them
const PASSED_ON = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"]; // of our environment

/**
 * Runs `bot`: for each message that begins with a word it runs a program, one after the other, and says its output as a
 * reply. It listens without being shown as joining. It answers neither bots, nor notices, nor what was said before.
 */
export async function runBot(
  server: Server,
  user: ClientIdentity,
  options: BotOptions,
  proc: ClientProcess,
): Promise<Ending> {
  const bot = new Bot(server, user, options, proc);
  const removeListeners = onStop(proc, () => bot.stop());
  const ending = await bot.run();
  removeListeners();
  return ending;
}

class Bot {
  readonly #options: BotOptions;
  readonly #proc: ClientProcess;
  readonly #conversation: Conversation;
  readonly #waiting: Talk[] = [];
  readonly #stopped = new AbortController();
  #isRunning = false;

  constructor(server: Server, user: ClientIdentity, options: BotOptions, proc: ClientProcess) {
    this.#options = options;
    this.#proc = proc;
    const identity: ClientIdentity = {
      ...user,
      quiet: true,
      isBot: true,
      rooms: options.rooms,
      history: { type: "lines", count: 0 },
    };
    this.#conversation = new Conversation(
      { server, identity, clock: proc.clock, delay: proc.delay, strict: false },
      {
        connected: () => {},
        show: (line) => this.#hear(line),
        changed: () => this.#leaveIfAlone(),
      },
    );
  }

  async run(): Promise<Ending> {
    this.#conversation.start();
    const ending = await this.#conversation.ended;
    this.#stopped.abort();
    return ending;
  }

  stop(): void {
    this.#stopped.abort();
    this.#conversation.quit("");
  }

  /** Ends if no room is left to listen in. */
  #leaveIfAlone(): void {
    const { model } = this.#conversation;
    if (!isSettled(model) || model.rooms.size > 0) return;
    complain(this.#proc, [`in none of ${this.#options.rooms.join(", ")}`]);
    this.stop();
  }

  #hear(line: Line): void {
    if (line.kind === "trouble") return complain(this.#proc, [line.text]);
    if (!("nick" in line) || line.kind !== "said" || line.room === undefined) return;
    if (line.replayed || line.own || line.isBot || firstWord(line.text) !== this.#options.on) return;
    const refusal = this.#refusal(line);
    if (refusal !== undefined) return this.#answer(line, refusal);
    this.#waiting.push(line);
    if (!this.#isRunning) void this.#runAll();
  }

  /** Why a message is not answered by the program. */
  #refusal({ account }: Talk): string | undefined {
    const { from, on } = this.#options;
    if (from === "accounts" && account === undefined) return `${on} is for people who are logged in.`;
    const isNamed = typeof from === "string" || from.some((each) => account !== undefined && same(each, account));
    if (!isNamed) return `${on} is not for you.`;
    return this.#waiting.length < WAITING ? undefined : "Too many of these are waiting: try again later.";
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    for (let line = this.#waiting.shift(); line && !this.#stopped.signal.aborted; line = this.#waiting.shift()) {
      const result = await this.#runFor(line);
      if (!this.#stopped.signal.aborted) this.#answer(line, wordsOf(result));
    }
    this.#isRunning = false;
  }

  #runFor(line: Talk): Promise<ProgramResult> {
    const { program, args, on } = this.#options;
    const { env, runProgram } = this.#proc;
    const passed = PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
    const facts = {
      TCPCHAT_ROOM: line.room ?? "",
      TCPCHAT_NICK: line.nick,
      TCPCHAT_ACCOUNT: line.account ?? "",
      TCPCHAT_MSGID: line.msgid ?? "",
      TCPCHAT_TIME: new Date(line.time).toISOString(),
      TCPCHAT_ON: on,
    };
    if (!runProgram) return Promise.resolve({ output: "", isCut: false, end: "programs cannot be run here" });
    return runProgram({
      program,
      args,
      input: `${line.text}\n`,
      env: { ...Object.fromEntries(passed), ...facts },
      most: MESSAGE_BYTES,
      time: TIME,
      signal: this.#stopped.signal,
    });
  }

  #answer({ room = "", msgid }: Talk, text: string): void {
    if (text === "") return;
    const about = msgid === undefined ? {} : { replyTo: msgid };
    this.#conversation.change((model, now) =>
      model.rooms.has(fold(room)) ? say(model, room, text, "said", now, about) : step(model),
    );
  }
}

function firstWord(text: string): string {
  return text.trim().split(/\s/, 1)[0] ?? "";
}

const CUT = "…";

/** The answer of a program: its output as one message, and how it ended if not well. */
export function wordsOf({ output, isCut, end }: ProgramResult): string {
  const lines = withoutEscapes(output).trimEnd().split(/\r?\n/);
  const last = end === 0 ? [] : [typeof end === "number" ? `(exit code ${end})` : `(${end})`];
  const kept = lines.slice(0, MESSAGE_LINES - last.length - 1);
  const space = MESSAGE_BYTES - byteLength([CUT, ...last, ""].join("\n"));
  const text = clip(kept.join("\n"), space);
  const isShort = isCut || kept.length < lines.length || text !== kept.join("\n");
  return [text, ...(isShort ? [CUT] : []), ...last].filter((part) => part !== "").join("\n");
}
