import { byteLength } from "../../text/bytes.ts";
import { showLine, showText, withoutEscapes } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { cutLine, splitLine } from "../../text/split.ts";
import { LINE } from "../../wire/limits.ts";
import type { Tags } from "../../wire/message.ts";
import { exposedRefusal, hasSecret, isService } from "./secrets.ts";
import type { ServerMessage } from "./server-message.ts";
import {
  andThen,
  type Effect,
  isSettled,
  type Model,
  offerOf,
  type Step,
  same,
  send,
  step,
  type Talk,
  trouble,
  withEntry,
} from "./state.ts";

/**
 * Our own messages. Each is queued until the server confirms it, and sent again after a reconnect if the server drops
 * duplicates by id; the last ones that the server has are known, so that `/undo` can take them back and `s/old/new/`
 * correct them.
 */

/** A message of our own that the server has not confirmed. */
export interface OwnMessage {
  /** Never reused: the server stores a message with a known id only once. */
  readonly id: string;
  readonly target: string;
  /** May hold newlines; the emoji or the short text of a reaction. */
  readonly text: string;
  readonly kind: "said" | "acted" | "reacted" | "unreacted";
  /** The msgid of the message that it replies or reacts to. */
  readonly replyTo?: string;
  /** It corrects the message that it replies to. */
  readonly corrects?: true;
  /** It was sent before: the server may have it. */
  readonly wasSent?: true;
  /** The user has deleted it: it is redacted as soon as the server confirms it. */
  readonly isUndone?: true;
  /** The user has corrected it to this text: the correction is sent as soon as the server confirms the message. */
  readonly becomes?: string;
  readonly time: number;
  /** `waiting` to be sent; `sending`: sent, without an answer; `failed`: refused, or unknown whether it arrived. */
  readonly state: "waiting" | "sending" | "failed";
  /** Why it failed. */
  readonly why: string;
  /** It failed because its room does not exist. */
  readonly hasNoRoom?: boolean;
  /** It failed because the server could store nothing then. */
  readonly isUnstored?: boolean;
}

/** The client-only tag with the id of a message. A tcpchat server stores a message with a known id only once. */
export const ID_TAG = "+tcpchat/id";

/** The longest message, in bytes: the default of a tcpchat server. A longer text becomes several messages. */
export const MESSAGE_BYTES = 4096;
/** The most lines of one message, likewise. */
export const MESSAGE_LINES = 100;

/** The beginning of the text of a CTCP ACTION, which `/me` sends; `\x01` ends it. */
export const ACTION = "\x01ACTION ";

/** The client-only tag that names the message which a message replies or reacts to (IRCv3 draft/reply). */
export const REPLY_TAG = "+draft/reply";

/** The client-only tag of a reply that corrects its sender's own message; its text replaces the whole message. */
export const CORRECTS_TAG = "+tcpchat/corrects";

/** The client-only tags of a reaction, and of its withdrawal (IRCv3 draft/react). */
export const REACT_TAG = "+draft/react";
export const UNREACT_TAG = "+draft/unreact";

const MOST = 1000; // messages in the outbox
const IN_FLIGHT = 8; // messages sent and unconfirmed, so that servers do not see a flood
const PARTNERS = 200; // direct conversations

/**
 * Bytes after our nick in `nick!user@host` while the mask is unknown: 10 for the user, 63 for the host (RFC 1459,
 * 2.3.1), and 2 for `!` and `@`.
 */
const MASK_REST = 75;

/**
 * Says a text in a room or to a nick: queues it, and sends it as soon as possible. A text to a service is sent at once
 * and not queued.
 */
export function say(
  model: Model,
  target: string,
  text: string,
  kind: "said" | "acted",
  now: number,
  about: MessageReference = {},
): Step {
  if (isService(target)) return tellService(model, target, text, now);
  const made = piecesOf(text, kind).map((piece, i) => ({
    target,
    text: piece,
    kind,
    ...(i === 0 ? about : {}),
    time: now,
    state: "waiting" as const,
    why: "",
  }));
  return queue(model, made, now);
}

/** The message that a message replies to, or corrects. */
export type MessageReference = Pick<OwnMessage, "replyTo" | "corrects">;

/** Queues messages, each with a new id, and sends them as soon as possible. */
export function queue(model: Model, messages: readonly Omit<OwnMessage, "id">[], now: number): Step {
  const [first] = messages;
  if (first === undefined) return step(model);
  if (model.outbox.length + messages.length > MOST) {
    return trouble(model, now, "Too many messages are unconfirmed: this one was not queued.");
  }
  return pump(withPartner(withOwn(model, model.outbox.length, 0, messages), first.target));
}

/** Sends a message to a service. It may contain a password, so it is not shown, not kept and not confirmed. */
function tellService(model: Model, target: string, text: string, now: number): Step {
  if (model.phase !== "here") return trouble(model, now, `Not connected: the message to ${target} was not sent.`);
  if (model.secrecy === "exposed" && hasSecret(target, text)) return trouble(model, now, exposedRefusal(model));
  return step(model, send("PRIVMSG", target, showLine(text)));
}

/** The messages that a text becomes: it is filtered and cut into messages of at most `MESSAGE_BYTES` and `MESSAGE_LINES`; an action has one line. */
export function piecesOf(text: string, kind: OwnMessage["kind"]): readonly string[] {
  const clean = showText(withoutEscapes(text.replace(/\r\n?/g, "\n"))).replace(/^\n+|\s*\n\s*$/g, "");
  if (clean.trim() === "") return clean === "" ? [] : [clean];
  const lines = clean.split("\n").flatMap((line) => splitLine(line, MESSAGE_BYTES));
  if (kind === "acted") return lines.filter((line) => line !== "");
  const pieces: string[] = [];
  let piece: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = byteLength(line) + 1;
    if (piece.length > 0 && (bytes + size > MESSAGE_BYTES || piece.length === MESSAGE_LINES)) {
      pieces.push(piece.join("\n"));
      piece = [];
      bytes = 0;
    }
    piece.push(line);
    bytes += size;
  }
  return [...pieces, piece.join("\n")].filter((each) => each !== "");
}

/** The model with messages, each with a new id, in the outbox; they replace `count` messages at `at`. */
function withOwn(model: Model, at: number, count: number, messages: readonly Omit<OwnMessage, "id">[]): Model {
  const own = messages.map((message) => ({ ...message, id: model.identity.newId() }));
  return { ...model, outbox: model.outbox.toSpliced(at, count, ...own) };
}

/** The model with a direct conversation with a nick. Names of rooms, or with a status prefix, are ignored. */
export function withPartner(model: Model, name: string): Model {
  const key = fold(name);
  if (/^[#&@+]/.test(name) || model.partners.has(key) || model.partners.size >= PARTNERS) return model;
  return { ...model, partners: withEntry(model.partners, key, name) };
}

/** Sends waiting messages, as long as fewer than `IN_FLIGHT` are unconfirmed. */
export function pump(model: Model): Step {
  if (!isSettled(model)) return step(model);
  let next = model;
  const effects: Effect[] = [];
  let inFlight = next.outbox.filter((own) => own.state === "sending").length;
  for (let at = 0; at < next.outbox.length && inFlight < IN_FLIGHT; at++) {
    const own = next.outbox[at];
    if (own?.state !== "waiting") continue;
    const pieces = shorter(next, own);
    if (pieces !== undefined) next = withOwn(next, at, 1, pieces);
    const first = next.outbox[at] ?? own;
    next = { ...next, outbox: next.outbox.with(at, { ...first, state: "sending", wasSent: true }) };
    effects.push(...sendEffects(next, first));
    inFlight++;
  }
  return step(next, ...effects);
}

/** A message cut into several, if this server does not take it whole; `undefined` if it does. */
function shorter(model: Model, own: OwnMessage): readonly Omit<OwnMessage, "id">[] | undefined {
  if (isReaction(own)) return undefined;
  const limit = lineLimit(model, own);
  if (isOneLine(own.text, limit)) return undefined;
  const most = multilineLimits(model);
  if (own.kind === "said" && most !== undefined && byteLength(own.text) <= most.bytes) {
    if (own.text.split("\n").flatMap((line) => cutLine(line, limit)).length <= most.lines) return undefined;
  }
  const lines = own.text.split("\n").filter((line) => line !== "");
  const { replyTo: _, corrects: __, ...rest } = own;
  return lines.flatMap((line) => splitLine(line, limit)).map((text, i) => ({ ...(i === 0 ? own : rest), text }));
}

/** Whether it is a reaction to a message, or takes one back. */
export function isReaction({ kind }: OwnMessage): boolean {
  return kind === "reacted" || kind === "unreacted";
}

/** Whether a text fits one PRIVMSG. */
function isOneLine(text: string, limit: number): boolean {
  return !text.includes("\n") && byteLength(text) <= limit;
}

/**
 * The commands that send a message: one PRIVMSG, or a `draft/multiline` batch with the id on its opening. Without
 * echo-message a PING follows; its PONG confirms the message.
 */
function sendEffects(model: Model, own: OwnMessage): readonly Effect[] {
  const tags = tagsOf(model, own);
  const ping = model.caps.has("echo-message") ? [] : [send("PING", `said-${own.id}`)];
  if (isReaction(own)) return [tagged(tags, "TAGMSG", own.target), ...ping];
  const limit = lineLimit(model, own);
  const words = own.kind === "acted" ? `${ACTION}${own.text}\x01` : own.text;
  if (isOneLine(own.text, limit)) return [tagged(tags, "PRIVMSG", own.target, words), ...ping];
  const lines = own.text.split("\n").flatMap((line) =>
    cutLine(line, limit).map((piece, i) => {
      const tags = new Map([["batch", own.id]]);
      return tagged(i === 0 ? tags : tags.set("draft/multiline-concat", ""), "PRIVMSG", own.target, piece);
    }),
  );
  return [
    tagged(tags, "BATCH", `+${own.id}`, "draft/multiline", own.target),
    ...lines,
    send("BATCH", `-${own.id}`),
    ...ping,
  ];
}

/** The effect of sending a command with tags. */
function tagged(tags: Tags, command: string, ...params: readonly string[]): Effect {
  return tags.size > 0 ? { type: "send", command, params, tags } : send(command, ...params);
}

/** The tags of a message: those that identify it, in the echo and when it is sent again, and the message it is about. */
function tagsOf(model: Model, own: OwnMessage): Tags {
  const tags = new Map<string, string>();
  if (model.caps.has("labeled-response")) tags.set("label", own.id);
  if (!model.caps.has("message-tags")) return tags;
  tags.set(ID_TAG, own.id);
  if (own.replyTo !== undefined) tags.set(REPLY_TAG, own.replyTo);
  if (own.corrects) tags.set(CORRECTS_TAG, "");
  if (isReaction(own)) tags.set(own.kind === "reacted" ? REACT_TAG : UNREACT_TAG, own.text);
  return tags;
}

/** The limits of a `draft/multiline` message on this server; `undefined` if it has none. */
function multilineLimits(model: Model): { readonly bytes: number; readonly lines: number } | undefined {
  if (!model.caps.has("draft/multiline") || !model.caps.has("batch")) return undefined;
  const offer = offerOf(model, "draft/multiline") ?? "";
  const bytes = /max-bytes=(\d{1,7})/.exec(offer)?.[1];
  const lines = /max-lines=(\d{1,6})/.exec(offer)?.[1];
  if (bytes === undefined) return undefined;
  return { bytes: Number(bytes), lines: lines === undefined ? MESSAGE_LINES : Number(lines) };
}

/** Bytes of text that fit one PRIVMSG as the server sends it on, with our mask as its source. */
function lineLimit(model: Model, own: OwnMessage): number {
  const mask = model.mask === undefined ? model.nick.length + MASK_REST : byteLength(model.mask);
  const action = own.kind === "acted" ? ACTION.length + 1 : 0;
  const rest = LINE - 2 - 1 - mask - " PRIVMSG ".length - byteLength(own.target) - " :".length - action;
  return Math.max(100, rest);
}

/** The unconfirmed message whose echo this is: by its label, its id, or else its text. */
export function confirmedBy(
  model: Model,
  message: ServerMessage,
  target: string,
  text: string,
): OwnMessage | undefined {
  const id = message.tags.get("label") ?? message.tags.get(ID_TAG);
  if (id !== undefined) return model.outbox.find((own) => own.id === id);
  const isTagmsg = /^TAGMSG$/i.test(message.command);
  const isEcho = (own: OwnMessage): boolean => isReaction(own) === isTagmsg && own.text === text;
  return model.outbox.find((own) => own.state === "sending" && same(own.target, target) && isEcho(own));
}

/**
 * The proof that the server has a message: the `msgid` that the server gave to it, or an `echo` without a msgid. A `pong`,
 * to the PING sent after the message, proves less: the server has read the message, but may have refused it.
 */
export type Proof = "msgid" | "echo" | "pong";

/**
 * Handles the confirmation of a message: it leaves the outbox, and waiting messages are sent. Messages that the server
 * could not store a moment ago are tried again.
 */
export function stored(model: Model, own: OwnMessage, proof: Proof): Step {
  const others = model.outbox.filter((each) => each.id !== own.id);
  const rest = { ...model, outbox: others.map((each) => storable(model, each, own.time)) };
  return andThen(step(rest, { type: "stored", message: own, proof }), pump);
}

/** Handles the refusal of a message: the one with this label, or else the first unconfirmed one to the target. */
export function refused(
  model: Model,
  label: string | undefined,
  target: string | undefined,
  why: string,
  cause: Pick<OwnMessage, "hasNoRoom" | "isUnstored"> = {},
): Step {
  const at = model.outbox.findIndex((own) =>
    label !== undefined && model.caps.has("labeled-response")
      ? own.id === label
      : own.state === "sending" && (target === undefined || same(own.target, target)),
  );
  const own = model.outbox[at];
  if (own === undefined) return step(model);
  // A message that a room refuses before our JOIN is answered waits for that answer.
  const state = model.joining.has(fold(own.target)) ? "waiting" : "failed";
  const { wasSent: _, becomes, ...unsent } = own;
  const message: OwnMessage = { ...unsent, text: becomes ?? own.text, state, why, ...cause };
  return pump({ ...model, outbox: model.outbox.with(at, message) });
}

/**
 * Handles the end of a connection. Unconfirmed messages wait to be sent again if the server drops duplicates; otherwise
 * they have failed. New messages that the server could not store wait too: the next connection may be able to.
 */
export function unanswered(model: Model, now: number): Model {
  const outbox = model.outbox.map((own): OwnMessage => {
    if (own.state !== "sending") return storable(model, own, now);
    return model.deduplicates ? { ...own, state: "waiting" } : { ...own, state: "failed", why: UNSURE };
  });
  return { ...model, outbox };
}

/** A message, waiting again if it is new and the server could not store it. */
function storable(model: Model, own: OwnMessage, now: number): OwnMessage {
  const { isUnstored, ...rest } = own;
  const isNew = now - own.time < NEW;
  return own.state === "failed" && isUnstored && model.deduplicates && isNew
    ? { ...rest, state: "waiting", why: "" }
    : own;
}

const NEW = 15_000; // ms; for an older message, the user may have said the same in other words since

/** The words for a message that failed because the connection ended before the server confirmed it. */
export const UNSURE = "not confirmed by the server";

/** Sends all failed messages again. */
export function retry(model: Model): Step {
  const outbox = model.outbox.map((own) => (own.state === "failed" ? { ...own, state: "waiting" as const } : own));
  return pump({ ...model, outbox });
}

/** Drops all failed messages. */
export function forget(model: Model): Model {
  return { ...model, outbox: model.outbox.filter((own) => own.state !== "failed") };
}

/** A message of ours that the server has. */
export interface SaidMessage {
  readonly msgid: string;
  readonly text: string;
  readonly kind: "said" | "acted";
}

const SAID_PLACES = 400; // rooms and conversations of which said messages are kept
const SAID = 10; // messages of each

/** The model with our own among these messages recorded as said. */
export function withSaid(model: Model, place: string, lines: readonly Talk[]): Model {
  const key = fold(place);
  const own = lines.flatMap(({ own, kind, msgid, text }) =>
    own && kind !== "noticed" && msgid !== undefined ? { kind, msgid, text } : [],
  );
  if (own.length === 0 || (model.said.size >= SAID_PLACES && !model.said.has(key))) return model;
  return { ...model, said: withEntry(model.said, key, [...(model.said.get(key) ?? []), ...own].slice(-SAID)) };
}

/** The model without a deleted message. */
export function withoutSaid(model: Model, place: string, msgid: string): Model {
  const key = fold(place);
  const messages = model.said.get(key);
  if (!messages?.some((message) => message.msgid === msgid)) return model;
  const rest = messages.filter((message) => message.msgid !== msgid);
  return { ...model, said: withEntry(model.said, key, rest) };
}

/** Our last message in a room or conversation. */
export function lastSaid(model: Model, place: string): SaidMessage | undefined {
  return model.said.get(fold(place))?.at(-1);
}
