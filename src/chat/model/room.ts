import { type Folded, fold } from "../../text/fold.ts";
import type { HiddenRange, InvitationRecord, RoomRecord, StoredEvent } from "../store.ts";
import type { Account, AccountId } from "./account.ts";
import type { Identity } from "./event.ts";
import { type Mask, parseMask } from "./masks.ts";
import type { Invitation, Member } from "./member.ts";
import { type Metadata, metadataOf, recordOf } from "./metadata.ts";
import { type Flag, LISTS, type ListName, type Rank } from "./modes.ts";
import type { RenderGroup } from "./session.ts";

/** A room's topic, with who set it and when (milliseconds since 1970). */
export interface Topic {
  readonly text: string;
  readonly by: string;
  readonly at: number;
}

/** A mask on one of a room's lists. */
export interface ListEntry {
  readonly mask: Mask;
  /** The nick of the one who was meant, where that is known. */
  readonly whom: string | undefined;
  readonly by: string;
  readonly at: number;
  /** When it comes off by itself, if ever, by the steady clock. */
  readonly until: number | undefined;
  /** "" where none was given. */
  readonly reason: string;
}

/** What a member is in one room. */
export interface Membership {
  readonly ranks: Set<Rank>;
  /** The number in the order of their coming. */
  readonly joined: number;
  /** The others know that this member is here. */
  announced: boolean;
  /** The bans that the invitation has lifted by which they came: these mean them no more, while they are here. */
  readonly lifted?: ReadonlySet<ListEntry> | undefined;
}

/** The bans that are asked about. */
export interface BanQuery {
  readonly muting?: false;
  readonly lifted?: ReadonlySet<ListEntry> | undefined;
}

const NO_RANKS: ReadonlySet<Rank> = new Set();

/** A room: its members, what it allows, and the groups that its events are told to. Changed by `apply` alone. */
export class Room {
  name: string;
  key: Folded;
  /** When it was last given a name, by the steady clock. */
  renamedAt = Number.NEGATIVE_INFINITY;
  readonly seq: number | undefined;
  readonly created: number;
  /** Messages before this one are not shown to those who come. */
  readonly visibleFrom: number;
  topic: Topic | undefined;
  metadata: Metadata;
  password: string | undefined;
  limit: number | undefined;
  /** Whether it was ever closed to some (`invite-only`, `secret`, a key) since it was opened. */
  wasPrivate: boolean;
  /** From which number of the order on it is private, while it is. */
  privateSince: number | undefined;
  /** Where it was private before: hidden from those who have come since. */
  readonly hidden: HiddenRange[];
  readonly flags: Set<Flag>;
  readonly lists: Readonly<Record<ListName, Map<Folded, ListEntry>>>;
  /** Ranks of accounts, kept while no session of theirs is present. */
  readonly ranks = new Map<AccountId, Set<Rank>>();
  /** Invitations of accounts, the oldest first; those of guests are kept with their members. */
  readonly invited = new Map<AccountId, Invitation>();
  /** Not later than this one of its masks ends by itself; infinity where none does. */
  nextEnd = Number.POSITIVE_INFINITY;
  readonly members = new Map<Member, Membership>();
  readonly renderGroups = new Set<RenderGroup>();

  /** The account among whose rooms this one counts, while nobody is in it. */
  leftBy: AccountId | undefined;
  /** Something that was said here is kept. */
  hasMessages: boolean;
  /** How much of what happens is kept before something is said. */
  quota = 0;
  /** The latest of what happened beyond that. */
  readonly pendingEvents: StoredEvent[] = [];

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
    this.wasPrivate = record.wasPrivate;
    this.flags = new Set(record.flags);
    this.hidden = [...(record.hidden ?? [])];
    // One that was private before this was noted was so all the time.
    this.privateSince = record.privateSince ?? (this.isPrivate ? record.visibleFrom : undefined);
    for (const [account, ranks] of Object.entries(record.ranks ?? {}))
      this.ranks.set(account as AccountId, new Set(ranks));
    this.lists = { ban: new Map(), exception: new Map(), invitation: new Map() };
    for (const list of LISTS) {
      for (const { mask, account, reason = "", ...kept } of record.lists[list]) {
        const parsed = parseMask(mask, () => account);
        if (parsed)
          this.lists[list].set(fold(mask), { whom: undefined, until: undefined, ...kept, mask: parsed, reason });
      }
    }
    for (const { account, byOperator, lifted } of record.invited ?? [])
      this.invited.set(account, {
        byOperator,
        lifted: new Set(lifted.flatMap((mask) => this.lists.ban.get(fold(mask)) ?? [])),
      });
  }

  /** The same, as the store has it. A ban that was lifted, or set anew since, is not among those that are lifted. */
  #invitationRecords(): readonly InvitationRecord[] | undefined {
    if (this.invited.size === 0) return undefined;
    const isSet = (entry: ListEntry) => this.lists.ban.get(fold(entry.mask.text)) === entry;
    return Array.from(this.invited, ([account, { byOperator, lifted }]) => ({
      account,
      byOperator,
      lifted: [...lifted].filter(isSet).map(({ mask }) => mask.text),
    }));
  }

  /** Only members can tell that it is there. */
  get isSecret(): boolean {
    return this.flags.has("secret");
  }

  /** Closed to some: what is said here is not public. */
  get isPrivate(): boolean {
    return this.isSecret || this.flags.has("invite-only") || this.password !== undefined;
  }

  rankOf(member: Member): Rank | undefined {
    const ranks = this.members.get(member)?.ranks;
    if (!ranks || ranks.size === 0) return undefined;
    return ranks.has("operator") ? "operator" : "voice";
  }

  isOperator(member: Member): boolean {
    return this.members.get(member)?.ranks.has("operator") ?? false;
  }

  /** Whether a mask on the list means this one. */
  isListed(list: Exclude<ListName, "ban">, who: Identity): boolean {
    for (const { mask } of this.lists[list].values()) if (mask.matches(who)) return true;
    return false;
  }

  /** Whether a ban of the room means this one, and no exception; `muting: false` leaves out mutes, `lifted` these bans. */
  isBanned(who: Identity, { muting, lifted }: BanQuery): boolean {
    if (this.lists.ban.size === 0) return false;
    for (const entry of this.lists.ban.values())
      if (!(muting === false && entry.mask.muting) && !lifted?.has(entry) && entry.mask.matches(who))
        return !this.isListed("exception", who);
    return false;
  }

  /** The bans of the room that keep this one out, exceptions apart. */
  *bansOn(who: Identity): Generator<ListEntry> {
    for (const entry of this.lists.ban.values()) if (!entry.mask.muting && entry.mask.matches(who)) yield entry;
  }

  /** Someone with an account operates the room, present or not: it stays. */
  get hasLastingOperator(): boolean {
    for (const ranks of this.ranks.values()) if (ranks.has("operator")) return true;
    return false;
  }

  /**
   * Notes what a member is here for their account, besides what is noted already, so that they are that when they come
   * back. Answers whether that is news.
   */
  keepRanks(member: Member): boolean {
    const { account } = member.who;
    const ranks = this.members.get(member)?.ranks;
    if (account === undefined || !ranks) return false;
    const kept = this.ranksKept(account);
    const all = new Set([...kept, ...ranks]);
    if (all.size === kept.size) return false;
    this.ranks.set(account.id, all);
    return true;
  }

  /** Whether a member of the account who is here has the rank. */
  hasRank(account: AccountId, rank: Rank): boolean {
    for (const [{ who }, { ranks }] of this.members) if (who.account?.id === account && ranks.has(rank)) return true;
    return false;
  }

  /** The account has that no more, when it comes back. */
  forgetRank(account: AccountId, rank: Rank): void {
    const ranks = this.ranks.get(account);
    ranks?.delete(rank);
    if (ranks?.size === 0) this.ranks.delete(account);
  }

  /** Whether someone operates the room besides this member: another one here, or an account that may come back. */
  hasOtherOperator(member: Member): boolean {
    for (const [other, { ranks }] of this.members) if (other !== member && ranks.has("operator")) return true;
    for (const [account, ranks] of this.ranks)
      if (account !== member.who.account?.id && ranks.has("operator")) return true;
    return false;
  }

  /** What an account is here, present or not. */
  ranksKept(account: Account | undefined): ReadonlySet<Rank> {
    return (account && this.ranks.get(account.id)) ?? NO_RANKS;
  }

  /** Masks on all lists together. */
  get entries(): number {
    return this.lists.ban.size + this.lists.exception.size + this.lists.invitation.size;
  }

  /** What the store keeps of it. */
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
