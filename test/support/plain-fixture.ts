/** Plain-text (nc) sessions without sockets. */

import type { Accounts } from "../../src/chat/accounts.ts";
import { Chat } from "../../src/chat/chat.ts";
import { CHAT_LIMITS, type ChatLimits, RULES } from "../../src/chat/model/limits.ts";
import type { Session } from "../../src/chat/model/session.ts";
import { type PlainServer, PlainSession } from "../../src/plain/session.ts";
import { AddressBanList, AddressBans } from "../../src/server/limits/address-bans.ts";
import { PasswordHashing } from "../../src/server/password-hashing.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import type { Closing } from "../../src/wire/closing.ts";
import type { Broadcast, Peer } from "../../src/wire/protocol.ts";
import { newAccounts } from "./chat-fixture.ts";
import { FAKE_OUTBOX, FakeBroadcast } from "./fake-broadcast.ts";
import { eventually } from "./patience.ts";

/** The time at which everything on a fixture happens: 12:03, local time. */
export const NOON = new Date(2026, 0, 5, 12, 3).getTime();

/** The other end of a connection: a string of the bytes that came. */
class FakePeer implements Peer {
  readonly address: string;
  readonly port = 4711;
  readonly isSecure = false;
  readonly fingerprint = undefined;
  readonly isExempt = true;
  readonly since = NOON;
  readonly heard = NOON;
  readonly host = "cloak";
  readonly outbox = FAKE_OUTBOX;
  readonly id: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  got = "";
  finished: string | undefined;
  /** The bugs that were reported. */
  readonly bugs: string[] = [];

  constructor(id: number, address: string) {
    this.id = id;
    this.address = address;
  }

  push(bytes: Uint8Array): void {
    if (this.finished === undefined) this.got += this.#decoder.decode(bytes);
  }

  stream(answer: Iterator<Uint8Array>): void {
    for (let next = answer.next(); !next.done; next = answer.next()) this.push(next.value);
  }

  report(error: unknown): void {
    this.bugs.push(String(error));
  }

  discard(): void {
    this.got = "";
  }

  admit(): boolean {
    return true;
  }

  finish({ why }: Closing): void {
    this.finished ??= why;
  }

  hold(): void {}

  soon(): void {}

  release(): void {}

  newBroadcast(): Broadcast {
    return new FakeBroadcast();
  }
}

/** A person with nc. */
export class Person {
  readonly session: PlainSession;
  readonly peer: FakePeer;

  constructor(server: PlainServer, id: number, address = "127.0.0.1") {
    this.peer = new FakePeer(id, address);
    this.session = new PlainSession(this.peer, server);
  }

  /** Types lines; returns the lines that came since the last read. */
  types(...lines: readonly string[]): readonly string[] {
    for (const line of lines) this.session.line(new TextEncoder().encode(line));
    return this.reads();
  }

  /** Waits for a line; returns it and the lines before it. Fails if it does not come. */
  async until(pattern: RegExp): Promise<readonly string[]> {
    await eventually(
      () => this.peer.got.split("\n").some((line) => pattern.test(line)),
      () => `${pattern} did not come; this did:\n${this.peer.got}`,
    );
    return this.reads();
  }

  /** The lines that came since the last read. */
  reads(): readonly string[] {
    const { got } = this.peer;
    this.peer.got = "";
    if (got !== "" && !got.endsWith("\n")) throw new Error(`An unfinished line: ${JSON.stringify(got)}`);
    return got.split("\n").slice(0, -1);
  }
}

interface FixtureSetup {
  readonly password?: string;
  readonly limits?: ChatLimits;
  readonly hashing?: ConstructorParameters<typeof Accounts>[0]["hashing"];
}

/** A chat without members, and a way to connect. */
export class PlainFixture {
  readonly chat: Chat;
  readonly server: PlainServer;
  now = NOON;
  #people = 0;
  readonly #peers = new Map<Session, Peer>();

  constructor({ password = "", limits = CHAT_LIMITS, hashing = new PasswordHashing() }: FixtureSetup = {}) {
    const clock = () => this.now;
    const store = memoryStore({
      clock: () => 0,
      failed: (error) => {
        throw error;
      },
      recovered: () => {},
    });
    this.chat = new Chat({ store, rules: { ...RULES, limits }, clock });
    const addresses = new AddressBans({
      bans: new AddressBanList([], clock),
      chat: this.chat,
      connections: () => [],
      peerOf: (session) => this.#peers.get(session),
    });
    this.chat.observe((event) => addresses.observe(event));
    this.server = {
      chat: this.chat,
      accounts: newAccounts({ store, chat: this.chat, hashing, steady: clock }),
      name: "chat.test",
      config: { network: "testnet", password, replay: 50 },
      clock,
      steady: clock,
      outgoing: { urlRefusal: () => undefined, lastOf: () => undefined },
      webAddress: () => "http://chat.test:9000",
      isOperator: async (name, password) => `${name} ${password}` === "root sesame",
      addresses,
    };
  }

  /** Connects a guest who has read nothing yet. */
  comes({ greeted = false, address = "127.0.0.1" } = {}): Person {
    const person = new Person(this.server, ++this.#people, address);
    this.#peers.set(person.session, person.peer);
    person.session.begin(greeted);
    return person;
  }

  /** Connects a person with this nick who has said hello in the lobby and read everything so far. */
  brings(nick: string, address?: string): Person {
    const person = this.comes(address === undefined ? {} : { address });
    person.types(`/nick ${nick}`, "hello");
    return person;
  }

  /** Connects two such people, who have read each other's hello. */
  pair(first: string, second: string): readonly [Person, Person] {
    const pair = [this.brings(first), this.brings(second)] as const;
    for (const person of pair) person.reads();
    return pair;
  }
}
