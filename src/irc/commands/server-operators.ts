import { parseMask, type ServerBan } from "../../chat/model/masks.ts";
import type { Member } from "../../chat/model/member.ts";
import { parseBanOrder } from "../../chat/rules/bans.ts";
import { banListWords, durationWords } from "../../chat/words/events.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { clip } from "../../text/split.ts";
import { durationOf } from "../../text/time.ts";
import { shownReason, tellNotice } from "../render/line.ts";
import { explain, fault } from "../render/refusals.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";

const BAN_TARGETS = "nickname|a:account|mask|address|network";

/** Bans of the whole server: UBAN (Ergo), and KLINE, UNKLINE, DLINE, UNDLINE as other names of its subcommands. */
export const UBAN_COMMANDS: readonly IrcCommand[] = [
  {
    name: "UBAN",
    minParams: 1,
    when: "after",
    usage: `ADD ${BAN_TARGETS} [duration] [:reason] | DEL ${BAN_TARGETS} | LIST | INFO ${BAN_TARGETS}`,
    help: "Bans from the whole server, for good or for a while (10m, 2h, 7d); for server operators.",
    run: runUban,
  },
  alias("KLINE", "ADD"),
  alias("UNKLINE", "DEL"),
  alias("DLINE", "ADD"),
  alias("UNDLINE", "DEL"),
];

function alias(name: string, verb: "ADD" | "DEL"): IrcCommand {
  return {
    name,
    minParams: 1,
    when: "after",
    usage: verb === "ADD" ? `[duration] ${BAN_TARGETS} [:reason]` : BAN_TARGETS,
    help: `Is UBAN ${verb}; for server operators.`,
    run: (session, params) => runUban(session, [verb, ...params]),
  };
}

function runUban(session: IrcSession, [verb = "", ...params]: readonly string[]): void {
  const { member } = session;
  if (!member) return;
  if (!member.userModes.has("operator")) return explain(session, { why: "not-server-operator" });
  const [target] = params;
  const name = verb.toUpperCase();
  if (name === "LIST") return list(session, session.server.chat.bans);
  if (!["ADD", "DEL", "INFO"].includes(name)) return fault(session, "uban-verb");
  if (target === undefined || target === "") return session.numeric("ERR_NEEDMOREPARAMS", "UBAN");
  if (name === "ADD") return add(session, member, params);
  if (name === "DEL") return remove(session, target);
  list(
    session,
    session.server.chat.bans.filter((ban) => isAbout(session, ban, target)),
  );
}

function add(session: IrcSession, member: Member, params: readonly string[]): void {
  const [first = "", second = "", ...rest] = params.filter((word, at) => at === 0 || word.toUpperCase() !== "DURATION");
  // On some servers the duration comes first.
  const [target, ...more] =
    durationOf(first.toLowerCase()) || first === "0" ? [second, first, ...rest] : [first, second, ...rest];
  const order = parseBanOrder([target, ...more].join(" "));
  if ("badDuration" in order) return session.fail("UBAN", "INVALID_DURATION", [], durationWords(order.badDuration));
  const clean = { ...order, reason: shownReason(order.reason) };
  session.submit({
    type: "ban",
    ...clean,
    network: session.server.addresses.resolve(clean.target, member, session.peer),
  });
}

function remove(session: IrcSession, target: string): void {
  session.submit({ type: "lift-ban", target, networks: session.server.addresses.networksFor(target) });
}

/** Whether a ban has this target, or matches the member with this nick. */
function isAbout({ server: { chat } }: IrcSession, ban: ServerBan, target: string): boolean {
  const member = chat.member(target);
  const mask = ban.kind === "mask" ? parseMask(ban.target, () => ban.account) : undefined;
  if (member && mask?.matches(member.who)) return true;
  return [target, `a:${target}`, `${target}!*@*`].some((text) => fold(text) === fold(ban.target));
}

function list(session: IrcSession, bans: readonly ServerBan[]): void {
  const now = session.server.steady();
  if (bans.length === 0) return tellNotice(session, "There is no such ban");
  const lines = bans
    .values()
    .map((ban) => `:${session.server.name} NOTICE ${session.nick} :${clip(banListWords(ban, now), 400)}`);
  session.emitLong(lines);
}

/** The commands of server operators: OPER, KILL, DROPROOM, WALLOPS. */
export const OPERATOR_COMMANDS: readonly IrcCommand[] = [
  {
    name: "OPER",
    minParams: 2,
    when: "after",
    usage: "name password",
    help: "Makes you a server operator, if the password is right.",
    restAfter: 1,
    run: (session, [name = "", password = ""]) => runOper(session, name, password),
  },
  {
    name: "REHASH",
    minParams: 0,
    when: "after",
    usage: "",
    help: "Reads the configuration again, as SIGHUP does; for server operators.",
    run: rehash,
  },
  {
    name: "KILL",
    minParams: 1,
    when: "after",
    usage: "nickname [:reason]",
    help: "Disconnects someone from the server; for server operators.",
    run: (session, [nick = "", reason = ""]) => {
      if (nick.toLowerCase() === session.server.name.toLowerCase()) return session.numeric("ERR_CANTKILLSERVER");
      session.submit({ type: "expel", nick, reason: shownReason(reason) });
    },
  },
  {
    name: "DROPROOM",
    minParams: 1,
    when: "after",
    usage: "#room [:reason]",
    help: "Deletes a room and its history; for server operators.",
    run: (session, [room = "", reason = ""]) =>
      session.submit({ type: "drop-room", room, reason: shownReason(reason) }),
  },
  {
    name: "WALLOPS",
    minParams: 1,
    when: "after",
    usage: ":text",
    help: "Sends a text to everyone with mode +w; for server operators.",
    run: (session, [param = ""]) => {
      const text = showLine(param);
      if (text === "") return session.numeric("ERR_NEEDMOREPARAMS", "WALLOPS");
      session.submit({ type: "announce", text });
    },
  },
];

function rehash(session: IrcSession): void {
  const { member, server } = session;
  if (!member?.userModes.has("operator")) return explain(session, { why: "not-server-operator" });
  const done = server.rehash();
  if (!done) return tellNotice(session, "There is no configuration file to read again");
  session.numeric("RPL_REHASHING", done.file);
  if (done.refusal !== undefined) tellNotice(session, `Refused, so the previous values stay in use: ${done.refusal}`);
}

function runOper(session: IrcSession, name: string, password: string): void {
  const { server, peer } = session;
  session.wait(server.isOperator(name, password, peer), (isRight) => {
    if (isRight) session.submit({ type: "empower", as: name });
    else session.numeric("ERR_PASSWDMISMATCH");
  });
}
