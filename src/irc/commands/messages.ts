import type { MessageKind } from "../../chat/model/act.ts";
import type { MessageTags } from "../../chat/model/event.ts";
import type { Rank } from "../../chat/model/modes.ts";
import { ROOM_SIGN } from "../../chat/model/names.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { clip } from "../../text/split.ts";
import { MOST_TARGETS } from "../../wire/limits.ts";
import { CAP } from "../capabilities.ts";
import { NICKSERV } from "../render/line.ts";
import { STATUS } from "../render/mode-letters.ts";
import { explain } from "../render/refusals.ts";
import { ID_TAG } from "../render/render.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { askNickServ } from "./nickserv.ts";

const CTCP = "\x01";
const SERVICE = fold(NICKSERV);
const LONGEST_LIST = 100; // bytes of a list with too many targets that are sent back

/** Talking: PRIVMSG, NOTICE, TAGMSG. */
export const TALK_COMMANDS: readonly IrcCommand[] = [
  {
    name: "PRIVMSG",
    minParams: 0,
    when: "after",
    usage: "target[,target] :text",
    help: "Says something in a room or to someone.",
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
    help: "Says something that no program answers.",
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
    help: "Sends tags alone, such as a reaction.",
    maxTargets: MOST_TARGETS,
    run: (session, [targets = ""], { tags }) => {
      if (!session.has(CAP.messageTags)) return;
      const kept = clientTags(session, tags) ?? new Map();
      session.forEach(targetsOf(session, targets, "TAGMSG"), (target) =>
        session.submit({ type: "signal", ...addressed(target), tags: kept }),
      );
    },
  },
];

/** `NickServ`, or `NickServ@server` of those who want to be sure whom they tell their password. */
function isService({ server }: IrcSession, target: string): boolean {
  if (target.length < NICKSERV.length || target.startsWith(ROOM_SIGN)) return false;
  const folded = fold(target);
  return folded === SERVICE || folded === fold(`${NICKSERV}@${server.name}`);
}

function say(session: IrcSession, targets: string, given: string, as: "words" | "notice", tags: MessageTags): void {
  const { manner, text } = unwrapped(given, as);
  const kept = clientTags(session, tags);
  const id = idOf(session, tags);
  const shown = showLine(text);
  session.forEach(targetsOf(session, targets, as === "notice" ? "NOTICE" : "PRIVMSG"), (target) => {
    const { to, rank } = addressed(target); // a spread in the middle of a literal is ten times as slow
    session.submit({ type: "say", to, rank, manner, text: shown, tags: kept, id });
  });
}

/** A message of several lines, as its sender cut them. */
interface Lines {
  readonly target: string;
  readonly tags: MessageTags;
  readonly manner: "words" | "notice";
  readonly text: string;
  readonly cuts: readonly number[];
}

/** Says a message of several lines. */
export function sayLines(session: IrcSession, { target, tags, manner, text, cuts }: Lines): void {
  const kept = clientTags(session, tags);
  const id = idOf(session, tags);
  session.submit({ type: "say", ...addressed(target), manner, text, cuts, tags: kept, id });
}

/** The sender's own name for a message: one that was made as it should be. */
function idOf(session: IrcSession, tags: MessageTags): string | undefined {
  const id = session.has(CAP.messageTags) ? tags.get(ID_TAG) : undefined;
  return id !== undefined && /^[!-~]{16,64}$/.test(id) ? id : undefined;
}

/** CTCP, taken apart: an ACTION is something one does, anything else is between programs. */
function unwrapped(text: string, as: "words" | "notice"): { readonly manner: MessageKind; readonly text: string } {
  if (!text.startsWith(CTCP)) return { manner: as, text };
  const inner = text.slice(1, text.length > 1 && text.endsWith(CTCP) ? -1 : undefined);
  if (as === "notice") return { manner: "answer", text: inner };
  const action = /^ACTION(?: (.*))?$/is.exec(inner);
  return action ? { manner: "action", text: action[1] ?? "" } : { manner: "query", text: inner };
}

/** The targets of a list, each once; too many are refused, and none of them is served. A NOTICE is never answered. */
function targetsOf(session: IrcSession, list: string, command: "PRIVMSG" | "NOTICE" | "TAGMSG"): readonly string[] {
  if (!list.includes(",")) return [list];
  const targets = new Set(list.split(",").filter((target) => target !== ""));
  if (targets.size <= MOST_TARGETS) return [...targets];
  session.server.refused("targets");
  if (command !== "NOTICE") session.numeric("ERR_TOOMANYTARGETS", clip(list, LONGEST_LIST));
  return [];
}

/** `@#room` is the operators of a room, `+#room` those with a voice too; of several signs the lowest counts. */
function addressed(target: string): { readonly to: string; readonly rank: Rank | undefined } {
  if (target.startsWith(ROOM_SIGN)) return { to: target, rank: undefined };
  const [, signs = "", to = ""] = /^([@+]+)(#.*)$/s.exec(target) ?? [];
  if (signs === "") return { to: target, rank: undefined };
  return { to, rank: signs.includes(STATUS.voice) ? "voice" : "operator" };
}

/** A key of a client-only tag (IRCv3 message-tags, "Format"); what is not well-formed is not passed on. */
const CLIENT_TAG = /^\+[A-Za-z0-9._/-]+$/;

/** The tags that go on to other clients, if this one has negotiated tags: not its names for messages. */
function clientTags(session: IrcSession, tags: MessageTags): MessageTags | undefined {
  if (tags.size === 0 || !session.has(CAP.messageTags)) return undefined;
  const kept = new Map<string, string>();
  for (const [key, value] of tags) if (CLIENT_TAG.test(key) && key !== ID_TAG) kept.set(key, showLine(value));
  return kept.size > 0 ? kept : undefined;
}

/** Taking back what was said: REDACT (IRCv3 draft/message-redaction). */
export const REDACT_COMMANDS: readonly IrcCommand[] = [
  {
    name: "REDACT",
    minParams: 2,
    when: "after",
    usage: "target msgid [:reason]",
    help: "Takes a message back: your own, or, as a room's operator, anyone's.",
    run: (session, [target = "", msgid = "", reason = ""]) =>
      session.submit({ type: "redact", target, msgid, reason: showLine(reason) }),
  },
];
