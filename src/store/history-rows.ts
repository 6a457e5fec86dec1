import type { Account, AccountId } from "../chat/model/account.ts";
import type { MessageKind } from "../chat/model/act.ts";
import type { Place, StoredEvent, StoredMessage } from "../chat/store.ts";
import { fold } from "../text/fold.ts";

/** The history's rows as messages and events, and their msgids. */

/** A row of the table `message`. */
export interface MessageRow {
  readonly seq: number;
  readonly time: number;
  readonly manner: MessageKind;
  readonly nick: string;
  readonly user: string;
  readonly host: string;
  readonly account: string | null;
  /** `null` for an account that was removed before accounts had ids. */
  readonly account_id: AccountId | null;
  readonly target: string;
  readonly text: string;
  readonly tags: string | null;
  readonly sent_as: string | null;
  readonly cuts: string | null;
  readonly bot: 1 | null;
}

/** The columns of a `MessageRow`. */
export const COLUMNS =
  "seq, time, manner, nick, user, host, account, account_id, target, text, tags, sent_as, cuts, bot";

/** A message as read from the database, with the room's present name. */
export function toStoredMessage(row: MessageRow, place: Place): Omit<StoredMessage, "msgid"> {
  const { seq, time, manner, nick, user, host, target, text, tags, sent_as, cuts, bot } = row;
  const inRoom = isRoom(place);
  return {
    type: "said",
    seq,
    time,
    origin: undefined,
    from: { nick, user, host, realname: "", account: accountIn(row), ...(bot === 1 ? { bot: true } : {}) },
    to: inRoom && fold(target) !== place ? place : target,
    inRoom,
    rank: undefined,
    kind: manner,
    text,
    tags: tags === null ? undefined : new Map(JSON.parse(tags) as [string, string][]),
    id: sent_as ?? undefined,
    cuts: cuts === null ? undefined : (JSON.parse(cuts) as number[]),
    away: undefined,
  };
}

/** Stands for the id of an account that was removed before accounts had ids. No existing account has it. */
const REMOVED_ACCOUNT = "" as AccountId;

function accountIn({ account, account_id }: MessageRow): Account | undefined {
  return account === null ? undefined : { id: account_id ?? REMOVED_ACCOUNT, name: account };
}

/** The key of a conversation has two sides separated by a space; a room's key has no space. */
function isRoom(place: Place): boolean {
  return !place.includes(" ");
}

/** An event as read from the database, with the room's present name. */
export function toStoredEvent(event: StoredEvent, place: Place): StoredEvent {
  if (event.type === "signalled") {
    const to = event.inRoom && fold(event.to) !== place ? place : event.to;
    return { ...event, to, tags: new Map(event.tags), origin: undefined };
  }
  const isMoved = "room" in event && fold(event.room) !== place;
  return isMoved ? { ...event, room: place, origin: undefined } : { ...event, origin: undefined };
}

/** The `msgid` of an event: the name of its store, and its sequence number. */
export function formatMsgid(node: string, seq: number): string {
  return `${node}-${seq.toString(36)}`;
}

/** The sequence number that a `msgid` of this store encodes; `undefined` for any other string. */
export function parseMsgid(node: string, msgid: string): number | undefined {
  const [name, digits = ""] = msgid.split("-");
  return name === node && /^[0-9a-z]{1,11}$/.test(digits) ? Number.parseInt(digits, 36) : undefined;
}
