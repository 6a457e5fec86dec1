import type { Authentication, IncomingClient, Messages, ParsedKey, Session } from "ssh2";
import { DuplexBridge } from "../server/net/duplex-bridge.ts";
import type { Receiver, Remote, Transport } from "../server/net/transport.ts";
import type { Connection } from "../server/peer/connection.ts";
import type { ConnectionRegistry } from "../server/peer/connection-registry.ts";
import type { Ticket } from "../server/peer/deadlines.ts";
import type { InputShare, InputSource } from "../server/peer/input-scheduler.ts";
import type { LoginRefusal } from "../server/serve.ts";
import { encode } from "../text/bytes.ts";
import { type Closing, type ClosingReason, closing } from "../wire/closing.ts";
import type { Protocol } from "../wire/protocol.ts";
import type { Pacer } from "./frame-budget.ts";
import { type LoginContext, SshLogin } from "./login.ts";
import type { Library, SshServer } from "./server.ts";
import { type RunProgram, type SessionContext, SshSession, type SshUser, WINDOW } from "./session.ts";

const SLICE = 2048; // bytes handled at once, so that the input scheduler can share the time
const HELD = 16_384; // bytes that wait to be handled, above which the transport is paused
const HEAD = 8192; // bytes before the end of the first line (RFC 4253 4.2: 255)
const BACKLOG = 1 << 20; // bytes that the client has provoked or asked for and does not read
const QUEUED = 1000; // packets that wait for the end of a key exchange

const SESSIONS = 4; // at once
const IDLE = 60_000; // ms without a session
const REKEYS = 20; // key exchanges within `REKEY_TIME`: each costs some milliseconds
const REKEY_TIME = 60_000; // ms

/** Why a channel is not opened (RFC 4254 5.1): by the code that ssh2 chooses, the right code and words. */
const FAILURES: Readonly<Record<number, readonly [code: number, words: string]>> = {
  1: [1, "this is a chat, which forwards nothing"], // administratively prohibited
  2: [4, `one connection can have ${SESSIONS} sessions at once`], // connect failed; resource shortage
};

/**
 * The life of an SSH connection: bytes to ssh2 and back, the login, and its sessions.
 *
 * ssh2 gets the bytes slice by slice, when the input scheduler grants the time. It has few limits of its own, so they are
 * here: for the time and the tries of a login, sessions, input beyond the window, output that is not read, and key
 * exchanges. A client that exceeds one is disconnected.
 */
export class SshConnection implements Receiver, Protocol, InputSource, LoginContext, SessionContext {
  readonly share: InputShare;
  hasEnded = false;
  readonly connection: Connection;
  readonly #server: SshServer;
  readonly #registry: ConnectionRegistry;
  readonly #transport: Transport;
  readonly #bridge: DuplexBridge;
  #library: Library | undefined;
  #client: IncomingClient | undefined;
  readonly #waiting: Uint8Array[] = [];
  #held = 0;
  /** Bytes given to ssh2. */
  #received = 0;
  #isPaused = false;
  readonly #sessions = new Set<SshSession>();
  readonly #login = new SshLogin(this);
  #isLoggedIn = false;
  readonly #grace: Ticket<SshConnection>;
  /** When it was last seen with a session. */
  #active: number | undefined;
  #rekeys = 0;
  #rekeysSince = 0;
  /** The server ends the connection once its sessions are over. */
  #farewell: Closing | undefined;
  #closing: Closing | undefined;
  #isGone = false;

  constructor(server: SshServer, connection: Connection, registry: ConnectionRegistry) {
    this.connection = connection;
    this.#server = server;
    this.#registry = registry;
    this.#transport = connection.transport;
    this.share = connection.share;
    this.#bridge = new DuplexBridge(this.#transport, (error) => this.failed(error));
    this.#transport.receiver = this;
    this.#grace = server.graces.set(this);
    const { duplex } = this.#bridge;
    duplex.on("error", () => this.disconnect(closing("ssh-failed")));
    duplex.on("finish", () => this.#closeTransport());
    connection.speak("ssh", this);
  }

  /** Speaks SSH from now on: with the bytes that have come, and all later ones. */
  speak(library: Library): void {
    if (this.#isGone) return;
    this.#library = library;
    library.speak(this.#bridge.duplex, (client) => this.guard(() => this.#connected(client)));
    this.#offer();
  }

  /** Ends the connection: the client is told to disconnect. */
  disconnect(reason: Closing): void {
    if (this.#closing) return;
    if (this.#client) sendDisconnect(this.#client._protocol, reason);
    this.#hangUp(reason);
  }

  /** The login has taken too long. */
  graceOver(): void {
    this.disconnect(closing("ssh-login-time"));
  }

  // Receiver.

  get isAtRest(): boolean {
    return this.#bridge.isAtRest;
  }

  received(bytes: Uint8Array): void {
    if (this.#isGone) return;
    this.#waiting.push(bytes);
    this.#held += bytes.length;
    if (this.#held > HELD && !this.#isPaused) {
      this.#isPaused = true;
      this.#transport.pause();
    }
    if (this.#library) this.#offer();
  }

  drained(): void {
    this.#bridge.drained();
    this.#flush();
  }

  /** SSH knows no half-closed connections: the client is gone. */
  ended(): void {
    this.hasEnded = true;
    this.connection.hasEnded = true;
    this.#lose();
    this.#bridge.ended();
  }

  closed(reason: Closing): void {
    this.#lose();
    this.#bridge.closed();
    this.connection.closed(this.#closing ?? this.#farewell ?? reason);
  }

  failed(error: unknown): void {
    this.connection.failed(error);
  }

  // InputSource.

  serve(isSpent: () => boolean): boolean {
    while (!this.#isGone) {
      const bytes = this.#waiting.shift();
      if (!bytes) break;
      if (bytes.length > SLICE) this.#waiting.unshift(bytes.subarray(SLICE));
      const slice = bytes.subarray(0, SLICE);
      this.#held -= slice.length;
      this.#received += slice.length;
      this.guard(() => this.#bridge.received(slice));
      this.#checkLimits();
      if (this.#waiting.length > 0 && isSpent()) return true;
    }
    if (this.#isPaused && !this.#isGone) {
      this.#isPaused = false;
      this.#transport.resume();
    }
    return false;
  }

  // Protocol: the lines of a connection are not for this.

  line(): void {}

  overlong(): void {}

  end(): void {}

  gone(): void {
    this.#lose();
  }

  /** Ends the sessions, each with the reason, and then the connection. */
  farewell(reason: Closing): void {
    if (this.#sessions.size === 0) return this.disconnect(reason);
    this.#farewell ??= reason;
    this.#registry.lingers.set(this.connection);
    for (const session of [...this.#sessions]) session.stop(reason.words);
  }

  housekeep(now: number): void {
    if (!this.#isLoggedIn || this.#sessions.size > 0) this.#active = now;
    this.#active ??= now;
    if (now - this.#active >= IDLE) this.disconnect(closing("ssh-idle"));
  }

  // LoginContext.

  get serverPassword(): string {
    return this.#server.host.config.password;
  }

  get isOver(): boolean {
    return this.#isGone || this.#closing !== undefined;
  }

  hasAccount(name: string): boolean {
    return this.#server.host.hasAccount(name);
  }

  holderOf(fingerprint: string): string | undefined {
    return this.#server.host.holderOf(fingerprint);
  }

  login(name: string, password: string): Promise<LoginRefusal | undefined> {
    return this.#server.host.login(name, password, this.connection);
  }

  parseKey(data: Buffer): ParsedKey | undefined {
    return this.#library?.parseKey(data);
  }

  /** Runs a callback of ssh2, which would take an exception for one of its own. */
  guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.failed(error);
    }
  }

  // SessionContext.

  get user(): SshUser {
    return this.#login.user;
  }

  get remote(): Remote {
    const { address, port } = this.connection;
    return { address, port, isSecure: true, fingerprint: this.#login.fingerprint };
  }

  get hasRoom(): boolean {
    return !this.#isGone && this.#bridge.isAtRest && this.#client?._protocol._queue === undefined;
  }

  get run(): RunProgram {
    return this.#server.setup.run;
  }

  start(session: SshSession): string | undefined {
    return this.#server.start(session);
  }

  pacer(): Pacer {
    return this.#server.frames.pacer();
  }

  accept(transport: Transport): void {
    this.#server.host.accept(this.connection, transport);
  }

  adjustWindow(session: Session, bytes: number): void {
    if (!this.#isGone && !this.#closing)
      this.#client?._protocol.channelWindowAdjust(session._chanInfo.outgoing.id, bytes);
  }

  cutOff(): void {
    if (this.#isGone) return;
    this.#closing ??= closing("send-queue");
    this.#lose();
    this.connection.cutOff();
  }

  report(error: unknown): void {
    this.connection.report(error);
  }

  sessionEnded(session: SshSession): void {
    if (!this.#sessions.delete(session)) return;
    this.#server.ended(session);
    // A client that is told to disconnect would not report the session's exit code.
    if (this.#farewell && this.#sessions.size === 0 && !this.#isGone) this.#hangUp(this.#farewell);
  }

  /** Ends our side of the connection. */
  #hangUp(reason: Closing): void {
    if (this.#closing) return;
    this.#closing = reason;
    this.#registry.lingers.set(this.connection);
    this.#bridge.duplex.end();
  }

  #offer(): void {
    this.#registry.tick.input.offer(this);
  }

  #flush(): void {
    for (const session of [...this.#sessions]) session.flush();
  }

  #connected(client: IncomingClient): void {
    this.#client = client;
    client.on("error", () => {
      this.#closing ??= closing("ssh-failed");
    });
    client.on("authentication", (request: Authentication) => this.guard(() => this.#login.request(request)));
    client.on("ready", () => this.guard(() => this.#loggedIn()));
    client.on("rekey", () => this.guard(() => this.#rekeyed()));
    client.on("session", (accept: () => Session, reject: () => void) => this.guard(() => this.#open(accept, reject)));
    const protocol = client._protocol;
    const confirm = protocol.channelOpenConfirm.bind(protocol);
    protocol.channelOpenConfirm = (theirs, ours, _window, packetSize) => confirm(theirs, ours, WINDOW, packetSize);
    const fail = protocol.channelOpenFail.bind(protocol);
    protocol.channelOpenFail = (theirs, why) => fail(theirs, ...(FAILURES[why] ?? [why, ""]));
  }

  #loggedIn(): void {
    this.#isLoggedIn = true;
    this.#grace.cancel();
    this.#server.loggedIn(this);
  }

  #open(accept: () => Session, reject: () => void): void {
    if (this.#sessions.size >= SESSIONS || this.#closing || this.#farewell) return reject();
    const session = accept();
    // ssh2 asks for the name of the class, and the compiled program has a shorter one.
    Object.defineProperty(session.constructor, "name", { value: "Session" });
    // The window is counted here: ssh2 announces 2 MB, and lets a client exceed it.
    session._chanInfo.incoming.window = Number.POSITIVE_INFINITY;
    this.#sessions.add(new SshSession(session, this));
  }

  #rekeyed(): void {
    const now = this.#registry.clock();
    if (now - this.#rekeysSince > REKEY_TIME) {
      this.#rekeysSince = now;
      this.#rekeys = 0;
    }
    if (++this.#rekeys > REKEYS) return this.disconnect(closing("ssh-failed", "Too many SSH key exchanges"));
    this.#flush();
  }

  #checkLimits(): void {
    if (!this.#client && this.#received > HEAD) this.disconnect(closing("ssh-failed"));
    const isTooMuch =
      this.#bridge.backlog > BACKLOG ||
      (this.#client?._protocol._queue?.length ?? 0) > QUEUED ||
      this.#sessions.values().some(({ unread }) => unread > WINDOW);
    if (isTooMuch) this.cutOff();
  }

  /** Everything is written: the connection waits for the client to close, as it does for others. */
  #closeTransport(): void {
    if (this.#isGone && !this.hasEnded) return;
    this.#lose();
    this.#bridge.closed();
    this.#transport.receiver = this.connection;
    this.connection.finish(this.#closing ?? this.#farewell ?? closing("closed"));
  }

  /** The client is gone: so are its sessions. */
  #lose(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#grace.cancel();
    this.#waiting.length = 0;
    this.#registry.tick.input.withdraw(this);
    for (const session of [...this.#sessions]) session.lost();
    this.#server.gone(this);
  }
}

const DISCONNECT = 1; // RFC 4253 11.1
const BY_APPLICATION = 11;
/** Codes of RFC 4250 4.2.2; all other reasons are the application's. */
const CODES: Partial<Record<ClosingReason, number>> = {
  "ssh-logins": 12, // too many connections
  "login-tries": 14, // no more auth methods available
};

const PACKET_HEAD = 5; // bytes before the payload of a packet: its length and that of its padding
const BLOCK = 8; // bytes that an unencrypted packet is a multiple of
const LEAST_PADDING = 4; // bytes

/** Tells a client why it is disconnected: ssh2 would send the message without words. */
function sendDisconnect({ _cipher: cipher }: Messages, reason: Closing): void {
  const payload = disconnectPayload(reason);
  const packet = cipher.allocPacket(payload.length);
  packet.set(payload, PACKET_HEAD);
  cipher.encrypt(packet);
}

/** The bytes that disconnect a client before the key exchange: the server's first line, and an unencrypted packet. */
export function refusalOf(ident: string, reason: Closing): Uint8Array {
  const payload = disconnectPayload(reason);
  const unpadded = PACKET_HEAD + payload.length + LEAST_PADDING;
  const packet = Buffer.alloc(Math.ceil(unpadded / BLOCK) * BLOCK);
  packet.writeUInt32BE(packet.length - 4);
  packet[4] = packet.length - PACKET_HEAD - payload.length;
  packet.set(payload, PACKET_HEAD);
  return Buffer.concat([encode(`SSH-2.0-${ident}\r\n`), packet]);
}

function disconnectPayload({ why, words }: Closing): Uint8Array {
  const text = encode(words);
  const payload = Buffer.alloc(1 + 4 + 4 + text.length + 4);
  payload[0] = DISCONNECT;
  payload.writeUInt32BE(CODES[why] ?? BY_APPLICATION, 1);
  payload.writeUInt32BE(text.length, 5);
  payload.set(text, 9);
  return payload;
}
