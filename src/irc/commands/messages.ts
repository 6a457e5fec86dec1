import type { MessageKind } from "../../chat/model/act.ts";
import type { MessageTags } from "../../chat/model/event.ts";
import type { Rank } from "../../chat/model/modes.ts";
import { ROOM_SIGN } from "../../chat/model/names.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { clip } from "../../text/split.ts";
import { MOST_TARGETS } from "../../wire/limits.ts";
import { listItems, type Message } from "../../wire/message.ts";
import { CAP } from "../capabilities.ts";
import { NICKSERV } from "../render/line.ts";
import { STATUS } from "../render/mode-letters.ts";
import { explain, type Fault, fault } from "../render/refusals.ts";
import { CONCAT, ID_TAG, isRelayed, MULTILINE } from "../render/render.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { Replies } from "../session/output.ts";
import type { IrcSession } from "../session/session.ts";
import { askNickServ } from "./nickserv.ts";

const CTCP = "\x01";
const SERVICE = fold(NICKSERV);
const LONGEST_LIST = 100; // bytes of a list with too many targets that are sent back

/** PRIVMSG, NOTICE, TAGMSG. */
export const TALK_COMMANDS: readonly IrcCommand[] = [
  {
    name: "PRIVMSG",
    minParams: 0,
    when: "after",
    usage: "target[,target] :text",
    help: "Sends a message to a room or a person.",
    maxTargets: MOST_TARGETS,
    run: (session, [targets, text], { tags }) => {
      if (!targets) return session.numeric("ERR_NORECIPIENT");
      if (!text) return explain(session, { why: "nothing-to-say", to: targets });
      if (isService(session, targets)) return askNickServ(session, text);
      say(session, targets, text, "words", tags);
    },
  },
  {
    name: "NOTICE",
    minParams: 0,
    when: "after",
    usage: "target[,target] :text",
    help: "Sends a message that programs must not answer.",
    maxTargets: MOST_TARGETS,
    run: (session, [targets, text], { tags }) => {
      if (targets && text) say(session, targets, text, "notice", tags);
    },
  },
  {
    name: "TAGMSG",
    minParams: 1,
    when: "after",
    usage: "target[,target]",
    help: "Sends tags without a text, such as a reaction.",
    maxTargets: MOST_TARGETS,
    run: (session, [targets = ""], { tags }) => {
      if (!session.has(CAP.messageTags)) return;
      const relayed = relayedTags(session, tags) ?? new Map();
      const id = idOf(session, tags);
      session.forEach(targetsOf(session, targets, "TAGMSG"), (target) =>
        session.submit({ type: "signal", ...parseTarget(target), tags: relayed, id }),
      );
    },
  },
];

/** Whether the target is `NickServ`, or `NickServ@server`: the safe form for passwords, which names the server too. */
function isService({ server }: IrcSession, target: string): boolean {
  if (target.length < NICKSERV.length || target.startsWith(ROOM_SIGN)) return false;
  const folded = fold(target);
  return folded === SERVICE || folded === fold(`${NICKSERV}@${server.name}`);
}

function say(session: IrcSession, targets: string, framed: string, as: "words" | "notice", tags: MessageTags): void {
  const { kind, text } = withoutCtcp(framed, as);
  const relayed = relayedTags(session, tags);
  const id = idOf(session, tags);
  const shown = showLine(text);
  session.forEach(targetsOf(session, targets, as === "notice" ? "NOTICE" : "PRIVMSG"), (target) => {
    const { to, rank } = parseTarget(target); // a spread in the middle of a literal is ten times as slow
    session.submit({ type: "say", to, rank, kind, text: shown, tags: relayed, id });
  });
}

/** A complete multiline message; `cuts` are the offsets in the text of lines that continue the one before them. */
interface MultilineMessage {
  readonly target: string;
  readonly tags: MessageTags;
  readonly kind: "words" | "notice";
  readonly text: string;
  readonly cuts: readonly number[];
}

/** Submits a multiline message. */
function sayMultiline(session: IrcSession, message: MultilineMessage): void {
  const { target, tags, kind, text, cuts } = message;
  const relayed = relayedTags(session, tags);
  const id = idOf(session, tags);
  session.submit({ type: "say", ...parseTarget(target), kind, text, cuts, tags: relayed, id });
}

/** The client's own id of a message, if it is well-formed: 16 to 64 printable characters. */
function idOf(session: IrcSession, tags: MessageTags): string | undefined {
  const id = session.has(CAP.messageTags) ? tags.get(ID_TAG) : undefined;
  return id !== undefined && /^[!-~]{16,64}$/.test(id) ? id : undefined;
}

/** Takes the CTCP frame off: ACTION is a kind of message of its own, all other CTCP is a query or its answer. */
function withoutCtcp(text: string, as: "words" | "notice"): { readonly kind: MessageKind; readonly text: string } {
  if (!text.startsWith(CTCP)) return { kind: as, text };
  const inner = text.slice(1, text.length > 1 && text.endsWith(CTCP) ? -1 : undefined);
  if (as === "notice") return { kind: "answer", text: inner };
  const action = /^ACTION(?: (.*))?$/is.exec(inner);
  return action ? { kind: "action", text: action[1] ?? "" } : { kind: "query", text: inner };
}

/** The targets of a list, each once; none if there are too many, which is refused except for NOTICE. */
function targetsOf(session: IrcSession, list: string, command: "PRIVMSG" | "NOTICE" | "TAGMSG"): readonly string[] {
  if (!list.includes(",")) return [list];
  const targets = listItems(list);
  if (targets.length <= MOST_TARGETS) return targets;
  session.server.refused("targets");
  if (command !== "NOTICE") session.numeric("ERR_TOOMANYTARGETS", clip(list, LONGEST_LIST));
  return [];
}

/** Splits a STATUSMSG target: `@#room` is for operators, `+#room` for voiced members too; the lowest prefix counts. */
function parseTarget(target: string): { readonly to: string; readonly rank: Rank | undefined } {
  if (target.startsWith(ROOM_SIGN)) return { to: target, rank: undefined };
  const [, prefixes = "", to = ""] = /^([@+]+)(#.*)$/s.exec(target) ?? [];
  if (prefixes === "") return { to: target, rank: undefined };
  return { to, rank: prefixes.includes(STATUS.voice) ? "voice" : "operator" };
}

/** The tags that are relayed to other clients; `undefined` without any, or if the sender has not negotiated tags. */
function relayedTags(session: IrcSession, tags: MessageTags): MessageTags | undefined {
  if (tags.size === 0 || !session.has(CAP.messageTags)) return undefined;
  const relayed = new Map<string, string>();
  for (const [key, value] of tags) if (isRelayed(key)) relayed.set(key, showLine(value));
  return relayed.size > 0 ? relayed : undefined;
}

/** REDACT (IRCv3 draft/message-redaction). */
export const REDACT_COMMANDS: readonly IrcCommand[] = [
  {
    name: "REDACT",
    minParams: 2,
    when: "after",
    usage: "target msgid [:reason]",
    help: "Deletes a message: your own or, as a room operator, anyone's.",
    run: (session, [target = "", msgid = "", reason = ""]) =>
      session.submit({ type: "redact", target, msgid, reason: showLine(reason) }),
  },
];

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
      if (reference.startsWith("+")) beginBatch(session, reference.slice(1), type, target, tags);
      else if (reference.startsWith("-")) endBatch(session, reference.slice(1));
      else refuseReference(session, reference, "batch-sign");
    },
  },
];

function beginBatch(
  session: IrcSession,
  name: string,
  type: string | undefined,
  target: string | undefined,
  tags: MessageTags,
): void {
  if (session.multiline) {
    abandonBatch(session, session.multiline);
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
  abandonBatch(session, batch);
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
  if (batch?.name === reference) return appendLine(session, batch, message);
  if (reference === session.refusedBatch) return;
  if (batch) abandonBatch(session, batch);
  refuseReference(session, reference, "batch-unknown");
}

/** Appends a line to the open batch. */
function appendLine(session: IrcSession, batch: Multiline, { command, params, tags }: Message): void {
  const [target = "", text = ""] = params;
  const isConcat = tags.has(CONCAT);
  const name = command.toUpperCase();
  const isSpeech = name === "PRIVMSG" || name === "NOTICE";
  const isMixed = batch.command !== undefined && batch.command !== name;
  const isInvalid = !isSpeech || isMixed || params.length < 2 || (isConcat && (text === "" || batch.lines === 0));
  if (isInvalid) return failBatch(session, batch, "batch-line", []);
  if (fold(target) !== fold(batch.target)) {
    return failBatch(session, batch, "batch-targets", [batch.target, target]);
  }
  batch.command = name;
  const { messageBytes, messageLines } = session.server.chat.limits;
  if (isConcat) batch.cuts.push(batch.text.length);
  else if (batch.lines > 0) batch.text += "\n";
  batch.text += showLine(text);
  batch.lines++;
  session.weigh(-1);
  if (messageBytes > 0 && Buffer.byteLength(batch.text) > messageBytes) {
    failBatch(session, batch, "batch-bytes", [String(messageBytes)]);
  } else if (messageLines > 0 && batch.lines > messageLines) {
    failBatch(session, batch, "batch-lines", [String(messageLines)]);
  }
}

function endBatch(session: IrcSession, name: string): void {
  expire(session, session.server.steady());
  const batch = session.multiline;
  if (!batch && name === session.refusedBatch) {
    session.refusedBatch = undefined;
    return;
  }
  if (batch?.name !== name) {
    if (batch) abandonBatch(session, batch);
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
function failBatch(session: IrcSession, batch: Multiline, name: Fault, context: readonly string[]): void {
  session.weigh(1);
  abandonBatch(session, batch);
  session.server.refused("batch-size");
  fault(session, name, context);
}

/** Drops the batch and the lines of it that are still to come. Its lines cost as much as if they had been sent. */
function abandonBatch(session: IrcSession, batch: Multiline): void {
  session.multiline = undefined;
  session.refusedBatch = batch.name;
  session.weigh(batch.lines / LINES_PER_TOKEN);
  session.resumeReplies(batch.replies);
}

function refuseReference(session: IrcSession, reference: string, name: Fault): void {
  session.refusedBatch = reference;
  fault(session, name, [clip(reference, LONGEST_REFERENCE) || "*"]);
}
