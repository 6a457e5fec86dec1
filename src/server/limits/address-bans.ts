import type { Asker } from "../../chat/accounts.ts";
import type { Chat } from "../../chat/chat.ts";
import type { NetworkNamed } from "../../chat/model/act.ts";
import type { ChatEvent } from "../../chat/model/event.ts";
import type { Member } from "../../chat/model/member.ts";
import type { Session } from "../../chat/model/session.ts";
import type { Addresses, Device } from "../../chat/rules/addresses.ts";
import { isAddressLike } from "../../chat/rules/bans.ts";
import { bannedWords } from "../../chat/words/moderation.ts";
import { closing } from "../../wire/closing.ts";
import type { Peer } from "../../wire/protocol.ts";
import { addressOf, isWithin, type Network, networkOf, networkText, siteOf } from "../net/networks.ts";
import type { Connection } from "../peer/connection.ts";
import type { AddressBans } from "./address-ban-list.ts";

const LEAST_BITS = { 4: 8, 6: 16 } as const; // of a network: a ban of more would shut out whole continents

/** What a bouncer looks at. */
export interface BouncerSetup {
  readonly bans: AddressBans;
  readonly chat: Chat;
  readonly connections: () => Iterable<Connection>;
  readonly peerOf: (session: Session) => Peer | undefined;
}

/** Keeps addresses out for the server's operators: those who come are the gate's, those who are here are closed. */
export class Bouncer implements Addresses {
  readonly #setup: BouncerSetup;

  constructor(setup: BouncerSetup) {
    this.#setup = setup;
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

  named(target: string, by: Member, asker: Asker): NetworkNamed | undefined {
    if (!isAddressLike(target)) return undefined;
    const network = meantBy(target);
    if (!network) return { text: undefined, isWide: false, isOwn: false, sessions: [] };
    const own = [asker.address, ...this.of(by)];
    return {
      text: networkText(network),
      isWide: network.length < LEAST_BITS[network.version],
      isOwn: own.some((address) => isFrom(network, address)),
      sessions: [...this.#setup.chat.members].flatMap(({ sessions }) =>
        [...sessions].filter((session) => this.#comesFrom(network, session)).map(({ id }) => id),
      ),
    };
  }

  mayMean(target: string): readonly string[] | undefined {
    if (!isAddressLike(target)) return undefined;
    return [meantBy(target), networkOf(target)].flatMap((network) => (network ? [networkText(network)] : []));
  }

  /** What the chat has banned is kept out, and what it lets in again is let in. */
  observe(event: ChatEvent): void {
    const { bans, chat } = this.#setup;
    if ((event.type !== "banned" && event.type !== "ban-lifted") || event.kind === "mask") return;
    if (event.type === "ban-lifted") return bans.delete(event.target);
    const ban = chat.addressBan(event.target);
    const network = networkOf(event.target);
    if (!ban || !network) return;
    bans.set(ban);
    this.#close(network, bannedWords(ban));
  }

  /** Closes connections from a network, but those of members who have no other: the chat puts these out. */
  #close(network: Network, words: string): void {
    const spared = new Set<Peer>();
    for (const { sessions } of this.#setup.chat.members)
      if ([...sessions].every((session) => this.#comesFrom(network, session)))
        for (const session of sessions) for (const peer of this.#peerOf(session)) spared.add(peer);
    for (const connection of [...this.#setup.connections()]) {
      if (!isFrom(network, connection.address) || spared.has(connection)) continue;
      if (connection.face === "undecided") connection.push(Buffer.from(`ERROR :${words}\r\n`));
      connection.farewell(closing("server-banned", words));
    }
  }

  #comesFrom(network: Network, session: Session): boolean {
    return this.#peerOf(session).some(({ address }) => isFrom(network, address));
  }

  #peerOf(session: Session): readonly Peer[] {
    const peer = this.#setup.peerOf(session);
    return peer ? [peer] : [];
  }

  #peersOf(member: Member): readonly Peer[] {
    return [...member.sessions].flatMap((session) => this.#peerOf(session));
  }
}

function isFrom(network: Network, address: string): boolean {
  const at = addressOf(address);
  return at !== undefined && isWithin(at, network);
}

/** The network that a ban is of: an IPv6 address means its /64, and itself with `/128` behind it. */
function meantBy(target: string): Network | undefined {
  const network = networkOf(target);
  return network && !target.includes("/") ? siteOf(network) : network;
}
