import { fold } from "../../text/fold.ts";
import type { Message } from "../../wire/message.ts";
import {
  type Asked,
  type Batch,
  costOf,
  type Effect,
  type Model,
  note,
  type Reference,
  type Step,
  type Stream,
  same,
  send,
  step,
  type Talk,
  withEntry,
  without,
} from "./state.ts";

/**
 * What was said, in its order, without a hole and without a line twice: while a piece of history is awaited, what is
 * said meanwhile waits for it.
 */

const STREAMS = 400; // rooms and people whose lines are followed
const RECENT = 100; // msgids that are remembered of each
/** Characters of a msgid; a longer one is not remembered. */
export const MSGID = 100;

const HELD = 2000; // lines that wait for history, of one room
const HELD_SIZE = 1 << 21; // characters of all that wait, by what they cost
const PAGE = 1000; // lines asked for at once, if the server gives as many
const OLDER = 100; // lines asked for when someone scrolls back
const CHATHISTORY = "draft/chathistory";

/** Where a line belongs: the room's name, or that of the other one. */
export function placeOf(line: Talk, nick: string): string {
  return line.room ?? line.to ?? (line.nick === "" ? nick : line.nick);
}

/** Whether the server can be asked for what was said. */
function hasHistory(model: Model): boolean {
  return model.caps.has(CHATHISTORY) && model.caps.has("batch") && model.support.history > 0;
}

function asking(type: Asked["type"], want: number): Asked {
  return { type, want, got: [], held: [], size: 0 };
}

function streamOf(model: Model, name: string): Stream {
  return model.streams.get(fold(name)) ?? { name, recent: [], last: undefined, asked: undefined };
}

function withStream(model: Model, name: string, stream: Stream): Model {
  const key = fold(name);
  if (!model.streams.has(key) && model.streams.size >= STREAMS) return model;
  return { ...model, streams: withEntry(model.streams, key, stream) };
}

/** We are in a room, or back in it, at a time by the server's clock: asks for what was said before, or meanwhile. */
export function catchUp(model: Model, name: string, at: number): Step {
  const stream = streamOf(model, name);
  const { past } = model.identity;
  if (!hasHistory(model)) {
    if (past.type !== "lines") {
      return giveUp(model, "The server keeps no history that can be asked for, so --since cannot be known.");
    }
    // Without a limit the past is what the server sends by itself.
    const hint = `${name}: what was said meanwhile is not known, the server keeps no history.`;
    return stream.last === undefined ? step(model) : step(model, note("hint", stream.last.time, hint, name));
  }
  if (stream.last !== undefined) return ask(model, name, asking("after", 0));
  if (past.type === "lines") {
    if (past.count === 0) return step(model);
    return ask(model, name, asking("latest", past.count));
  }
  if (past.type === "since") return ask(model, name, asking("begin", 1));
  return goOn(model, name, { msgid: undefined, time: at - past.span }, undefined);
}

/** Asks for all behind a place in history. */
function goOn(model: Model, name: string, last: Reference, before: Asked | undefined): Step {
  const stream = streamOf(model, name);
  const begun = withStream(model, name, { ...stream, last });
  return ask(begun, name, { ...asking("after", 0), held: before?.held ?? [], size: before?.size ?? 0 });
}

function noBeginning(model: Model, name: string): Step {
  const { past } = model.identity;
  const id = past.type === "since" ? past.msgid : "";
  return giveUp(model, `There is no message ${id} in ${name}; --since takes the id of one, or a duration such as 10m.`);
}

function giveUp(model: Model, why: string): Step {
  return step(model, { type: "give-up", code: 1, why });
}

/** Asks for what was said before a line, for someone who scrolls back. */
export function askOlder(model: Model, name: string, before: Reference): Step {
  const stream = streamOf(model, name);
  if (stream.asked !== undefined || model.phase !== "here" || !hasHistory(model)) return step(model);
  const asked = asking("older", 0);
  const count = Math.min(OLDER, model.support.history);
  return request(withStream(model, name, { ...stream, asked }), "BEFORE", name, wordOf(model, before), count);
}

function ask(model: Model, name: string, asked: Asked): Step {
  const stream = streamOf(model, name);
  const { held, size } = stream.asked ?? asked;
  const next = withStream(model, name, { ...stream, asked: { ...asked, held, size } });
  if (asked.type === "after") {
    const from = wordOf(model, stream.last ?? { msgid: undefined, time: 0 });
    return request(next, "AFTER", name, from, Math.min(PAGE, model.support.history));
  }
  const { past } = model.identity;
  if (asked.type === "begin" && past.type === "since") return request(next, "AROUND", name, `msgid=${past.msgid}`, 1);
  const count = Math.min(PAGE, model.support.history, asked.want);
  const first = asked.got[0];
  if (first === undefined) return request(next, "LATEST", name, "*", count);
  return request(next, "BEFORE", name, wordOf(model, first), count);
}

function request(model: Model, verb: string, name: string, from: string, count: number): Step {
  return step(model, send("CHATHISTORY", verb, name, from, String(count)), { type: "await-history" });
}

/** A place in history, in the words of CHATHISTORY. */
function wordOf(model: Model, { msgid, time }: Reference): string {
  if (msgid !== undefined && msgid !== "" && model.support.byMsgid) return `msgid=${msgid}`;
  return `timestamp=${new Date(time).toISOString()}`;
}

/** A line as it comes: shown, kept until history has come, or left out because it was shown before. */
export function heard(model: Model, line: Talk): Step {
  const name = placeOf(line, model.nick);
  const stream = streamOf(model, name);
  if (isKnown(stream, line)) return step(model);
  const { asked } = stream;
  if (asked === undefined || asked.type === "older") return showing(model, name, [line]);
  if (asked.held.length >= HELD || heldSizeOf(model) > HELD_SIZE) return finish(model, name, [...asked.held, line]);
  const held = [...asked.held, line];
  return step(withStream(model, name, { ...stream, asked: { ...asked, held, size: asked.size + costOf(line) } }));
}

function heldSizeOf(model: Model): number {
  return model.streams.values().reduce((sum, { asked }) => sum + (asked?.size ?? 0), 0);
}

/** The answer to what we asked for: all lines of a batch, oldest first. */
function answered(model: Model, name: string, lines: readonly Talk[]): Step {
  const stream = model.streams.get(fold(name));
  const asked = stream?.asked;
  if (stream === undefined || asked === undefined) return showing(model, name, lines);
  switch (asked.type) {
    case "older":
      return step(withStream(model, name, { ...stream, asked: undefined }), {
        type: "past",
        target: name,
        lines: heeded(model, lines),
        complete: lines.length === 0,
      });
    case "begin": {
      const { past } = model.identity;
      const first = lines.find((line) => past.type === "since" && line.msgid === past.msgid);
      if (first === undefined) return noBeginning(model, name);
      return goOn(model, name, { msgid: first.msgid, time: first.time }, asked);
    }
    case "latest": {
      const got = [...lines, ...asked.got];
      const want = asked.want - lines.length;
      const full = lines.length >= Math.min(PAGE, model.support.history);
      if (full && want > 0) return ask(model, name, { ...asked, got, want });
      return finish(model, name, merged(got, asked.held));
    }
    case "after": {
      const fresh = lines.filter((line) => !isKnown(stream, line));
      const shown = showing(model, name, lines);
      // A page without anything new is the end; how full a page is says nothing certain.
      const last = shown.model.streams.get(fold(name))?.last;
      const further = last !== stream.last && fresh.length > 0;
      const next = further ? ask(shown.model, name, asked) : finish(shown.model, name, asked.held);
      return step(next.model, ...shown.effects, ...next.effects);
    }
  }
}

/** The newest lines and what was heard meanwhile, in their order: what is in both may be behind what is in one. */
function merged(got: readonly Talk[], held: readonly Talk[]): readonly Talk[] {
  const known = new Set(got.map((line) => line.msgid));
  const common = held.findIndex((line) => line.msgid !== undefined && known.has(line.msgid));
  return common <= 0 ? [...got, ...held] : [...held.slice(0, common), ...got, ...held.slice(common)];
}

/** The server gives no history of this: what waits for it is shown. */
export function denied(model: Model, name: string | undefined, now: number): Step {
  const names = Array.from(model.streams.values()).filter((stream) => stream.asked !== undefined);
  const which = names.filter((stream) => name === undefined || same(stream.name, name));
  let next = model;
  const effects: Effect[] = [];
  for (const stream of which) {
    const one = deniedOne(next, stream, now);
    next = one.model;
    effects.push(...one.effects);
  }
  return step(next, ...effects);
}

function deniedOne(model: Model, stream: Stream, now: number): Step {
  const { asked, name } = stream;
  if (asked?.type === "begin") return noBeginning(model, name);
  if (asked?.type !== "after") {
    if (asked?.type === "older") return answered(model, name, []);
    return finish(model, name, [...(asked?.got ?? []), ...(asked?.held ?? [])]);
  }
  const done = finish(model, name, asked.held);
  const words = `${name}: what was said meanwhile cannot be had.`;
  return step(done.model, note("hint", now, words, name), ...done.effects);
}

/** Releases messages that waited for history which will not come any more, as at the end of a connection. */
export function released(model: Model): Step {
  let next = model;
  const effects: Effect[] = [];
  for (const { asked, name } of model.streams.values()) {
    if (asked === undefined) continue;
    // A gap of which only a part has come is asked for again from where it begins; so what is behind it is let go.
    const lines = asked.type === "latest" ? [...asked.got, ...asked.held] : [];
    const one = finish(next, name, lines);
    next = one.model;
    effects.push(...one.effects);
  }
  return step(next, ...effects);
}

function finish(model: Model, name: string, lines: readonly Talk[]): Step {
  const stream = streamOf(model, name);
  return showing(withStream(model, name, { ...stream, asked: undefined }), name, lines);
}

/** Shows lines that were not shown before, and remembers the last. */
function showing(model: Model, name: string, lines: readonly Talk[]): Step {
  const stream = streamOf(model, name);
  const known = new Set(stream.recent);
  const fresh: Talk[] = [];
  for (const line of lines) {
    if (line.msgid !== undefined && known.has(line.msgid)) continue;
    if (line.msgid !== undefined && line.msgid.length <= MSGID) known.add(line.msgid);
    fresh.push(line);
  }
  if (fresh.length === 0) return step(model);
  // What waits for history may be in it, so until it has all come every msgid is remembered.
  const most = stream.asked === undefined ? RECENT : RECENT + HELD;
  const recent = lines.length === 1 ? appended(stream.recent, fresh) : [...known].slice(-most);
  const latest = fresh.findLast((line) => line.msgid !== undefined) ?? fresh.at(-1);
  const last = latest === undefined ? stream.last : { msgid: latest.msgid, time: latest.time };
  const next = withStream(model, name, { ...stream, recent, last });
  return step(next, ...heeded(model, fresh).map((line): Effect => ({ type: "show", line })));
}

/** The lines without those of people whom we ignore. */
function heeded({ ignored }: Model, lines: readonly Talk[]): readonly Talk[] {
  return ignored.size === 0 ? lines : lines.filter(({ nick }) => !ignored.has(fold(nick)));
}

function appended(recent: readonly string[], [line]: readonly Talk[]): readonly string[] {
  const { msgid } = line ?? {};
  if (msgid === undefined || msgid.length > MSGID) return recent;
  return [...(recent.length < RECENT ? recent : recent.slice(1)), msgid];
}

function isKnown(stream: Stream, line: Talk): boolean {
  return line.msgid !== undefined && stream.recent.includes(line.msgid);
}

/** We are back: asks for what was said to us alone meanwhile. Only an account can read that. */
export function catchUpAlone(model: Model): Step {
  let next = model;
  const effects: Effect[] = [];
  for (const key of model.account === undefined || !hasHistory(model) ? [] : model.partners.keys()) {
    const stream = next.streams.get(key);
    if (stream?.last === undefined) continue;
    const one = catchUp(next, stream.name, stream.last.time);
    next = one.model;
    effects.push(...one.effects);
  }
  return step(next, ...effects);
}

const PART = 200; // characters that a part of a message costs besides its own
const OPEN = 20; // batches at once; of a server that never closes them the oldest is forgotten
const LINES = 2000; // of one batch
const SIZE = 1 << 21; // characters of all open batches, by what their lines cost
const MESSAGE = 1 << 17; // characters of one message of several lines

/** BATCH: the beginning of lines that belong together, or their end (IRCv3 batch). */
export function onBatch(model: Model, message: Message, replay: (model: Model, message: Message) => Step): Step {
  const [word = "", type = ""] = message.params;
  const name = word.slice(1);
  if (word.startsWith("+") && name.length <= 200) return step(opened(model, name, type, message));
  const batch = model.batches.get(name);
  if (!word.startsWith("-") || batch === undefined) return step(model);
  return closed({ ...model, batches: without(model.batches, name) }, batch, replay);
}

function opened(model: Model, name: string, type: string, opening: Message): Model {
  const batch: Batch = { opening, type: type.toLowerCase(), lines: [], parts: [], size: 0 };
  const [oldest] = model.batches.keys();
  const batches = model.batches.size < OPEN || oldest === undefined ? model.batches : without(model.batches, oldest);
  return { ...model, batches: withEntry(batches, name, batch) };
}

function closed(model: Model, batch: Batch, replay: (model: Model, message: Message) => Step): Step {
  if (batch.type === "chathistory") {
    const target = batch.opening.params[2] ?? "";
    return /^[#&]/.test(target) && !model.rooms.has(fold(target)) ? step(model) : answered(model, target, batch.lines);
  }
  if (batch.type !== "draft/multiline" || batch.parts.length === 0) return step(model);
  return replay(model, joined(batch));
}

/** The lines of a `draft/multiline` as one message, with the tags of its opening. */
function joined({ opening, parts }: Batch): Message {
  let text = "";
  parts.forEach((part, i) => {
    const glued = i === 0 || part.tags.has("draft/multiline-concat");
    text += (glued ? "" : "\n") + (part.params[1] ?? "");
  });
  const first = parts[0] ?? opening;
  const tags = new Map([...first.tags, ...opening.tags]);
  const outer = opening.tags.get("batch");
  if (outer === undefined) tags.delete("batch");
  else tags.set("batch", outer);
  return { ...first, source: opening.source ?? first.source, tags, params: [first.params[0] ?? "", text] };
}

/** The batch that a message is part of, if it is open. */
export function batchOf(model: Model, message: Message): Batch | undefined {
  const name = message.tags.get("batch");
  return name === undefined ? undefined : model.batches.get(name);
}

/** Puts a line of a `chathistory` into its batch. */
export function withLine(model: Model, message: Message, line: Talk): Model {
  return changed(model, message, (batch) => ({
    ...batch,
    lines: [...batch.lines, line],
    size: batch.size + costOf(line),
  }));
}

/** Puts a message into the `draft/multiline` that it is part of. */
export function withPart(model: Model, message: Message): Model {
  return changed(model, message, (batch) => ({
    ...batch,
    parts: [...batch.parts, message],
    size: batch.size + costOfPart(message),
  }));
}

function mostOf({ type }: Batch): number {
  return type === "chathistory" ? SIZE : MESSAGE;
}

function costOfPart({ tags, source = "", params }: Message): number {
  let cost = PART + source.length;
  for (const param of params) cost += param.length;
  for (const value of tags.values()) cost += value.length;
  return cost;
}

function changed(model: Model, message: Message, change: (batch: Batch) => Batch): Model {
  const name = message.tags.get("batch");
  const batch = batchOf(model, message);
  if (name === undefined || batch === undefined) return model;
  if (batch.lines.length + batch.parts.length >= LINES || batch.size > mostOf(batch)) return model;
  if (model.batches.values().reduce((sum, { size }) => sum + size, 0) > SIZE) return model;
  const batches = new Map(model.batches);
  batches.set(name, change(batch));
  return { ...model, batches };
}
