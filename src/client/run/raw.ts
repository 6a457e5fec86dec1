import { encode } from "../../text/bytes.ts";
import { showText } from "../../text/filter.ts";
import { addressName, type ServerAddress, unreachable, wordsOf } from "../net/address.ts";
import { Outgoing } from "../net/link.ts";
import type { ClientTransport, Server } from "../net/transport.ts";
import { InputLine } from "../ui/line-input.ts";
import { Output } from "../ui/terminal.ts";
import { type ClientProcess, canPrompt, type Ending, onStop } from "./process.ts";

const UNSENT = 65_536; // bytes in the send queue before stdin is paused
const REST_OF_LINE = 100; // ms before an incomplete line is shown
const LONGEST = 16_384; // characters of an incomplete line that is shown at once
const LF = 10;

/** The input and output of a raw connection. */
interface RawUi {
  connected(): void;
  received(bytes: Uint8Array): void;
  /** The send queue is empty. */
  drained(): void;
  /** Ends input, writes the rest of the output, and returns the ending, changed if output failed. */
  close(ending: Ending): Promise<Ending>;
}

/**
 * Runs the raw client, for any line-based server: sends typed lines and shows received bytes, both at once. At the end
 * of input the sending half of the connection is closed, and the rest of the server's output is shown.
 */
export async function runRaw(server: Server, prompt: boolean, proc: ClientProcess): Promise<Ending> {
  const connection: RawConnection = new RawConnection(server, {
    connected: () => ui.connected(),
    received: (bytes) => ui.received(bytes),
    drained: () => ui.drained(),
  });
  const ui = prompt && canPrompt(proc) ? promptUi(connection, server, proc) : pipeUi(connection, server, proc);
  const removeListeners = onStop(proc, () => connection.stop());
  connection.open();
  const ending = await connection.ended;
  const final = await ui.close(ending);
  removeListeners();
  return final;
}

/** On a terminal: a prompt, with received lines above it. */
function promptUi(connection: RawConnection, address: ServerAddress, proc: ClientProcess): RawUi {
  const output = new Output(proc.stdout);
  const decoder = new TextDecoder();
  let incomplete = "";
  let cancel: (() => void) | undefined;
  const input = new InputLine(proc, output, {
    entered: (text) => {
      for (const part of text.split("\n")) input.print(`> ${part}`);
      connection.send(encode(`${text}\n`));
    },
    ended: (how) => (how === "end" ? connection.finish() : connection.stop()),
  });
  const showRest = (): void => {
    if (incomplete !== "") input.print(showText(incomplete));
    incomplete = "";
  };
  output.onRoom = () => connection.resume();
  output.onGone = () => connection.stop();
  return {
    connected: () => {
      input.print(`Connected to ${addressName(address)}`);
      input.open();
    },
    received: (bytes) => {
      const parts = (incomplete + decoder.decode(bytes, { stream: true })).split("\n");
      incomplete = parts.pop() ?? "";
      for (const part of parts) input.print(showText(part));
      cancel?.();
      if (incomplete.length > LONGEST) showRest();
      else cancel = proc.clock.after(REST_OF_LINE, showRest);
      if (output.full) connection.pause();
    },
    drained: () => {},
    close: async (ending) => {
      cancel?.();
      showRest();
      input.close();
      await output.flushed();
      return output.withOutputError(ending);
    },
  };
}

/** Without a prompt: bytes are copied; on a terminal as output, control characters are filtered. */
function pipeUi(connection: RawConnection, address: ServerAddress, proc: ClientProcess): RawUi {
  const { stdin, stdout, stderr } = proc;
  const output = new Output(stdout);
  const decoder = new TextDecoder();
  let last = LF;
  const data = (bytes: Uint8Array): void => {
    last = bytes.at(-1) ?? last;
    connection.send(bytes);
    if (connection.unsent > UNSENT) stdin.pause();
  };
  const end = (): void => {
    if (last !== LF) connection.send(Uint8Array.of(LF));
    connection.finish();
  };
  output.onRoom = () => connection.resume();
  output.onGone = () => connection.stop();
  const endWatch = output.watch(proc);
  return {
    connected: () => {
      if (stdout.isTTY) output.write(`Connected to ${addressName(address)}\n`);
      else stderr.write(`Connected to ${addressName(address)}\n`);
      stdin.on("data", data);
      stdin.on("end", end);
      stdin.on("error", end);
      stdin.resume();
    },
    received: (bytes) => {
      output.write(stdout.isTTY ? showText(decoder.decode(bytes, { stream: true })) : bytes);
      if (output.full) connection.pause();
    },
    drained: () => void stdin.resume(),
    close: async (ending) => {
      stdin.off("data", data);
      stdin.off("end", end);
      stdin.pause();
      endWatch();
      await output.flushed();
      return output.withOutputError(ending);
    },
  };
}

/** One connection to a server that may speak any protocol. */
class RawConnection {
  readonly ended: Promise<Ending>;
  readonly #end: (ending: Ending) => void;
  readonly #server: Server;
  readonly #ui: Omit<RawUi, "close">;
  readonly #outgoing = new Outgoing();
  #transport: ClientTransport | undefined;
  #isOpened = false;
  #finished = false;

  constructor(server: Server, ui: Omit<RawUi, "close">) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    this.#server = server;
    this.#ui = ui;
  }

  get unsent(): number {
    return this.#outgoing.size;
  }

  open(): void {
    this.#server.connect({
      opened: (transport) => {
        this.#isOpened = true;
        this.#transport = transport;
        this.#ui.connected();
      },
      received: (bytes) => this.#ui.received(bytes),
      drained: () => this.#flush(),
      closed: (error) => this.#closed(error),
      told: () => {},
    });
  }

  /** Sends bytes, after those in the queue. */
  send(bytes: Uint8Array): void {
    this.#outgoing.push(bytes);
    this.#flush();
  }

  /** Closes the sending half once the queue is empty; still receives. */
  finish(): void {
    this.#finished = true;
    this.#flush();
  }

  pause(): void {
    this.#transport?.pause();
  }

  resume(): void {
    this.#transport?.resume();
  }

  /** Ends the connection: the server has closed it, or the user quits. */
  stop(): void {
    this.#end({ code: 0, words: [] });
    this.#transport?.close();
    this.#transport = undefined;
  }

  #flush(): void {
    if (this.#transport === undefined || !this.#outgoing.flush(this.#transport)) return;
    if (this.#finished) this.#transport.finish();
    else this.#ui.drained();
  }

  #closed(error: unknown): void {
    if (!this.#isOpened) return this.#end({ code: 3, words: unreachable(this.#server, error) });
    if (error === undefined || error === null) return this.stop();
    this.#end({ code: 1, words: [`lost the server at ${addressName(this.#server)}: ${wordsOf(error)}`] });
  }
}
