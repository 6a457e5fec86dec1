import type { Asker } from "../chat/accounts.ts";
import type { AddressBanned, Addresses, Device } from "../chat/addresses.ts";
import { bannedWords } from "../chat/ban-words.ts";
import type { BanOrder, ServerBan } from "../chat/bans.ts";
import type { Chat } from "../chat/chat.ts";
import type { Member } from "../chat/member.ts";
import type { Refusal } from "../chat/refusal.ts";
import type { Session } from "../chat/session.ts";
import type { Peer } from "../wire/protocol.ts";
import type { AddressBans } from "./address-bans.ts";
import type { Connection } from "./connection.ts";
import type { Journal } from "./journal.ts";
import { addressOf, isWithin, type Network, networkOf, networkText, siteOf } from "./networks.ts";

const LEAST_BITS = { 4: 8, 6: 16 } as const; // of a network: a ban of more would shut out whole continents

/** What a bouncer looks at. */
export interface BouncerSetup {
  readonly bans: AddressBans;
  readonly chat: Chat;
  readonly clock: () => number;
  readonly steady: () => number;
  readonly journal: Journal;
  readonly connections: () => Iterable<Connection>;
  readonly peerOf: (session: Session) => Peer | undefined;
}

/** Keeps addresses out for the server's operators: those who come are the gate's, those who are here are closed. */
export class Bouncer implements Addresses {
  readonly #setup: BouncerSetup;

  constructor(setup: BouncerSetup) {
    this.#setup = setup;
  }

  get bans(): readonly ServerBan[] {
    return this.#setup.bans.all;
  }

  of(member: Member): readonly string[] {
    return [...new Set(this.#peersOf(member).map(({ address }) => address))];
  }

  devicesOf(owner: Member): readonly Device[] {
    const peers = new Set(this.#setup.chat.membersOf(owner).flatMap((member) => this.#peersOf(member)));
    return [...this.#setup.connections()]
      .filter((connection) => peers.has(connection))
      .map(({ id, face, isSecure, address, since, heard }) => {
        return { id, face: face === "person" ? "nc" : "IRC", isSecure, address, since, heard };
      });
  }

  ban(order: BanOrder, by: Member, asker: Asker): AddressBanned | Refusal {
    const { bans, clock, steady, journal } = this.#setup;
    const network = meantBy(order.target);
    const refusal = this.#refusal(order.target, network, by, asker);
    if (refusal || !network) return refusal ?? { why: "server-ban-bad", target: order.target };
    const at = clock();
    const until = order.lasts === undefined ? undefined : steady() + order.lasts;
    const ban = bans.set(network, { by: by.nick, at, until, reason: order.reason });
    journal.banned(by.nick, { ...order, target: ban.target });
    return { ban, members: this.#close(network, bannedWords(ban)) };
  }

  lift(target: string, by: Member): string | Refusal {
    if (!by.traits.has("operator")) return this.#refused({ why: "not-server-operator" });
    const { bans } = this.#setup;
    const network = [meantBy(target), networkOf(target)].find((each) => each && bans.has(each));
    if (!network || !bans.lift(network)) return this.#refused({ why: "server-ban-unknown", target });
    const lifted = networkText(network);
    this.#setup.journal.banLifted(by.nick, lifted);
    return lifted;
  }

  #refusal(target: string, network: Network | undefined, by: Member, asker: Asker): Refusal | undefined {
    if (!by.traits.has("operator")) return this.#refused({ why: "not-server-operator" });
    if (!network) return this.#refused({ why: "server-ban-bad", target });
    if (network.length < LEAST_BITS[network.version]) return this.#refused({ why: "server-ban-wide", target });
    const own = [asker.address, ...this.of(by)].map((address) => addressOf(address));
    if (own.some((each) => each && isWithin(each, network))) return this.#refused({ why: "server-ban-own", target });
    const { bans, chat } = this.#setup;
    const limit = chat.limits.addressBans;
    if (limit > 0 && bans.size >= limit && !bans.has(network)) return this.#refused({ why: "server-bans-full", limit });
    return undefined;
  }

  #refused(refusal: Refusal): Refusal {
    this.#setup.journal.refused(refusal);
    return refusal;
  }

  /** Closes connections from a network, but those of members who have no other: they are answered. */
  #close(network: Network, words: string): readonly Member[] {
    const isFrom = ({ address }: Peer) => {
      const at = addressOf(address);
      return at !== undefined && isWithin(at, network);
    };
    const members: Member[] = [];
    const spared = new Set<Peer>();
    for (const member of this.#setup.chat.members) {
      const peers = this.#peersOf(member);
      if (peers.length === 0 || !peers.every(isFrom)) continue;
      members.push(member);
      for (const peer of peers) spared.add(peer);
    }
    for (const connection of [...this.#setup.connections()]) {
      if (!isFrom(connection) || spared.has(connection)) continue;
      if (connection.face === "undecided") connection.push(Buffer.from(`ERROR :${words}\r\n`));
      connection.farewell(words);
    }
    return members;
  }

  #peersOf(member: Member): readonly Peer[] {
    return [...member.sessions].flatMap((session) => this.#setup.peerOf(session) ?? []);
  }
}

/** The network that a ban is of: an IPv6 address means its /64, and itself with `/128` behind it. */
function meantBy(target: string): Network | undefined {
  const network = networkOf(target);
  return network && !target.includes("/") ? siteOf(network) : network;
}
