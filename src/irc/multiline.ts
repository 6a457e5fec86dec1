import type { Tags } from "../chat/event.ts";
import { showLine } from "../text/filter.ts";
import { fold } from "../text/fold.ts";
import type { Message } from "../wire/message.ts";
import { CAP } from "./caps.ts";
import type { Command } from "./commands.ts";
import type { Replies } from "./replies.ts";
import type { IrcSession } from "./session.ts";
import { sayLines } from "./talk.ts";

/** The type of the batch, and the tag of a line that goes on where the last one ended (IRCv3 draft/multiline). */
export const MULTILINE = "draft/multiline";
export const CONCAT = "draft/multiline-concat";

const LASTS = 60_000; // ms that a batch may stay open

/** A message of several lines that a client is sending. */
export interface Multiline {
  readonly name: string;
  readonly target: string;
  readonly tags: Tags;
  /** When it was begun; milliseconds since 1970. */
  readonly since: number;
  /** The label of the command that began it. */
  readonly replies: Replies | undefined;
  text: string;
  /** Where in the text the sender went on in another line. */
  readonly cuts: number[];
  lines: number;
  /** It has gone wrong, and has been answered: what still comes of it is dropped. */
  failed: boolean;
}

/** Messages of several lines: BATCH. */
export const MULTILINE_COMMANDS: readonly Command[] = [
  {
    name: "BATCH",
    fewest: 1,
    when: "after",
    usage: `+name ${MULTILINE} target | -name`,
    help: "Begins and ends a message of several lines.",
    run: (session, [reference = "", type, target], { tags }) => {
      if (reference.startsWith("+")) begin(session, reference.slice(1), type, target, tags);
      else if (reference.startsWith("-")) end(session, reference.slice(1));
      else fail(session, "MULTILINE_INVALID", [], "A batch begins with +name and ends with -name");
    },
  },
];

function begin(
  session: IrcSession,
  name: string,
  type: string | undefined,
  target: string | undefined,
  tags: Tags,
): void {
  if (!session.has(CAP.multiline | CAP.batch) || type !== MULTILINE || !target || name === "") {
    return fail(session, "MULTILINE_INVALID", [], `The only batch that a client may send is ${MULTILINE}, to a target`);
  }
  if (session.multiline) return fail(session, "MULTILINE_INVALID", [], "A batch is open already");
  const replies = session.takeReplies();
  const since = session.server.steady();
  session.multiline = { name, target, tags, since, replies, text: "", cuts: [], lines: 0, failed: false };
}

/** Gives up a batch that nobody has ended. */
export function expire(session: IrcSession, now: number): void {
  const batch = session.multiline;
  if (!batch || now - batch.since <= LASTS) return;
  session.multiline = undefined;
  if (batch.failed) return;
  session.server.refused("batch-time");
  fail(session, "MULTILINE_INVALID", [], "The batch was not ended in time");
}

/** A line within an open batch. */
export function addLine(session: IrcSession, { command, params, tags }: Message): void {
  const batch = session.multiline;
  if (!batch || batch.failed) return;
  const [target = "", text = ""] = params;
  const isConcat = tags.has(CONCAT);
  const wrong =
    command.toUpperCase() !== "PRIVMSG" || params.length < 2 || (isConcat && (text === "" || batch.lines === 0));
  if (wrong) return giveUp(session, batch, "MULTILINE_INVALID", [], "Invalid multiline batch");
  if (fold(target) !== fold(batch.target)) {
    return giveUp(session, batch, "MULTILINE_INVALID_TARGET", [batch.target, target], "Invalid multiline target");
  }
  const { messageBytes, messageLines } = session.server.chat.limits;
  if (isConcat) batch.cuts.push(batch.text.length);
  else if (batch.lines > 0) batch.text += "\n";
  batch.text += showLine(text);
  batch.lines++;
  session.weight = 0;
  if (messageBytes > 0 && Buffer.byteLength(batch.text) > messageBytes) {
    giveUp(session, batch, "MULTILINE_MAX_BYTES", [String(messageBytes)], "Multiline batch max-bytes exceeded");
  } else if (messageLines > 0 && batch.lines > messageLines) {
    giveUp(session, batch, "MULTILINE_MAX_LINES", [String(messageLines)], "Multiline batch max-lines exceeded");
  }
}

function end(session: IrcSession, name: string): void {
  const batch = session.multiline;
  if (!batch || batch.name !== name) return fail(session, "MULTILINE_INVALID", [], "No such batch is open");
  session.multiline = undefined;
  session.resumeReplies(batch.replies);
  if (batch.failed) return;
  if (batch.text.replaceAll("\n", "") === "") {
    return fail(session, "MULTILINE_INVALID", [], "A message is not made of blank lines alone");
  }
  sayLines(session, batch.target, batch.text, batch.cuts, batch.tags);
}

function giveUp(session: IrcSession, batch: Multiline, code: string, context: readonly string[], words: string): void {
  batch.failed = true;
  batch.text = "";
  session.server.refused("batch-size");
  fail(session, code, context, words);
}

function fail(session: IrcSession, code: string, context: readonly string[], words: string): void {
  session.fail("BATCH", code, context, words);
}

/** One line of a message as it is sent: `concat` goes on where the one before ended. */
export interface Fragment {
  readonly text: string;
  readonly concat: boolean;
}

/** A message's lines as its sender cut them. */
export function fragmentsOf(text: string, cuts: readonly number[]): readonly Fragment[] {
  const fragments: Fragment[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + line.length;
    let at = start;
    for (const cut of cuts) {
      if (cut <= at || cut >= end) continue;
      fragments.push({ text: text.slice(at, cut), concat: at > start });
      at = cut;
    }
    fragments.push({ text: text.slice(at, end), concat: at > start });
    start = end + 1;
  }
  return fragments;
}
