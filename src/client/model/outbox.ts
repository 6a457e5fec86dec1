import { byteLength } from "../../text/bytes.ts";
import { showLine, showText, withoutEscapes } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { splitLine } from "../../text/split.ts";
import { LINE } from "../../wire/limits.ts";
import type { Message, Tags } from "../../wire/message.ts";
import { EXPOSED, hasSecret, isService } from "./secrets.ts";
import {
  type Effect,
  isSettled,
  type Model,
  note,
  type OwnMessage,
  type Step,
  same,
  send,
  step,
  withEntry,
} from "./state.ts";

/** The client-only tag by which the server knows a message that is sent again. */
export const ID_TAG = "+tcpchat/id";

const MOST = 1000; // own messages without an answer
const AT_ONCE = 8; // of them on their way, so that no server takes it for a flood
const PARTNERS = 200; // people with whom we talk alone

/** A message as long as any server of ours takes it; a longer text becomes several. */
const BYTES = 4096;
const LINES = 100;

/** The longest `nick!user@host` that we reckon with until we have seen our own: nick + 10 + 63 (RFC 1459, 2.3.1). */
const MASK_REST = 75;

const ACTION = "\x01ACTION ";

/** Says a text to a room or a nick: it is kept until the server confirms it, and sent as soon as it can be. */
export function say(model: Model, target: string, text: string, kind: OwnMessage["kind"], now: number): Step {
  if (isService(target)) return askService(model, target, text, now);
  const pieces = piecesOf(text, kind);
  if (pieces.length === 0) return step(model);
  if (model.outbox.length + pieces.length > MOST) {
    return step(model, note("trouble", now, "Too much waits for an answer already: that is not kept."));
  }
  const made = pieces.map((piece) => ({ target, text: piece, kind, time: now, state: "waiting" as const, why: "" }));
  return pump(withPartner(withOwn(model, model.outbox.length, 0, made), target));
}

/** A message to a service may contain a password: it is neither shown nor kept, and no echo confirms it. */
function askService(model: Model, target: string, text: string, now: number): Step {
  if (model.phase !== "here") return step(model, note("trouble", now, `Not connected: ${target} was told nothing.`));
  if (model.secrecy === "exposed" && hasSecret(target, text)) return step(model, note("trouble", now, EXPOSED));
  return step(model, send("PRIVMSG", target, showLine(text)));
}

/** The text as messages, none longer than a message may be. */
function piecesOf(text: string, kind: OwnMessage["kind"]): readonly string[] {
  const clean = showText(withoutEscapes(text.replace(/\r\n?/g, "\n"))).replace(/^\n+|\s*\n\s*$/g, "");
  if (clean.trim() === "") return clean === "" ? [] : [clean];
  const lines = clean.split("\n").flatMap((line) => splitLine(line, BYTES));
  if (kind === "acted") return lines.filter((line) => line !== "");
  const pieces: string[] = [];
  let piece: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = byteLength(line) + 1;
    if (piece.length > 0 && (bytes + size > BYTES || piece.length === LINES)) {
      pieces.push(piece.join("\n"));
      piece = [];
      bytes = 0;
    }
    piece.push(line);
    bytes += size;
  }
  return [...pieces, piece.join("\n")].filter((each) => each !== "");
}

/** Puts messages with ids of their own into the outbox, in place of `count` others. */
function withOwn(model: Model, at: number, count: number, messages: readonly Omit<OwnMessage, "id">[]): Model {
  const own = messages.map((message) => ({
    ...message,
    id: model.identity.newId(),
  }));
  return { ...model, outbox: model.outbox.toSpliced(at, count, ...own) };
}

/** Remembers someone with whom we talk alone. */
export function withPartner(model: Model, name: string): Model {
  const key = fold(name);
  if (/^[#&@+]/.test(name) || model.partners.has(key) || model.partners.size >= PARTNERS) return model;
  return { ...model, partners: withEntry(model.partners, key, name) };
}

/** Sends what waits, as far as it may be sent now. */
export function pump(model: Model): Step {
  if (!isSettled(model)) return step(model);
  let next = model;
  const effects: Effect[] = [];
  let flying = next.outbox.filter((own) => own.state === "sending").length;
  for (let at = 0; at < next.outbox.length && flying < AT_ONCE; at++) {
    const own = next.outbox[at];
    if (own?.state !== "waiting") continue;
    const cut = fitted(next, own);
    if (cut !== undefined) next = withOwn(next, at, 1, cut);
    const first = next.outbox[at] ?? own;
    const outbox = next.outbox.with(at, { ...first, state: "sending" as const });
    next = { ...next, outbox };
    effects.push(...sending(next, first));
    flying++;
  }
  return step(next, ...effects);
}

/** The message as several, where this server takes it only so. */
function fitted(model: Model, own: OwnMessage): readonly Omit<OwnMessage, "id">[] | undefined {
  const limit = limitOf(model, own);
  if (isShort(own.text, limit)) return undefined;
  const most = multilineOf(model);
  if (own.kind === "said" && most !== undefined && byteLength(own.text) <= most.bytes) {
    if (own.text.split("\n").flatMap((line) => splitLine(line, limit)).length <= most.lines) return undefined;
  }
  const lines = own.text.split("\n").filter((line) => line !== "");
  return lines.flatMap((line) => splitLine(line, limit)).map((text) => ({ ...own, text }));
}

function isShort(text: string, limit: number): boolean {
  return !text.includes("\n") && byteLength(text) <= limit;
}

function sending(model: Model, own: OwnMessage): readonly Effect[] {
  const tags = tagsOf(model, own.id);
  const echoes = model.caps.has("echo-message");
  const ping = echoes ? [] : [send("PING", `said-${own.id}`)];
  const limit = limitOf(model, own);
  const words = own.kind === "acted" ? `${ACTION}${own.text}\x01` : own.text;
  if (isShort(own.text, limit)) return [tagged(tags, "PRIVMSG", own.target, words), ...ping];
  // draft/multiline: the id is on the opening, so the whole is one message.
  const part = (text: string, tags: readonly [string, string][]): Effect =>
    tagged(new Map(tags), "PRIVMSG", own.target, text);
  const lines = own.text.split("\n").flatMap((line) => {
    const [first = "", ...rest] = splitKeepingBlanks(line, limit);
    return [
      part(first, [["batch", own.id]]),
      ...rest.map((text) =>
        part(text, [
          ["batch", own.id],
          ["draft/multiline-concat", ""],
        ]),
      ),
    ];
  });
  return [
    tagged(tags, "BATCH", `+${own.id}`, "draft/multiline", own.target),
    ...lines,
    send("BATCH", `-${own.id}`),
    ...ping,
  ];
}

function tagged(tags: Tags, command: string, ...params: readonly string[]): Effect {
  return tags.size > 0 ? { type: "send", command, params, tags } : send(command, ...params);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** As `splitLine`, but the blank at a cut stays in its piece, since the pieces are put together without one. */
function splitKeepingBlanks(line: string, limit: number): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  let bytes = 0;
  let blank = 0; // where the piece could end
  for (const { segment } of graphemes.segment(line)) {
    const size = byteLength(segment);
    if (bytes + size > limit && piece !== "") {
      const cut = blank > piece.length / 2 ? blank : piece.length;
      pieces.push(piece.slice(0, cut));
      piece = piece.slice(cut);
      bytes = byteLength(piece);
      blank = 0;
    }
    piece += segment;
    bytes += size;
    if (segment === " ") blank = piece.length;
  }
  return [...pieces, piece];
}

function tagsOf(model: Model, id: string): Tags {
  const tags = new Map<string, string>();
  if (model.caps.has("labeled-response")) tags.set("label", id);
  if (model.caps.has("message-tags")) tags.set(ID_TAG, id);
  return tags;
}

/** What the server takes as one message of several lines, if it does (draft/multiline). */
function multilineOf(model: Model): { readonly bytes: number; readonly lines: number } | undefined {
  if (!model.caps.has("draft/multiline") || !model.caps.has("batch")) return undefined;
  for (const offer of model.offered) {
    if (!offer.startsWith("draft/multiline=")) continue;
    const bytes = /max-bytes=(\d{1,7})/.exec(offer)?.[1];
    const lines = /max-lines=(\d{1,6})/.exec(offer)?.[1];
    if (bytes !== undefined) return { bytes: Number(bytes), lines: lines === undefined ? LINES : Number(lines) };
  }
  return undefined;
}

/** Bytes of text that fit one line as it is passed on, with our mask before it. */
function limitOf(model: Model, own: OwnMessage): number {
  const mask = model.mask === undefined ? model.nick.length + MASK_REST : byteLength(model.mask);
  const action = own.kind === "acted" ? ACTION.length + 1 : 0;
  const rest = LINE - 2 - 1 - mask - " PRIVMSG ".length - byteLength(own.target) - " :".length - action;
  return Math.max(100, rest);
}

/** The message of ours that this one, said by us, confirms: by its label, its id, or else its text. */
export function confirmedBy(model: Model, message: Message, target: string, text: string): OwnMessage | undefined {
  const id = message.tags.get("label") ?? message.tags.get(ID_TAG);
  if (id !== undefined) return model.outbox.find((own) => own.id === id);
  return model.outbox.find((own) => own.state === "sending" && same(own.target, target) && own.text === text);
}

/** The outbox without a message; what waited behind it may go now. */
export function stored(model: Model, own: OwnMessage, sure: boolean): Step {
  const rest = { ...model, outbox: model.outbox.filter((each) => each.id !== own.id) };
  const next = pump(rest);
  return step(next.model, { type: "stored", message: own, sure }, ...next.effects);
}

/** The server refuses a message of ours: the one with this label, or else the first on its way to the target. */
export function refused(model: Model, label: string | undefined, target: string | undefined, why: string): Step {
  const at = model.outbox.findIndex((own) =>
    label !== undefined && model.caps.has("labeled-response")
      ? own.id === label
      : own.state === "sending" && (target === undefined || same(own.target, target)),
  );
  const own = model.outbox[at];
  if (own === undefined) return step(model);
  // Messages that a room refused before we were in it are sent once we are.
  const state = model.awaited.has(fold(own.target)) ? "waiting" : "failed";
  return pump({ ...model, outbox: model.outbox.with(at, { ...own, state, why }) });
}

/** The connection has ended: what had no answer is sent again where that is safe, and else waits for the user. */
export function unanswered(model: Model): Model {
  const outbox = model.outbox.map((own): OwnMessage => {
    if (own.state !== "sending") return own;
    return model.exact ? { ...own, state: "waiting" } : { ...own, state: "failed", why: UNSURE };
  });
  return { ...model, outbox };
}

/** Why a message failed whose connection broke before the answer. */
export const UNSURE = "not confirmed by the server";

/** Sends all that failed again. */
export function retry(model: Model): Step {
  const outbox = model.outbox.map((own) => (own.state === "failed" ? { ...own, state: "waiting" as const } : own));
  return pump({ ...model, outbox });
}

/** Gives up all that failed. */
export function forget(model: Model): Model {
  return { ...model, outbox: model.outbox.filter((own) => own.state !== "failed") };
}
