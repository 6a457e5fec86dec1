import { CAP } from "../capabilities.ts";
import { middle, packed } from "../render/line.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { countLines, motdLines, supportOf } from "../welcome.ts";
import { isThisServer } from "./people.ts";

/** Queries about the server: MOTD, LUSERS, VERSION, ISUPPORT, TIME, INFO, ADMIN, LINKS, STATS. */
export const ABOUT_COMMANDS: readonly IrcCommand[] = [
  about("MOTD", "[server]", "Shows the message of the day.", (session) => {
    session.emitAll(motdLines(session.server, session.nick));
  }),
  about("LUSERS", "", "Counts people and rooms.", (session) => {
    session.emitAll(countLines(session.server, session.nick));
  }),
  about("VERSION", "[server]", "Shows the server's version and what it supports.", (session) => {
    const { version, name, config } = session.server;
    session.numeric("RPL_VERSION", `tcpchat-${version}`, name, config.description);
    session.emitAll(supportOf(session));
  }),
  {
    name: "ISUPPORT",
    minParams: 0,
    when: "any",
    usage: "",
    help: "Shows what the server supports (IRCv3 draft/extended-isupport).",
    run: (session) => {
      if (!session.member && !session.has(CAP.extendedIsupport)) return session.numeric("ERR_NOTREGISTERED");
      session.emitAll(supportOf(session));
    },
  },
  about("TIME", "[server]", "Shows the server's time.", (session) => {
    session.numeric("RPL_TIME", session.server.name, new Date(session.server.clock()).toUTCString());
  }),
  about("INFO", "[server]", "Shows the software and since when it runs.", (session) => {
    session.numeric("RPL_INFO", `tcpchat ${session.server.version}: one command, one port, everyone can talk.`);
    session.numeric("RPL_INFO", `Up since ${new Date(session.server.started).toUTCString()}`);
    session.numeric("RPL_ENDOFINFO");
  }),
  about("ADMIN", "[server]", "Shows who runs the server.", sendAdmin),
  {
    name: "LINKS",
    minParams: 0,
    when: "after",
    usage: "",
    help: "Lists the servers of the network: only this one.",
    run: (session) => {
      const { name, config } = session.server;
      session.numeric("RPL_LINKS", name, name, `0 ${config.description}`);
      session.numeric("RPL_ENDOFLINKS", "*");
    },
  },
  {
    name: "STATS",
    minParams: 1,
    when: "after",
    usage: "u|m|o [server]",
    help: "Shows the server's uptime (u), how often each command was used (m), or its operators (o).",
    run: (session, [query = "", server]) => {
      if (server !== undefined && !isThisServer(session, server)) return session.numeric("ERR_NOSUCHSERVER", server);
      sendStats(session, query);
    },
  },
];

/** A query about the server; a parameter must be this server. */
function about(name: string, usage: string, help: string, run: (session: IrcSession) => void): IrcCommand {
  return {
    name,
    minParams: 0,
    when: "after",
    usage,
    help,
    run: (session, [server]) => {
      if (server === undefined || server === "" || isThisServer(session, server)) run(session);
      else session.numeric("ERR_NOSUCHSERVER", server);
    },
  };
}

function sendAdmin(session: IrcSession): void {
  const { name, config } = session.server;
  const { network, description, admin } = config;
  const [place = network, organization = description, address = "No address is configured"] = admin;
  session.numeric("RPL_ADMINME", name);
  session.numeric("RPL_ADMINLOC1", place);
  session.numeric("RPL_ADMINLOC2", organization);
  session.numeric("RPL_ADMINEMAIL", address);
}

function sendStats(session: IrcSession, query: string): void {
  const { chat, counts, steady, started } = session.server;
  switch (query.toLowerCase()) {
    case "u":
      session.numeric("RPL_STATSUPTIME", `Server Up ${duration(steady() - started)}`);
      break;
    case "m":
      for (const [name, count] of counts.commands) session.numeric("RPL_STATSCOMMANDS", name, String(count));
      break;
    case "o":
      for (const { who } of chat.withUserMode("operator")) session.numeric("RPL_STATSOLINE", "O", "*", "*", who.nick);
      break;
  }
  session.numeric("RPL_ENDOFSTATS", query[0] ?? "*");
}

/** `3 days 4:05:06` */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const twoDigits = (n: number) => String(n % 60).padStart(2, "0");
  const hours = Math.floor(seconds / 3600) % 24;
  return `${Math.floor(seconds / 86400)} days ${hours}:${twoDigits(Math.floor(seconds / 60))}:${twoDigits(seconds)}`;
}

const NAMES = 70; // characters of names in one line, so that it fits into a terminal

/** HELP, made from the table of commands; some clients send HELPOP. */
export const HELP_COMMANDS: readonly IrcCommand[] = ["HELP", "HELPOP"].map((name) => ({
  name,
  minParams: 0,
  when: "after",
  usage: "[command]",
  help: "Lists the commands, or explains one.",
  run: (session, [subject = ""]) => (subject === "" ? sendIndex(session) : sendHelp(session, subject)),
}));

function sendIndex(session: IrcSession): void {
  session.numeric("RPL_HELPSTART", "*", "The commands of this server; HELP COMMAND explains one");
  session.numeric("RPL_HELPTXT", "*", "");
  for (const line of packed([...session.server.commands.keys()].sort(), NAMES, " "))
    session.numeric("RPL_HELPTXT", "*", line);
  session.numeric("RPL_ENDOFHELP", "*", "End of /HELP");
}

function sendHelp(session: IrcSession, topic: string): void {
  const subject = topic === middle(topic) ? topic : "*";
  const command = session.server.commands.get(topic.toUpperCase());
  if (!command) return session.numeric("ERR_HELPNOTFOUND", subject);
  session.numeric("RPL_HELPSTART", subject, `${command.name} ${command.usage}`.trim());
  session.numeric("RPL_HELPTXT", subject, "");
  session.numeric("RPL_HELPTXT", subject, command.help);
  session.numeric("RPL_ENDOFHELP", subject, "End of /HELP");
}
