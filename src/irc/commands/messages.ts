import type { MessageKind } from "../../chat/model/act.ts";
import type { MessageTags } from "../../chat/model/event.ts";
import type { Rank } from "../../chat/model/modes.ts";
import { ROOM_SIGN } from "../../chat/model/names.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { clip } from "../../text/split.ts";
import { MOST_TARGETS } from "../../wire/limits.ts";
import { listItems } from "../../wire/message.ts";
import { CAP } from "../capabilities.ts";
import { NICKSERV } from "../render/line.ts";
import { STATUS } from "../render/mode-letters.ts";
import { explain } from "../render/refusals.ts";
import { ID_TAG, isRelayed } from "../render/render.ts";
import type { IrcCommand } from "../session/dispatch.ts";
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
export function sayMultiline(session: IrcSession, message: MultilineMessage): void {
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
