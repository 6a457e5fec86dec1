import { maskOf } from "../chat/apply.ts";
import type { EventOf } from "../chat/event.ts";
import { COMMANDS, type Command } from "./commands.ts";
import { supportTokens } from "./isupport.ts";
import { LETTERS } from "./letters.ts";
import type { IrcSession } from "./session.ts";

const TOKENS_A_LINE = 13; // of RPL_ISUPPORT (Modern IRC)

/** About the server: MOTD, LUSERS, VERSION, TIME, INFO, HELP. */
export const ABOUT_COMMANDS: readonly Command[] = [
  about("MOTD", "[server]", "Shows the message of the day.", sendMotd),
  about("LUSERS", "", "Counts people and rooms.", sendCounts),
  about("VERSION", "[server]", "Shows the server's version and what it supports.", (session) => {
    session.numeric(
      "RPL_VERSION",
      `tcpchat-${session.server.version}`,
      session.server.name,
      session.server.description,
    );
    sendSupport(session);
  }),
  about("TIME", "[server]", "Shows the server's time.", (session) => {
    session.numeric("RPL_TIME", session.server.name, new Date(session.server.clock()).toUTCString());
  }),
  about("INFO", "", "Tells about the software.", (session) => {
    session.numeric("RPL_INFO", `tcpchat ${session.server.version}: one command, one port, everyone can talk.`);
    session.numeric("RPL_INFO", `Up since ${new Date(session.server.started).toUTCString()}`);
    session.numeric("RPL_ENDOFINFO");
  }),
  {
    name: "HELP",
    fewest: 0,
    when: "after",
    usage: "[command]",
    help: "Lists the commands, or tells about one.",
    run: (session, [subject]) => sendHelp(session, subject),
  },
];

/** A command about the server, which may name a server, and then has to name this one. */
function about(name: string, usage: string, help: string, run: (session: IrcSession) => void): Command {
  return {
    name,
    fewest: 0,
    when: "after",
    usage,
    help,
    run: (session, [server]) => {
      const isThis = server === undefined || server.toLowerCase() === session.server.name.toLowerCase();
      if (isThis || server === session.nick) run(session);
      else session.numeric("ERR_NOSUCHSERVER", server);
    },
  };
}

/** What a client is greeted with once it is registered. */
export function welcome(session: IrcSession, { who }: EventOf<"entered" | "attached">): void {
  const { server } = session;
  session.numeric("RPL_WELCOME", `Welcome to the ${server.network} network, ${maskOf(who)}`);
  session.numeric("RPL_YOURHOST", `Your host is ${server.name}, running version tcpchat-${server.version}`);
  session.numeric("RPL_CREATED", `This server was started ${new Date(server.started).toUTCString()}`);
  const modes = [...LETTERS].map(([letter]) => letter).join("");
  const withParameter = [...LETTERS].filter(([, meaning]) => meaning.kind !== "flag").map(([letter]) => letter);
  session.numeric("RPL_MYINFO", server.name, `tcpchat-${server.version}`, "i", modes, withParameter.join(""));
  sendSupport(session);
  sendCounts(session);
  sendMotd(session);
}

function sendSupport(session: IrcSession): void {
  const tokens = supportTokens(session.server);
  for (let at = 0; at < tokens.length; at += TOKENS_A_LINE) {
    session.numeric("RPL_ISUPPORT", ...tokens.slice(at, at + TOKENS_A_LINE));
  }
}

function sendCounts(session: IrcSession): void {
  const { chat, counts } = session.server;
  const members = chat.members.size;
  counts.most = Math.max(counts.most, members);
  session.numeric("RPL_LUSERCLIENT", `There are ${members} users and 0 invisible on 1 servers`);
  session.numeric("RPL_LUSEROP", "0");
  if (counts.unknown > 0) session.numeric("RPL_LUSERUNKNOWN", String(counts.unknown));
  session.numeric("RPL_LUSERCHANNELS", String(chat.rooms.size));
  session.numeric("RPL_LUSERME", `I have ${members} clients and 0 servers`);
  const most = String(counts.most);
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

function sendHelp(session: IrcSession, subject: string | undefined): void {
  if (subject === undefined) {
    session.numeric("RPL_HELPSTART", "*", "The commands of this server; HELP COMMAND tells about one");
    const names = [...COMMANDS.keys()].sort();
    for (let at = 0; at < names.length; at += 8) session.numeric("RPL_HELPTXT", "*", names.slice(at, at + 8).join(" "));
    return session.numeric("RPL_ENDOFHELP", "*", "End of /HELP");
  }
  const name = subject.toUpperCase();
  const command = COMMANDS.get(name);
  if (!command) return session.numeric("ERR_HELPNOTFOUND", subject.replace(/[\s:]/g, "") || "*");
  session.numeric("RPL_HELPSTART", name, `${name} ${command.usage}`.trim());
  session.numeric("RPL_HELPTXT", name, command.help);
  session.numeric("RPL_ENDOFHELP", name, "End of /HELP");
}
