import { fold } from "../../text/fold.ts";
import type { Message } from "../../wire/message.ts";
import { answered } from "./history.ts";
import { costOf, type Talk } from "./line.ts";
import { type Batch, type Model, type Step, step, withEntry, without } from "./state.ts";

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
