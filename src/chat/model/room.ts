import { type Folded, fold } from "../../text/fold.ts";
import type { HiddenRange, InvitationRecord, RoomRecord, StoredRoomEvent } from "../store.ts";
import type { Account, AccountId } from "./account.ts";
import type { Identity } from "./event.ts";
import { type Mask, parseMask } from "./masks.ts";
import type { Invitation, Member } from "./member.ts";
import { type Metadata, metadataOf, recordOf } from "./metadata.ts";
import { type Flag, LISTS, type ListName, type Rank } from "./modes.ts";
import type { RenderGroup, Session } from "./session.ts";

/** A room's topic; `by` is the mask of its setter, `at` in milliseconds since 1970. */
export interface Topic {
  readonly text: string;
  readonly by: string;
  readonly at: number;
}

/** An entry of one of a room's lists. */
export interface ListEntry {
  mask: Mask;
  /** The nick that the operator gave, if the mask was made from one. */
  readonly whom: string | undefined;
  readonly by: string;
  readonly at: number;
  /** When it expires, on the steady clock; `undefined` if it does not. */
  readonly until: number | undefined;
  /** "" if none was given. */
  readonly reason: string;
}

/** A member's state in one room. */
export interface Membership {
  readonly ranks: Set<Rank>;
  /** The sequence number of its join. */
  readonly joined: number;
  /** The other members have been told of the join. */
  announced: boolean;
  /** The bans that its invitation has lifted: they do not apply to it while it is in the room. */
  readonly lifted?: ReadonlySet<ListEntry> | undefined;
  /** Of a listener, whom nobody was told of: the ids of its sessions that listen; its other sessions are not in the room. */
  readonly listening?: Set<number> | undefined;
}

/** Restricts which bans count. */
export interface BanQuery {
  /** Leaves out mutes. */
  readonly muting?: false;
  /** Leaves out these bans. */
  readonly lifted?: ReadonlySet<ListEntry> | undefined;
}

const NO_RANKS: ReadonlySet<Rank> = new Set();

/** A room: its members, its modes, and the render groups that receive its events. Only `apply` changes it. */
export class Room {
  name: string;
  key: Folded;
  /** When it was last renamed, on the steady clock. */
  renamedAt = Number.NEGATIVE_INFINITY;
  readonly seq: number | undefined;
  readonly created: number;
  /** Messages with a lower sequence number are never shown. */
  readonly visibleFrom: number;
  topic: Topic | undefined;
  metadata: Metadata;
  password: string | undefined;
  limit: number | undefined;
  /** How long its messages are kept, in milliseconds; 0: not at all; `undefined`: as long as the server keeps any. */
  keeps: number | undefined;
  /** Whether it was ever private since it was made. */
  wasPrivate: boolean;
  /** The sequence number since which it has been private, while it is. */
  privateSince: number | undefined;
  /** Earlier private ranges: hidden from members that joined later. */
  readonly hidden: HiddenRange[];
  readonly flags: Set<Flag>;
  readonly lists: Readonly<Record<ListName, Map<Folded, ListEntry>>>;
  /** The ranks of accounts, present or not: a returning account gets them back. */
  readonly ranks = new Map<AccountId, Set<Rank>>();
  /** Invitations of accounts, oldest first; a guest's are kept by its member. */
  readonly invited = new Map<AccountId, Invitation>();
  /** A lower bound of the first end of its masks; infinity if none expires. */
  nextEnd = Number.POSITIVE_INFINITY;
  readonly members = new Map<Member, Membership>();
  readonly renderGroups = new Set<RenderGroup>();

  /** While the room is empty: the account that it is kept for. */
  keptFor: AccountId | undefined;
  /** It has stored messages. */
  hasMessages: boolean;
  /** The number of further events that are stored at once; the next message resets it. */
  quota = 0;
  /** The newest events beyond the quota: stored before the next message. */
  readonly pendingEvents: StoredRoomEvent[] = [];

  constructor(key: Folded, record: RoomRecord, hasMessages = false) {
    this.key = key;
    this.hasMessages = hasMessages;
    this.name = record.name;
    this.seq = record.seq;
    this.created = record.created;
    this.visibleFrom = record.visibleFrom;
    this.topic = record.topic;
    this.metadata = metadataOf(record.metadata);
    this.password = record.password;
    this.limit = record.limit;
    this.keeps = record.keeps;
    this.wasPrivate = record.wasPrivate;
    this.flags = new Set(record.flags);
    this.hidden = [...(record.hidden ?? [])];
    // A record from before `privateSince` was stored: the room was private from the start.
    this.privateSince = record.privateSince ?? (this.isPrivate ? record.visibleFrom : undefined);
    for (const [account, ranks] of Object.entries(record.ranks ?? {}))
      this.ranks.set(account as AccountId, new Set(ranks));
    this.lists = { ban: new Map(), exception: new Map(), invitation: new Map() };
    for (const list of LISTS) {
      for (const { mask, account, reason = "", ...entry } of record.lists[list]) {
        const parsed = parseMask(mask, () => account);
        if (parsed)
          this.lists[list].set(fold(mask), { whom: undefined, until: undefined, ...entry, mask: parsed, reason });
      }
    }
    for (const { account, byOperator, lifted } of record.invited ?? [])
      this.invited.set(account, {
        byOperator,
        lifted: new Set(lifted.flatMap((mask) => this.lists.ban.get(fold(mask)) ?? [])),
      });
  }

  /** The records of the invitations. Bans that were removed or replaced meanwhile are left out of `lifted`. */
  #invitationRecords(): readonly InvitationRecord[] | undefined {
    if (this.invited.size === 0) return undefined;
    const isSet = (entry: ListEntry) => this.lists.ban.get(fold(entry.mask.text)) === entry;
    return Array.from(this.invited, ([account, { byOperator, lifted }]) => ({
      account,
      byOperator,
      lifted: [...lifted].filter(isSet).map(({ mask }) => mask.text),
    }));
  }

  /** Only members and server operators can see that it exists. */
  get isSecret(): boolean {
    return this.flags.has("secret");
  }

  /** Its messages are not public: `secret`, `invite-only`, or it has a key. */
  get isPrivate(): boolean {
    return this.isSecret || this.flags.has("invite-only") || this.password !== undefined;
  }

  /** The highest rank of a member. */
  rankOf(member: Member): Rank | undefined {
    const ranks = this.members.get(member)?.ranks;
    if (!ranks || ranks.size === 0) return undefined;
    return ranks.has("operator") ? "operator" : "voice";
  }

  isOperator(member: Member): boolean {
    return this.members.get(member)?.ranks.has("operator") ?? false;
  }

  /** Whether a member only listens: it is never announced, and marked in lists. */
  isListener(member: Member): boolean {
    return this.members.get(member)?.listening !== undefined;
  }

  /** Whether anybody is in the room who is no listener. */
  get hasPeople(): boolean {
    for (const { listening } of this.members.values()) if (!listening) return true;
    return false;
  }

  /** The sessions of a member that are in the room: all of them; of a listener, only those that listen. */
  sessionsOf(member: Member): Iterable<Session> {
    return this.isListener(member)
      ? [...member.sessions].filter((session) => this.isWhere(member, session))
      : member.sessions;
  }

  /** Whether this session of a member is in the room: of a listener, only those that listen are. */
  isWhere(member: Member, { id }: Session): boolean {
    return this.members.get(member)?.listening?.has(id) ?? true;
  }

  /** Whether a mask on the list matches. */
  isListed(list: Exclude<ListName, "ban">, who: Identity): boolean {
    for (const { mask } of this.lists[list].values()) if (mask.matches(who)) return true;
    return false;
  }

  /** Whether a ban matches and no exception does. */
  isBanned(who: Identity, query: BanQuery): boolean {
    return this.banOn(who, query) !== undefined;
  }

  /** The first ban that matches, unless an exception does. */
  banOn(who: Identity, { muting, lifted }: BanQuery): ListEntry | undefined {
    if (this.lists.ban.size === 0) return undefined;
    for (const entry of this.lists.ban.values())
      if (!(muting === false && entry.mask.muting) && !lifted?.has(entry) && entry.mask.matches(who))
        return this.isListed("exception", who) ? undefined : entry;
    return undefined;
  }

  /** The matching bans other than mutes, exceptions ignored. */
  *bansOn(who: Identity): Generator<ListEntry> {
    for (const entry of this.lists.ban.values()) if (!entry.mask.muting && entry.mask.matches(who)) yield entry;
  }

  /** An account, present or not, operates the room: the room may outlive its members. */
  get hasLastingOperator(): boolean {
    for (const ranks of this.ranks.values()) if (ranks.has("operator")) return true;
    return false;
  }

  /** Adds a member's ranks to those of its account, so that it has them when it returns. Returns whether any was new. */
  keepRanks(member: Member): boolean {
    const { account } = member.who;
    const ranks = this.members.get(member)?.ranks;
    if (account === undefined || !ranks) return false;
    const kept = this.ranksKept(account);
    const merged = new Set([...kept, ...ranks]);
    if (merged.size === kept.size) return false;
    this.ranks.set(account.id, merged);
    return true;
  }

  /** Whether a present member of the account has the rank. */
  hasRank(account: AccountId, rank: Rank): boolean {
    for (const [{ who }, { ranks }] of this.members) if (who.account?.id === account && ranks.has(rank)) return true;
    return false;
  }

  /** Takes a rank from an account. */
  forgetRank(account: AccountId, rank: Rank): void {
    const ranks = this.ranks.get(account);
    ranks?.delete(rank);
    if (ranks?.size === 0) this.ranks.delete(account);
  }

  /** Whether the room has another operator: another member, or another account, present or not. */
  hasOtherOperator(member: Member): boolean {
    for (const [other, { ranks }] of this.members) if (other !== member && ranks.has("operator")) return true;
    for (const [account, ranks] of this.ranks)
      if (account !== member.who.account?.id && ranks.has("operator")) return true;
    return false;
  }

  /** The ranks of an account, present or not. */
  ranksKept(account: Account | undefined): ReadonlySet<Rank> {
    return (account && this.ranks.get(account.id)) ?? NO_RANKS;
  }

  /** The number of masks on all lists. */
  get entries(): number {
    return this.lists.ban.size + this.lists.exception.size + this.lists.invitation.size;
  }

  /** The record to store. */
  record(): RoomRecord {
    const list = (name: ListName) =>
      [...this.lists[name].values()].map((entry) => ({
        ...entry,
        mask: entry.mask.text,
        account: entry.mask.account,
        reason: entry.reason || undefined,
      }));
    return {
      name: this.name,
      seq: this.seq,
      created: this.created,
      visibleFrom: this.visibleFrom,
      topic: this.topic,
      metadata: recordOf(this.metadata),
      password: this.password,
      limit: this.limit,
      keeps: this.keeps,
      wasPrivate: this.wasPrivate,
      privateSince: this.privateSince,
      hidden: this.hidden.length > 0 ? this.hidden : undefined,
      flags: [...this.flags],
      lists: { ban: list("ban"), exception: list("exception"), invitation: list("invitation") },
      ranks: Object.fromEntries([...this.ranks].map(([account, ranks]) => [account, [...ranks]])),
      invited: this.#invitationRecords(),
    };
  }
}
