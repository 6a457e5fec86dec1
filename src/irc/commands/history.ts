import type { Past, PastQuery, Point } from "../../chat/history.ts";
import { isSameAccount } from "../../chat/model/account.ts";
import type { Member } from "../../chat/model/member.ts";
import { ROOM_SIGN } from "../../chat/model/names.ts";
import type { Remembered } from "../../chat/store.ts";
import { clip } from "../../text/clip.ts";
import { showLine } from "../../text/filter.ts";
import { CAP } from "../capabilities.ts";
import { type Fault, fault, faultLine } from "../render/faults.ts";
import { linesOf } from "../render/line.ts";
import { OWN, timeTag } from "../render/render.ts";
import type { Command } from "../session/dispatch.ts";
import { tagged } from "../session/replies.ts";
import type { IrcSession } from "../session/session.ts";

/** How many messages one request may have at the most, as RPL_ISUPPORT says: CHATHISTORY. */
export const MOST_HISTORY = 1000;

/** How far an answer may be asked for by. */
export const REFERENCE_TYPES = ["msgid", "timestamp"] as const;

/** The past: CHATHISTORY (IRCv3 draft/chathistory). */
export const HISTORY_COMMANDS: readonly Command[] = [
  {
    name: "CHATHISTORY",
    fewest: 0,
    when: "after",
    usage: "LATEST|BEFORE|AFTER|AROUND|BETWEEN|TARGETS parameters",
    help: "Shows what was said in a room or a conversation.",
    run: (session, [subcommand = "", ...params]) => runHistory(session, subcommand.toUpperCase(), params),
  },
];

/** A request that is not well made: the error, and the parameter that is wrong. */
interface Unfit {
  readonly fault: Fault;
  readonly param: string;
}

const SECONDS = 19; // characters of a time as far as its seconds
const LONGEST_PARAM = 100; // bytes of a wrong parameter that are sent back

/** How many parameters each subcommand has. */
const PARAMS: ReadonlyMap<string, number> = new Map([
  ["LATEST", 3],
  ["BEFORE", 3],
  ["AFTER", 3],
  ["AROUND", 3],
  ["BETWEEN", 4],
  ["TARGETS", 3],
]);

function runHistory(session: IrcSession, subcommand: string, params: readonly string[]): void {
  const count = PARAMS.get(subcommand);
  if (count === undefined)
    return fault(session, subcommand === "" ? "history-short" : "history-verb", [subcommand || "*"]);
  if (params.length !== count)
    return fault(session, params.length < count ? "history-short" : "history-long", [subcommand]);
  const given = params[count - 1] ?? "";
  const limit = limitOf(given);
  if (limit === undefined) return refuse(session, subcommand, { fault: "history-limit", param: given });
  if (subcommand === "TARGETS") return listTargets(session, params, limit);
  const query = queryOf(session, subcommand, params);
  if ("fault" in query) return refuse(session, subcommand, query);
  const [target = ""] = params;
  const options = { limit, playback: session.has(CAP.eventPlayback) };
  const { faults } = session.server.chat;
  const past = session.server.chat.past(session.member, target, query, options);
  if (past && !target.startsWith(ROOM_SIGN)) session.submit({ type: "catch-up", read: target });
  if (past) return session.emitLong(withFaults(session, faults, [subcommand, target], pastOf(session, target, past)));
  const isRoom = target.startsWith(ROOM_SIGN);
  if (!isRoom && session.member) return session.emitLong(pastOf(session, target, []));
  fault(session, "history-target", [subcommand, target]);
}

/** `FAIL CHATHISTORY INVALID_PARAMS the_given_command the_given_timestamp :Invalid timestamp` */
function refuse(session: IrcSession, subcommand: string, unfit: Unfit): void {
  fault(session, unfit.fault, [subcommand, clip(unfit.param, LONGEST_PARAM)]);
}

function queryOf(session: IrcSession, subcommand: string, params: readonly string[]): PastQuery | Unfit {
  const [, first = "", second = ""] = params;
  if (subcommand === "LATEST" && first === "*") return { which: "latest", after: undefined };
  const point = pointOf(session, first);
  if (!point) return { fault: "history-point", param: first };
  switch (subcommand) {
    case "LATEST":
      return { which: "latest", after: point };
    case "BEFORE":
      return { which: "before", point };
    case "AFTER":
      return { which: "after", point };
    case "AROUND":
      return { which: "around", point };
    default: {
      const to = pointOf(session, second);
      return to ? { which: "between", from: point, to } : { fault: "history-point", param: second };
    }
  }
}

/** `msgid=…` or `timestamp=…`; `undefined` for what is neither. */
function pointOf(session: IrcSession, text: string): Point | undefined {
  const [, type, value = ""] = /^(msgid|timestamp)=(.+)$/.exec(text) ?? [];
  if (type === "msgid") {
    const seq = session.server.chat.seqOf(value);
    return seq === undefined ? undefined : { seq };
  }
  const time = type === "timestamp" ? timeOf(value) : undefined;
  return time === undefined ? undefined : { time };
}

/** A time as `server-time` writes it, in milliseconds since 1970; `undefined` for a day or an hour that there is not. */
export function timeOf(text: string): number | undefined {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  // The parser takes the 30th of February for the 2nd of March.
  const isReal = !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, SECONDS));
  return isReal ? time : undefined;
}

function limitOf(text: string | undefined): number | undefined {
  const limit = /^\d{1,9}$/.test(text ?? "") ? Number(text) : 0;
  return limit > 0 ? Math.min(limit, MOST_HISTORY) : undefined;
}

/** An answer, and behind it, if some of it could not be read, that it is not all. */
function* withFaults(
  session: IrcSession,
  before: number,
  context: readonly string[],
  lines: Iterable<string>,
): Generator<string> {
  yield* lines;
  if (session.server.chat.faults > before) yield faultLine(session, "history-holes", context);
}

/** The past of a target as a batch; for one without batches, as lines. */
export function pastOf(session: IrcSession, target: string, past: Iterable<Past>): Iterable<string> {
  const { member } = session;
  return member ? inBatch(session, `chathistory ${target}`, pastLines(session, member, target, past)) : [];
}

/** Lines, CR LF apart, within a batch of a type. */
export function* inBatch(session: IrcSession, type: string, lines: Iterable<string>): Generator<string> {
  const { name } = session.server;
  if (!session.has(CAP.batch)) return yield* lines;
  const batch = session.nextBatch();
  yield showLine(`:${name} BATCH +${batch} ${type}`);
  for (const line of lines) yield tagged(line, `batch=${batch}`);
  yield `:${name} BATCH -${batch}`;
}

function* pastLines(session: IrcSession, member: Member, target: string, past: Iterable<Past>): Generator<string> {
  const { memo } = session.server;
  for (const event of past) {
    const shown = event.type === "said" ? asSeenBy(member, event.inRoom ? { ...event, to: target } : event) : event;
    yield* linesOf(memo.text(shown, formFor(session, event)));
  }
}

/** The form in which someone is shown what was said before: what one's own account has said is one's own. */
export function formFor({ member, form }: IrcSession, event: Past): number {
  return event.type === "said" && isSameAccount(event.from.account, member?.who.account) ? form | OWN : form;
}

/** In a conversation, what the other side said was said to oneself, whatever one is called now. */
export function asSeenBy(member: Member, event: Remembered): Remembered {
  const isForeign = !event.inRoom && !isSameAccount(event.from.account, member.who.account);
  return isForeign ? { ...event, to: member.nick } : event;
}

/** TARGETS: the rooms and conversations in which something was said between two times, the latest last. */
function listTargets(session: IrcSession, [first = "", second = ""]: readonly string[], limit: number): void {
  const { member, server } = session;
  const [one, other] = [first, second].map((text) => {
    const point = pointOf(session, text);
    return point && "time" in point ? point.time : undefined;
  });
  if (one === undefined || other === undefined || !member) {
    const param = one === undefined ? first : second;
    return refuse(session, "TARGETS", { fault: "history-time", param });
  }
  const [after, before] = one < other ? [one, other] : [other, one];
  const listed = server.chat.targets(member, { after, before, limit, first: one < other });
  const lines = listed.map(({ name, time }) =>
    showLine(`:${server.name} CHATHISTORY TARGETS ${name} ${timeTag(time)}`),
  );
  session.emitLong(inBatch(session, "draft/chathistory-targets", lines));
}
