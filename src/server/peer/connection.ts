import { decode } from "../../text/bytes.ts";
import { type Closing, closing } from "../../wire/closing.ts";
import { OVERLONG } from "../../wire/lines.ts";
import type { Broadcast as CastInterface, Peer, Protocol } from "../../wire/protocol.ts";
import type { Admission, Closed } from "../limits/connection-limiter.ts";
import { type Face, faceOf, foreignWords } from "../net/first-line.ts";
import type { ProtocolDetector } from "../net/protocol-detector.ts";
import type { Origin } from "../net/proxy-protocol.ts";
import { gatewayTrouble, isGatewayLine, readGatewayLine } from "../net/relays.ts";
import { isLoopback, plainAddress, type Receiver, type Transport } from "../net/transport.ts";
import { OutboxBroadcast } from "./broadcast.ts";
import type { ClosingConnection } from "./closing.ts";
import type { ConnectionRegistry } from "./connection-registry.ts";
import { HandshakeTimers, type Ticket } from "./deadlines.ts";
import { InputShare, type InputSource } from "./input-scheduler.ts";
import { LineInput } from "./line-input.ts";
import { Outbox } from "./outbox.ts";
import { RateLimiter } from "./rate-limiter.ts";

const FIRST_LINE = 60_000; // ms that a first line may take that is typed, after which its writer is greeted
const HELD = 16_384; // bytes of input that wait, before the peer's transport is paused

/**
 * One peer's life, over any transport: from its first bytes, which choose the face, through its lines, to its end.
 *
 * It begins without a protocol. Its first line with something in it gives it one; silence makes it a person's.
 */
export class Connection implements Peer, Receiver, InputSource {
  readonly id: number;
  host: string;
  address: string;
  port: number;
  isExempt: boolean;
  readonly since: number;
  heard: number;
  /** How it speaks, as far as it has shown. */
  face: Face | "undecided" = "undecided";
  readonly outbox: Outbox;
  readonly handshakeTimers: HandshakeTimers;
  readonly share: InputShare;
  /** How it is counted; one that is nowhere counted may do what it wants. */
  admission: Admission | undefined;
  /** Reads the transport in its stead, until the first bytes have shown what the peer speaks. */
  detector: ProtocolDetector | undefined;
  readonly #registry: ConnectionRegistry;
  #transport: Transport;
  readonly #input: LineInput;
  #protocol: Protocol | undefined;
  /** Set once the protocol is settled by a line of the peer's, not by its silence. */
  #chosen = false;
  /** The peer has sent its last byte. */
  hasEnded = false;
  /** Why it is being closed. */
  #closing: Closing | undefined;
  #finished = false;
  /** When its end is not waited for any longer. */
  #linger: Ticket<Connection> | undefined;
  /** Set once all is sent. */
  #leaving: ClosingConnection | undefined;
  #gone = false;
  #rateLimiter: RateLimiter;
  /** Whether nobody can read along, where a gateway speaks for the peer. */
  #isSecureByGateway: boolean | undefined;
  #paused = false;
  /** The end of a flush concerns it: it is closing, or input waits until the outbox has room. */
  awaitsFlush = false;

  constructor(registry: ConnectionRegistry, transport: Transport, id: number, now: number) {
    this.#registry = registry;
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

  /** Goes on over another transport, such as TLS over the present one, whose reader that one becomes. */
  exchange(transport: Transport): void {
    this.#transport = transport;
    this.outbox.transport = transport;
    transport.receiver = this;
  }

  get isSecure(): boolean {
    return this.#isSecureByGateway ?? this.#transport.remote.isSecure ?? false;
  }

  /** A gateway's own certificate is not the peer's. */
  get fingerprint(): string | undefined {
    return this.#isSecureByGateway !== undefined ? undefined : this.#transport.remote.fingerprint;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** All that has come is answered, and the transport has taken the answers. */
  get isAtRest(): boolean {
    if (!this.outbox.isEmpty || this.#mustWait || this.#protocol?.isUnfinished) return false;
    return this.#input.isAtRest;
  }

  // What the transport tells.

  received(bytes: Uint8Array): void {
    if (this.#leaving) return this.#leaving.heard(bytes.length);
    if (this.#closing !== undefined) return this.#pause();
    const { tick, clock } = this.#registry;
    tick.begin(bytes.length);
    this.heard = clock();
    this.#input.push(bytes);
    tick.input.offer(this);
    if (this.#input.held > HELD) this.#pause();
  }

  /** The peer has closed its side. */
  ended(): void {
    this.hasEnded = true;
    if (!this.#finished) this.#registry.tick.input.offer(this);
    else this.#registry.inTick(this, () => this.#gone || this.#transport.close());
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
    this.#linger?.callOff();
    this.#closing ??= reason;
    this.#registry.left(this, this.#closing);
    this.#finished = true;
    this.#gone = true;
    if (this.#leaving) this.#leaving.transport = undefined;
    const protocol = this.#protocol;
    this.#protocol = undefined;
    if (protocol) this.#registry.inTick(this, () => protocol.gone(this.#closing ?? reason));
  }

  /** The peer speaks IRC, whatever its lines look like: what came before them has shown so. */
  speakIrc(): void {
    this.handshakeTimers.end();
    this.#input.settle();
    this.#chosen = true;
    this.#setIrc();
    this.#protocol = this.#registry.faces.client(this);
  }

  /**
   * A proxy or a gateway has said from where its peer is. Answers whether that one may come; `isRelay`: it may speak for
   * others in its turn.
   */
  comeFrom({ address, port }: Origin, isRelay: boolean): boolean {
    const by = this.address;
    const registry = this.#registry;
    this.address = address;
    this.port = port;
    this.isExempt = registry.isExempt(address);
    this.host = registry.cloak(address);
    this.#rateLimiter = new RateLimiter(registry, this, this.isExempt, registry.clock());
    registry.relayed(this, by);
    const closed = this.admission && registry.connectionLimiter.move(this.admission, address, isRelay);
    if (closed !== undefined) this.#turnAway(closed);
    return closed === undefined;
  }

  // What time and the turn tell.

  /** It has been silent since it connected: a person is greeted. */
  silent(): void {
    if (this.#protocol || this.#input.waiting > 0 || this.#closing !== undefined) return;
    this.#registry.undecided.delete(this);
    this.detector?.giveUp();
    this.face = "person";
    this.#beginPerson(true);
  }

  /** No newline has followed its first bytes: it writes bare messages. */
  fragmentOver(): void {
    if (this.detector) this.#takeFromDetector(this.detector);
    if (this.#closing === undefined && this.#input.fragmentOver()) this.#registry.tick.input.offer(this);
  }

  /** Its share of the turn: handles lines; once there are none, reads on, or hears that there will be no more. */
  serve(isSpent: () => boolean): boolean {
    try {
      const hasMore = this.#serveLines(isSpent);
      if (!hasMore) this.#readOn();
      return hasMore;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  housekeep(now: number): void {
    // Until its first Enter a peer that sends key by key is nobody: it must not stay so for good.
    if (this.#input.isKeyByKey && now - this.since > FIRST_LINE) this.silent();
    this.#protocol?.housekeep(now);
  }

  /** It was to end: it has not in time, or is not to be waited for. */
  cutOff(): void {
    if (!this.#gone) this.#transport.terminate();
  }

  farewell(reason: Closing): void {
    if (this.#protocol) this.#protocol.farewell(reason);
    else this.finish(reason);
  }

  /** It was slowed down, and some time has passed. */
  creditDue(): void {
    if (this.#closing === undefined && this.#rateLimiter.mayGoOn()) this.#registry.tick.input.offer(this);
  }

  /** The turn has offered its outbox to the transport. */
  flushed(): void {
    if (this.#finished) return;
    if (this.#registry.overflows(this.outbox)) return this.#terminate(closing("send-queue"));
    if (this.#closing !== undefined) {
      if (this.outbox.isEmpty) this.#finish();
    } else if (!this.#mustWait) {
      this.#registry.tick.input.offer(this);
    }
  }

  /** A bug has struck while it was served: it ends. */
  failed(error: unknown): void {
    this.report(error);
    if (!this.#gone) this.#terminate(closing("bug"));
  }

  // What a protocol wants: `Peer`.

  push(bytes: Uint8Array, provisional?: boolean): void {
    if (this.#closing === undefined) this.outbox.push(bytes, provisional);
  }

  draw(answer: Iterator<Uint8Array>): void {
    if (this.#closing === undefined) this.outbox.draw(answer);
  }

  hold(): void {
    this.#rateLimiter.hold();
  }

  release(): void {
    this.#rateLimiter.release();
    this.#registry.tick.input.offer(this);
  }

  soon(work: () => void): void {
    this.#registry.moments.set(() => {
      if (this.#closing === undefined) this.#registry.inTick(this, work);
    });
  }

  discard(): void {
    this.outbox.discard();
  }

  admit(account: string | undefined): boolean {
    const closed = this.admission && this.#registry.connectionLimiter.settle(this.admission, account);
    if (closed === undefined) return true;
    this.#turnAway(closed);
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
    this.#linger = this.#registry.lingers.set(this);
    this.outbox.mark();
  }

  newBroadcast(): CastInterface {
    return new OutboxBroadcast(this.#registry.tick);
  }

  /** What has come is no protocol's of bytes. It is a line's beginning at the most. */
  #takeFromDetector(detector: ProtocolDetector): void {
    detector.giveUp();
    while (this.#input.takePacket());
  }

  /** Handles what has come, packet by packet and line by line, while nothing holds it up. */
  #serveLines(isSpent: () => boolean): boolean {
    this.awaitsFlush = this.#mustStop;
    while (!this.awaitsFlush) {
      if (this.#protocol?.isUnfinished) this.#protocol.goOn?.();
      else {
        const line = this.#nextLine();
        if (line === undefined) break;
        this.#hear(line);
      }
      this.#rateLimiter.spend(this.#protocol?.weight ?? 1);
      this.awaitsFlush = this.#mustStop;
      if (isSpent()) return !this.awaitsFlush && (this.#input.hasMore || this.#protocol?.isUnfinished === true);
    }
    return false;
  }

  /** The next line of what has come; packets that are no more than noise may use up the rate limit on the way. */
  #nextLine(): Uint8Array | typeof OVERLONG | undefined {
    for (;;) {
      const line = this.#input.next();
      if (line !== undefined || this.#rateLimiter.mustWait || !this.#input.takePacket()) return line;
    }
  }

  #hear(line: Uint8Array | typeof OVERLONG): void {
    if (line === OVERLONG) this.#overlong();
    else if (this.#chosen && this.#protocol) this.#protocol.line(line);
    else if (this.#chosen || !this.#heedGateway(line)) this.#protocolFor(line).line(line);
  }

  /** If it is what gateways say of whom they speak for, believes or refuses it; answers whether it is. */
  #heedGateway(line: Uint8Array): boolean {
    const { faces, relays } = this.#registry;
    const text = decode(line);
    if (!faces.foreign || !isGatewayLine(text)) return false;
    this.handshakeTimers.end();
    this.#chosen = true;
    this.#protocol?.gone(closing("other-protocol", "Speaks IRC"));
    const said = readGatewayLine(text);
    const trouble = gatewayTrouble(relays, this.address, said);
    if (trouble !== undefined || said?.address === undefined) {
      this.#registry.refuseGateway(this, trouble ?? "");
      this.face = "foreign";
      this.#protocol = faces.foreign(this, `ERROR :${trouble}`);
      this.#protocol.line(line);
      return true;
    }
    const isHere = isLoopback(this.address);
    this.#isSecureByGateway = said.isSecure && (isHere || this.isSecure);
    this.face = "irc";
    if (this.comeFrom({ address: said.address, port: said.port }, false)) this.speakIrc();
    return true;
  }

  #setIrc(): void {
    this.face = "irc";
    this.#input.speakIrc();
  }

  #overlong(): void {
    this.#input.settle();
    this.#protocolFor(new Uint8Array(0)).overlong();
  }

  /** Reads on, or hears that there is nothing more to come. */
  #readOn(): void {
    if (this.#paused && this.#input.held <= HELD) this.#resume();
    this.#transport.settled?.();
    if ((this.hasEnded || this.#input.hasHungUp) && this.#closing === undefined && !this.#mustWait) this.#endOfInput();
  }

  /** No more is read, until it resumes. */
  #pause(): void {
    if (this.#paused || this.#gone) return;
    this.#paused = true;
    this.#transport.pause();
  }

  #resume(): void {
    if (!this.#paused || this.#gone) return;
    this.#paused = false;
    this.#transport.resume();
  }

  get #mustWait(): boolean {
    return this.#rateLimiter.mustWait || this.outbox.isBehind;
  }

  get #mustStop(): boolean {
    return this.#closing !== undefined || this.#rateLimiter.mustWait || this.outbox.isBehind;
  }

  /**
   * Chooses the protocol by the first line with something in it. A person who was greeted for silence, or has only
   * pressed Enter, may still turn out to be a client, or none of ours.
   */
  #protocolFor(line: Uint8Array): Protocol {
    if (this.#chosen && this.#protocol) return this.#protocol;
    this.handshakeTimers.end();
    const text = decode(line);
    this.#chosen = text.trim() !== "";
    const { faces } = this.#registry;
    const face = faceOf(text);
    // A client ends its lines.
    this.face = face === "irc" && this.#input.isBare ? "person" : face;
    const foreign = this.face === "person" && faces.foreign && foreignWords(text, line, this.#input.unread);
    if (foreign) this.face = "foreign";
    if (this.face === "irc") this.#setIrc();
    if (this.face === "person") return this.#protocol ?? this.#beginPerson(false);
    this.#protocol?.gone(closing("other-protocol", this.face === "irc" ? "Speaks IRC" : undefined));
    if (foreign && faces.foreign) this.#protocol = faces.foreign(this, foreign);
    else this.#protocol = this.face === "irc" ? faces.client(this) : faces.browser(this);
    return this.#protocol;
  }

  /** If beginning fails, the protocol hears that the peer is gone, as it always does. */
  #beginPerson(greeted: boolean): Protocol {
    const protocol = this.#registry.faces.person(this);
    this.#protocol = protocol;
    protocol.begin?.(greeted);
    return protocol;
  }

  #endOfInput(): void {
    // A client ends its lines: what has no end was cut off, and half a message must not be said.
    if (this.face !== "irc") this.#takeRest();
    this.awaitsFlush = this.#mustStop;
    if (this.awaitsFlush) return;
    if (this.#protocol) this.#protocol.end();
    else this.finish(closing("closed"));
  }

  /** Hears what has come without a newline. */
  #takeRest(): void {
    const rest = this.#input.takeRest();
    if (rest) this.#hear(rest);
  }

  /** All is sent: the polite end. The peer has a moment to take it and to close its own side. */
  #finish(): void {
    this.#finished = true;
    this.#registry.inTick(this, () => {
      if (this.#gone) return;
      this.#resume();
      this.#leaving = this.#registry.closingConnections.part(this.#transport);
      if (this.hasEnded) this.#transport.close();
    });
  }

  /** Tells the peer why it is not let in, and closes. */
  #turnAway(closed: Closed): void {
    this.push(this.#registry.refuse(this.address, closed));
    this.finish(closing("not-let-in", `Not let in: ${closed}`));
  }

  /** It is cut off: what others say from now on is not for it, even if its end waits for a turn that has room. */
  #terminate(reason: Closing): void {
    this.#finished = true;
    this.#closing ??= reason;
    this.#input.clear();
    this.outbox.shut();
    this.#registry.tick.markOverloaded();
    this.#registry.inTick(this, () => this.cutOff());
  }
}
