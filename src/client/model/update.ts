/**
 * The pure core of the client: `update` gives, for a message from the server, the next model and the effects. Each
 * command and numeric has one row here, with its handler; commands/perform.ts is the same for the user's input.
 */

import { parseSource } from "../../wire/message.ts";
import { NUMERICS, type Numeric } from "../../wire/numerics.ts";
import { onReply } from "../commands/plain-irc.ts";
import * as accounts from "./accounts.ts";
import { onRedact, onTagmsg } from "./annotations.ts";
import { batchOf, onBatch, releaseHeld, withNotesHeld, withPart, withUnshown } from "./history.ts";
import * as messages from "./messages.ts";
import { nickMalformed, nickTaken } from "./nicks.ts";
import { pump, UNSURE, unanswered } from "./outbox.ts";
import * as people from "./people.ts";
import { onMarkRead } from "./read-markers.ts";
import * as registration from "./registration.ts";
import * as replies from "./replies.ts";
import { answered, requestFor } from "./requests.ts";
import * as rooms from "./rooms.ts";
import { lastParam, type ServerMessage, timeOf } from "./server-message.ts";
import { andThen, type Effect, isSettled, type Model, note, type Step, step } from "./state.ts";

/**
 * Handles a message; `undefined` if it does not concern the model. `at` is the time it was sent (server-time, or else
 * `now`), `now` the time it arrived.
 */
type Handler = (model: Model, message: ServerMessage, at: number, now: number) => Step | undefined;

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
  MARKREAD: onMarkRead,
  RENAME: rooms.onRename,
  PRIVMSG: messages.onPrivmsg,
  NOTICE: messages.onNotice,
  TAGMSG: onTagmsg,
  REDACT: onRedact,
  AWAY: people.onAwayNotify,
  PONG: messages.onPong,
  TOPIC: rooms.onTopic,
  ERROR: replies.onError,
  FAIL: replies.onStandardReply,
  WARN: replies.onStandardReply,
  NOTE: replies.onStandardReply,
  REGISTER: accounts.onRegistered,
  PASSWD: accounts.onPasswordChanged,
  VERIFY: accounts.onRegistered,
};

const taken: Handler = (model, message, now) => nickTaken(model, message.params[1] ?? "", now, message.params[2]);
const malformed: Handler = (model, message, now) => nickMalformed(model, malformedWords(message), now);

const REPLIES: Readonly<Partial<Record<Numeric, Handler>>> = {
  RPL_WELCOME: registration.onWelcome,
  RPL_MYINFO: registration.onMyInfo,
  RPL_ISUPPORT: registration.onSupport,
  RPL_ENDOFMOTD: registration.onReady,
  ERR_NOMOTD: registration.onReady,
  RPL_LOGGEDIN: accounts.onAccount,
  RPL_LOGGEDOUT: accounts.onLoggedOut,
  RPL_SASLSUCCESS: accounts.onLoggedIn,
  ERR_NICKLOCKED: accounts.onLoginRefused,
  ERR_SASLFAIL: accounts.onLoginRefused,
  ERR_SASLTOOLONG: accounts.onLoginRefused,
  ERR_SASLABORTED: accounts.onLoginRefused,
  ERR_SASLALREADY: accounts.onAlreadyLoggedIn,
  ERR_PASSWDMISMATCH: registration.onPasswordRefused,
  ERR_YOUREBANNEDCREEP: registration.onBanned,
  ERR_NICKNAMEINUSE: taken,
  ERR_ERRONEUSNICKNAME: malformed,
  ERR_BANNICKCHANGE: malformed,
  RPL_NAMREPLY: people.onNames,
  RPL_KEYVALUE: people.onMetadata,
  RPL_KEYNOTSET: people.onMetadata,
  RPL_ENDOFNAMES: people.onNamesEnd,
  RPL_MONOFFLINE: people.onOffline,
  RPL_TOPIC: rooms.onTopicReply,
  RPL_NOTOPIC: rooms.onNoTopic,
  RPL_MOTD: replies.onMotd,
  RPL_AWAY: people.onAway,
  RPL_WHOREPLY: people.onWhoReply,
  RPL_NOWAWAY: people.onOwnAway,
  RPL_UNAWAY: people.onOwnAway,
};

const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ...Object.entries(COMMANDS),
  ...Object.entries(REPLIES).map(([name, handler]): [string, Handler] => [codeOf(name), handler]),
  ["437", taken], // ERR_UNAVAILRESOURCE, of ngircd and others
  ["470", people.onForward], // ERR_LINKCHANNEL: the room forwards to another, or is the one of an invitation link
]);

function codeOf(name: string): string {
  return Object.entries(NUMERICS).find(([numeric]) => numeric === name)?.[1][0] ?? name;
}

/** The step of a message from the server. Pure: the same model, message and time give the same step. */
export function update(model: Model, message: ServerMessage, now: number): Step {
  const command = message.command.toUpperCase();
  const batch = batchOf(model, message);
  if (batch?.type === "draft/multiline" && command !== "BATCH") return step(withPart(model, message));
  const at = timeOf(message) ?? now;
  // History may contain joins and parts too (event-playback); they are not replayed into the model.
  if (batch?.type === "chathistory" && !/^(PRIVMSG|NOTICE|TAGMSG|REDACT|BATCH)$/.test(command))
    return step(withUnshown(model, message, at));
  if (registration.onlyAsks(model) && /^[45]\d\d$/.test(command)) return step(model, { type: "no-tls" });
  const handled = HANDLERS.get(command)?.(model, message, at, now) ?? other(model, message, at);
  const next = withNotesHeld(answered(model, message, handled, now));
  return isSettled(model) || !isSettled(next.model) ? next : andThen(next, pump);
}

/** A message without a handler: an error numeric, or a numeric that answers a command of the user. */
function other(model: Model, message: ServerMessage, at: number): Step {
  const { command } = message;
  if (/^[45]\d\d$/.test(command)) return replies.onRefusal(model, message, at);
  const request = requestFor(model, message);
  return request && /^\d\d\d$/.test(command) ? onReply(model, message, request.hasOutput, at) : step(model);
}

/** The end of the connection: messages whose fate is unknown are named, and the rooms are kept for the reconnect. */
export function disconnected(model: Model, now: number): Step {
  return andThen(releaseHeld(people.withoutArrivingNames(model)), (released) => {
    const next = unanswered(released, now);
    const lost: Effect[] = next.outbox
      .filter((own, i) => own.why === UNSURE && released.outbox[i]?.why !== UNSURE)
      .map((own) => note("trouble", now, `Not confirmed by the server: ${own.text}`));
    const offline = {
      phase: "offline",
      batches: new Map(),
      login: undefined,
      requests: [],
      restoring: undefined,
    } as const;
    return step({ ...next, ...offline, isAuthenticating: false }, ...lost);
  });
}

function malformedWords(message: ServerMessage): string {
  const nick = parseSource(message.params[1] ?? "").nick;
  return `${nick}: ${lastParam(message)}`;
}
