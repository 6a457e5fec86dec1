import type { Folded } from "../../text/fold.ts";
import { COMMANDS, requestCommands } from "../commands/slash.ts";
import { stsOf } from "../net/tls-policy.ts";
import type { Secrecy } from "../net/transport.ts";
import { hasLogin, keepFirstLogin, mechanismOf } from "./accounts.ts";
import { catchUpPartners, SEARCH } from "./history.ts";
import { DEFAULT_RANKS } from "./members.ts";
import { settleNick } from "./nicks.ts";
import { PROFILE_KEYS } from "./profiles.ts";
import { goHome, READ_MARKER, ROOMS } from "./read-markers.ts";
import { onRefusal } from "./replies.ts";
import { awaitRoom, type PendingJoin } from "./rooms.ts";
import { exposedRefusal } from "./secrets.ts";
import { lastParam, type ServerMessage } from "./server-message.ts";
import { andThen, type Effect, giveUp, LINKED, type Model, note, offerOf, type Step, send, step } from "./state.ts";

/** IRC registration: capabilities, login, the welcome, and joining the rooms. */

/** The tokens of RPL_ISUPPORT that the client uses. */
export interface Support {
  /** Characters of a nick; 0 if unknown. */
  readonly nickLength: number;
  readonly monitor: boolean;
  /** The most lines of one history request; 0 without CHATHISTORY. */
  readonly history: number;
  /** Whether history requests may name a msgid (MSGREFTYPES). */
  readonly byMsgid: boolean;
  /** The prefixes of nicks in NAMES, such as `@+`, the highest rank first. */
  readonly marks: string;
  /** The mode letters of these ranks, such as `ov`. */
  readonly ranks: string;
  /** The letters of other modes with a parameter: always, or only when they are set (CHANMODES). */
  readonly parameters: { readonly always: string; readonly on: string };
  /** The client-only tags that the server does not relay, without their `+`; `*` is all but those with a `-`. */
  readonly deniedTags: readonly string[];
  /** The letter of the user mode of bots (BOT); "" if there is none. */
  readonly botMode: string;
}

/** The capabilities that the client uses. */
const USED = [
  "account-tag",
  "batch",
  "draft/account-registration",
  "draft/channel-rename",
  "draft/chathistory",
  "draft/message-redaction",
  "draft/multiline",
  "echo-message",
  "labeled-response",
  "message-tags",
  "multi-prefix",
  "server-time",
];

const METADATA = "draft/metadata-3";

/** The capability of servers that hold a guest whose connection was lost. */
const RESUME = "tcpchat/resume";

/** The capability by which history has reactions too. */
const PLAYBACK = "draft/event-playback";

/**
 * Capabilities for a client that a person reads: away marks, reactions in history, search, missed direct messages,
 * slash commands, display names, read markers, rooms.
 */
const INTERACTIVE = ["away-notify", PLAYBACK, READ_MARKER, SEARCH, "tcpchat/missed", COMMANDS, METADATA, ROOMS];

/** The capability of a script: it is not shown as joining or leaving rooms. */
const QUIET = "tcpchat/quiet";

const OFFERED = 200; // offered capabilities that are kept
const NAME = 300; // characters of a capability with its value
const DENIED = 100; // tags of CLIENTTAGDENY that are kept
const ROOMS_PER_JOIN = 8; // so that the line stays short

/** The start of a connection: the lines that are sent before the server's first. */
export function openRegistration(before: Model, secrecy: Secrecy): Step {
  const model = { ...before, secrecy };
  model.profiles.clear();
  model.away.clear();
  const { serverPassword } = model.identity;
  const nick = model.wanted;
  const pass = serverPassword === undefined ? [] : [send("PASS", serverPassword)];
  const user = nick.replace(/[^A-Za-z0-9]/g, "").slice(0, 10) || "user";
  const fresh = { ...model, phase: "registering" as const, nick, nickRequest: "registering" as const, nickTries: 0 };
  if (onlyAsks(fresh)) return step({ ...fresh, offered: new Set() }, send("CAP", "LS", "302"));
  return step(
    {
      ...fresh,
      offered: new Set(),
      caps: new Set(),
      deduplicates: false,
      account: undefined,
      isServerOperator: false,
      serverCommands: new Map(),
    },
    send("CAP", "LS", "302"),
    ...pass,
    send("NICK", nick),
    send("USER", user, "0", "*", nick),
  );
}

/**
 * Whether this plain connection only asks for the server's TLS port (IRCv3 sts): others could read it, and we have a
 * secret to send.
 */
export function onlyAsks({ secrecy, identity, phase }: Model): boolean {
  const hasSecret = identity.serverPassword !== undefined || hasLogin(identity);
  return secrecy === "exposed" && hasSecret && phase === "registering";
}

/** CAP: the server offers, grants, refuses or withdraws capabilities (IRCv3 capability negotiation, version 302). */
export function onCap(model: Model, message: ServerMessage): Step {
  const [, verb = "", third = "", fourth] = message.params;
  const names = (fourth ?? third).split(" ").filter((name) => name !== "" && name.length <= NAME);
  switch (verb.toUpperCase()) {
    case "LS": {
      const offered = new Set([...model.offered, ...names].slice(0, OFFERED));
      const next = { ...model, offered };
      return third === "*" && fourth !== undefined ? step(next) : onOffer(next);
    }
    case "ACK":
      return onGranted(withCaps(model, names));
    case "NAK":
      return model.phase === "registering" ? step(model, send("CAP", "END")) : step(model);
    case "NEW": {
      const wanted = names.map(nameOf).filter((name) => USED.includes(name));
      const ask = wanted.length === 0 ? [] : [send("CAP", "REQ", wanted.join(" "))];
      return step(model, ...stsEffects(model, names), ...ask);
    }
    case "DEL":
      return step(
        withCaps(
          model,
          names.map((name) => `-${name}`),
        ),
      );
    default:
      return step(model);
  }
}

/** The offer is complete: continues over TLS if the server asks for that, else requests capabilities. */
function onOffer(model: Model): Step {
  if (model.phase !== "registering") return step(model);
  const port = model.secrecy === "exposed" ? stsOf(model.offered).port : undefined;
  if (port !== undefined) return step({ ...model, phase: "offline" }, { type: "go-to-tls", port });
  if (onlyAsks(model)) return step(model, { type: "no-tls" });
  return andThen(step(model, ...stsEffects(model, model.offered)), requestCaps);
}

/** The `duration` of an sts policy (IRCv3 sts). Without TLS it could be forged and is ignored. */
function stsEffects(model: Model, capabilities: Iterable<string>): readonly Effect[] {
  const { seconds } = model.secrecy === "tls" ? stsOf(capabilities) : {};
  return seconds === undefined ? [] : [{ type: "keep-to-tls", seconds }];
}

/** CAP REQ for what the client uses; it ends the client if a login was given and the server has no SASL. */
function requestCaps(model: Model): Step {
  const offered = new Set([...model.offered].map(nameOf));
  const wanted = USED.filter((name) => offered.has(name));
  if (model.identity.interactive) wanted.push(...INTERACTIVE.filter((name) => offered.has(name)));
  if (model.identity.quiet && offered.has(QUIET)) wanted.push(QUIET);
  if (model.identity.wantsReactions && offered.has(PLAYBACK)) wanted.push(PLAYBACK);
  if (model.identity.resumeKey !== undefined && offered.has(RESUME)) wanted.push(RESUME);
  if (hasLogin(model.identity)) {
    if (offered.has("sasl")) wanted.push("sasl");
    else if (!model.identity.isSavedLogin) return giveUp(model, 4, "This server has no accounts to log in to (SASL).");
  } else if (mechanismOf(model) !== undefined) wanted.push("sasl");
  return step(model, wanted.length === 0 ? send("CAP", "END") : send("CAP", "REQ", wanted.join(" ")));
}

/** Capabilities are granted: logs in, or ends the negotiation. */
function onGranted(model: Model): Step {
  if (model.phase !== "registering") return step(model);
  const mechanism = model.caps.has("sasl") ? mechanismOf(model) : undefined;
  const next = mechanism === undefined ? send("CAP", "END") : send("AUTHENTICATE", mechanism);
  const key = model.caps.has(RESUME) ? model.identity.resumeKey : undefined;
  const resume = key === undefined ? [] : [send("RESUME", key)];
  const effects = [...resume, ...subscriptionEffects(model), next];
  return step({ ...model, isAuthenticating: mechanism !== undefined }, ...effects);
}

/** Subscribes to display names and colours before the server sends any; without `before-connect` it is too early for that. */
function subscriptionEffects(model: Model): readonly Effect[] {
  const isEarly = /(?:^|,)before-connect(?:,|$)/.test(offerOf(model, METADATA) ?? "");
  return isEarly && model.caps.has(METADATA) ? [send("METADATA", "*", "SUB", ...PROFILE_KEYS)] : [];
}

/** The model with capabilities on, or off where they begin with `-`. */
function withCaps(model: Model, names: readonly string[]): Model {
  const caps = new Set(model.caps);
  for (const name of names) {
    if (name.startsWith("-")) caps.delete(name.slice(1));
    else if (caps.size < OFFERED) caps.add(nameOf(name));
  }
  return { ...model, caps };
}

/** A capability without its value. */
function nameOf(capability: string): string {
  return capability.split("=", 1)[0] ?? "";
}

/** ERR_PASSWDMISMATCH. */
export function onPasswordRefused(model: Model, message: ServerMessage, now: number): Step {
  if (model.phase === "here") return onRefusal(model, message, now);
  const words = lastParam(message);
  if (model.secrecy === "exposed")
    return giveUp(model, 4, `The server asks for a password: ${words}. ${exposedRefusal(model)}`);
  const { serverPassword, privateWay } = model.identity;
  const how = privateWay === undefined ? "; --server-password-file FILE gives it" : "";
  const why =
    serverPassword === undefined
      ? `The server asks for a password: ${words}${how}`
      : `The server refuses the password: ${words}`;
  return giveUp(model, 4, why, "serverPassword");
}

/** ERR_YOUREBANNEDCREEP. */
export function onBanned(model: Model, message: ServerMessage, now: number): Step {
  if (model.phase === "here") return onRefusal(model, message, now);
  return giveUp(model, 1, `The server refuses us: ${lastParam(message)}`);
}

/** RPL_WELCOME: we are registered, with the nick that the server names. */
export function onWelcome(model: Model, message: ServerMessage): Step {
  return step({ ...model, phase: "here", wasWelcomed: true, nick: message.params[0] ?? model.nick, mask: undefined });
}

/** RPL_MYINFO: a tcpchat server stores a message with a known id only once. */
export function onMyInfo(model: Model, message: ServerMessage): Step {
  const deduplicates = /^tcpchat-/.test(message.params[2] ?? "") && model.caps.has("message-tags");
  return step({ ...model, deduplicates });
}

/** RPL_ISUPPORT: the server's limits and features. */
export function onSupport(model: Model, message: ServerMessage): Step {
  let support = model.support;
  for (const token of message.params.slice(1, -1)) support = { ...support, ...supportOf(token) };
  return step({ ...model, support });
}

function supportOf(token: string): Partial<Support> {
  const [key = "", value = ""] = token.split("=", 2);
  switch (key) {
    case "NICKLEN":
      return { nickLength: countOf(value) };
    case "MSGREFTYPES":
      return { byMsgid: value.split(",").includes("msgid") };
    case "BOT":
      return /^[A-Za-z]$/.test(value) ? { botMode: value } : {};
    case "MONITOR":
      return { monitor: true };
    case "CHATHISTORY":
      return { history: countOf(value) || 1000 };
    case "CLIENTTAGDENY":
      return { deniedTags: value.split(",").slice(0, DENIED) };
    case "PREFIX": {
      const [, ranks = DEFAULT_RANKS.ranks, marks = DEFAULT_RANKS.marks] =
        /^\(([A-Za-z]{1,20})\)(.{1,20})$/.exec(value) ?? [];
      return { ranks, marks };
    }
    case "CHANMODES": {
      const [lists = "", keys = "", limits = ""] = value.split(",");
      return { parameters: { always: lists + keys, on: limits } };
    }
    default:
      return {};
  }
}

function countOf(value: string): number {
  return /^\d{1,6}$/.test(value) ? Number(value) : 0;
}

/**
 * RPL_ENDOFMOTD or ERR_NOMOTD: registration is complete. Requests the command list, joins the rooms, catches up on
 * direct messages.
 */
export function onReady(model: Model, _message: ServerMessage, now: number): Step {
  if (model.nickRequest !== "registering") return step(model);
  const isRestored = model.caps.has(ROOMS);
  const keepsRooms = isRestored && model.account !== undefined;
  const joining = new Map<Folded, PendingJoin>();
  if (!keepsRooms)
    for (const [key, { name }] of model.rooms) joining.set(key, { name, current: false, isReturn: true });
  for (const [key, room] of model.joining) if (!(keepsRooms && room.isReturn)) joining.set(key, room);
  const restoring = isRestored
    ? new Set(keepsRooms ? [...model.rooms.keys()].filter((key) => !joining.has(key)) : [])
    : undefined;
  const names = Array.from(joining.values(), ({ name }) => name);
  const joins = [...linkEffects(model, names), ...joinEffects(names.filter((name) => name !== LINKED))];
  const declared = declareBot(model);
  const settled = andThen(declared, (next) => settleNick(next, now));
  // The command list comes before the rooms: lines typed meanwhile are held until we are in the rooms.
  const listed = andThen(settled, (next) => requestCommands({ ...next, joining, restoring }));
  const joined = andThen(listed, (next) => andThen(step(next, ...joins), catchUpPartners));
  const told = andThen(joined, (next) => tellUnusedLogin(next, now));
  const kept = andThen(told, (next) => keepFirstLogin(next, now));
  return isRestored ? kept : andThen(kept, goHome);
}

/** Tells once of a saved login that is not used, since the user has named another nick. */
function tellUnusedLogin(model: Model, now: number): Step {
  const { unusedLogin, interactive } = model.identity;
  if (unusedLogin === undefined || !interactive || model.account !== undefined) return step(model);
  const words = `There is a saved login of ${unusedLogin} here; --account ${unusedLogin} uses it.`;
  return step({ ...model, identity: { ...model.identity, unusedLogin: undefined } }, note("event", now, words));
}

/** Asks to join a room, which then becomes the current one. */
export function askRoom(model: Model, name: string): Step {
  return step(awaitRoom(model, name), ...joinEffects([name]));
}

/** Declares a bot before it joins a room. */
function declareBot(model: Model): Step {
  const { identity, support, nick } = model;
  return identity.isBot && support.botMode !== ""
    ? step(model, send("MODE", nick, `+${support.botMode}`))
    : step(model);
}

/** Joins the room of an invitation link. */
function linkEffects({ identity }: Model, names: readonly string[]): readonly Effect[] {
  const { invitation } = identity;
  return invitation !== undefined && names.includes(LINKED) ? [send("JOIN", LINKED, invitation)] : [];
}

/** The JOINs of rooms, 8 in each. */
function joinEffects(names: readonly string[]): readonly Effect[] {
  const effects: Effect[] = [];
  for (let at = 0; at < names.length; at += ROOMS_PER_JOIN) {
    effects.push(send("JOIN", names.slice(at, at + ROOMS_PER_JOIN).join(",")));
  }
  return effects;
}
