/** IRC sessions without sockets, whose long commands advance step by step. */

import { Whowas } from "../../src/irc/commands/people.ts";
import { COMMANDS } from "../../src/irc/commands/table.ts";
import { RenderCache } from "../../src/irc/render/render.ts";
import type { IrcServer } from "../../src/irc/server.ts";
import { IrcSession } from "../../src/irc/session/session.ts";
import { Welcome } from "../../src/irc/welcome.ts";
import type { Peer } from "../../src/wire/protocol.ts";
import { type ChatFixture, newAccounts } from "./chat-fixture.ts";
import { FAKE_OUTBOX, FakeBroadcast } from "./fake-broadcast.ts";

/** An IRC server over a fixture's chat, without sockets and ticks. */
export function ircServer({ chat, store, ...fixture }: ChatFixture): IrcServer {
  const clock = () => fixture.now;
  const hashing = { hash: unused, verify: unused, dummy: Promise.resolve("") };
  return {
    chat,
    name: "chat.test",
    config: {
      network: "test",
      description: "test",
      registerBeforeConnect: false,
      requireEmail: false,
      password: "",
      replay: 50,
      motd: [],
      admin: [],
      web: { page: true },
    },
    version: "0.0.0",
    started: 0,
    accounts: newAccounts({ store, chat, hashing, steady: clock }),
    sts: () => undefined,
    clock,
    steady: clock,
    renderCache: new RenderCache("chat.test"),
    scramSecret: new Uint8Array(32),
    whowas: new Whowas(),
    welcome: new Welcome(),
    commands: COMMANDS,
    counts: { unknown: 0, most: 0, commands: new Map() },
    refused: () => {},
    undecided: () => 0,
    push: undefined,
    outgoing: { urlRefusal: () => undefined, lastOf: () => undefined },
    rehash: () => undefined,
    webAddress: () => "http://chat.test:9000",
    isOperator: () => Promise.resolve(false),
    addresses: { of: () => [], bans: [], ban: () => "", lift: () => undefined } as unknown as IrcServer["addresses"],
  };
}

function unused(): never {
  throw new Error("Passwords are not checked here");
}

let clients = 1_000_000; // above the ids of the sessions of chat-fixture.ts

/** A client of such a server. Its commands advance part by part, and it reads when the test says so. */
export class Client {
  readonly session: IrcSession;
  /** The text that it received. */
  text = "";
  /** The bugs that were reported. */
  readonly bugs: string[] = [];
  readonly #answers: Iterator<Uint8Array>[] = [];

  constructor(server: IrcServer, nick: string, caps: readonly string[] = []) {
    const peer: Peer = {
      id: ++clients,
      host: `${nick}.cloak`,
      address: "127.0.0.1",
      port: 1,
      isSecure: false,
      fingerprint: undefined,
      isExempt: false,
      since: 0,
      heard: 0,
      push: (bytes) => this.#take(bytes),
      stream: (answer) => this.#answers.push(answer),
      soon: () => {},
      hold: () => {},
      release: () => {},
      discard: () => {},
      admit: () => true,
      report: (error) => this.bugs.push(String(error)),
      finish: () => {},
      newBroadcast: () => new FakeBroadcast(),
      outbox: FAKE_OUTBOX,
    };
    this.session = new IrcSession(peer, server);
    this.sends(`CAP REQ :${caps.join(" ")}`, `NICK ${nick}`, `USER ${nick} 0 * :${nick}`, "CAP END");
    this.text = "";
  }

  /** Sends lines and runs their commands to the end; returns the received lines. */
  sends(...lines: readonly string[]): readonly string[] {
    this.text = "";
    for (const line of lines) {
      this.begins(line);
      while (this.goesOn());
    }
    return this.text.split("\r\n").slice(0, -1);
  }

  /** Sends a line and runs the first part of its command. */
  begins(line: string): void {
    this.session.line(Buffer.from(line));
  }

  /** Reads a piece of a streamed answer, or else runs the next part of the command. Returns false when all is done. */
  goesOn(): boolean {
    const next = this.#answers[0]?.next();
    if (next?.done) this.#answers.shift();
    else if (next) this.#take(next.value);
    else if (this.session.isUnfinished) this.session.continueLine();
    else return false;
    return true;
  }

  #take(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString();
  }
}
