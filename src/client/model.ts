import { type Message, parseSource } from "../wire/message.ts";
import { NUMERICS, type Numeric } from "../wire/numerics.ts";
import { nickMalformed, nickTaken } from "./nicks.ts";
import * as people from "./people.ts";
import * as registration from "./registration.ts";
import * as replies from "./replies.ts";
import { type Model, note, type Step, step } from "./state.ts";
import * as talk from "./talk.ts";

/** What a message does to the model; `now` is when it was sent, or came. */
type Handler = (model: Model, message: Message, now: number) => Step;

const COMMANDS: Readonly<Record<string, Handler>> = {
  CAP: registration.onCap,
  AUTHENTICATE: registration.onAuthenticate,
  JOIN: people.onJoin,
  PART: people.onPart,
  KICK: people.onKick,
  QUIT: people.onQuit,
  NICK: people.onNick,
  INVITE: people.onInvite,
  MODE: people.onMode,
  PRIVMSG: talk.onPrivmsg,
  NOTICE: talk.onNotice,
  PONG: talk.onPong,
  TOPIC: replies.onTopic,
  ERROR: replies.onError,
  FAIL: replies.onStandardReply,
  WARN: replies.onStandardReply,
  NOTE: replies.onStandardReply,
};

const taken: Handler = (model, message, now) => nickTaken(model, message.params[1] ?? "", now);
const malformed: Handler = (model, message, now) => nickMalformed(model, wordsOf(message), now);

const REPLIES: Readonly<Partial<Record<Numeric, Handler>>> = {
  RPL_WELCOME: registration.onWelcome,
  RPL_ISUPPORT: registration.onSupport,
  RPL_ENDOFMOTD: registration.onReady,
  ERR_NOMOTD: registration.onReady,
  RPL_SASLSUCCESS: registration.onLoggedIn,
  ERR_NICKLOCKED: registration.onLoginRefused,
  ERR_SASLFAIL: registration.onLoginRefused,
  ERR_SASLTOOLONG: registration.onLoginRefused,
  ERR_SASLABORTED: registration.onLoginRefused,
  ERR_PASSWDMISMATCH: registration.onPasswordRefused,
  ERR_YOUREBANNEDCREEP: registration.onBanned,
  ERR_NICKNAMEINUSE: taken,
  ERR_ERRONEUSNICKNAME: malformed,
  RPL_NAMREPLY: people.onNames,
  RPL_ENDOFNAMES: people.onNamesEnd,
  RPL_MONOFFLINE: people.onOffline,
  RPL_TOPIC: replies.onTopicReply,
  RPL_NOTOPIC: replies.onNoTopic,
  RPL_LIST: replies.onList,
  RPL_MOTD: replies.onMotd,
  RPL_AWAY: replies.onAway,
};

const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ...Object.entries(COMMANDS),
  ...Object.entries(REPLIES).map(([name, handler]): [string, Handler] => [codeOf(name), handler]),
  ["437", taken], // ERR_UNAVAILRESOURCE, of ngircd and others
]);

function codeOf(name: string): string {
  return Object.entries(NUMERICS).find(([numeric]) => numeric === name)?.[1][0] ?? name;
}

/** What comes of a message from the server. Pure: the same model, message and time give the same step. */
export function update(model: Model, message: Message, now: number): Step {
  const command = message.command.toUpperCase();
  const at = timeOf(message) ?? now;
  const handler = HANDLERS.get(command);
  if (handler !== undefined) return handler(model, message, at);
  return /^[45]\d\d$/.test(command) ? replies.onRefusal(model, message, at) : step(model);
}

/** What comes of the connection's end: what had no answer is named, and the rooms are kept for the return. */
export function disconnected(model: Model, now: number): Step {
  const lost = model.pending.map((pending) => note("trouble", now, `Not confirmed by the server: ${pending.text}`));
  const next: Model = { ...model, phase: "offline", pending: [], listed: new Map() };
  return step(next, ...lost);
}

/** Whether all rooms that we asked for have let us in or refused us: from then on there is someone to talk to. */
export function isSettled(model: Model): boolean {
  return model.phase === "here" && model.asking !== "registering" && model.awaited.size === 0;
}

/** The time that server-time gives a message, if it is one (IRCv3 server-time). */
function timeOf(message: Message): number | undefined {
  const text = message.tags.get("time");
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function wordsOf(message: Message): string {
  const nick = parseSource(message.params[1] ?? "").nick;
  return `${nick}: ${message.params.at(-1) ?? ""}`;
}
