import type { Folded } from "../../text/fold.ts";
import type { Message } from "../../wire/message.ts";
import { stsOf } from "../net/tls-policy.ts";
import type { Secrecy } from "../net/transport.ts";
import { catchUpAlone } from "./history.ts";
import { settleNick } from "./nicks.ts";
import { onRefusal } from "./replies.ts";
import { askCommands, COMMANDS } from "./requests.ts";
import { awaiting } from "./rooms.ts";
import { EXPOSED } from "./secrets.ts";
import { type Awaited, type Effect, type Model, type Step, type Support, send, step } from "./state.ts";

/** The capabilities that we make use of where the server has them. */
const KNOWN = [
  "account-tag",
  "batch",
  "draft/account-registration",
  "draft/channel-rename",
  "draft/chathistory",
  "draft/multiline",
  "echo-message",
  "labeled-response",
  "message-tags",
  "multi-prefix",
  "server-time",
];

/** Our own server's capabilities for an interactive client: missed direct messages and slash commands. */
const READING = ["tcpchat/missed", COMMANDS];

const OFFERED = 200; // capabilities that are remembered of what a server offers
const NAME = 300; // characters of one, with its value
const ROOMS_AT_ONCE = 8; // in one JOIN, so that the line stays short

/** The beginning of a connection: what is sent before the server has said anything. */
export function openRegistration(before: Model, secrecy: Secrecy): Step {
  const model = { ...before, secrecy };
  const { serverPassword } = model.identity;
  const nick = model.wanted;
  const pass = serverPassword === undefined ? [] : [send("PASS", serverPassword)];
  const user = nick.replace(/[^A-Za-z0-9]/g, "").slice(0, 10) || "user";
  const fresh = { ...model, phase: "registering" as const, nick, asking: "registering" as const, tries: 0 };
  if (onlyAsks(fresh)) return step({ ...fresh, offered: new Set() }, send("CAP", "LS", "302"));
  return step(
    { ...fresh, offered: new Set(), caps: new Set(), exact: false, account: undefined, served: new Map() },
    send("CAP", "LS", "302"),
    ...pass,
    send("NICK", nick),
    send("USER", user, "0", "*", nick),
  );
}

/** Whether this connection can be read on the way, and we have a secret: then it is for asking where TLS is, and no more. */
export function onlyAsks({ secrecy, identity, phase }: Model): boolean {
  const { account, password, serverPassword } = identity;
  const isSecret = serverPassword !== undefined || (account !== undefined && password !== undefined);
  return secrecy === "exposed" && isSecret && phase === "registering";
}

/** CAP: what the server offers, grants and takes back (IRCv3 capability negotiation, version 302). */
export function onCap(model: Model, message: Message): Step {
  const [, verb = "", third = "", fourth] = message.params;
  const names = (fourth ?? third).split(" ").filter((name) => name !== "" && name.length <= NAME);
  switch (verb.toUpperCase()) {
    case "LS": {
      const offered = new Set([...model.offered, ...names].slice(0, OFFERED));
      const next = { ...model, offered };
      return third === "*" && fourth !== undefined ? step(next) : request(next);
    }
    case "ACK":
      return granted(withCaps(model, names));
    case "NAK":
      return model.phase === "registering" ? step(model, send("CAP", "END")) : step(model);
    case "NEW": {
      const wanted = names.map(nameOf).filter((name) => KNOWN.includes(name));
      const ask = wanted.length === 0 ? [] : [send("CAP", "REQ", wanted.join(" "))];
      return step(model, ...keptToTls(model, names), ...ask);
    }
    case "DEL":
      return step(withCaps(model, names.map(without)));
    default:
      return step(model);
  }
}

function request(model: Model): Step {
  if (model.phase !== "registering") return step(model);
  const port = model.secrecy === "exposed" ? stsOf(model.offered).port : undefined;
  if (port !== undefined) return step({ ...model, phase: "offline" }, { type: "go-to-tls", port });
  if (onlyAsks(model)) return step(model, { type: "no-tls" });
  const kept = keptToTls(model, model.offered);
  const asked = askedOf(model);
  return step(asked.model, ...kept, ...asked.effects);
}

/** Over TLS: for how long the server wants nothing else (IRCv3 sts); in plain text that is not to be believed. */
function keptToTls(model: Model, capabilities: Iterable<string>): readonly Effect[] {
  const { seconds } = model.secrecy === "tls" ? stsOf(capabilities) : {};
  return seconds === undefined ? [] : [{ type: "keep-to-tls", seconds }];
}

function askedOf(model: Model): Step {
  const offered = new Set([...model.offered].map(nameOf));
  const wanted = KNOWN.filter((name) => offered.has(name));
  if (model.identity.reads) wanted.push(...READING.filter((name) => offered.has(name)));
  if (hasSecret(model)) {
    if (offered.has("sasl")) wanted.push("sasl");
    else if (!model.identity.keptLogin) return giveUp(model, 4, "This server has no accounts to log in to (SASL).");
  }
  return step(model, wanted.length === 0 ? send("CAP", "END") : send("CAP", "REQ", wanted.join(" ")));
}

function granted(model: Model): Step {
  if (model.phase !== "registering") return step(model);
  const logsIn = hasSecret(model) && model.caps.has("sasl");
  return step({ ...model, isProving: logsIn }, logsIn ? send("AUTHENTICATE", "PLAIN") : send("CAP", "END"));
}

function withCaps(model: Model, names: readonly string[]): Model {
  const caps = new Set(model.caps);
  for (const name of names) {
    if (name.startsWith("-")) caps.delete(name.slice(1));
    else if (caps.size < OFFERED) caps.add(nameOf(name));
  }
  return { ...model, caps };
}

function without(capability: string): string {
  return `-${capability}`;
}

function nameOf(capability: string): string {
  return capability.split("=", 1)[0] ?? "";
}

function hasSecret({ identity }: Model): boolean {
  return identity.account !== undefined && identity.password !== undefined;
}

/** ERR_PASSWDMISMATCH. */
export function onPasswordRefused(model: Model, message: Message, now: number): Step {
  if (model.phase === "here") return onRefusal(model, message, now);
  const words = message.params.at(-1) ?? "";
  if (model.secrecy === "exposed") return giveUp(model, 4, `The server asks for a password: ${words}. ${EXPOSED}`);
  const given = model.identity.serverPassword !== undefined;
  const why = given
    ? `The server refuses the password: ${words}`
    : `The server asks for a password: ${words}; --server-password-file FILE gives it`;
  return step(model, { type: "give-up", code: 4, why, asks: "serverPassword" });
}

/** ERR_YOUREBANNEDCREEP. */
export function onBanned(model: Model, message: Message, now: number): Step {
  if (model.phase === "here") return onRefusal(model, message, now);
  return giveUp(model, 1, `The server refuses us: ${message.params.at(-1) ?? ""}`);
}

function giveUp(model: Model, code: 1 | 4, why: string): Step {
  return step(model, { type: "give-up", code, why });
}

/** RPL_WELCOME: we are in, under the nick that the server says. */
export function onWelcome(model: Model, message: Message): Step {
  return step({ ...model, phase: "here", known: true, nick: message.params[0] ?? model.nick, mask: undefined });
}

/** RPL_MYINFO: our own server says a message with a known id only once. */
export function onMyInfo(model: Model, message: Message): Step {
  const exact = /^tcpchat-/.test(message.params[2] ?? "") && model.caps.has("message-tags");
  return step({ ...model, exact });
}

/** RPL_ISUPPORT: what the server can do. */
export function onSupport(model: Model, message: Message): Step {
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
    case "MONITOR":
      return { monitor: true };
    case "CHATHISTORY":
      return { history: countOf(value) || 1000 };
    case "PREFIX":
      return { marks: /^\([A-Za-z]{1,20}\)(.{1,20})$/.exec(value)?.[1] ?? "~&@%+" };
    default:
      return {};
  }
}

function countOf(value: string): number {
  return /^\d{1,6}$/.test(value) ? Number(value) : 0;
}

/** RPL_ENDOFMOTD or ERR_NOMOTD: the server has said its piece, and we go to our rooms. */
export function onReady(model: Model, _message: Message, now: number): Step {
  if (model.asking !== "registering") return step(model);
  const settled = settleNick(model, now);
  const awaited = new Map<Folded, Awaited>();
  for (const [key, { name }] of model.rooms) awaited.set(key, { name, current: false });
  for (const [key, room] of model.awaited) awaited.set(key, room);
  const names = Array.from(awaited.values(), (room) => room.name);
  const alone = catchUpAlone({ ...settled.model, awaited });
  // The list comes before the rooms do: what the user has typed meanwhile is held until we are in them.
  const asked = askCommands(alone.model);
  return step(asked.model, ...settled.effects, ...asked.effects, ...joins(names), ...alone.effects);
}

/** Asks to join a room, which becomes the current one. */
export function askRoom(model: Model, name: string): Step {
  return step(awaiting(model, name), ...joins([name]));
}

/** The commands that join these rooms, several in each. */
function joins(names: readonly string[]): readonly Effect[] {
  const effects: Effect[] = [];
  for (let at = 0; at < names.length; at += ROOMS_AT_ONCE) {
    effects.push(send("JOIN", names.slice(at, at + ROOMS_AT_ONCE).join(",")));
  }
  return effects;
}
