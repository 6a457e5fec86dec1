import { isUtf8 } from "node:buffer";
import type { Act } from "../chat/act.ts";
import type { ChatEvent } from "../chat/event.ts";
import type { Member } from "../chat/member.ts";
import type { Refusal } from "../chat/refusal.ts";
import type { Room } from "../chat/room.ts";
import type { Session } from "../chat/session.ts";
import { decode } from "../text/filter.ts";
import { CLIENT_TAGS, LINE } from "../wire/limits.ts";
import { escapeTag, formatCommand, type Message, parse } from "../wire/message.ts";
import { NUMERICS, type Numeric } from "../wire/numerics.ts";
import type { Peer, Protocol } from "../wire/protocol.ts";
import { CAP, FORM } from "./caps.ts";
import { carryOut } from "./commands.ts";
import { IrcCrowd } from "./crowd.ts";
import { hear } from "./hearing.ts";
import { explain } from "./refusals.ts";
import { Registration } from "./registration.ts";
import { Replies } from "./replies.ts";
import type { IrcServer } from "./server.ts";

const PING_AFTER = 90_000; // ms without a byte (Ergo)
const DROP_AFTER = 150_000; // ms without a byte (Ergo)
const REGISTER_WITHIN = 60_000; // ms (Ergo)
const AT = 0x40;

/**
 * One IRC client: its lines become acts and questions, and what happens becomes lines.
 *
 * `registration` is there until the client is a member; what a labelled command causes is gathered in `#replies`.
 */
export class IrcSession implements Protocol, Session {
  readonly peer: Peer;
  readonly server: IrcServer;
  member: Member | undefined;
  registration: Registration | undefined = new Registration();
  /** Capabilities that are on, a bit each. */
  #caps = 0;
  #replies: Replies | undefined;
  #batches = 0;
  #pinged = false;

  constructor(peer: Peer, server: IrcServer) {
    this.peer = peer;
    this.server = server;
    server.counts.unknown++;
  }

  /** What of its capabilities changes how an event looks. */
  get form(): number {
    return this.#caps & FORM;
  }

  get caps(): number {
    return this.#caps;
  }

  set caps(caps: number) {
    const rooms = this.member?.rooms ?? [];
    for (const room of rooms) this.unfollow(room);
    this.#caps = caps;
    for (const room of rooms) this.follow(room);
  }

  has(cap: number): boolean {
    return (this.#caps & cap) === cap;
  }

  /** What the client is called in replies to it. */
  get nick(): string {
    return this.member?.nick ?? this.registration?.nick ?? "*";
  }

  // Protocol: what the connection brings.

  line(bytes: Uint8Array): void {
    this.#pinged = false;
    if (isTooLong(bytes)) return this.numeric("ERR_INPUTTOOLONG");
    const text = decode(bytes);
    const message = parse(text);
    if (!message) return;
    if (text.includes("\ufffd") && !isUtf8(bytes)) {
      return this.fail(
        message.command.toUpperCase(),
        "INVALID_UTF8",
        [],
        "Messages must be UTF-8, and this one is not",
      );
    }
    this.#handle(message);
  }

  overlong(): void {
    this.close("Input line was too long");
  }

  end(): void {
    this.close("Connection closed");
  }

  gone(reason: string): void {
    if (this.registration) this.#settled();
    if (this.member) this.submit({ type: "quit", reason });
  }

  farewell(reason: string): void {
    if (this.member) this.send(this.server.name, "NOTICE", this.nick, reason);
    this.close(reason);
  }

  tick(now: number): void {
    const idle = now - this.peer.heard;
    if (this.registration) {
      if (now - this.peer.since > REGISTER_WITHIN) this.close("Registration timed out");
    } else if (idle > DROP_AFTER) {
      this.close(`Ping timeout: ${DROP_AFTER / 1000} seconds`);
    } else if (idle > PING_AFTER && !this.#pinged) {
      this.#pinged = true;
      this.emit(`PING ${this.server.name}`);
    }
  }

  // Session: what the chat tells.

  tell(event: ChatEvent): void {
    hear(this, event);
  }

  refuse(refusal: Refusal, act: Act): void {
    explain(this, refusal, act);
  }

  follow(room: Room): void {
    IrcCrowd.for(room, this).add(this);
  }

  unfollow(room: Room): void {
    IrcCrowd.for(room, this).remove(this);
  }

  unstored(): void {
    this.peer.discard();
    this.close("Not stored");
  }

  seen(): void {}

  // What commands use.

  submit(act: Act): void {
    this.server.chat.submit(this, act);
  }

  /** The client has become a member. */
  registered(): void {
    if (this.registration) this.#settled();
  }

  /** A numeric reply: `:server CODE nick params :words`. */
  numeric(name: Numeric, ...params: string[]): void {
    const [code, words] = NUMERICS[name];
    const all = words === undefined ? params : [...params, words];
    this.emit(`:${this.server.name} ${formatCommand(code, [this.nick, ...all])}`);
  }

  /** A line from the server, or from anyone, to this session alone. */
  send(source: string, command: string, ...params: string[]): void {
    this.emit(`:${source} ${formatCommand(command, params)}`);
  }

  /** A standard reply: `FAIL COMMAND CODE context :words`. */
  fail(command: string, code: string, context: readonly string[], words: string): void {
    this.emit(`:${this.server.name} ${formatCommand("FAIL", [command, code, ...context, words])}`);
  }

  /** Queues a line without its CR LF; in a labelled command it waits to be labelled. */
  emit(line: string): void {
    this.emitAll(`${line}\r\n`);
  }

  /** Queues lines that have their CR LF. */
  emitAll(lines: string): void {
    if (lines === "") return;
    if (this.#replies) this.#replies.add(lines);
    else this.peer.push(Buffer.from(lines));
  }

  /** A long answer: its lines are drawn as the client reads them, unless they are to be labelled. */
  emitLong(lines: Iterable<string>): void {
    if (this.#replies) {
      for (const line of lines) this.emit(line);
    } else {
      this.peer.draw(chunks(lines));
    }
  }

  /** The last line to this client, and the end. */
  close(reason: string): void {
    this.#flushReplies();
    this.peer.push(Buffer.from(`ERROR :Closing link: ${reason}\r\n`));
    this.peer.finish(reason);
  }

  #handle(message: Message): void {
    const label = message.tags.get("label");
    if (label !== undefined && label !== "" && this.has(CAP.labeledResponse | CAP.batch)) {
      this.#replies = new Replies(escapeTag(label), this.server.name, `r${++this.#batches}`);
    }
    try {
      carryOut(this, message);
    } finally {
      this.#flushReplies();
    }
  }

  #flushReplies(): void {
    const replies = this.#replies;
    if (!replies) return;
    this.#replies = undefined;
    this.emitAll(replies.labelled());
  }

  #settled(): void {
    this.registration = undefined;
    this.server.counts.unknown--;
  }
}

/** Longer than a line may be: 510 bytes without CR LF, and 4096 of tags before (IRCv3 message-tags). */
function isTooLong(bytes: Uint8Array): boolean {
  if (bytes.length <= LINE - 2) return false;
  if (bytes[0] !== AT) return true;
  const blank = bytes.indexOf(0x20);
  return blank < 0 || blank + 1 > CLIENT_TAGS || bytes.length - blank - 1 > LINE - 2;
}

const CHUNK = 8192; // bytes of a long answer put together at once

function* chunks(lines: Iterable<string>): Generator<Uint8Array> {
  let text = "";
  for (const line of lines) {
    text += `${line}\r\n`;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}
