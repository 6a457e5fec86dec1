import { connect, type Socket } from "node:net";

const SHARE = 14; // connections from one address before the next address is used: the limit is 16 at once
const PAUSE = 500; // ms until a closed attacker reconnects, about
const BACKLOG = 65536; // bytes in an attacker's send buffer: it writes nothing more while the server takes none
const LOOKED_AT = 2048; // received bytes that are examined at a time, so that attackers stay cheap
const REFUSAL = /^(?:ERROR |:\S+ (?:FAIL|4\d\d|9\d\d) |FAIL |-- )/;

/** The numbers of an attack. */
export interface Done {
  connections: number;
  lines: number;
  bytes: number;
  /** Connections that the server has closed. */
  cut: number;
  /** Lines with a refusal. */
  refused: number;
}

/** The behaviour of an attacker's connection. */
export interface ConnectionBehaviour {
  /** The address it comes from; by default one of the attack's own. */
  readonly from?: string;
  /** The first bytes that it sends. */
  readonly opening?: string | Uint8Array;
  /** Reads until a line matches, and then stops reading. */
  readonly deafAfter?: RegExp;
  /** Never closes its side. */
  readonly holds?: boolean;
  /** Called when the connection has ended. */
  readonly lost?: () => void;
}

/** The base of one attack: its addresses in 127.N.0.0/16, its connections, and its numbers. */
export class AttackBase {
  readonly done: Done = { connections: 0, lines: 0, bytes: 0, cut: 0, refused: 0 };
  readonly #port: number;
  readonly #block: number;
  readonly #connections = new Set<AttackingConnection>();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #opened = 0;
  #isOver = false;

  constructor(port: number, block: number) {
    this.#port = port;
    this.#block = block;
  }

  /** The nth address of this attack. */
  address(number: number): string {
    return `127.${this.#block}.${Math.floor(number / 250) % 256}.${1 + (number % 250)}`;
  }

  open(behaviour: ConnectionBehaviour = {}): AttackingConnection {
    const from = behaviour.from ?? this.address(Math.floor(this.#opened++ / SHARE));
    const way = { port: this.#port, host: "127.0.0.1", localAddress: from, allowHalfOpen: behaviour.holds === true };
    const connection = new AttackingConnection(connect(way), this.done, behaviour, () => {
      this.#connections.delete(connection);
      if (!this.#isOver) behaviour.lost?.();
    });
    this.#connections.add(connection);
    return connection;
  }

  /** Keeps this many connections open: a lost one is replaced some ms later. */
  keep(
    count: number,
    behaviour: () => ConnectionBehaviour,
    opened: (connection: AttackingConnection, number: number) => void = () => {},
    pause = PAUSE,
  ): void {
    const again = (number: number) => {
      if (this.#isOver) return;
      const lost = () => void setTimeout(again, pause * (0.5 + Math.random()), number);
      opened(this.open({ ...behaviour(), lost }), number);
    };
    for (let number = 0; number < count; number++) setTimeout(again, number * 4, number);
  }

  /** Calls a function every `interval` ms. */
  every(interval: number, act: () => void): void {
    this.#timers.push(setInterval(act, interval));
  }

  /** Keeps this many connections open, each of which sends something at a fixed interval. */
  press(
    count: number,
    interval: number,
    behaviour: () => ConnectionBehaviour,
    send: (connection: AttackingConnection, number: number) => void,
  ): void {
    const pressing = new Map<number, AttackingConnection>();
    this.keep(count, behaviour, (connection, number) => pressing.set(number, connection));
    this.every(interval, () => {
      for (const [number, connection] of pressing) if (connection.canSend) send(connection, number);
    });
  }

  stop(): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const connection of this.#connections) connection.leave();
  }
}

/** An attacker's connection. */
export class AttackingConnection {
  readonly #socket: Socket;
  readonly #done: Done;
  readonly #behaviour: ConnectionBehaviour;
  #isOpen = false;
  #isLeaving = false;
  #rest = "";

  constructor(socket: Socket, done: Done, behaviour: ConnectionBehaviour, lost: () => void) {
    this.#socket = socket;
    this.#done = done;
    this.#behaviour = behaviour;
    socket.on("connect", () => this.#opened());
    socket.on("data", (bytes) => this.#take(Buffer.from(bytes)));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#isOpen = false;
      if (!this.#isLeaving) done.cut++;
      lost();
    });
  }

  /** Whether it is open and the server takes its bytes. */
  get canSend(): boolean {
    return this.#isOpen && this.#socket.writableLength < BACKLOG;
  }

  send(data: string | Uint8Array, lines = 1): void {
    this.#done.lines += lines;
    this.#done.bytes += data.length;
    this.#socket.write(data);
  }

  /** Closes the sending side. */
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
    const { opening } = this.#behaviour;
    if (opening !== undefined) this.send(opening);
  }

  #take(bytes: Buffer): void {
    const { deafAfter } = this.#behaviour;
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
