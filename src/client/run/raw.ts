import { encode } from "../../text/bytes.ts";
import { showText } from "../../text/filter.ts";
import { addressName, type ServerAddress, unreachable, wordsOf } from "../net/address.ts";
import { Outgoing } from "../net/link.ts";
import type { ClientTransport, Server } from "../net/transport.ts";
import { InputLine } from "../ui/line-input.ts";
import { Output } from "../ui/terminal.ts";
import type { Ending } from "../ui/ui.ts";
import { type ClientProcess, canPrompt, onStop } from "./process.ts";

const UNSENT = 65_536; // bytes that wait for the server before stdin has to wait too
const REST_OF_LINE = 100; // ms that a line may take to be whole before its beginning is shown
const LONGEST = 16_384; // characters of a line before its beginning is shown
const LF = 10;

/** What shows a raw conversation, and feeds it. */
interface RawFace {
  connected(): void;
  received(bytes: Uint8Array): void;
  /** The server has taken what we sent. */
  drained(): void;
  /** Answers the ending as it is when all was written that could be. */
  close(ending: Ending): Promise<Ending>;
}

/**
 * The client for any line-based server: what is typed is sent as lines, what comes is shown as it comes, both at once.
 * At the end of input our half of the connection is closed, and what the server still sends is shown.
 */
export async function runRaw(server: Server, prompt: boolean, proc: ClientProcess): Promise<Ending> {
  const line: RawLine = new RawLine(server, {
    connected: () => face.connected(),
    received: (bytes) => face.received(bytes),
    drained: () => face.drained(),
  });
  const face = prompt && canPrompt(proc) ? promptFace(line, server, proc) : pipeFace(line, server, proc);
  const removeListeners = onStop(proc, () => line.stop());
  line.open();
  const ending = await line.ended;
  const final = await face.close(ending);
  removeListeners();
  return final;
}

/** The face on a terminal: a prompt, and what arrives above it. */
function promptFace(line: RawLine, address: ServerAddress, proc: ClientProcess): RawFace {
  const output = new Output(proc.stdout);
  const decoder = new TextDecoder();
  let begun = "";
  let cancel: (() => void) | undefined;
  const input = new InputLine(proc, output, {
    entered: (text) => {
      for (const part of text.split("\n")) input.print(`> ${part}`);
      line.send(encode(`${text}\n`));
    },
    ended: (how) => (how === "end" ? line.finish() : line.stop()),
  });
  const showRest = (): void => {
    if (begun !== "") input.print(showText(begun));
    begun = "";
  };
  output.onRoom = () => line.resume();
  output.onGone = () => line.stop();
  return {
    connected: () => {
      input.print(`Connected to ${addressName(address)}`);
      input.open();
    },
    received: (bytes) => {
      const parts = (begun + decoder.decode(bytes, { stream: true })).split("\n");
      begun = parts.pop() ?? "";
      for (const part of parts) input.print(showText(part));
      cancel?.();
      if (begun.length > LONGEST) showRest();
      else cancel = proc.clock.after(REST_OF_LINE, showRest);
      if (output.full) line.pause();
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

/** The face without a prompt: bytes out exactly, but on a terminal only what may be shown. */
function pipeFace(line: RawLine, address: ServerAddress, proc: ClientProcess): RawFace {
  const { stdin, stdout, stderr } = proc;
  const output = new Output(stdout);
  const decoder = new TextDecoder();
  let last = LF;
  const data = (bytes: Uint8Array): void => {
    last = bytes.at(-1) ?? last;
    line.send(bytes);
    if (line.unsent > UNSENT) stdin.pause();
  };
  const end = (): void => {
    if (last !== LF) line.send(Uint8Array.of(LF));
    line.finish();
  };
  output.onRoom = () => line.resume();
  output.onGone = () => line.stop();
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
      if (output.full) line.pause();
    },
    drained: () => void stdin.resume(),
    close: async (ending) => {
      stdin.off("data", data);
      stdin.off("end", end);
      stdin.pause();
      await output.flushed();
      return output.withOutputError(ending);
    },
  };
}

/** One connection to a server of which nothing is known but that it sends and takes bytes. */
class RawLine {
  readonly ended: Promise<Ending>;
  readonly #end: (ending: Ending) => void;
  readonly #server: Server;
  readonly #face: Omit<RawFace, "close">;
  readonly #outgoing = new Outgoing();
  #transport: ClientTransport | undefined;
  #isOpened = false;
  #finished = false;

  constructor(server: Server, face: Omit<RawFace, "close">) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    this.#server = server;
    this.#face = face;
  }

  get unsent(): number {
    return this.#outgoing.size;
  }

  open(): void {
    this.#server.connect({
      opened: (transport) => {
        this.#isOpened = true;
        this.#transport = transport;
        this.#face.connected();
      },
      received: (bytes) => this.#face.received(bytes),
      drained: () => this.#flush(),
      closed: (error) => this.#closed(error),
      told: () => {},
    });
  }

  /** Sends bytes, behind those that still wait. */
  send(bytes: Uint8Array): void {
    this.#outgoing.push(bytes);
    this.#flush();
  }

  /** Closes our half when all is sent; what the server still sends is heard. */
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

  /** Ends it: the server has closed, or the user wants no more. */
  stop(): void {
    this.#end({ code: 0, words: [] });
    this.#transport?.close();
    this.#transport = undefined;
  }

  #flush(): void {
    if (this.#transport === undefined || !this.#outgoing.flush(this.#transport)) return;
    if (this.#finished) this.#transport.finish();
    else this.#face.drained();
  }

  #closed(error: unknown): void {
    if (!this.#isOpened) return this.#end({ code: 3, words: unreachable(this.#server, error) });
    if (error === undefined || error === null) return this.stop();
    this.#end({ code: 1, words: [`lost the server at ${addressName(this.#server)}: ${wordsOf(error)}`] });
  }
}
