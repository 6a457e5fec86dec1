import type { Peer } from "../wire/protocol.ts";
import { MECHANISM_NAMES } from "./commands/sasl.ts";
import type { IrcServer } from "./server.ts";

/** A capability's bit in a session's set. */
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
} as const;

/** One capability: its name, its bit, and what it gives a client. */
export interface Capability {
  readonly name: string;
  /** 0: it only tells something, by its value, and cannot be asked for. */
  readonly bit: number;
  readonly help: string;
  /** What stands behind its name for clients of version 302; "" is nothing. */
  readonly value?: (server: IrcServer, peer: Peer) => string;
}

/** Every capability that the server offers, a row each. */
export const CAPABILITIES: readonly Capability[] = [
  { name: "account-notify", bit: CAP.accountNotify, help: "who logs in and out, in rooms one shares" },
  { name: "account-tag", bit: CAP.accountTag, help: "the account of whoever speaks or acts" },
  { name: "away-notify", bit: CAP.awayNotify, help: "who goes away and comes back, in rooms one shares" },
  { name: "batch", bit: CAP.batch, help: "lines that belong together" },
  { name: "cap-notify", bit: CAP.capNotify, help: "capabilities that come and go" },
  {
    name: "draft/account-registration",
    bit: CAP.accountRegistration,
    help: "REGISTER makes the nick an account",
    value: ({ config: { registerBeforeConnect, requireEmail } }) =>
      [...(registerBeforeConnect ? ["before-connect"] : []), ...(requireEmail ? ["email-required"] : [])].join(","),
  },
  { name: "draft/channel-rename", bit: CAP.channelRename, help: "RENAME, when a room gets another name" },
  { name: "draft/chathistory", bit: CAP.chathistory, help: "CHATHISTORY; and no replay on joining" },
  { name: "draft/event-playback", bit: CAP.eventPlayback, help: "comings, goings and changes in the past too" },
  { name: "draft/message-redaction", bit: CAP.redaction, help: "REDACT, when a message is taken back" },
  {
    name: "draft/multiline",
    bit: CAP.multiline,
    help: "messages of several lines",
    value: ({ chat }) => `max-bytes=${chat.limits.messageBytes},max-lines=${chat.limits.messageLines}`,
  },
  { name: "draft/pre-away", bit: CAP.preAway, help: "AWAY before one is in; `AWAY *` where nobody attends the client" },
  { name: "draft/read-marker", bit: CAP.readMarker, help: "how far one has read, on all of one's sessions" },
  { name: "echo-message", bit: CAP.echoMessage, help: "one's own messages, once they are stored" },
  { name: "extended-join", bit: CAP.extendedJoin, help: "account and real name of who joins" },
  { name: "extended-monitor", bit: CAP.extendedMonitor, help: "more than the comings and goings of who is watched" },
  { name: "invite-notify", bit: CAP.inviteNotify, help: "who is invited to a room that one operates" },
  { name: "labeled-response", bit: CAP.labeledResponse, help: "which reply answers which command" },
  { name: "message-tags", bit: CAP.messageTags, help: "msgid, and the tags of other clients" },
  { name: "multi-prefix", bit: CAP.multiPrefix, help: "all of a member's ranks, not just the highest" },
  { name: "no-implicit-names", bit: CAP.noImplicitNames, help: "who is in a room only when asked, not on joining" },
  { name: "draft/no-implicit-names", bit: CAP.draftNoImplicitNames, help: "the same, by its name as a draft" },
  { name: "sasl", bit: CAP.sasl, help: "AUTHENTICATE logs in", value: () => MECHANISM_NAMES },
  { name: "server-time", bit: CAP.serverTime, help: "when something happened" },
  { name: "setname", bit: CAP.setname, help: "changes of the real name" },
  { name: "soju.im/search", bit: CAP.search, help: "SEARCH finds what was said" },
  { name: "standard-replies", bit: CAP.standardReplies, help: "FAIL, WARN and NOTE" },
  {
    name: "sts",
    bit: 0,
    help: "that clients are to come over TLS only",
    value: ({ sts }, { isSecure }) => stsOf(sts(), isSecure),
  },
  { name: "tcpchat/commands", bit: CAP.commands, help: "SLASH runs the slash commands, and lists them" },
  {
    name: "tcpchat/missed",
    bit: CAP.missed,
    help: "what was said to one alone while away, despite `draft/chathistory`",
  },
  { name: "userhost-in-names", bit: CAP.userhostInNames, help: "nick!user@host in NAMES" },
];

/** In the clear: where to go. Over TLS: for how long; 0 takes back what was said before. */
function stsOf(sts: ReturnType<IrcServer["sts"]>, isSecure: boolean): string {
  if (!sts) return "";
  if (isSecure) return `duration=${sts.seconds}`;
  return sts.seconds > 0 ? `port=${sts.port},duration=${sts.seconds}` : "";
}

/** The capabilities that change how an event looks: sessions that have the same of these are sent the same bytes. */
export const FORM =
  CAP.messageTags | CAP.serverTime | CAP.accountTag | CAP.extendedJoin | CAP.awayNotify | CAP.multiline | CAP.redaction;

const BY_NAME: ReadonlyMap<string, Capability> = new Map(CAPABILITIES.map((row) => [row.name, row]));

export function capabilityNamed(name: string): Capability | undefined {
  return BY_NAME.get(name);
}

/** The names of the capabilities in a set. */
export function namesOf(caps: number): readonly string[] {
  return CAPABILITIES.filter((row) => (caps & row.bit) !== 0).map((row) => row.name);
}
