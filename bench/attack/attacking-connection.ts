import { connect, type Socket } from "node:net";

const SHARE = 14; // connections that come from one address, before another one is used: the limit is 16 at once
const PAUSE = 500; // ms until one who was cut off comes again, about
const BACKLOG = 65536; // bytes that an attacker has ready to be sent: it writes no more while the server takes none
const LOOKED_AT = 2048; // bytes of what comes at once: attackers are to be cheap
const REFUSAL = /^(?:ERROR |:\S+ (?:FAIL|4\d\d|9\d\d) |FAIL |-- )/;

/** What an attack has done, and what has come of it. */
export interface Done {
  connections: number;
  lines: number;
  bytes: number;
  /** Connections that the server has ended. */
  cut: number;
  /** Lines in which the server said no. */
  refused: number;
}

/** How an attacker's connection is to be. */
export interface Manner {
  /** Where it comes from; otherwise an address of the attack's own that few others have. */
  readonly from?: string;
  /** What it says first. */
  readonly opening?: string | Uint8Array;
  /** It reads until a line matches, and nothing after that. */
  readonly deafAfter?: RegExp;
  /** It does not close its side, whatever it is told. */
  readonly holds?: boolean;
  /** It is over, whoever has ended it. */
  readonly lost?: () => void;
}

/** The side of the field from which one attack comes: its addresses, 127.N.0.0/16, its connections, and its numbers. */
export class Front {
  readonly done: Done = { connections: 0, lines: 0, bytes: 0, cut: 0, refused: 0 };
  readonly #port: number;
  readonly #block: number;
  readonly #foes = new Set<Foe>();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #opened = 0;
  #isOver = false;

  constructor(port: number, block: number) {
    this.#port = port;
    this.#block = block;
  }

  /** An address of this attack, by its number. */
  address(number: number): string {
    return `127.${this.#block}.${Math.floor(number / 250) % 256}.${1 + (number % 250)}`;
  }

  open(manner: Manner = {}): Foe {
    const from = manner.from ?? this.address(Math.floor(this.#opened++ / SHARE));
    const way = { port: this.#port, host: "127.0.0.1", localAddress: from, allowHalfOpen: manner.holds === true };
    const foe = new Foe(connect(way), this.done, manner, () => {
      this.#foes.delete(foe);
      if (!this.#isOver) manner.lost?.();
    });
    this.#foes.add(foe);
    return foe;
  }

  /** Keeps so many connections: where one is lost, another one comes some ms later. */
  keep(
    count: number,
    manner: () => Manner,
    opened: (foe: Foe, number: number) => void = () => {},
    pause = PAUSE,
  ): void {
    const again = (number: number) => {
      if (this.#isOver) return;
      const lost = () => void setTimeout(again, pause * (0.5 + Math.random()), number);
      opened(this.open({ ...manner(), lost }), number);
    };
    for (let number = 0; number < count; number++) setTimeout(again, number * 4, number);
  }

  /** Does something again and again, every so many ms. */
  every(interval: number, act: () => void): void {
    this.#timers.push(setInterval(act, interval));
  }

  /** Keeps so many connections, which all send something again and again, each every so many ms. */
  press(count: number, interval: number, manner: () => Manner, send: (foe: Foe, number: number) => void): void {
    const pressing = new Map<number, Foe>();
    this.keep(count, manner, (foe, number) => pressing.set(number, foe));
    this.every(interval, () => {
      for (const [number, foe] of pressing) if (foe.canSend) send(foe, number);
    });
  }

  stop(): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const foe of this.#foes) foe.leave();
  }
}

/** An attacker's end of a connection. */
export class Foe {
  readonly #socket: Socket;
  readonly #done: Done;
  readonly #manner: Manner;
  #isOpen = false;
  #isLeaving = false;
  #rest = "";

  constructor(socket: Socket, done: Done, manner: Manner, lost: () => void) {
    this.#socket = socket;
    this.#done = done;
    this.#manner = manner;
    socket.on("connect", () => this.#opened());
    socket.on("data", (bytes) => this.#take(Buffer.from(bytes)));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#isOpen = false;
      if (!this.#isLeaving) done.cut++;
      lost();
    });
  }

  /** It is open, and the server takes what it sends. */
  get canSend(): boolean {
    return this.#isOpen && this.#socket.writableLength < BACKLOG;
  }

  send(data: string | Uint8Array, lines = 1): void {
    this.#done.lines += lines;
    this.#done.bytes += data.length;
    this.#socket.write(data);
  }

  /** Says that it will send nothing more. */
  end(): void {
    this.#socket.end();
  }

  leave(): void {
    this.#isLeaving = true;
    this.#socket.destroy();
  }

  #opened(): void {
    this.#isOpen = true;
    this.#done.connections++;
    const { opening } = this.#manner;
    if (opening !== undefined) this.send(opening);
  }

  #take(bytes: Buffer): void {
    const { deafAfter } = this.#manner;
    const text = this.#rest + bytes.toString("latin1", 0, LOOKED_AT);
    if (deafAfter?.test(text)) this.#socket.pause();
    const lines = text.split("\n");
    this.#rest = bytes.length > LOOKED_AT ? "" : (lines.pop() ?? "").slice(-512);
    for (const line of lines) {
      if (REFUSAL.test(line)) this.#done.refused++;
      else if (line.startsWith("PING ")) this.#socket.write(`PONG ${line.slice(5)}\n`);
    }
  }
}
