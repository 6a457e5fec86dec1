import { isLoopback } from "../../text/address.ts";
import { decode } from "../../text/bytes.ts";
import type { FrameKind } from "../../web/frames.ts";
import type { BodyReader } from "../../web/http.ts";
import { type Closing, closing } from "../../wire/closing.ts";
import { OVERLONG } from "../../wire/lines.ts";
import type { Broadcast as CastInterface, Peer, Protocol } from "../../wire/protocol.ts";
import type { Admission, ConnectionRefusal } from "../limits/connection-limiter.ts";
import { foreignWords, type ProtocolName, protocolNameOf } from "../net/first-line.ts";
import type { ProtocolDetector } from "../net/protocol-detector.ts";
import { gatewayRefusal, isGatewayLine, type Origin, readGatewayLine } from "../net/relays.ts";
import { plainAddress, type Receiver, type Transport } from "../net/transport.ts";
import { WebSocketTransport } from "../net/websocket.ts";
import { OutboxBroadcast } from "./broadcast.ts";
import type { ClosingConnection } from "./closing.ts";
import { type ConnectionRegistry, errorLine } from "./connection-registry.ts";
import { HandshakeTimers, type Ticket } from "./deadlines.ts";
import { InputShare, type InputSource } from "./input-scheduler.ts";
import { LineInput } from "./line-input.ts";
import { Outbox } from "./outbox.ts";
import { RateLimiter } from "./rate-limiter.ts";

const FIRST_LINE = 60_000; // ms in which a key-by-key peer has to finish its first line before it is greeted
const HELD = 16_384; // bytes of unhandled input above which the transport is paused

/**
 * The life of one connection, over any transport: its first bytes choose the protocol, its lines go to that protocol,
 * and its end is reported to it.
 *
 * A new connection has no protocol. The first non-blank line chooses one; after a silence the peer counts as a person.
 */
export class Connection implements Peer, Receiver, InputSource {
  readonly id: number;
  host: string;
  address: string;
  port: number;
  isExempt: boolean;
  device: string | undefined;
  tokens: Set<string> | undefined;
  readonly since: number;
  heard: number;
  /** The protocol that the peer speaks, once its input has shown it. */
  protocolName: ProtocolName | "undecided" = "undecided";
  readonly outbox: Outbox;
  readonly handshakeTimers: HandshakeTimers;
  readonly share: InputShare;
  /** Its entry in the connection limiter; without one, no connection limit applies. */
  admission: Admission | undefined;
  /** The connection that carries this one, such as SSH a session; the limiter counts both as one. */
  readonly carrier: Connection | undefined;
  /** Reads the transport until the first bytes have shown the protocol. */
  detector: ProtocolDetector | undefined;
  readonly #registry: ConnectionRegistry;
  #transport: Transport;
  readonly #input: LineInput;
  #protocol: Protocol | undefined;
  /** Whether a line of the peer has chosen the protocol, not its silence. */
  #isProtocolChosen = false;
  /** Whether the peer has sent its last byte, or we read no further; `#endedFor` has the reason. */
  hasEnded = false;
  #endedFor: Closing | undefined;
  /** The reason for closing, once the connection is closing. */
  #closing: Closing | undefined;
  #isFinished = false;
  /** Cuts the connection off if closing takes too long. */
  #lingerDeadline: Ticket<Connection> | undefined;
  /** Set once everything is sent and our side is closed. */
  #closingConnection: ClosingConnection | undefined;
  #isGone = false;
  #rateLimiter: RateLimiter;
  /** Whether a WEBIRC gateway has reported an encrypted connection to its user; `undefined` without a gateway. */
  #isSecureByGateway: boolean | undefined;
  #isPaused = false;
  /** Whether `flushed` has work to do: the connection is closing, or its input waits for the outbox. */
  awaitsFlush = false;

  constructor(registry: ConnectionRegistry, transport: Transport, id: number, now: number, carrier?: Connection) {
    this.#registry = registry;
    this.carrier = carrier;
    this.admission = carrier?.admission;
    this.#transport = transport;
    this.id = id;
    this.since = now;
    this.heard = now;
    this.address = plainAddress(transport.remote.address);
    this.port = transport.remote.port;
    this.isExempt = registry.isExempt(this.address);
    this.host = registry.cloak(this.address);
    this.#rateLimiter = new RateLimiter(registry, this, this.isExempt, now);
    this.outbox = new Outbox(registry.tick, transport, this);
    this.handshakeTimers = new HandshakeTimers(registry, this);
    this.#input = new LineInput({
      begun: () => this.handshakeTimers.begun(),
      settled: () => this.handshakeTimers.end(),
      swallowed: (count) => this.#rateLimiter.swallow(count),
    });
    this.share = new InputShare(registry.tick.clock());
    transport.receiver = this;
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** Switches to another transport, such as TLS over the current one. */
  switchTransport(transport: Transport): void {
    this.#transport = transport;
    this.outbox.transport = transport;
    transport.receiver = this;
  }

  get isSecure(): boolean {
    return this.#isSecureByGateway ?? this.#transport.remote.isSecure ?? false;
  }

  /** `undefined` behind a gateway: the certificate would be the gateway's, not the peer's. */
  get fingerprint(): string | undefined {
    return this.#isSecureByGateway !== undefined ? undefined : this.#transport.remote.fingerprint;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Everything received is answered, and the transport has taken the answers. */
  get isAtRest(): boolean {
    if (!this.outbox.isEmpty || this.#mustWait || this.#protocol?.isUnfinished) return false;
    return this.#input.isAtRest;
  }

  // Receiver: called by the transport.

  received(bytes: Uint8Array): void {
    if (this.#closingConnection) return this.#closingConnection.received(bytes.length);
    if (this.#closing !== undefined) return this.#pause();
    const { tick, clock } = this.#registry;
    tick.begin(bytes.length);
    this.heard = clock();
    this.#input.push(bytes);
    tick.input.offer(this);
    if (this.#input.held > HELD) this.#pause();
  }

  ended(why?: Closing): void {
    this.hasEnded = true;
    this.#endedFor ??= why;
    if (!this.#isFinished) this.#registry.tick.input.offer(this);
    else this.#registry.inTick(this, () => this.#isGone || this.#transport.close());
  }

  drained(): void {
    this.outbox.drained();
  }

  /** The transport is gone. */
  closed(reason: Closing): void {
    this.handshakeTimers.end();
    this.outbox.shut();
    this.#registry.tick.input.withdraw(this);
    this.#input.clear();
    this.#lingerDeadline?.cancel();
    this.#closing ??= reason;
    this.#registry.remove(this, this.#closing);
    this.#isFinished = true;
    this.#isGone = true;
    if (this.#closingConnection) this.#closingConnection.transport = undefined;
    const protocol = this.#protocol;
    this.#protocol = undefined;
    if (protocol) this.#registry.inTick(this, () => protocol.gone(this.#closing ?? reason));
  }

  /** Settles on IRC without looking at the lines: it is known already, as from a WEBIRC line. */
  speakIrc(): void {
    this.#settle("irc");
    this.#protocol = this.#registry.protocols.client(this);
  }

  /** Settles on HTTP: the first bytes have shown it. */
  speakHttp(): void {
    this.#settle("http");
    this.#protocol = this.#registry.protocols.browser(this);
  }

  /**
   * Goes on as a WebSocket that speaks IRC. `answer` ends the handshake; everything sent before has to be flushed, and
   * bytes received after the request are frames.
   */
  openWebSocket(answer: Uint8Array, kind: FrameKind): void {
    const webSocket = new WebSocketTransport(this.#transport, this.#registry.frames[kind], answer);
    this.switchTransport(webSocket);
    this.speakIrc();
    this.#input.filterBy(webSocket);
  }

  /** Passes the bytes that follow through the reader of a request's body. */
  readBody(body: BodyReader): void {
    this.#input.filterBy(body);
  }

  /** Everything queued has been taken by the transport. */
  get isFlushed(): boolean {
    return this.outbox.isEmpty;
  }

  /** Settles on a protocol that reads the transport itself, and reports its end to `closed`. */
  speak(protocolName: ProtocolName, protocol: Protocol): void {
    this.#settle(protocolName);
    this.#protocol = protocol;
  }

  /**
   * Takes the peer's own address, as a proxy or gateway has reported it. False if the limits or a ban refuse that
   * address: the peer has been told, and is closed. `isRelay`: the peer is itself a gateway, which may report another
   * address later.
   */
  setOrigin(origin: Origin, isRelay: boolean): boolean {
    const refusal = this.#moveTo(origin, isRelay);
    if (refusal !== undefined) this.#turnAway(refusal);
    return refusal === undefined;
  }

  /** Takes the peer's own address, as an HTTP proxy has reported it. Returns why the limits or a ban refuse it. */
  readdress(address: string): string | undefined {
    const refusal = this.#moveTo({ address, port: 0 }, false);
    return refusal && this.#registry.refuse(address, refusal);
  }

  #moveTo({ address, port }: Origin, isRelay: boolean): ConnectionRefusal | undefined {
    const by = this.address;
    const registry = this.#registry;
    this.address = address;
    this.port = port;
    this.isExempt = registry.isExempt(address);
    this.host = registry.cloak(address);
    this.#rateLimiter = new RateLimiter(registry, this, this.isExempt, registry.clock());
    registry.relayed(this, by);
    return this.admission && registry.connectionLimiter.move(this.admission, address, isRelay);
  }

  // Called by timers and the tick.

  /** The peer has sent nothing since it connected: it is taken for a person and greeted. */
  silent(): void {
    if (this.#protocol || this.#input.waiting > 0 || this.#closing !== undefined) return;
    this.#registry.undecided.delete(this);
    this.detector?.giveUp();
    this.protocolName = "person";
    this.#beginPerson(true);
  }

  /** No newline has followed the first bytes: each packet is a message from now on. */
  fragmentDue(): void {
    if (this.detector) this.#takeFromDetector(this.detector);
    if (this.#closing === undefined && this.#input.fragmentDue()) this.#registry.tick.input.offer(this);
  }

  /** Handles lines until its share of the tick is spent. With no line left, reads on or handles the end of input. */
  serve(isSpent: () => boolean): boolean {
    try {
      this.awaitsFlush = this.#mustStop;
      while (!this.awaitsFlush) {
        if (this.#protocol?.isUnfinished) this.#protocol.continueLine?.();
        else {
          const line = this.#nextLine();
          if (line === undefined) break;
          this.#hear(line);
        }
        this.#rateLimiter.spend(this.#protocol?.weight ?? 1);
        this.awaitsFlush = this.#mustStop;
        if (!isSpent()) continue;
        if (!this.awaitsFlush && (this.#input.hasMore || this.#protocol?.isUnfinished)) return true;
        break;
      }
      this.#readOn();
    } catch (error) {
      this.failed(error);
    }
    return false;
  }

  housekeep(now: number): void {
    // A key-by-key peer has no protocol until its first Enter; it must not stay that way forever.
    if (this.#input.isKeyByKey && now - this.since > FIRST_LINE) this.silent();
    this.#protocol?.housekeep(now);
  }

  /** Closes at once: the orderly end took too long or is not wanted. */
  cutOff(): void {
    if (!this.#isGone) this.#transport.terminate();
  }

  farewell(reason: Closing): void {
    if (this.#protocol) this.#protocol.farewell(reason);
    else this.finish(reason);
  }

  /** The rate limiter may have credit again. */
  creditDue(): void {
    if (this.#closing === undefined && this.#rateLimiter.mayGoOn()) this.#registry.tick.input.offer(this);
  }

  /** The tick has flushed the outbox. */
  flushed(): void {
    if (this.#isFinished) return;
    if (this.#registry.overflows(this.outbox)) return this.#terminate(closing("send-queue"));
    if (this.#closing !== undefined) {
      if (this.outbox.isEmpty) this.#finish();
    } else if (!this.#mustWait) {
      this.#registry.tick.input.offer(this);
    }
  }

  /** Reports an exception thrown while the connection was served, and closes the connection. */
  failed(error: unknown): void {
    this.report(error);
    if (!this.#isGone) this.#terminate(closing("bug"));
  }

  // Peer: called by the protocol.

  push(bytes: Uint8Array, provisional?: boolean): void {
    if (this.#closing === undefined) this.outbox.push(bytes, provisional);
  }

  stream(answer: Iterator<Uint8Array>): void {
    if (this.#closing === undefined) this.outbox.stream(answer);
  }

  hold(): void {
    this.#rateLimiter.hold();
  }

  release(): void {
    this.#rateLimiter.release();
    this.#registry.tick.input.offer(this);
  }

  soon(work: () => void): void {
    this.#registry.delayed.set(() => {
      if (this.#closing === undefined) this.#registry.inTick(this, work);
    });
  }

  discard(): void {
    this.outbox.discard();
  }

  admit(account: string | undefined): boolean {
    const refusal = this.admission && this.#registry.connectionLimiter.settle(this.admission, account);
    if (refusal === undefined) return true;
    this.#turnAway(refusal);
    return false;
  }

  report(error: unknown): void {
    this.#registry.failed(error instanceof Error ? error : new Error(String(error)), this.id);
  }

  finish(reason: Closing): void {
    if (this.#closing !== undefined) return;
    this.#closing = reason;
    this.awaitsFlush = true;
    this.handshakeTimers.end();
    this.#input.clear();
    this.#lingerDeadline = this.#registry.lingers.set(this);
    this.outbox.mark();
  }

  newBroadcast(): CastInterface {
    return new OutboxBroadcast(this.#registry.tick);
  }

  /** The first bytes are no detectable protocol: they are the beginning of a line. */
  #takeFromDetector(detector: ProtocolDetector): void {
    detector.giveUp();
    while (this.#input.takePacket());
  }

  /** The next line of the received packets. Stops early if packets without content use up the rate limit. */
  #nextLine(): Uint8Array | typeof OVERLONG | undefined {
    for (;;) {
      const line = this.#input.next();
      if (line !== undefined || this.#rateLimiter.mustWait || !this.#input.takePacket()) return line;
    }
  }

  #hear(line: Uint8Array | typeof OVERLONG): void {
    if (line === OVERLONG) this.#overlong();
    else if (this.#isProtocolChosen && this.#protocol) this.#protocol.line(line);
    else if (this.#isProtocolChosen || !this.#handleGatewayLine(line)) this.#protocolFor(line).line(line);
  }

  /** Handles a WEBIRC line: accepts or refuses it. False if the line is none. */
  #handleGatewayLine(line: Uint8Array): boolean {
    const { protocols, relays } = this.#registry;
    const text = decode(line);
    if (!protocols.foreign || !isGatewayLine(text)) return false;
    this.handshakeTimers.end();
    this.#isProtocolChosen = true;
    this.#protocol?.gone(closing("other-protocol", "Speaks IRC"));
    const said = readGatewayLine(text);
    const refusal = gatewayRefusal(relays, this.address, said);
    if (refusal !== undefined || said?.address === undefined) {
      this.#registry.refuseGateway(this, refusal ?? "");
      this.protocolName = "foreign";
      this.#protocol = protocols.foreign(this, `ERROR :${refusal}`);
      this.#protocol.line(line);
      return true;
    }
    const isHere = isLoopback(this.address);
    this.#isSecureByGateway = said.isSecure && (isHere || this.isSecure);
    this.protocolName = "irc";
    if (this.setOrigin({ address: said.address, port: said.port }, false)) this.speakIrc();
    return true;
  }

  #settle(protocolName: ProtocolName): void {
    this.handshakeTimers.end();
    this.#isProtocolChosen = true;
    this.protocolName = protocolName;
    this.#input.takeAsIs();
  }

  #overlong(): void {
    this.#input.settle();
    this.#protocolFor(new Uint8Array(0)).overlong();
  }

  /** Resumes reading if it was paused; handles the end of input if there is one. */
  #readOn(): void {
    if (this.#isPaused && this.#input.held <= HELD) this.#resume();
    this.#transport.settled?.();
    if ((this.hasEnded || this.#input.hasHungUp) && this.#closing === undefined && !this.#mustWait) this.#endOfInput();
  }

  /** Stops reading until `#resume`. */
  #pause(): void {
    if (this.#isPaused || this.#isGone) return;
    this.#isPaused = true;
    this.#transport.pause();
  }

  #resume(): void {
    if (!this.#isPaused || this.#isGone) return;
    this.#isPaused = false;
    this.#transport.resume();
  }

  get #mustWait(): boolean {
    return this.#rateLimiter.mustWait || this.outbox.isBehind;
  }

  get #mustStop(): boolean {
    return this.#closing !== undefined || this.#rateLimiter.mustWait || this.outbox.isBehind;
  }

  /**
   * Chooses the protocol by the first non-blank line. A peer that was greeted as a person for its silence, or has only
   * pressed Enter, may still turn out to be an IRC client or a foreign protocol.
   */
  #protocolFor(line: Uint8Array): Protocol {
    if (this.#isProtocolChosen && this.#protocol) return this.#protocol;
    this.handshakeTimers.end();
    const text = decode(line);
    this.#isProtocolChosen = text.trim() !== "";
    const { protocols } = this.#registry;
    const protocolName = protocolNameOf(text);
    // An IRC client ends its lines with a newline.
    this.protocolName = protocolName === "irc" && this.#input.isBare ? "person" : protocolName;
    const foreign = this.protocolName === "person" && protocols.foreign && foreignWords(text, line, this.#input.unread);
    if (foreign) this.protocolName = "foreign";
    if (this.protocolName === "irc" || this.protocolName === "http") this.#settle(this.protocolName);
    if (this.protocolName === "person") return this.#protocol ?? this.#beginPerson(false);
    this.#protocol?.gone(closing("other-protocol", this.protocolName === "irc" ? "Speaks IRC" : undefined));
    if (foreign && protocols.foreign) this.#protocol = protocols.foreign(this, foreign);
    else this.#protocol = this.protocolName === "irc" ? protocols.client(this) : protocols.browser(this);
    return this.#protocol;
  }

  /** The protocol is set before `begin`, so that it hears of the connection's end even if `begin` throws. */
  #beginPerson(greeted: boolean): Protocol {
    const protocol = this.#registry.protocols.person(this);
    this.#protocol = protocol;
    protocol.begin?.(greeted);
    return protocol;
  }

  #endOfInput(): void {
    // An IRC line without a newline was cut off: half a message must not be said.
    if (this.protocolName !== "irc") this.#takeRest();
    this.awaitsFlush = this.#mustStop;
    if (this.awaitsFlush) return;
    if (this.#endedFor) this.finish(this.#endedFor);
    else if (this.#protocol) this.#protocol.end();
    else this.finish(closing("closed"));
  }

  /** Handles the input left without a newline as a line. */
  #takeRest(): void {
    const rest = this.#input.takeRest();
    if (rest) this.#hear(rest);
  }

  /** Closes politely, once everything is sent: the peer gets a moment to read it and close its own side. */
  #finish(): void {
    this.#isFinished = true;
    this.#registry.inTick(this, () => {
      if (this.#isGone) return;
      this.#resume();
      this.#closingConnection = this.#registry.closingConnections.close(this.#transport);
      if (this.hasEnded) this.#transport.close();
    });
  }

  /** Tells the peer why it is refused, and closes. */
  #turnAway(refusal: ConnectionRefusal): void {
    this.push(errorLine(this.#registry.refuse(this.address, refusal)));
    this.finish(closing("not-let-in", `Not let in: ${refusal}`));
  }

  /** Cuts the peer off: its outbox takes nothing more, even if closing waits for a tick with room. */
  #terminate(reason: Closing): void {
    this.#isFinished = true;
    this.#closing ??= reason;
    this.#input.clear();
    this.outbox.shut();
    this.#registry.tick.markOverloaded();
    this.#registry.inTick(this, () => this.cutOff());
  }
}
