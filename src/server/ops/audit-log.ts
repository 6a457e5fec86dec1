import type { Attempt } from "../../chat/accounts.ts";
import type { Asker } from "../../chat/model/addresses.ts";
import type { ChatEvent } from "../../chat/model/event.ts";
import type { AccountRefusal, Refusal } from "../../chat/model/refusal.ts";
import type { Session } from "../../chat/model/session.ts";
import type { BanOrder } from "../../chat/rules/bans.ts";
import { logoutWords } from "../../chat/words/accounts.ts";
import { droppedRoomWords, liftedWords, renamedRoomWords, setWords } from "../../chat/words/moderation.ts";
import { type Closing, limitBehind } from "../../wire/closing.ts";
import type { Peer } from "../../wire/protocol.ts";
import { type Closed, KEY_OF } from "../limits/connection-limiter.ts";
import type { Connection } from "../peer/connection.ts";
import type { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";

/**
 * What a server tells its operator, and counts: of connections, of who comes and goes, of what was refused. Told of
 * everything once, it makes a line of the log and a number of it.
 */
export class AuditLog {
  readonly metrics = new Metrics();
  readonly #log: Log | undefined;
  readonly #peers = new WeakMap<Session, Peer>();
  /** Something has happened in this turn. */
  #hasNews = false;

  /** Without a log it only counts. */
  constructor(log: Log | undefined) {
    this.#log = log;
  }

  /** Remembers whose session it is. */
  attach<T extends Session>(peer: Peer, session: T): T {
    this.#peers.set(session, peer);
    return session;
  }

  /** Does what makes a turn safe; how long it takes is counted, if anything has happened in the turn. */
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
    this.#log?.tell("connection-opened", `Connection ${id} is from ${placed(address, port)}`, {
      connection: id,
      address,
      port,
    });
  }

  closed({ id, address, port, face }: Connection, closing: Closing): void {
    this.metrics.closed.add(face);
    const { why, words: reason } = closing;
    const limit = limitBehind(closing);
    if (limit !== undefined) this.metrics.refusals.add(limit);
    this.#log?.tell("connection-closed", `Connection ${id} from ${placed(address, port)} (${face}) ended: ${reason}`, {
      connection: id,
      address,
      port,
      face,
      why,
      reason,
      limit,
    });
  }

  turnedAway(address: string, reason: Closed): void {
    this.metrics.refusals.add(reason);
    this.#log?.tell("connection-refused", `Nobody more from ${address} is let in: ${reason}`, { address, reason });
  }

  /** A proxy or a gateway, from an address, has said whom a connection is for. */
  relayed({ id, address, port }: Connection, by: string): void {
    this.#log?.tell("connection-relayed", `Connection ${id} is from ${placed(address, port)}, by way of ${by}`, {
      connection: id,
      address,
      port,
      by,
    });
  }

  headerRefused({ id, address }: Connection, why: string): void {
    const words = `Connection ${id}, from the proxy ${address}, is closed: its PROXY header is malformed: ${why}`;
    this.#log?.tell("relay-refused", words, { connection: id, address, why });
  }

  /** Strangers may say what they like: only what a gateway gets wrong is worth a warning. */
  gatewayRefused({ id, address }: Connection, why: string, isGateway: boolean): void {
    if (isGateway)
      this.#log?.tell("relay-refused", `Connection ${id}, from the gateway ${address}, is closed: ${why}`, {
        connection: id,
        address,
        why,
      });
  }

  /** An address was turned away for a limit that a key of the configuration sets. */
  limited(address: string, reason: Closed): void {
    const key = KEY_OF[reason];
    const words = `Some from ${address} are not let in: ${reason}; ${key} changes that`;
    this.#log?.tell("limit-reached", `${words} (told once in ten minutes for an address)`, { address, reason, key });
  }

  happened(event: ChatEvent): void {
    this.#hasNews = true;
    this.metrics.events.add(event.type);
    if (this.#log) this.#tell(this.#log, event);
  }

  refused(refusal: Refusal): void {
    this.metrics.refusals.add(refusal.why);
  }

  /** Notes an attempt to log in to an account, to make one, or to change one's own. */
  tried(what: Attempt, account: string, asker: Asker, refusal: AccountRefusal | undefined): void {
    if (refusal) this.metrics.refusals.add(refusal.why);
    if (what === "login") this.metrics.logins.add(refusal ? "failed" : "ok");
    const { id: connection, address } = asker;
    const fields = { connection, account, address, reason: refusal?.why };
    const whose = `${connection === undefined ? "Someone" : `Connection ${connection}`} from ${address}`;
    const why = refusal ? `: ${refusal.why}` : "";
    const { done, failed, can, cannot } = ATTEMPTS[what];
    this.#log?.tell(refusal ? failed : done, `${whose} ${refusal ? cannot : can} ${account}${why}`, fields);
  }

  /** Someone has asked to be an operator of the server, by one of its operators' names. */
  askedToOperate(operator: string, { id: connection, address }: Asker, isRight: boolean): void {
    if (!isRight) this.metrics.refusals.add("operator-password");
    const words = isRight ? "is now an operator of the server" : "is refused to be an operator of the server";
    this.#log?.tell(
      isRight ? "operator-made" : "operator-refused",
      `Connection ${connection} from ${address} ${words}, as ${operator}`,
      { connection, address, operator },
    );
  }

  /** An operator of the server has banned someone, or an address. */
  banned(by: string, order: BanOrder): void {
    const { target, lasts, reason } = order;
    const seconds = lasts === undefined ? undefined : lasts / 1000;
    this.#log?.tell("ban-set", setWords(by, order), { by, target, seconds, reason });
  }

  /** Such a ban was lifted, by someone or by its end. */
  banLifted(by: string | undefined, target: string): void {
    this.#log?.tell("ban-lifted", liftedWords(by, target), { by, target });
  }

  /** The clock is earlier than what was said last, by so many milliseconds. */
  clockSetBack(by: number): void {
    const seconds = Math.round(by / 1000);
    this.#log?.tell("clock-set-back", `The clock was set back by ${seconds} s; the times of messages go on with it`, {
      seconds,
    });
  }

  /** Whose session this is. */
  peerOf(session: Session): Peer | undefined {
    return this.#peers.get(session);
  }

  #tell(log: Log, event: ChatEvent): void {
    if (event.type === "entered") {
      const { nick } = event.who;
      const account = event.who.account?.name;
      const connection = event.origin;
      log.tell("member-came", `Connection ${connection} is ${nick}`, { connection, nick, account });
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
      log.tell("room-renamed", `${by.nick} gave a room another name: ${renamedRoomWords(event)}`, {
        by: by.nick,
        room,
        to,
        reason,
      });
    } else if (event.type === "ban-lifted") {
      this.banLifted(event.by?.nick, event.target);
    } else if (event.type === "expelled") {
      const { nick } = event.who;
      const account = event.who.account?.name;
      const by = event.by.nick;
      log.tell("member-left", `${nick} was put out by ${by}: ${event.reason}`, {
        nick,
        account,
        by,
        reason: event.reason,
      });
    }
  }
}

/** The event that an attempt is told as, and the words before the account's name. */
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
function placed(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
