import type { MessageTags } from "../../chat/model/event.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { clip } from "../../text/split.ts";
import type { Message } from "../../wire/message.ts";
import { CAP } from "../capabilities.ts";
import { type Fault, fault } from "../render/faults.ts";
import { CONCAT, MULTILINE } from "../render/render.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { Replies } from "../session/replies.ts";
import type { IrcSession } from "../session/session.ts";
import { sayMultiline } from "./messages.ts";

const TIMEOUT = 60_000; // ms that a batch may stay open
const LINES_PER_TOKEN = 4; // lines of a batch that cost as much as one other line
const LONGEST_REFERENCE = 64; // characters
const REFERENCE = /^[!-~]{1,64}$/;

/** A draft/multiline batch that a client has opened. */
export interface Multiline {
  readonly name: string;
  readonly target: string;
  readonly tags: MessageTags;
  /** When it was opened; milliseconds of the steady clock. */
  readonly since: number;
  /** The labelled reply of the command that opened it. */
  readonly replies: Replies | undefined;
  /** The command of its lines, PRIVMSG or NOTICE; `undefined` before the first line. */
  command: string | undefined;
  text: string;
  /** Offsets in the text of lines that continue the one before them. */
  readonly cuts: number[];
  lines: number;
}

/** BATCH, for messages of several lines (IRCv3 draft/multiline). */
export const MULTILINE_COMMANDS: readonly IrcCommand[] = [
  {
    name: "BATCH",
    minParams: 1,
    when: "after",
    usage: `+name ${MULTILINE} target | -name`,
    help: "Begins and ends a message of several lines.",
    run: (session, [reference = "", type, target], { tags }) => {
      if (reference.startsWith("+")) begin(session, reference.slice(1), type, target, tags);
      else if (reference.startsWith("-")) end(session, reference.slice(1));
      else refuseReference(session, reference, "batch-sign");
    },
  },
];

function begin(
  session: IrcSession,
  name: string,
  type: string | undefined,
  target: string | undefined,
  tags: MessageTags,
): void {
  if (session.multiline) {
    abandon(session, session.multiline);
    return refuseReference(session, name, "batch-open");
  }
  if (!REFERENCE.test(name)) return refuseReference(session, name, "batch-name");
  if (type !== MULTILINE || !session.has(CAP.multiline | CAP.batch)) {
    session.refusedBatch = name;
    return fault(session, "batch-type", [name, type ?? "*"]);
  }
  if (!target) {
    session.refusedBatch = name;
    return fault(session, "batch-target");
  }
  session.refusedBatch = undefined;
  const replies = session.suspendReplies();
  const since = session.server.steady();
  session.multiline = { name, target, tags, since, replies, command: undefined, text: "", cuts: [], lines: 0 };
}

/** Drops a batch that was not ended in time. `now` in milliseconds of the steady clock. */
export function expire(session: IrcSession, now: number): void {
  const batch = session.multiline;
  if (!batch || now - batch.since <= TIMEOUT) return;
  abandon(session, batch);
  session.server.refused("batch-time");
  fault(session, "batch-time", [batch.name]);
  session.endReplies();
}

/**
 * Takes a line with a `batch` tag. Such a line is never run as a command: if its batch is not the open one, the line is
 * refused and the open batch is dropped.
 */
export function addLine(session: IrcSession, reference: string, message: Message): void {
  expire(session, session.server.steady());
  const batch = session.multiline;
  if (batch?.name === reference) return append(session, batch, message);
  if (reference === session.refusedBatch) return;
  if (batch) abandon(session, batch);
  refuseReference(session, reference, "batch-unknown");
}

/** Appends a line to the open batch. */
function append(session: IrcSession, batch: Multiline, { command, params, tags }: Message): void {
  const [target = "", text = ""] = params;
  const isConcat = tags.has(CONCAT);
  const name = command.toUpperCase();
  const isSpeech = name === "PRIVMSG" || name === "NOTICE";
  const isMixed = batch.command !== undefined && batch.command !== name;
  const isInvalid = !isSpeech || isMixed || params.length < 2 || (isConcat && (text === "" || batch.lines === 0));
  if (isInvalid) return fail(session, batch, "batch-line", []);
  if (fold(target) !== fold(batch.target)) {
    return fail(session, batch, "batch-targets", [batch.target, target]);
  }
  batch.command = name;
  const { messageBytes, messageLines } = session.server.chat.limits;
  if (isConcat) batch.cuts.push(batch.text.length);
  else if (batch.lines > 0) batch.text += "\n";
  batch.text += showLine(text);
  batch.lines++;
  session.weigh(-1);
  if (messageBytes > 0 && Buffer.byteLength(batch.text) > messageBytes) {
    fail(session, batch, "batch-bytes", [String(messageBytes)]);
  } else if (messageLines > 0 && batch.lines > messageLines) {
    fail(session, batch, "batch-lines", [String(messageLines)]);
  }
}

function end(session: IrcSession, name: string): void {
  expire(session, session.server.steady());
  const batch = session.multiline;
  if (!batch && name === session.refusedBatch) {
    session.refusedBatch = undefined;
    return;
  }
  if (batch?.name !== name) {
    if (batch) abandon(session, batch);
    return refuseReference(session, name, "batch-unknown");
  }
  session.multiline = undefined;
  session.weigh(batch.lines / LINES_PER_TOKEN);
  session.resumeReplies(batch.replies);
  if (batch.text.replaceAll("\n", "") === "") {
    return fault(session, "batch-blank");
  }
  sayMultiline(session, { ...batch, kind: batch.command === "NOTICE" ? "notice" : "words" });
}

/** Drops an invalid batch and refuses it, under its label. */
function fail(session: IrcSession, batch: Multiline, name: Fault, context: readonly string[]): void {
  session.weigh(1);
  abandon(session, batch);
  session.server.refused("batch-size");
  fault(session, name, context);
}

/** Drops the batch and the lines of it that are still to come. Its lines cost as much as if they had been sent. */
function abandon(session: IrcSession, batch: Multiline): void {
  session.multiline = undefined;
  session.refusedBatch = batch.name;
  session.weigh(batch.lines / LINES_PER_TOKEN);
  session.resumeReplies(batch.replies);
}

function refuseReference(session: IrcSession, reference: string, name: Fault): void {
  session.refusedBatch = reference;
  fault(session, name, [clip(reference, LONGEST_REFERENCE) || "*"]);
}
