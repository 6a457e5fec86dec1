/** A client's terminal, signals and files in memory, so that several clients run in one process. */

import type { ServerAddress } from "../../../src/client/net/address.ts";
import type { ClientTransportListener } from "../../../src/client/net/transport.ts";
import type { ClientProcess, InputStream, OutputStream, SignalName } from "../../../src/client/run/process.ts";
import { systemClock } from "../../../src/client/run/system.ts";
import { encode } from "../../../src/text/bytes.ts";
import { DrawnTerminal } from "./drawn-terminal.ts";
import { MemoryFolder } from "./memory-folder.ts";

/** A client's process: a terminal in memory, signals that the test sends, and a way to connect. */
export class MemorySession extends DrawnTerminal {
  readonly proc: ClientProcess;
  readonly state = new MemoryFolder();
  /** The output on stderr. */
  complaints = "";
  /** Whether the client has put the terminal into raw mode. */
  isRaw = false;
  readonly #listeners = new Map<string, Set<(value: never) => void>>();

  /** `connect` connects to the server at an address. */
  constructor(connect: (listener: ClientTransportListener, to: ServerAddress) => void, columns = 80, rows = 12) {
    super(columns, rows);
    this.proc = {
      stdin: this.#stdin(),
      stdout: this.#stdout(),
      stderr: { on: () => {}, write: (data) => this.#complain(String(data)) },
      env: { TERM: "xterm-256color" },
      clock: { now: systemClock.now, after: (delay, act) => systemClock.after(delay, () => this.#guard(act)) },
      state: this.state,
      data: new MemoryFolder(),
      server: (address) => ({
        ...address,
        connect: (listener) =>
          connect(
            {
              opened: (transport, secrecy) => this.#guard(() => listener.opened(transport, secrecy)),
              received: (bytes) => this.#guard(() => listener.received(bytes)),
              drained: () => this.#guard(() => listener.drained()),
              closed: (error) => this.#guard(() => listener.closed(error)),
              told: (words) => this.#guard(() => listener.told(words)),
            },
            address,
          ),
      }),
      onSignal: (name, act) => this.#on(name, act),
      onExit: (act) => this.#on("exit", act),
      onBug: (act) => this.#on("bug", act),
    };
  }

  /** The number of registered listeners. */
  get listening(): number {
    return this.#listeners.values().reduce((sum, all) => sum + all.size, 0);
  }

  type(text: string): void {
    this.#tell("data", encode(text));
  }

  signal(name: SignalName): void {
    this.#tell(name, undefined);
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    this.signal("SIGWINCH");
  }

  #complain(words: string): void {
    this.complaints += words;
  }

  #stdin(): InputStream {
    return {
      isTTY: true,
      on: (event: string, hear: (value: never) => void) => void this.#on(event, hear),
      off: (event: string, hear: (value: never) => void) => void this.#listeners.get(event)?.delete(hear),
      pause: () => {},
      resume: () => {},
      setRawMode: (on) => {
        this.isRaw = on;
      },
    };
  }

  #stdout(): OutputStream {
    const { terminal } = this;
    return {
      isTTY: true,
      get columns() {
        return terminal.cols;
      },
      get rows() {
        return terminal.rows;
      },
      on: () => {},
      write: (data, taken) => this.draw(data, taken),
    };
  }

  #on(event: string, act: (value: never) => void): () => void {
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all.add(act));
    return () => void all.delete(act);
  }

  #tell(event: string, value: unknown): void {
    for (const act of this.#listeners.get(event) ?? []) this.#guard(() => act(value as never));
  }

  /** Reports an exception as a bug of this session alone. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      if ((this.#listeners.get("bug")?.size ?? 0) === 0) throw error;
      for (const hear of this.#listeners.get("bug") ?? []) hear(error as never);
    }
  }
}
