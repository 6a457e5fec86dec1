import type { Chat } from "../../chat/chat.ts";
import type { ChatEvent } from "../../chat/model/event.ts";
import type { ServerBan } from "../../chat/model/masks.ts";
import type { Member } from "../../chat/model/member.ts";
import type { Addresses, Asker, Device, DeviceConnection, NamedNetwork, Session } from "../../chat/model/session.ts";
import { isAddressLike } from "../../chat/rules/bans.ts";
import { bannedWords } from "../../chat/words/events.ts";
import { closing } from "../../wire/closing.ts";
import type { Peer } from "../../wire/protocol.ts";
import { addressOf, isWithin, masked, type Network, networkOf, networkText, siteOf } from "../net/networks.ts";
import type { Connection } from "../peer/connection.ts";

const LEAST_BITS = { 4: 8, 6: 16 } as const; // the shortest prefix of a ban: a shorter one would ban whole continents

/** The parts of the server that address bans use. */
interface AddressBansSetup {
  readonly bans: AddressBanList;
  readonly chat: Chat;
  readonly connections: () => Iterable<Connection>;
  readonly peerOf: (session: Session) => Peer | undefined;
}

/** Carries out bans of addresses: the connection limiter refuses new connections; open ones are closed here. */
export class AddressBans implements Addresses {
  readonly #setup: AddressBansSetup;

  constructor(setup: AddressBansSetup) {
    this.#setup = setup;
  }

  of(member: Member): readonly string[] {
    return [...new Set(this.#peersOf(member).map(({ address }) => address))];
  }

  devicesOf(owner: Member): readonly Device[] {
    const sessions = this.#setup.chat.membersOf(owner).flatMap((member) => [...member.sessions]);
    const peers = new Set(sessions.flatMap((session) => this.#peerOf(session)));
    const here = [...this.#setup.connections()].filter((connection) => peers.has(connection));
    const elsewhere = sessions.filter((session) => this.#peerOf(session).length === 0);
    return [
      ...here.map((connection) => ({ id: connection.id, connection: shown(connection) })),
      ...elsewhere.map(({ id }) => ({ id, connection: undefined })),
    ];
  }

  resolve(target: string, by: Member, asker: Asker): NamedNetwork | undefined {
    if (!isAddressLike(target)) return undefined;
    const network = networkMeantBy(target);
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

  networksFor(target: string): readonly string[] | undefined {
    if (!isAddressLike(target)) return undefined;
    return [networkMeantBy(target), networkOf(target)].flatMap((network) => (network ? [networkText(network)] : []));
  }

  /** Follows the bans that the chat sets and lifts; of a cluster, by a session of this server (`isOurs`) or of another. */
  observe(event: ChatEvent, isOurs = true): void {
    const { bans, chat } = this.#setup;
    if ((event.type !== "banned" && event.type !== "ban-lifted") || event.kind === "mask") return;
    if (event.type === "ban-lifted") return bans.delete(event.target);
    const ban = chat.addressBan(event.target);
    const network = networkOf(event.target);
    if (!ban || !network) return;
    bans.set(ban);
    this.#close(network, bannedWords(ban), isOurs ? this.#expelled(network) : new Set());
  }

  /** The peers of members with no session from elsewhere: the chat expels them, where the ban was set. */
  #expelled(network: Network): ReadonlySet<Peer> {
    const expelled = new Set<Peer>();
    for (const { sessions } of this.#setup.chat.members)
      if ([...sessions].every((session) => this.#comesFrom(network, session)))
        for (const session of sessions) for (const peer of this.#peerOf(session)) expelled.add(peer);
    return expelled;
  }

  /** Closes connections from a network, but these. */
  #close(network: Network, words: string, spared: ReadonlySet<Peer>): void {
    for (const connection of [...this.#setup.connections()]) {
      if (!isFrom(network, connection.address) || spared.has(connection)) continue;
      if (connection.protocolName === "undecided") connection.push(Buffer.from(`ERROR :${words}\r\n`));
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

/** A connection, as the owner of its session sees it. */
function shown(connection: Connection): DeviceConnection {
  const { device: name, tokens, isSecure, address, since, heard, carrier } = connection;
  // SSH needs no remark that it is encrypted.
  return { name, tokens, protocol: nameOf(connection), isSecure: isSecure && !carrier, address, since, heard };
}

/** How a session's owner knows its connection. */
function nameOf({ protocolName, carrier }: Connection): string {
  return carrier ? "SSH" : protocolName === "person" ? "nc" : "IRC";
}

function isFrom(network: Network, address: string): boolean {
  const at = addressOf(address);
  return at !== undefined && isWithin(at, network);
}

/** The network that a ban's target means: a bare IPv6 address means its /64; with `/128`, only itself. */
function networkMeantBy(target: string): Network | undefined {
  const network = networkOf(target);
  return network && !target.includes("/") ? siteOf(network) : network;
}

/**
 * An index of the chat's bans of addresses and networks. `find` looks up the address's prefix of every length, so its
 * cost does not depend on the number of bans.
 */
export class AddressBanList {
  readonly #clock: () => number;
  /** By IP version and prefix length, then by prefix. */
  readonly #bans = new Map<string, Map<bigint, ServerBan>>();

  /** `clock` is monotonic; bans expire by it. */
  constructor(bans: Iterable<ServerBan>, clock: () => number) {
    this.#clock = clock;
    for (const ban of bans) this.set(ban);
  }

  get size(): number {
    return this.#bans.values().reduce((size, bans) => size + bans.size, 0);
  }

  /** Adds a ban; replaces one of the same network. */
  set(ban: ServerBan): void {
    const network = ban.kind === "address" ? networkOf(ban.target) : undefined;
    if (!network) return;
    const key = keyOf(network);
    this.#bans.set(key, (this.#bans.get(key) ?? new Map<bigint, ServerBan>()).set(network.base, ban));
  }

  /** Removes the ban of exactly this network. */
  delete(target: string): void {
    const network = networkOf(target);
    if (!network) return;
    const key = keyOf(network);
    const bans = this.#bans.get(key);
    bans?.delete(network.base);
    if (bans?.size === 0) this.#bans.delete(key);
  }

  /** The ban that applies to an address; the widest of several. Expired bans are ignored. */
  find(address: string): ServerBan | undefined {
    if (this.#bans.size === 0) return undefined;
    const at = addressOf(address);
    if (!at) return undefined;
    const now = this.#clock();
    for (let length = 0; length <= at.length; length++) {
      const bans = this.#bans.get(`${at.version}/${length}`);
      const ban = bans?.get(masked(at.base, at.length, length));
      if (ban && (ban.until === undefined || ban.until > now)) return ban;
    }
    return undefined;
  }
}

function keyOf({ version, length }: Network): string {
  return `${version}/${length}`;
}
