import type { Attempt } from "../../chat/accounts.ts";
import type { ChatEvent } from "../../chat/model/event.ts";
import type { AccountRefusal, Refusal } from "../../chat/model/refusal.ts";
import { type Asker, type Session, sessionName } from "../../chat/model/session.ts";
import type { BanOrder } from "../../chat/rules/bans.ts";
import { logoutWords } from "../../chat/words/accounts.ts";
import {
  banLiftedWords,
  banSetWords,
  droppedRoomWords,
  hookSetWords,
  renamedRoomWords,
} from "../../chat/words/events.ts";
import { type Closing, limitBehind } from "../../wire/closing.ts";
import type { Peer } from "../../wire/protocol.ts";
import { type ConnectionRefusal, KEY_OF } from "../limits/connection-limiter.ts";
import type { Connection } from "../peer/connection.ts";
import type { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";

/**
 * Logs and counts what happens on a server: connections, members coming and leaving, refusals. Each event is reported
 * here once, and becomes a log line and a metric.
 */
export class AuditLog {
  readonly metrics = new Metrics();
  readonly #log: Log | undefined;
  readonly #peers = new WeakMap<Session, Peer>();
  /** The chat has had an event in this tick. */
  #hasNews = false;

  /** Without a log, events are only counted. */
  constructor(log: Log | undefined) {
    this.#log = log;
  }

  /** Remembers the peer of a session. */
  attach<T extends Session>(peer: Peer, session: T): T {
    this.#peers.set(session, peer);
    return session;
  }

  /** Runs a tick's commit; measures how long it takes if the tick has had an event. */
  commit<T>(work: () => T): T {
    if (!this.#hasNews) return work();
    this.#hasNews = false;
    const begun = performance.now();
    const result = work();
    this.metrics.commits.add((performance.now() - begun) / 1000);
    return result;
  }

  opened({ id, address, port }: Connection): void {
    this.metrics.connections++;
    this.#log?.tell("connection-opened", `${called(id)} is from ${hostAndPort(address, port)}`, {
      connection: id,
      address,
      port,
    });
  }

  closed({ id, address, port, protocolName }: Connection, closing: Closing): void {
    this.metrics.closed.add(protocolName);
    const { why, words: reason } = closing;
    const limit = limitBehind(closing);
    if (limit !== undefined) this.metrics.refusals.add(limit);
    this.#log?.tell(
      "connection-closed",
      `${called(id)} from ${hostAndPort(address, port)} (${protocolName}) ended: ${reason}`,
      {
        connection: id,
        address,
        port,
        face: protocolName,
        why,
        reason,
        limit,
      },
    );
  }

  turnedAway(address: string, reason: ConnectionRefusal): void {
    this.metrics.refusals.add(reason);
    this.#log?.tell("connection-refused", `A connection from ${address} was refused: ${reason}`, { address, reason });
  }

  /** A proxy or gateway at address `by` has reported a connection's own address. */
  relayed({ id, address, port }: Connection, by: string): void {
    this.#log?.tell("connection-relayed", `${called(id)} is from ${hostAndPort(address, port)}, via ${by}`, {
      connection: id,
      address,
      port,
      by,
    });
  }

  headerRefused({ id, address }: Connection, why: string): void {
    const words = `${called(id)}, from the proxy ${address}, is closed: its PROXY header is malformed: ${why}`;
    this.#log?.tell("relay-refused", words, { connection: id, address, why });
  }

  /** Only a refused line from a configured gateway is worth a warning; anyone can send one. */
  gatewayRefused({ id, address }: Connection, why: string, isGateway: boolean): void {
    if (isGateway)
      this.#log?.tell("relay-refused", `${called(id)}, from the gateway ${address}, is closed: ${why}`, {
        connection: id,
        address,
        why,
      });
  }

  /** A connection was refused by a limit that a configuration key sets. */
  limited(address: string, reason: ConnectionRefusal): void {
    const key = KEY_OF[reason];
    const words = `Connections from ${address} are being refused: ${reason}; ${key} changes that`;
    this.#log?.tell("limit-reached", `${words} (logged once in ten minutes per address)`, { address, reason, key });
  }

  happened(event: ChatEvent): void {
    this.#hasNews = true;
    this.metrics.events.add(event.type);
    if (this.#log) this.#tell(this.#log, event);
  }

  refused(refusal: Refusal): void {
    this.metrics.refusals.add(refusal.why);
  }

  /** Records an attempt to log in to an account, or to make, change or remove one. */
  tried(what: Attempt, account: string, asker: Asker, refusal: AccountRefusal | undefined): void {
    if (refusal) this.metrics.refusals.add(refusal.why);
    if (what === "login") this.metrics.logins.add(refusal ? "failed" : "ok");
    const { id: connection, address } = asker;
    const fields = { connection, account, address, reason: refusal?.why };
    const whose = `${called(connection)} from ${address}`;
    const why = refusal ? `: ${refusal.why}` : "";
    const { done, failed, can, cannot } = ATTEMPTS[what];
    this.#log?.tell(refusal ? failed : done, `${whose} ${refusal ? cannot : can} ${account}${why}`, fields);
  }

  /** Records an attempt to become an operator of the server under a name. */
  askedToOperate(operator: string, { id: connection, address }: Asker, isRight: boolean): void {
    if (!isRight) this.metrics.refusals.add("operator-password");
    const words = isRight ? "is now an operator of the server" : "was refused as an operator of the server";
    this.#log?.tell(
      isRight ? "operator-made" : "operator-refused",
      `${called(connection)} from ${address} ${words}, as ${operator}`,
      { connection, address, operator },
    );
  }

  /** An operator of the server has set a ban. */
  banned(by: string, order: BanOrder): void {
    const { target, lasts, reason } = order;
    const seconds = lasts === undefined ? undefined : lasts / 1000;
    this.#log?.tell("ban-set", banSetWords(by, order), { by, target, seconds, reason });
  }

  /** A ban was lifted by someone, or has expired. */
  banLifted(by: string | undefined, target: string): void {
    this.#log?.tell("ban-lifted", banLiftedWords(by, target), { by, target });
  }

  /** The clock is `by` ms earlier than the last stored message. */
  clockSetBack(by: number): void {
    const seconds = Math.round(by / 1000);
    this.#log?.tell("clock-set-back", `The clock was set back by ${seconds} s; new messages have the earlier times`, {
      seconds,
    });
  }

  /** The peer of a session. */
  peerOf(session: Session): Peer | undefined {
    return this.#peers.get(session);
  }

  #tell(log: Log, event: ChatEvent): void {
    if (event.type === "entered") {
      const { nick } = event.who;
      const account = event.who.account?.name;
      const connection = event.origin;
      log.tell("member-came", `${called(connection)} is ${nick}`, { connection, nick, account });
    } else if (event.type === "quit") {
      const { nick } = event.who;
      const account = event.who.account?.name;
      const why = event.reason === "" ? "" : `: ${event.reason}`;
      log.tell("member-left", `${nick} has left${why}`, { nick, account, reason: event.reason });
    } else if (event.type === "account-set" && event.why && event.who.account) {
      const { nick, account } = event.who;
      const words = logoutWords({ account, why: event.why });
      log.tell("account-logged-out", `${nick} is logged out: ${words}`, {
        nick,
        account: account.name,
        reason: event.why,
      });
    } else if (event.type === "banned") {
      this.banned(event.by.nick, event);
    } else if (event.type === "room-dropped") {
      const { by, room, reason } = event;
      log.tell("room-dropped", droppedRoomWords(event), { by: by.nick, room, reason });
    } else if (event.type === "room-renamed") {
      const { by, room, to, reason } = event;
      log.tell("room-renamed", `${by.nick} renamed a room: ${renamedRoomWords(event)}`, {
        by: by.nick,
        room,
        to,
        reason,
      });
    } else if (event.type === "hook-set") {
      const { by, room, host, word, on } = event;
      log.tell("hook-set", hookSetWords(event), { by: by.nick, room, host, word, on });
    } else if (event.type === "ban-lifted") {
      this.banLifted(event.by?.nick, event.target);
    } else if (event.type === "expelled") {
      const { nick } = event.who;
      const account = event.who.account?.name;
      const by = event.by.nick;
      log.tell("member-left", `${nick} was expelled by ${by}: ${event.reason}`, {
        nick,
        account,
        by,
        reason: event.reason,
      });
    }
  }
}

/** The log events of an attempt, and the words before the account's name. */
const ATTEMPTS = {
  login: {
    done: "login-succeeded",
    failed: "login-failed",
    can: "has logged in to",
    cannot: "could not log in to",
  },
  registration: {
    done: "account-made",
    failed: "account-not-made",
    can: "has made the account",
    cannot: "could not make the account",
  },
  "new password": {
    done: "password-changed",
    failed: "password-not-changed",
    can: "has changed the password of",
    cannot: "could not change the password of",
  },
  removal: {
    done: "account-removed",
    failed: "account-not-removed",
    can: "has removed the account",
    cannot: "could not remove the account",
  },
} as const satisfies Readonly<Record<Attempt, Readonly<Record<string, string>>>>;

/** `127.0.0.1:4711`, `[::1]:4711`. */
function hostAndPort(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A connection as log lines call it: by the name that its owner knows its session by. */
function called(id: number | undefined): string {
  return id === undefined ? "Someone" : `Connection ${sessionName(id)}`;
}
