import { maskOf } from "../../chat/model/masks.ts";
import { isNick } from "../../chat/model/names.ts";
import { fold } from "../../text/fold.ts";
import type { Numeric } from "../../wire/numerics.ts";
import { packed } from "../render/line.ts";
import { MONITOR_VERBS } from "../render/refusals.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { metadataOfWatched } from "./metadata.ts";

const NICKS_LENGTH = 380; // bytes of nicks in one line, whose other bytes are for the beginning

/** MONITOR (IRCv3 monitor), ISON. */
export const MONITOR_COMMANDS: readonly IrcCommand[] = [
  {
    name: "MONITOR",
    minParams: 1,
    when: "after",
    usage: "+|- nickname[,nickname] | C | L | S",
    help: "Tells when people come online and go offline.",
    maxTargets: 0,
    run: (session, [modifier = "", nicks = ""]) => runMonitor(session, modifier, nicks),
  },
  {
    name: "ISON",
    minParams: 1,
    when: "after",
    usage: "nickname [nickname ...]",
    help: "Tells which of these nicks are online.",
    run: (session, params) => {
      const nicks = params.flatMap((param) => param.split(" "));
      const online = nicks.flatMap((nick) => session.server.chat.member(nick)?.nick ?? []);
      session.numeric("RPL_ISON", [...new Set(online)].join(" "));
    },
  },
];

function runMonitor(session: IrcSession, modifier: string, nicks: string): void {
  switch (modifier.toUpperCase()) {
    case "+":
      return watch(session, nicks.split(","));
    case "-":
      for (const nick of nicks.split(",")) unwatch(session, nick);
      return;
    case "C":
      return stopWatching(session);
    case "L":
      sendList(session, "RPL_MONLIST", session.watched.values());
      return session.numeric("RPL_ENDOFMONLIST");
    case "S":
      return sendStatus(session, [...session.watched.values()]);
    default:
      return session.numeric("ERR_UNKNOWNERROR", "MONITOR", modifier, MONITOR_VERBS);
  }
}

function watch(session: IrcSession, targets: readonly string[]): void {
  const { chat } = session.server;
  const most = chat.limits.monitoredNicks;
  const nicks = targets.filter((nick) => isNick(nick, chat.limits.nickLength));
  const accepted: string[] = [];
  const refused: string[] = [];
  for (const nick of nicks) {
    const key = fold(nick);
    if (!session.watched.has(key) && most > 0 && session.watched.size >= most) {
      refused.push(nick);
      continue;
    }
    if (!session.watched.has(key)) {
      session.watched.set(key, nick);
      chat.watch(session, nick);
    }
    accepted.push(nick);
  }
  sendStatus(session, accepted);
  for (const nick of accepted) metadataOfWatched(session, nick);
  if (refused.length === 0) return;
  session.server.refused("monitor-list");
  session.numeric("ERR_MONLISTFULL", String(most), refused.join(","));
}

function unwatch(session: IrcSession, nick: string): void {
  if (session.watched.delete(fold(nick))) session.server.chat.unwatch(session, nick);
}

/** Clears the session's MONITOR list. */
export function stopWatching(session: IrcSession): void {
  for (const nick of [...session.watched.values()]) unwatch(session, nick);
}

function sendStatus(session: IrcSession, nicks: readonly string[]): void {
  const isOnline = (nick: string) => session.server.chat.member(nick) !== undefined;
  tellPresence(session, nicks.filter(isOnline), true);
  tellPresence(
    session,
    nicks.filter((nick) => !isOnline(nick)),
    false,
  );
}

/** Sends RPL_MONONLINE with the masks of the nicks, or RPL_MONOFFLINE. */
export function tellPresence(session: IrcSession, nicks: readonly string[], present: boolean): void {
  if (!present) return sendList(session, "RPL_MONOFFLINE", nicks);
  const masks = nicks.flatMap((nick) => {
    const member = session.server.chat.member(nick);
    return member ? [maskOf(member.who)] : [];
  });
  sendList(session, "RPL_MONONLINE", masks);
}

function sendList(session: IrcSession, numeric: Numeric, targets: Iterable<string>): void {
  for (const line of packed(targets, NICKS_LENGTH, ",")) session.numeric(numeric, line);
}
