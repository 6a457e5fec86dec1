import { emojiForm } from "../../text/emoji.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { clip } from "../../text/split.ts";
import { placeBetween, readablePlace, sideNamed, sideOf } from "../conversation.ts";
import { isSameAccount } from "../model/account.ts";
import { isForPeople, type MessageTags, type QuotedReaction, type RedactionSubject } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { ROOM_SIGN } from "../model/names.ts";
import type { Room } from "../model/room.ts";
import type { State } from "../model/state.ts";
import type { HistorySpan, LocatedMessage, Place, Side, StoredEvent, StoredMessage, StoredSignal } from "../store.ts";
import { hiddenFrom, isHidden, readAround } from "../visibility.ts";

/** Finding single messages, and what the people of a place recognise them by. */

/** The message or signal with this msgid, stored or not. */
export function messageWith(state: State, msgid: string): LocatedMessage | undefined {
  const seq = state.store.seqOf(msgid);
  return seq === undefined ? undefined : (state.store.messageAt(seq) ?? state.ephemeral.at(seq));
}

/** Whether the member wrote the message: as the same account, or as the same guest at that time. */
export function isBy({ message }: Pick<LocatedMessage, "message">, by: Member): boolean {
  const { from, seq } = message;
  if (from.account !== undefined) return isSameAccount(from.account, by.who.account);
  return by.sideAt(seq) === sideOf(from);
}

/** Whether the member is a side of the message's conversation: as the account, or as the guest of that time. */
export function isSideOf(member: Member, { place, message }: LocatedMessage): boolean {
  const sides: readonly string[] = place.split(" ");
  return !message.inRoom && sides.length === 2 && sidesOf(member, message.seq).some((side) => sides.includes(side));
}

/** The member's sides at a sequence number; an account owns its history of any time. */
export function sidesOf(member: Member, seq: number): readonly Side[] {
  const side = member.sideAt(seq);
  const sides = side === undefined ? [] : [side];
  return member.who.account === undefined ? sides : [...sides, sideOf(member.who)];
}

const PAGE = 50; // messages read at a time
const MOST_SOUGHT = 1000; // messages looked at for the latest of somebody

/** The author of the message that is sought: the member, anybody else, or the holder of a nick. */
export type Whose = "own" | "others" | { readonly nick: Folded };

/** The latest message of a room or conversation that the member may read; queries between clients are none. */
export function latestMessage(state: State, member: Member, target: string, whose: Whose): StoredMessage | undefined {
  const named = typeof whose === "object" ? state.member(whose.nick)?.who.account : undefined;
  const suits = (message: StoredMessage) => {
    if (!isForPeople(message.kind)) return false;
    if (whose === "own") return isBy({ message }, member);
    if (whose === "others") return !isBy({ message }, member);
    return fold(message.from.nick) === whose.nick || isSameAccount(named, message.from.account);
  };
  const stored = latestStored(state, member, target, suits);
  const live = latestEphemeral(state, member, target, suits);
  return live && live.seq > (stored?.seq ?? 0) ? live : stored;
}

function latestStored(
  state: State,
  member: Member,
  target: string,
  suits: (message: StoredMessage) => boolean,
): StoredMessage | undefined {
  const source = readablePlace(state, member, target);
  if (!source || !state.rules.showsHistory) return undefined;
  let before: number | undefined;
  for (let count = 0; count < MOST_SOUGHT; count += PAGE) {
    const span: HistorySpan = { from: 0, before, limit: PAGE };
    const page = readAround(source.hidden, span, (part) => state.store.history(source.place, part));
    const found = page.findLast(suits);
    if (found || page.length < PAGE) return found;
    before = page[0]?.seq;
  }
  return undefined;
}

function latestEphemeral(
  state: State,
  member: Member,
  target: string,
  suits: (message: StoredMessage) => boolean,
): StoredMessage | undefined {
  const room = target.startsWith(ROOM_SIGN) ? state.room(target) : undefined;
  if (room && !room.members.has(member)) return undefined;
  const at = room ? room.key : placeBetween(sideOf(member.who), sideNamed(state, target));
  for (const found of [...state.ephemeral].reverse()) {
    const { place, message } = found;
    if (place !== at || message.type !== "said" || message.rank !== undefined || !suits(message)) continue;
    if (room || isSideOf(member, found)) return message;
  }
  return undefined;
}

const EXCERPT = 48; // bytes of a message that it is recognised by
const EMOJI = 32; // bytes of a reaction that are shown

const REACT = ["+draft/react", "+react"];
const UNREACT = ["+draft/unreact", "+unreact"];
const REPLY = ["+draft/reply", "+reply"];

/** How a redaction names a message or signal; `undefined` if people are not shown it. */
export function subjectOf({ message }: LocatedMessage): RedactionSubject | undefined {
  const { type, time: at } = message;
  if (type === "said") return isForPeople(message.kind) ? { what: "message", at } : undefined;
  return firstOf(message.tags, REACT) === undefined ? undefined : { what: "reaction", at };
}

/** A reaction to an entry of history. */
interface LocatedReaction {
  readonly emoji: string;
  /** False if it is taken back. */
  readonly isOn: boolean;
  /** The msgid of the entry, and the entry. */
  readonly of: string;
  readonly parent: LocatedMessage;
}

/** The reaction that a signal's tags are, to an entry of the same place. */
export function reactionIn(state: State, place: Place, tags: MessageTags): LocatedReaction | undefined {
  const reaction = parseReaction(state, tags);
  const parent = reaction && messageWith(state, reaction.of);
  return reaction && parent?.place === place ? { ...reaction, parent } : undefined;
}

function parseReaction({ semantics }: State, tags: MessageTags): Omit<LocatedReaction, "parent"> | undefined {
  const given = firstOf(tags, REACT);
  const emoji = given ?? firstOf(tags, UNREACT);
  const of = firstOf(tags, REPLY);
  if (emoji === undefined || of === undefined) return undefined;
  return { emoji: semantics < 3 ? emoji : emojiForm(emoji), isOn: given !== undefined, of };
}

/** How people are shown a reaction; `undefined` if it is not to a message that its sender may read. */
export function quotedReaction(
  state: State,
  by: Member,
  { emoji, isOn, parent }: LocatedReaction,
): QuotedReaction | undefined {
  const { place, message } = parent;
  if (message.type !== "said" || !isForPeople(message.kind) || message.rank !== undefined) return undefined;
  const room = message.inRoom ? state.rooms.get(place) : undefined;
  const isReadable = room ? !isHidden(message.seq, hiddenFrom(by, room)) : isSideOf(by, parent);
  if (!isReadable) return undefined;
  const text = room && isHiddenFromSome(message.seq, room) ? "" : beginningOf(message.text);
  return { emoji: clip(emoji, EMOJI), isOn, to: message.from, text };
}

const MOST_EVENTS = 500; // looked at for the last reaction of somebody

/**
 * Whether a sender has given a reaction already, or takes back one that it has not given. Of a message with more than
 * `MOST_EVENTS` later events, only reactions among the last of these are known.
 */
export function repeatsReaction(state: State, by: Member, { emoji, isOn, of, parent }: LocatedReaction): boolean {
  const isSame = (event: StoredEvent | StoredMessage): event is StoredSignal => {
    if (event.type !== "signalled") return false;
    const other = parseReaction(state, event.tags);
    return other?.emoji === emoji && other.of === of && isBy({ message: event }, by);
  };
  const live = [...state.ephemeral].map(({ message }) => message).findLast(isSame);
  const { last: stored, isCertain } = lastEvent(state, parent.place, parent.message.seq, isSame);
  const last = live && live.seq > (stored?.seq ?? 0) ? live : stored;
  return last ? parseReaction(state, last.tags)?.isOn === isOn : !isOn && isCertain;
}

/** The last event of a place from a sequence number on that suits, among the newest; `isCertain` if all were looked at. */
function lastEvent<T extends StoredEvent>(
  state: State,
  place: Place,
  from: number,
  suits: (event: StoredEvent) => event is T,
): { readonly last: T | undefined; readonly isCertain: boolean } {
  let before: number | undefined;
  for (let count = 0; count < MOST_EVENTS; count += PAGE) {
    const page = state.store.events(place, { from, before, limit: PAGE });
    const last = page.findLast(suits);
    if (last || page.length < PAGE) return { last, isCertain: true };
    before = page[0]?.seq;
  }
  return { last: undefined, isCertain: false };
}

function firstOf(tags: MessageTags, keys: readonly string[]): string | undefined {
  return keys.map((key) => tags.get(key)).find((value) => value !== undefined && value !== "");
}

/** The beginning of a message's text. */
function beginningOf(text: string): string {
  const [line = ""] = text.split("\n");
  const beginning = clip(line, EXCERPT);
  return beginning === text ? text : `${beginning}…`;
}

function isHiddenFromSome(seq: number, { visibleFrom, hidden }: Room): boolean {
  return seq < visibleFrom || isHidden(seq, hidden);
}
