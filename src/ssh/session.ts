import type { Channel, Session, WindowSize } from "ssh2";
import type { ClientTransportListener, Server } from "../client/net/transport.ts";
import { type ClientProcess, complain, type OutputStream, type SignalName } from "../client/run/process.ts";
import type { Folder } from "../client/run/state-store.ts";
import { type Remote, type Transport, transportPair } from "../server/net/transport.ts";
import type { Pacer } from "./frame-budget.ts";
import { TerminalInput } from "./terminal-input.ts";

/** Bytes of input that the client may send before the program has read them. */
export const WINDOW = 131_072;

const UNWRITTEN = 1 << 23; // bytes that may wait for a client that does not read: a long answer is written at once
const CHUNK = 200; // bytes of memory that a write takes besides its own
const COLUMNS = 400; // at most: a frame costs time in proportion
const ROWS = 200;
const VARIABLES = 16; // of the environment
const VALUE = 256; // characters of one
/** Variables that the client may set, besides TERM: none of them names a file or a place. */
const ENVIRONMENT = /^(?:LANG|LC_[A-Z]+|NO_COLOR|COLORTERM|COLORFGBG|VTE_VERSION)$/;

/** The signals that a client may send (RFC 4254 6.9). */
const SIGNALS: Readonly<Record<string, SignalName>> = { INT: "SIGINT", TERM: "SIGTERM", HUP: "SIGHUP" };

/** The user of an SSH connection, as the login has established. */
export interface SshUser {
  /** The user name that the SSH client gave. */
  readonly name: string;
  /** Whether there is an account of that name. */
  readonly namesAccount: boolean;
  /** Whether the client has proved that it has a key. */
  readonly hasKey: boolean;
  /** The account that the key logs in to. */
  readonly account: string | undefined;
  /** The password of the account of that name, if it was given. */
  readonly password: string | undefined;
  readonly serverPassword: string | undefined;
}

/** Runs a command line; without one, the client. Returns the exit code. Never reads the server's files or environment. */
export type RunProgram = (line: string | undefined, user: SshUser, proc: ClientProcess) => Promise<number>;

/** The functions of the SSH connection that a session uses. */
export interface SessionContext {
  readonly user: SshUser;
  /** Where the client is. */
  readonly remote: Remote;
  /** Whether everything written was sent, so that more may be written. */
  readonly hasRoom: boolean;
  /** Asks whether the program may start; returns the refusal for the user if not. */
  start(session: SshSession): string | undefined;
  readonly run: RunProgram;
  /** Opens a connection to the chat. */
  accept(transport: Transport): void;
  /** Allows the client to send this many more bytes. */
  adjustWindow(session: Session, bytes: number): void;
  /** The session's access to the frame budget. */
  pacer(): Pacer;
  /** Disconnects a client that does not read. */
  cutOff(): void;
  /** Logs a bug. */
  report(error: unknown): void;
  /** The session is over. */
  sessionEnded(session: SshSession): void;
}

/** Grants a request; absent if the client wants no answer. */
type Accept<R> = (() => R) | undefined;

/** Bytes for the channel, and what to call when they have left. */
interface Chunk {
  readonly stream: "out" | "error";
  readonly bytes: Uint8Array;
  readonly taken: ((error?: Error | null) => void) | undefined;
  isWritten: boolean;
}

/**
 * One session of an SSH connection: a terminal or pipes, and one program that runs in them, the client or another command.
 *
 * The program is a client in this process, connected to this server alone. An exception in one of its callbacks ends the
 * session, and nothing else. If the SSH connection is lost, the program's connection to the chat is lost with it, without
 * QUIT, so that the member of an account is held as for any client.
 */
export class SshSession {
  readonly #session: Session;
  readonly #context: SessionContext;
  readonly #pacer: Pacer;
  readonly #env: Record<string, string> = {};
  readonly #signals = new Map<SignalName, Set<() => void>>();
  readonly #bugs = new Set<(error: unknown) => void>();
  readonly #timers = new Set<() => void>();
  readonly #chunks: Chunk[] = [];
  #window: WindowSize | undefined;
  #channel: Channel | undefined;
  /** The connections to the chat. */
  readonly #transports = new Set<Transport>();
  #consumed = 0;
  /** Bytes that wait, and the memory that their chunks take. */
  #unwritten = 0;
  /** A chunk waits until the client takes it. */
  #isWriting = false;
  #isFailed = false;
  #isOver = false;
  /** Why the server ends the session. */
  #farewell = "";

  constructor(session: Session, context: SessionContext) {
    this.#session = session;
    this.#context = context;
    this.#pacer = context.pacer();
    const on = <T, R = void>(event: string, act: (accept: Accept<R>, info: T) => void) =>
      session.on(event, (accept: Accept<R>, _reject: unknown, info: T) => this.#guard(() => act(accept, info)));
    on("env", (accept, { key, val }: { key: string; val: string }) => {
      this.#setVariable(key, val);
      accept?.();
    });
    on("pty", (accept, info: WindowSize & { term: string }) => {
      this.#window = info;
      this.#env.TERM = /^[\w.+-]{1,64}$/.test(info.term) ? info.term : "dumb";
      accept?.();
    });
    on("window-change", (accept, info: WindowSize) => {
      if (this.#window) this.#window = info;
      accept?.();
      this.#signal("SIGWINCH");
    });
    on("signal", (accept, { name }: { name: string }) => {
      const signal = Object.hasOwn(SIGNALS, name) ? SIGNALS[name] : undefined;
      accept?.();
      if (signal) this.#signal(signal);
    });
    on("shell", (accept: Accept<Channel>) => this.#begin(accept, undefined));
    on("exec", (accept: Accept<Channel>, { command }: { command: string }) => this.#begin(accept, command));
    session.on("close", () => this.#guard(() => this.lost()));
  }

  /** Bytes that have come and that the program has not read. */
  get unread(): number {
    return this.#channel?.readableLength ?? 0;
  }

  /** Writes what waits, as far as the client and the connection take it. */
  flush(): void {
    for (;;) {
      const [chunk] = this.#chunks;
      if (!chunk || !this.#channel || this.#isWriting || !this.#context.hasRoom) return;
      if (chunk.isWritten) {
        this.#chunks.shift();
        this.#unwritten -= chunk.bytes.length + CHUNK;
        this.#guard(() => chunk.taken?.());
        continue;
      }
      // One at a time: with both streams waiting for the window, ssh2 forgets one.
      this.#isWriting = true;
      const stream = chunk.stream === "out" ? this.#channel : this.#channel.stderr;
      stream.write(chunk.bytes, () => {
        this.#isWriting = false;
        chunk.isWritten = true;
        this.flush();
      });
    }
  }

  /** Ends the session from the server's side: the program quits, and the user is told why. */
  stop(words: string): void {
    this.#farewell ||= words;
    if (this.#channel) this.#signal("SIGTERM");
    else this.lost();
  }

  /** The channel or its connection is gone: the program's connection to the chat is, too. */
  lost(): void {
    this.#context.sessionEnded(this);
    if (this.#isOver) return;
    this.#isOver = true;
    for (const transport of this.#transports) transport.terminate();
    for (const { taken } of this.#chunks.splice(0)) this.#guard(() => taken?.());
    this.#signal("SIGHUP");
  }

  #setVariable(name: string, value: string): void {
    const isFull = Object.keys(this.#env).length >= VARIABLES;
    if (ENVIRONMENT.test(name) && value.length <= VALUE && !isFull) this.#env[name] = value;
  }

  #begin(accept: Accept<Channel>, line: string | undefined): void {
    const channel = accept?.();
    if (!channel) return;
    this.#channel = channel;
    const isTTY = this.#window !== undefined;
    const stdin = new TerminalInput(isTTY, channel, {
      echo: (text) => this.#write("out", text, undefined),
      signal: (name) => this.#signal(name),
      later: (work) => queueMicrotask(() => this.#guard(work)),
    });
    channel.on("data", (bytes: Uint8Array) => {
      this.#consumed += bytes.length;
      if (this.#consumed >= WINDOW / 2) {
        this.#context.adjustWindow(this.#session, this.#consumed);
        this.#consumed = 0;
      }
      this.#guard(() => stdin.push(bytes));
      this.#pacer.hurry();
    });
    channel.on("end", () => this.#guard(() => stdin.end()));
    channel.on("error", () => this.lost());
    const proc = this.#processOf(stdin);
    const refusal = this.#context.start(this);
    if (refusal !== undefined) {
      complain(proc, [refusal]);
      return this.#finish(1);
    }
    this.#context.run(line, this.#context.user, proc).then(
      (code) => {
        if (this.#farewell !== "") complain(proc, [this.#farewell]);
        this.#finish(this.#isFailed || this.#farewell !== "" ? code || 1 : code);
      },
      (error: unknown) => {
        this.#context.report(error);
        complain(proc, ["the client failed, which is a bug; it is in the server's log"]);
        this.#finish(1);
      },
    );
  }

  /** Closes the channel with the exit code, once everything is written. */
  #finish(code: number): void {
    for (const cancel of this.#timers) cancel();
    for (const transport of this.#transports) transport.terminate();
    this.#write("out", "", () => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#channel?.exit(code);
      this.#channel?.end(() => this.#context.sessionEnded(this));
      this.#channel?.resume();
    });
  }

  #processOf(stdin: TerminalInput): ClientProcess {
    const size = () => this.#window;
    const output = (stream: Chunk["stream"]): OutputStream => ({
      isTTY: stdin.isTTY,
      get columns() {
        return clamped(size()?.cols, COLUMNS);
      },
      get rows() {
        return clamped(size()?.rows, ROWS);
      },
      on: () => {},
      write: (data, taken) => this.#write(stream, data, taken),
    });
    return {
      env: this.#env,
      stdin,
      stdout: output("out"),
      stderr: output("error"),
      clock: { now: Date.now, after: (delay, act) => this.#after(delay, act) },
      state: NO_FILES,
      data: NO_FILES,
      isNear: () => true,
      server: (address): Server => ({ ...address, connect: (listener) => this.#connect(listener) }),
      paced: (draw) => this.#pacer.draw(() => this.#guard(draw)),
      onSignal: (name, act) => {
        const listeners = this.#signals.get(name) ?? new Set();
        this.#signals.set(name, listeners);
        return listen(listeners, act);
      },
      // The terminal needs no help when this process ends: the client restores its own.
      onExit: () => () => {},
      onBug: (act) => listen(this.#bugs, act),
    };
  }

  #after(delay: number, act: () => void): () => void {
    const cancel = () => {
      clearTimeout(timer);
      this.#timers.delete(cancel);
    };
    const timer = setTimeout(() => {
      this.#timers.delete(cancel);
      this.#guard(act);
    }, delay);
    this.#timers.add(cancel);
    return cancel;
  }

  #connect(listener: ClientTransportListener): void {
    setImmediate(() => {
      if (this.#isOver || this.#farewell !== "")
        return this.#guard(() => listener.closed(new Error("the session is over")));
      const [theirs, ours] = transportPair(this.#context.remote, this.#pacer.handle);
      const over = () => {
        this.#transports.delete(ours);
        listener.closed(undefined);
      };
      this.#transports.add(ours);
      ours.receiver = {
        isAtRest: true,
        received: (bytes) => this.#guard(() => listener.received(bytes)),
        drained: () => this.#guard(() => listener.drained()),
        ended: () => {
          ours.close();
          this.#guard(over);
        },
        closed: () => this.#guard(over),
        failed: (error) => this.#bug(error),
      };
      this.#context.accept(theirs);
      this.#guard(() => listener.opened(ours, "accepted"));
    });
  }

  #write(stream: Chunk["stream"], data: string | Uint8Array, taken: Chunk["taken"]): void {
    if (this.#isOver) return taken?.();
    const text = this.#window && typeof data === "string" ? data.replaceAll("\n", "\r\n") : data;
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    this.#chunks.push({ stream, bytes, taken, isWritten: false });
    this.#unwritten += bytes.length + CHUNK;
    if (this.#unwritten > UNWRITTEN) return this.#context.cutOff();
    this.flush();
  }

  #signal(name: SignalName): void {
    for (const act of [...(this.#signals.get(name) ?? [])]) this.#guard(act);
  }

  /** Runs a callback of the program. An exception costs this session, and is logged. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#bug(error);
    }
  }

  #bug(error: unknown): void {
    this.#context.report(error);
    if (this.#isFailed) return;
    this.#isFailed = true;
    const listeners = [...this.#bugs];
    for (const hear of listeners) this.#guard(() => hear(error));
    if (listeners.length === 0) this.#signal("SIGTERM");
  }
}

/** Adds a listener; returns a function that removes it. */
function listen<T>(listeners: Set<T>, act: T): () => void {
  listeners.add(act);
  return () => void listeners.delete(act);
}

function clamped(size: number | undefined, most: number): number | undefined {
  return size === undefined || size <= 0 ? undefined : Math.min(size, most);
}

/** The files of a client that keeps none. */
const NO_FILES: Folder = {
  path: "",
  read: () => undefined,
  write: () => {},
  append: () => {},
  remove: () => {},
  claim: () => false,
  release: () => {},
};
