import type { Manner } from "../chat/act.ts";
import type { Tags } from "../chat/event.ts";
import type { Rank } from "../chat/modes.ts";
import { ROOM_SIGN } from "../chat/names.ts";
import { showLine } from "../text/filter.ts";
import { CAP } from "./caps.ts";
import type { Command } from "./commands.ts";
import { STATUS } from "./letters.ts";
import type { IrcSession } from "./session.ts";

const CTCP = "\x01";

/** How many targets one message may have, as RPL_ISUPPORT says: TARGMAX. */
export const MOST_TARGETS = 4;

/** Talking: PRIVMSG, NOTICE, TAGMSG. */
export const TALK_COMMANDS: readonly Command[] = [
  {
    name: "PRIVMSG",
    fewest: 0,
    when: "after",
    usage: "target[,target] :text",
    help: "Says something in a room or to someone.",
    run: (session, [targets, text], { tags }) => {
      if (!targets) return session.numeric("ERR_NORECIPIENT");
      if (!text) return session.numeric("ERR_NOTEXTTOSEND");
      say(session, targets, text, "words", tags);
    },
  },
  {
    name: "NOTICE",
    fewest: 0,
    when: "after",
    usage: "target[,target] :text",
    help: "Says something that no program answers.",
    run: (session, [targets, text], { tags }) => {
      if (targets && text) say(session, targets, text, "notice", tags);
    },
  },
  {
    name: "TAGMSG",
    fewest: 1,
    when: "after",
    usage: "target[,target]",
    help: "Sends tags alone, such as a reaction.",
    run: (session, [targets = ""], { tags }) => {
      const kept = clientTags(session, tags);
      if (!kept) return;
      for (const target of targetsOf(session, targets))
        session.submit({ type: "signal", ...addressed(target), tags: kept });
    },
  },
];

function say(session: IrcSession, targets: string, given: string, as: "words" | "notice", tags: Tags): void {
  const { manner, text } = unwrapped(given, as);
  const kept = clientTags(session, tags);
  const shown = showLine(text);
  for (const target of targetsOf(session, targets)) {
    session.submit({ type: "say", ...addressed(target), manner, text: shown, tags: kept });
  }
}

/** CTCP, taken apart: an ACTION is something one does, anything else is between programs. */
function unwrapped(text: string, as: "words" | "notice"): { readonly manner: Manner; readonly text: string } {
  if (!text.startsWith(CTCP)) return { manner: as, text };
  const inner = text.slice(1, text.length > 1 && text.endsWith(CTCP) ? -1 : undefined);
  if (as === "notice") return { manner: "answer", text: inner };
  const action = /^ACTION(?: (.*))?$/is.exec(inner);
  return action ? { manner: "action", text: action[1] ?? "" } : { manner: "query", text: inner };
}

/** The targets of a list, each once; too many are refused, and none of them is served. */
function targetsOf(session: IrcSession, list: string): Iterable<string> {
  const targets = new Set(list.split(",").filter((target) => target !== ""));
  if (targets.size <= MOST_TARGETS) return targets;
  session.numeric("ERR_TOOMANYTARGETS", list.slice(0, 100));
  return [];
}

/** `@#room` is the operators of a room, `+#room` those with a voice too. */
function addressed(target: string): { readonly to: string; readonly rank: Rank | undefined } {
  for (const rank of ["operator", "voice"] as const) {
    if (target.startsWith(STATUS[rank] + ROOM_SIGN)) return { to: target.slice(1), rank };
  }
  return { to: target, rank: undefined };
}

/** The tags that go on to other clients, if this one has negotiated tags. */
function clientTags(session: IrcSession, tags: Tags): Tags | undefined {
  if (tags.size === 0 || !session.has(CAP.messageTags)) return undefined;
  const kept = new Map<string, string>();
  for (const [key, value] of tags) if (key.startsWith("+")) kept.set(key, showLine(value));
  return kept.size > 0 ? kept : undefined;
}
