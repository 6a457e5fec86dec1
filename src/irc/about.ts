import type { EventOf } from "../chat/event.ts";
import { TRAITS } from "../chat/traits.ts";
import type { Command } from "./commands.ts";
import { sendSupport } from "./isupport.ts";
import { LETTERS, TRAIT_LETTERS } from "./letters.ts";
import type { IrcSession } from "./session.ts";
import { isThisServer } from "./whois.ts";

/** About the server: MOTD, LUSERS, VERSION, TIME, INFO, ADMIN, LINKS, STATS. */
export const ABOUT_COMMANDS: readonly Command[] = [
  about("MOTD", "[server]", "Shows the message of the day.", sendMotd),
  about("LUSERS", "", "Counts people and rooms.", sendCounts),
  about("VERSION", "[server]", "Shows the server's version and what it supports.", (session) => {
    const { version, name, description } = session.server;
    session.numeric("RPL_VERSION", `tcpchat-${version}`, name, description);
    sendSupport(session);
  }),
  about("TIME", "[server]", "Shows the server's time.", (session) => {
    session.numeric("RPL_TIME", session.server.name, new Date(session.server.clock()).toUTCString());
  }),
  about("INFO", "[server]", "Tells about the software.", (session) => {
    session.numeric("RPL_INFO", `tcpchat ${session.server.version}: one command, one port, everyone can talk.`);
    session.numeric("RPL_INFO", `Up since ${new Date(session.server.started).toUTCString()}`);
    session.numeric("RPL_ENDOFINFO");
  }),
  about("ADMIN", "[server]", "Tells who runs the server.", sendAdmin),
  {
    name: "LINKS",
    fewest: 0,
    when: "after",
    usage: "",
    help: "Lists the servers: this one.",
    run: (session) => {
      session.numeric("RPL_LINKS", "*", session.server.name, `0 ${session.server.description}`);
      session.numeric("RPL_ENDOFLINKS", "*");
    },
  },
  {
    name: "STATS",
    fewest: 1,
    when: "after",
    usage: "u|m|o [server]",
    help: "Tells how long the server has been up, which commands came how often, or who operates it.",
    run: (session, [query = "", server]) => {
      if (server !== undefined && !isThisServer(session, server)) return session.numeric("ERR_NOSUCHSERVER", server);
      sendStats(session, query);
    },
  },
];

/** A command about the server, which may name a server, and then has to mean this one. */
function about(name: string, usage: string, help: string, run: (session: IrcSession) => void): Command {
  return {
    name,
    fewest: 0,
    when: "after",
    usage,
    help,
    run: (session, [server]) => {
      if (server === undefined || server === "" || isThisServer(session, server)) run(session);
      else session.numeric("ERR_NOSUCHSERVER", server);
    },
  };
}

/** What a client is greeted with once it is registered. */
export function welcome(session: IrcSession, { who }: EventOf<"entered" | "attached">): void {
  const { server } = session;
  session.numeric("RPL_WELCOME", `Welcome to the ${server.network} Network, ${who.nick}`);
  session.numeric("RPL_YOURHOST", `Your host is ${server.name}, running version tcpchat-${server.version}`);
  session.numeric("RPL_CREATED", `This server was created ${new Date(server.started).toUTCString()}`);
  const own = TRAITS.map((trait) => TRAIT_LETTERS[trait]).sort();
  const modes = [...LETTERS.keys()];
  const withParameter = modes.filter((letter) => LETTERS.get(letter)?.kind !== "flag");
  session.numeric(
    "RPL_MYINFO",
    server.name,
    `tcpchat-${server.version}`,
    own.join(""),
    modes.join(""),
    withParameter.join(""),
  );
  sendSupport(session);
  sendCounts(session);
  sendMotd(session);
}

function sendCounts(session: IrcSession): void {
  const { chat, counts, undecided } = session.server;
  const members = chat.members.size;
  const invisible = chat.having("invisible").size;
  const operators = chat.having("operator").size;
  const unknown = counts.unknown + undecided();
  let rooms = 0;
  for (const room of chat.rooms) if (room.members.size > 0) rooms++;
  counts.most = Math.max(counts.most, members);
  const most = String(counts.most);
  session.numeric("RPL_LUSERCLIENT", `There are ${members - invisible} users and ${invisible} invisible on 1 servers`);
  // RFC 2812, 5.1: all but the first and RPL_LUSERME are sent if the count is not zero.
  if (operators > 0) session.numeric("RPL_LUSEROP", String(operators));
  if (unknown > 0) session.numeric("RPL_LUSERUNKNOWN", String(unknown));
  if (rooms > 0) session.numeric("RPL_LUSERCHANNELS", String(rooms));
  session.numeric("RPL_LUSERME", `I have ${members} clients and 0 servers`);
  session.numeric("RPL_LOCALUSERS", String(members), most, `Current local users ${members}, max ${most}`);
  session.numeric("RPL_GLOBALUSERS", String(members), most, `Current global users ${members}, max ${most}`);
}

function sendMotd(session: IrcSession): void {
  const { motd, name } = session.server;
  if (motd.length === 0) return session.numeric("ERR_NOMOTD");
  session.numeric("RPL_MOTDSTART", `- ${name} Message of the day - `);
  for (const line of motd) session.numeric("RPL_MOTD", `- ${line}`);
  session.numeric("RPL_ENDOFMOTD");
}

function sendAdmin(session: IrcSession): void {
  const { name, network, description, admin } = session.server;
  const [place = network, people = description, address = "Nobody has left an address"] = admin;
  session.numeric("RPL_ADMINME", name);
  session.numeric("RPL_ADMINLOC1", place);
  session.numeric("RPL_ADMINLOC2", people);
  session.numeric("RPL_ADMINEMAIL", address);
}

function sendStats(session: IrcSession, query: string): void {
  const { chat, counts, clock, started } = session.server;
  switch (query.toLowerCase()) {
    case "u":
      session.numeric("RPL_STATSUPTIME", `Server Up ${duration(clock() - started)}`);
      break;
    case "m":
      for (const [name, count] of counts.commands) session.numeric("RPL_STATSCOMMANDS", name, String(count));
      break;
    case "o":
      for (const { who } of chat.having("operator")) session.numeric("RPL_STATSOLINE", "O", "*", "*", who.nick);
      break;
  }
  session.numeric("RPL_ENDOFSTATS", query[0] ?? "*");
}

/** `3 days 4:05:06` */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n % 60).padStart(2, "0");
  const hours = Math.floor(seconds / 3600) % 24;
  return `${Math.floor(seconds / 86400)} days ${hours}:${two(Math.floor(seconds / 60))}:${two(seconds)}`;
}
