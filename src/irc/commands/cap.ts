import { CAP, CAPABILITIES, capabilityNamed, namesOf } from "../capabilities.ts";
import { packed } from "../render/line.ts";
import type { Command } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { enterIfComplete } from "./registration.ts";

const VALUES = 302; // the version of CAP LS that brought values, several lines and cap-notify
const NAMES = 400; // bytes of capabilities in one line: the rest of its 512 is for what stands before

/** CAP: the capabilities that there are, that are on, that a client wants. */
export const CAP_COMMAND: Command = {
  name: "CAP",
  fewest: 1,
  when: "any",
  usage: "LS [version] | LIST | REQ :capabilities | END",
  help: "Negotiates capabilities.",
  run: (session, params) => runCap(session, params),
};

function runCap(session: IrcSession, [subcommand = "", param = ""]: readonly string[]): void {
  const { registration } = session;
  switch (subcommand.toUpperCase()) {
    case "LS":
      if (registration) registration.negotiating = true;
      return listCaps(session, Number.parseInt(param, 10) || 0);
    case "LIST":
      return sendNames(session, "LIST", namesOf(session.caps), session.capVersion >= VALUES);
    case "REQ":
      if (registration) registration.negotiating = true;
      return requestCaps(session, param);
    case "END":
      if (!registration) return;
      registration.negotiating = false;
      return enterIfComplete(session);
    default:
      return session.numeric("ERR_INVALIDCAPCMD", subcommand);
  }
}

/** The answer is of the version asked for; the highest that was ever asked for stays. */
function listCaps(session: IrcSession, version: number): void {
  session.capVersion = Math.max(session.capVersion, version);
  if (version >= VALUES) session.caps |= CAP.capNotify;
  const names = CAPABILITIES.flatMap(({ name, bit, value }) => {
    const given = version >= VALUES ? value?.(session.server, session.peer) : undefined;
    if (given) return `${name}=${given}`;
    return bit === 0 ? [] : name;
  });
  sendNames(session, "LS", names, version >= VALUES);
}

/** One line, or as many as it takes for a client that knows `*` before all but the last. */
function sendNames(session: IrcSession, subcommand: string, names: readonly string[], inLines: boolean): void {
  const lines = inLines ? [...packed(names, NAMES, " ")] : [names.join(" ")];
  const last = lines.pop() ?? "";
  for (const line of lines) session.send(session.server.name, "CAP", [session.nick, subcommand, "*"], line);
  session.send(session.server.name, "CAP", [session.nick, subcommand], last);
}

/** All of a request is granted, or none of it. */
function requestCaps(session: IrcSession, request: string): void {
  const words = request.split(" ").filter((name) => name !== "");
  const caps = granted(session, words);
  if (caps !== undefined) session.caps = caps;
  const answer = caps === undefined ? "NAK" : "ACK";
  const lines = [...packed(words, NAMES, " ")];
  for (const line of lines.length > 0 ? lines : [""])
    session.send(session.server.name, "CAP", [session.nick, answer], line);
}

/** The set with the changes asked for; `undefined` where one of them cannot be. */
function granted(session: IrcSession, words: readonly string[]): number | undefined {
  let caps = session.caps;
  for (const word of words) {
    const off = word.startsWith("-");
    const row = capabilityNamed(off ? word.slice(1) : word);
    // Who has asked for version 302 has cap-notify for good.
    if (!row || row.bit === 0 || (off && row.bit === CAP.capNotify && session.capVersion >= VALUES)) return undefined;
    caps = off ? caps & ~row.bit : caps | row.bit;
  }
  return caps;
}
