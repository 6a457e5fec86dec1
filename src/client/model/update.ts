import { type Message, parseSource } from "../../wire/message.ts";
import { NUMERICS, type Numeric } from "../../wire/numerics.ts";
import * as accounts from "./accounts.ts";
import { batchOf, onBatch, released, withPart } from "./history.ts";
import { nickMalformed, nickTaken } from "./nicks.ts";
import { pump, UNSURE, unanswered } from "./outbox.ts";
import * as people from "./people.ts";
import { onReply } from "./plain-irc.ts";
import * as registration from "./registration.ts";
import * as replies from "./replies.ts";
import { answered, requestFor } from "./requests.ts";
import * as rooms from "./rooms.ts";
import { type Effect, isSettled, type Model, note, type Step, step } from "./state.ts";

/** What a message does to the model, if it changes something; `at` is when it was sent, as far as is known, `now` when it came. */
type Handler = (model: Model, message: Message, at: number, now: number) => Step | undefined;

const COMMANDS: Readonly<Record<string, Handler>> = {
  BATCH: (model, message, _, now) => onBatch(model, message, (next, joined) => update(next, joined, now)),
  CAP: registration.onCap,
  AUTHENTICATE: accounts.onAuthenticate,
  JOIN: people.onJoin,
  PART: people.onPart,
  KICK: people.onKick,
  QUIT: people.onQuit,
  NICK: people.onNick,
  INVITE: people.onInvite,
  MODE: people.onMode,
  RENAME: rooms.onRename,
  PRIVMSG: replies.onPrivmsg,
  NOTICE: replies.onNotice,
  PONG: replies.onPong,
  TOPIC: replies.onTopic,
  ERROR: replies.onError,
  FAIL: replies.onStandardReply,
  WARN: replies.onStandardReply,
  NOTE: replies.onStandardReply,
  REGISTER: accounts.onRegistered,
  PASSWD: accounts.onPasswordChanged,
  VERIFY: accounts.onRegistered,
};

const taken: Handler = (model, message, now) => nickTaken(model, message.params[1] ?? "", now, message.params[2]);
const malformed: Handler = (model, message, now) => nickMalformed(model, wordsOf(message), now);

const REPLIES: Readonly<Partial<Record<Numeric, Handler>>> = {
  RPL_WELCOME: registration.onWelcome,
  RPL_MYINFO: registration.onMyInfo,
  RPL_ISUPPORT: registration.onSupport,
  RPL_ENDOFMOTD: registration.onReady,
  ERR_NOMOTD: registration.onReady,
  RPL_LOGGEDIN: accounts.onAccount,
  RPL_LOGGEDOUT: accounts.onNoAccount,
  RPL_SASLSUCCESS: accounts.onLoggedIn,
  ERR_NICKLOCKED: accounts.onLoginRefused,
  ERR_SASLFAIL: accounts.onLoginRefused,
  ERR_SASLTOOLONG: accounts.onLoginRefused,
  ERR_SASLABORTED: accounts.onLoginRefused,
  ERR_SASLALREADY: accounts.onLoggedInAlready,
  ERR_PASSWDMISMATCH: registration.onPasswordRefused,
  ERR_YOUREBANNEDCREEP: registration.onBanned,
  ERR_NICKNAMEINUSE: taken,
  ERR_ERRONEUSNICKNAME: malformed,
  ERR_BANNICKCHANGE: malformed,
  RPL_NAMREPLY: people.onNames,
  RPL_ENDOFNAMES: people.onNamesEnd,
  RPL_MONOFFLINE: people.onOffline,
  RPL_TOPIC: replies.onTopicReply,
  RPL_NOTOPIC: replies.onNoTopic,
  RPL_MOTD: replies.onMotd,
  RPL_AWAY: replies.onAway,
  RPL_NOWAWAY: replies.onOwnAway,
  RPL_UNAWAY: replies.onOwnAway,
};

const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ...Object.entries(COMMANDS),
  ...Object.entries(REPLIES).map(([name, handler]): [string, Handler] => [codeOf(name), handler]),
  ["437", taken], // ERR_UNAVAILRESOURCE, of ngircd and others
  ["470", people.onForward], // ERR_LINKCHANNEL, of those whose rooms may lead elsewhere
]);

function codeOf(name: string): string {
  return Object.entries(NUMERICS).find(([numeric]) => numeric === name)?.[1][0] ?? name;
}

/** What comes of a message from the server. Pure: the same model, message and time give the same step. */
export function update(model: Model, message: Message, now: number): Step {
  const command = message.command.toUpperCase();
  const batch = batchOf(model, message);
  if (batch?.type === "draft/multiline" && command !== "BATCH") return step(withPart(model, message));
  // History may hold comings and goings too; they are past.
  if (batch?.type === "chathistory" && !/^(PRIVMSG|NOTICE|BATCH)$/.test(command)) return step(model);
  const at = timeOf(message) ?? now;
  if (registration.onlyAsks(model) && /^[45]\d\d$/.test(command)) return step(model, { type: "no-tls" });
  const next = answered(model, message, HANDLERS.get(command)?.(model, message, at, now) ?? other(model, message, at));
  return isSettled(model) || !isSettled(next.model) ? next : after(next, pump(next.model));
}

/** A refusal, or a reply that only matters where the user has asked for it. */
function other(model: Model, message: Message, at: number): Step {
  const { command } = message;
  if (/^[45]\d\d$/.test(command)) return replies.onRefusal(model, message, at);
  const request = requestFor(model, message);
  return request && /^\d\d\d$/.test(command) ? onReply(model, message, request.told, at) : step(model);
}

function after(first: Step, second: Step): Step {
  return step(second.model, ...first.effects, ...second.effects);
}

/** What comes of the connection's end: what nobody can confirm is named, and the rooms are kept for the return. */
export function disconnected(model: Model, now: number): Step {
  const freed = released(people.withoutLists(model));
  const next = unanswered(freed.model);
  const lost: Effect[] = next.outbox
    .filter((own, i) => own.why === UNSURE && freed.model.outbox[i]?.why !== UNSURE)
    .map((own) => note("trouble", now, `Not confirmed by the server: ${own.text}`));
  const quiet: Model = {
    ...next,
    phase: "offline",
    batches: new Map(),
    login: undefined,
    isProving: false,
    requests: [],
  };
  return step(quiet, ...freed.effects, ...lost);
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
