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
import { sayLines } from "./messages.ts";

const LASTS = 60_000; // ms that a batch may stay open
const LINES = 4; // lines of a message that weigh as much as a line by itself
const LONGEST_REFERENCE = 64; // characters
const REFERENCE = /^[!-~]{1,64}$/;

/** A message of several lines that a client is sending. */
export interface Multiline {
  readonly name: string;
  readonly target: string;
  readonly tags: MessageTags;
  /** When it was begun; milliseconds since 1970. */
  readonly since: number;
  /** The label of the command that began it. */
  readonly replies: Replies | undefined;
  /** The command of its lines: PRIVMSG or NOTICE; `undefined` before the first. */
  command: string | undefined;
  text: string;
  /** Where in the text the sender went on in another line. */
  readonly cuts: number[];
  lines: number;
}

/** Messages of several lines: BATCH. */
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
    giveUp(session, session.multiline);
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
  const replies = session.takeReplies();
  const since = session.server.steady();
  session.multiline = { name, target, tags, since, replies, command: undefined, text: "", cuts: [], lines: 0 };
}

/** Gives up a batch that nobody has ended. */
export function expire(session: IrcSession, now: number): void {
  const batch = session.multiline;
  if (!batch || now - batch.since <= LASTS) return;
  giveUp(session, batch);
  session.server.refused("batch-time");
  fault(session, "batch-time", [batch.name]);
  session.endReplies();
}

/**
 * Takes a line with a `batch` tag. Such a line is never handled by itself: if its batch is not the open one, it is
 * refused, and the open batch is given up.
 */
export function addLine(session: IrcSession, reference: string, message: Message): void {
  expire(session, session.server.steady());
  const batch = session.multiline;
  if (batch?.name === reference) return addTo(session, batch, message);
  if (reference === session.refusedBatch) return;
  if (batch) giveUp(session, batch);
  refuseReference(session, reference, "batch-unknown");
}

/** A line within the open batch. */
function addTo(session: IrcSession, batch: Multiline, { command, params, tags }: Message): void {
  const [target = "", text = ""] = params;
  const isConcat = tags.has(CONCAT);
  const name = command.toUpperCase();
  const isSpeech = name === "PRIVMSG" || name === "NOTICE";
  const isMixed = batch.command !== undefined && batch.command !== name;
  const wrong = !isSpeech || isMixed || params.length < 2 || (isConcat && (text === "" || batch.lines === 0));
  if (wrong) return spoil(session, batch, "batch-line", []);
  if (fold(target) !== fold(batch.target)) {
    return spoil(session, batch, "batch-targets", [batch.target, target]);
  }
  batch.command = name;
  const { messageBytes, messageLines } = session.server.chat.limits;
  if (isConcat) batch.cuts.push(batch.text.length);
  else if (batch.lines > 0) batch.text += "\n";
  batch.text += showLine(text);
  batch.lines++;
  session.weigh(-1);
  if (messageBytes > 0 && Buffer.byteLength(batch.text) > messageBytes) {
    spoil(session, batch, "batch-bytes", [String(messageBytes)]);
  } else if (messageLines > 0 && batch.lines > messageLines) {
    spoil(session, batch, "batch-lines", [String(messageLines)]);
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
    if (batch) giveUp(session, batch);
    return refuseReference(session, name, "batch-unknown");
  }
  session.multiline = undefined;
  session.weigh(batch.lines / LINES);
  session.resumeReplies(batch.replies);
  if (batch.text.replaceAll("\n", "") === "") {
    return fault(session, "batch-blank");
  }
  sayLines(session, { ...batch, manner: batch.command === "NOTICE" ? "notice" : "words" });
}

/** A batch has gone wrong: its sender is told why, under its label. */
function spoil(session: IrcSession, batch: Multiline, name: Fault, context: readonly string[]): void {
  session.weigh(1);
  giveUp(session, batch);
  session.server.refused("batch-size");
  fault(session, name, context);
}

/** Drops the batch and all its lines that still come. Its lines weigh as if they had been said. */
function giveUp(session: IrcSession, batch: Multiline): void {
  session.multiline = undefined;
  session.refusedBatch = batch.name;
  session.weigh(batch.lines / LINES);
  session.resumeReplies(batch.replies);
}

function refuseReference(session: IrcSession, reference: string, name: Fault): void {
  session.refusedBatch = reference;
  fault(session, name, [clip(reference, LONGEST_REFERENCE) || "*"]);
}
