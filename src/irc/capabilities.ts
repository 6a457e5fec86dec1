import { METADATA_KEY, METADATA_VALUE } from "../chat/model/metadata.ts";
import type { Peer } from "../wire/protocol.ts";
import { MECHANISM_NAMES } from "./commands/sasl.ts";
import type { IrcServer } from "./server.ts";

/** A bit in the second word of a set, for capabilities that do not change an event's bytes. */
export interface SecondWordBit {
  readonly second: number;
}

/** A capability's bit: a number in the first word of a set, which has 30 of them, or one in the second. */
export type CapBit = number | SecondWordBit;

/** A set of capabilities, in two words of bits. */
export interface CapSet {
  readonly first: number;
  readonly second: number;
}

/** The bit of each capability in a session's set. Only those of the first word can be combined with `|`. */
export const CAP = {
  messageTags: 1 << 0,
  serverTime: 1 << 1,
  accountTag: 1 << 2,
  extendedJoin: 1 << 3,
  awayNotify: 1 << 4,
  echoMessage: 1 << 5,
  batch: 1 << 6,
  labeledResponse: 1 << 7,
  multiPrefix: 1 << 8,
  userhostInNames: 1 << 9,
  inviteNotify: 1 << 10,
  setname: 1 << 11,
  capNotify: 1 << 12,
  standardReplies: 1 << 13,
  accountNotify: 1 << 14,
  extendedMonitor: 1 << 15,
  noImplicitNames: 1 << 16,
  draftNoImplicitNames: 1 << 17,
  chathistory: 1 << 18,
  eventPlayback: 1 << 19,
  multiline: 1 << 20,
  redaction: 1 << 21,
  readMarker: 1 << 22,
  sasl: 1 << 23,
  accountRegistration: 1 << 24,
  search: 1 << 25,
  missed: 1 << 26,
  commands: 1 << 27,
  channelRename: 1 << 28,
  preAway: 1 << 29,
  metadata: { second: 1 << 0 },
  metadata2: { second: 1 << 1 },
  quiet: { second: 1 << 2 },
  extendedIsupport: { second: 1 << 3 },
  rooms: { second: 1 << 4 },
  webpush: { second: 1 << 5 },
  draftWebpush: { second: 1 << 6 },
  resume: { second: 1 << 7 },
} as const;

/** A row of the table of capabilities. */
export interface Capability {
  readonly name: string;
  /** Its bit in `CAP`; 0 if it only announces its value and cannot be requested. */
  readonly bit: CapBit;
  /** The benefit for a client, for the documentation. */
  readonly help: string;
  /** Whether this server offers it; it does if not given. */
  readonly isOffered?: (server: IrcServer) => boolean;
  /** Its value in CAP LS 302; "" for none. */
  readonly value?: (server: IrcServer, peer: Pick<Peer, "isSecure">) => string;
}

/** Every capability that the server offers, a row each. */
export const CAPABILITIES: readonly Capability[] = [
  { name: "account-notify", bit: CAP.accountNotify, help: "logins and logouts of people in the same rooms" },
  { name: "account-tag", bit: CAP.accountTag, help: "the account of an event's origin" },
  { name: "away-notify", bit: CAP.awayNotify, help: "AWAY of people in the same rooms" },
  { name: "batch", bit: CAP.batch, help: "groups of lines that belong together" },
  { name: "cap-notify", bit: CAP.capNotify, help: "capabilities that are added or removed" },
  {
    name: "draft/account-registration",
    bit: CAP.accountRegistration,
    help: "REGISTER registers the nick as an account",
    value: ({ config: { registerBeforeConnect, requireEmail } }) =>
      [...(registerBeforeConnect ? ["before-connect"] : []), ...(requireEmail ? ["email-required"] : [])].join(","),
  },
  { name: "draft/channel-rename", bit: CAP.channelRename, help: "RENAME when a room is renamed" },
  { name: "draft/chathistory", bit: CAP.chathistory, help: "CHATHISTORY, and no replay on joining" },
  {
    name: "draft/event-playback",
    bit: CAP.eventPlayback,
    help: "joins, parts, changes and TAGMSG (reactions; not typing) in CHATHISTORY too",
  },
  {
    name: "draft/extended-isupport",
    bit: CAP.extendedIsupport,
    help: "ISUPPORT before registration; the tokens in a batch",
  },
  { name: "draft/message-redaction", bit: CAP.redaction, help: "REDACT when a message is deleted" },
  {
    name: "draft/metadata-2",
    bit: CAP.metadata2,
    help: "the same as `draft/metadata-3`, for older clients",
    value: metadataTokens,
  },
  {
    name: "draft/metadata-3",
    bit: CAP.metadata,
    help: "METADATA: display names, colours and other metadata of people and rooms; needs `batch`",
    value: metadataTokens,
  },
  {
    name: "draft/multiline",
    bit: CAP.multiline,
    help: "messages of several lines",
    value: ({ chat }) => `max-bytes=${chat.limits.messageBytes},max-lines=${chat.limits.messageLines}`,
  },
  { name: "draft/pre-away", bit: CAP.preAway, help: "AWAY before registration; `AWAY *` while nobody uses the client" },
  { name: "draft/read-marker", bit: CAP.readMarker, help: "how far you have read, in all your sessions" },
  {
    name: "draft/webpush",
    bit: CAP.draftWebpush,
    help: "the same as `soju.im/webpush`, under its draft name",
    isOffered: offersPush,
  },
  { name: "echo-message", bit: CAP.echoMessage, help: "your own messages, once they are stored" },
  { name: "extended-join", bit: CAP.extendedJoin, help: "the account and real name in JOIN" },
  { name: "extended-monitor", bit: CAP.extendedMonitor, help: "changes of people on your MONITOR list" },
  { name: "invite-notify", bit: CAP.inviteNotify, help: "invitations to rooms that you operate" },
  { name: "labeled-response", bit: CAP.labeledResponse, help: "which reply answers which command" },
  { name: "message-tags", bit: CAP.messageTags, help: "msgid, and client-only tags" },
  { name: "multi-prefix", bit: CAP.multiPrefix, help: "all of a member's ranks, not just the highest" },
  { name: "no-implicit-names", bit: CAP.noImplicitNames, help: "no NAMES on joining" },
  { name: "draft/no-implicit-names", bit: CAP.draftNoImplicitNames, help: "the same, under its draft name" },
  { name: "sasl", bit: CAP.sasl, help: "AUTHENTICATE logs in", value: () => MECHANISM_NAMES },
  { name: "server-time", bit: CAP.serverTime, help: "the time of each event" },
  { name: "setname", bit: CAP.setname, help: "changes of the real name" },
  { name: "soju.im/search", bit: CAP.search, help: "SEARCH in messages" },
  {
    name: "soju.im/webpush",
    bit: CAP.webpush,
    help: "WEBPUSH: notifications of direct messages and mentions while you are away; for accounts",
    isOffered: offersPush,
  },
  { name: "standard-replies", bit: CAP.standardReplies, help: "FAIL, WARN and NOTE" },
  {
    name: "sts",
    bit: 0,
    help: "the TLS port, for connecting over TLS only",
    value: ({ sts }, { isSecure }) => stsOf(sts(), isSecure),
  },
  { name: "tcpchat/commands", bit: CAP.commands, help: "SLASH runs and lists the slash commands" },
  {
    name: "tcpchat/missed",
    bit: CAP.missed,
    help: "a replay of private messages that you missed, despite `draft/chathistory`",
  },
  {
    name: "tcpchat/quiet",
    bit: CAP.quiet,
    help: "for scripts: rooms are joined to listen, or to speak once; nobody is shown that you come and go, and lists mark you",
  },
  {
    name: "tcpchat/resume",
    bit: CAP.resume,
    help: "RESUME before registration: a guest whose connection was lost stays for 30 seconds, and is taken over",
  },
  {
    name: "tcpchat/rooms",
    bit: CAP.rooms,
    help: "at login, back in the account's rooms, with the numbers of unread messages; MARKREAD tells them too",
  },
  { name: "userhost-in-names", bit: CAP.userhostInNames, help: "nick!user@host in NAMES" },
];

/** The version of CAP LS with values, several lines and cap-notify (IRCv3 capability-negotiation). */
export const VALUES = 302;

/** An entry of CAP LS: `multi-prefix`, or with its value `sasl=PLAIN`. */
export function offerOf(server: IrcServer, peer: Pick<Peer, "isSecure">, hasValues: boolean): readonly string[] {
  return CAPABILITIES.flatMap(({ name, bit, value, isOffered }) => {
    if (isOffered?.(server) === false) return [];
    const shown = hasValues ? value?.(server, peer) : undefined;
    if (shown) return `${name}=${shown}`;
    return bit === 0 ? [] : name;
  });
}

function offersPush({ push }: IrcServer): boolean {
  return push !== undefined;
}

/** The value of metadata: its limits; 0 is no limit. */
function metadataTokens({ chat: { limits } }: IrcServer): string {
  const counted = (token: string, count: number) => (count > 0 ? [`${token}=${count}`] : []);
  return [
    "before-connect",
    ...counted("max-subs", limits.metadataSubscriptions),
    ...counted("max-keys", limits.metadataKeys),
    `max-key-bytes=${METADATA_KEY}`,
    `max-value-bytes=${METADATA_VALUE}`,
  ].join(",");
}

/** The value of `sts`: without TLS the port and duration, over TLS the duration only; 0 ends the policy (IRCv3 sts). */
function stsOf(sts: ReturnType<IrcServer["sts"]>, isSecure: boolean): string {
  if (!sts) return "";
  if (isSecure) return `duration=${sts.seconds}`;
  return sts.seconds > 0 ? `port=${sts.port},duration=${sts.seconds}` : "";
}

/** The capabilities that change an event's bytes: sessions with the same of these get the same bytes. */
export const FORM =
  CAP.messageTags | CAP.serverTime | CAP.accountTag | CAP.extendedJoin | CAP.awayNotify | CAP.multiline | CAP.redaction;

const BY_NAME: ReadonlyMap<string, Capability> = new Map(CAPABILITIES.map((row) => [row.name, row]));

/** The form of events for these capabilities, each message as one line. */
export function formOfNames(names: readonly string[]): number {
  let form = 0;
  for (const name of names) {
    const bit = BY_NAME.get(name)?.bit;
    if (typeof bit === "number") form |= bit;
  }
  return form & FORM & ~CAP.multiline;
}

/** The capability of a name, if there is one. */
export function capabilityNamed(name: string): Capability | undefined {
  return BY_NAME.get(name);
}

/** Whether all of these capabilities of the first word, or this one of the second, are in a set. */
export function hasCap({ first, second }: CapSet, bit: CapBit): boolean {
  return typeof bit === "number" ? (first & bit) === bit : (second & bit.second) !== 0;
}

/** The set with a capability, or without it. */
export function switchCap({ first, second }: CapSet, bit: CapBit, on: boolean): CapSet {
  if (typeof bit === "number") return { first: on ? first | bit : first & ~bit, second };
  return { first, second: on ? second | bit.second : second & ~bit.second };
}

/** The names of the capabilities in a set. */
export function namesOf(caps: CapSet): readonly string[] {
  return CAPABILITIES.filter(({ bit }) => bit !== 0 && hasCap(caps, bit)).map(({ name }) => name);
}
