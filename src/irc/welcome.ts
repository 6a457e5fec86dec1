import { LISTS, RANKS, USER_MODES } from "../chat/model/modes.ts";
import { splitLine } from "../text/split.ts";
import { AWAY_LENGTH, KICK_LENGTH, MOTD_LINE, USER_LENGTH } from "../wire/limits.ts";
import type { Numeric } from "../wire/numerics.ts";
import { MOST_HISTORY, REFERENCE_TYPES } from "./commands/history.ts";
import { MOST_CHANGES, modeKinds } from "./commands/modes.ts";
import { numericLine, packed } from "./render/line.ts";
import { LETTERS, LIST_LETTERS, RANK_LETTERS, STATUS, USER_MODE_LETTERS } from "./render/mode-letters.ts";
import type { IrcServer } from "./server.ts";
import { IrcSession } from "./session/session.ts";

const STAND_IN = "\ue000".repeat(21); // in the place of a nick: 63 bytes that are nobody's nick
const LONGEST = 63; // bytes of a nick that may stand in its place

/**
 * What a client is greeted with once it is registered. But for the counts it is the same for all, so it is made once,
 * and each client's nick is put in: a connection storm spends its time on connections. That takes half the processor's
 * time off a registration, and nine tenths of what it leaves to be collected.
 */
export class Welcome {
  #server: readonly string[] | undefined;
  #motd: readonly string[] | undefined;

  /** What the server is like has changed. */
  forget(): void {
    this.#server = undefined;
    this.#motd = undefined;
  }

  send(session: IrcSession): void {
    const { server, nick } = session;
    if (Buffer.byteLength(nick) > LONGEST) {
      return session.emitAll(
        serverLines(server, nick) + hostLine(session) + countLines(server, nick) + motdLines(server, nick),
      );
    }
    this.#server ??= serverLines(server, STAND_IN).split(STAND_IN);
    this.#motd ??= motdLines(server, STAND_IN).split(STAND_IN);
    session.emitAll(this.#server.join(nick) + hostLine(session) + countLines(server, nick) + this.#motd.join(nick));
  }
}

/** Welcome, and what the server is and can do. Lines with their CR LF, as all here. */
function serverLines(server: IrcServer, nick: string): string {
  const version = `tcpchat-${server.version}`;
  const own = USER_MODES.map((userMode) => USER_MODE_LETTERS[userMode]).sort();
  const modes = [...LETTERS.keys()];
  const withParameter = modes.filter((letter) => LETTERS.get(letter)?.kind !== "flag");
  const letters = [own.join(""), modes.join(""), withParameter.join("")];
  return (
    numericLine(server.name, nick, "RPL_WELCOME", `Welcome to the ${server.config.network} Network, ${nick}`) +
    numericLine(server.name, nick, "RPL_YOURHOST", `Your host is ${server.name}, running version ${version}`) +
    numericLine(server.name, nick, "RPL_CREATED", `This server was created ${new Date(server.started).toUTCString()}`) +
    numericLine(server.name, nick, "RPL_MYINFO", server.name, version, ...letters) +
    supportLines(server, nick)
  );
}

/** The host that others see: a client that splits its messages itself has to know how long its mask is. */
function hostLine({ server, nick, member, peer }: IrcSession): string {
  return numericLine(server.name, nick, "RPL_VISIBLEHOST", member?.who.host ?? peer.host);
}

/** The answer to LUSERS. */
export function countLines({ name, chat, counts, undecided }: IrcServer, nick: string): string {
  const members = chat.members.size;
  const invisible = chat.withUserMode("invisible").size;
  const operators = chat.withUserMode("operator").size;
  const unknown = counts.unknown + undecided();
  const rooms = chat.rooms.inhabited;
  counts.most = Math.max(counts.most, members);
  const most = String(counts.most);
  const all = String(members);
  const line = (numeric: Numeric, ...params: string[]) => numericLine(name, nick, numeric, ...params);
  const people = `There are ${members - invisible} users and ${invisible} invisible on 1 servers`;
  let text = line("RPL_LUSERCLIENT", people);
  // RFC 2812, 5.1: all but the first and RPL_LUSERME are sent if the count is not zero.
  if (operators > 0) text += line("RPL_LUSEROP", String(operators));
  if (unknown > 0) text += line("RPL_LUSERUNKNOWN", String(unknown));
  if (rooms > 0) text += line("RPL_LUSERCHANNELS", String(rooms));
  text += line("RPL_LUSERME", `I have ${members} clients and 0 servers`);
  text += line("RPL_LOCALUSERS", all, most, `Current local users ${members}, max ${most}`);
  return text + line("RPL_GLOBALUSERS", all, most, `Current global users ${members}, max ${most}`);
}

/** The message of the day; a line that is too long for IRC goes on in the next. */
export function motdLines({ name, config: { motd } }: IrcServer, nick: string): string {
  if (motd.length === 0) return numericLine(name, nick, "ERR_NOMOTD");
  let text = numericLine(name, nick, "RPL_MOTDSTART", `- ${name} Message of the day - `);
  const width = Math.min(MOTD_LINE, MOTD_LINE + LONGEST - Buffer.byteLength(nick));
  const lines = motd.flatMap((line) => splitLine(line, width));
  for (const line of lines) text += numericLine(name, nick, "RPL_MOTD", `- ${line}`);
  return text + numericLine(name, nick, "RPL_ENDOFMOTD");
}

const TOKENS_A_LINE = 13; // of RPL_ISUPPORT (Modern IRC)
const SUPPORT = 370; // bytes of tokens in one line: the rest of its 512 is for what stands around them

/** The tokens of RPL_ISUPPORT, made from the tables that the code itself goes by. */
export function supportTokens(server: IrcServer): readonly string[] {
  const { chat, config } = server;
  const { limits } = chat;
  const ranks = RANKS.map((rank) => RANK_LETTERS[rank]).join("");
  const signs = RANKS.map((rank) => STATUS[rank]).join("");
  const lists = LISTS.map((list) => LIST_LETTERS[list]).join("");
  return [
    "ACCOUNTEXTBAN=a",
    `AWAYLEN=${AWAY_LENGTH}`,
    `BOT=${USER_MODE_LETTERS.bot}`,
    "CASEMAPPING=ascii",
    ...counted("CHANLIMIT=#:", limits.roomsPerMember),
    `CHANMODES=${modeKinds()}`,
    ...counted("CHANNELLEN=", limits.roomLength),
    "CHANTYPES=#",
    "ELIST=CMNTU",
    `EXCEPTS=${LIST_LETTERS.exception}`,
    "EXTBAN=,am",
    `INVEX=${LIST_LETTERS.invitation}`,
    ...counted("KEYLEN=", limits.keyLength),
    `KICKLEN=${KICK_LENGTH}`,
    ...counted(`MAXLIST=${lists}:`, limits.listEntries),
    `MODES=${MOST_CHANGES}`,
    `CHATHISTORY=${MOST_HISTORY}`,
    `MSGREFTYPES=${REFERENCE_TYPES.join(",")}`,
    `MONITOR${limits.monitoredNicks > 0 ? `=${limits.monitoredNicks}` : ""}`,
    ...counted("NAMELEN=", limits.realnameLength),
    `NETWORK=${escaped(config.network)}`,
    ...counted("NICKLEN=", limits.nickLength),
    `PREFIX=(${ranks})${signs}`,
    "SAFELIST",
    "SAFERATE",
    `STATUSMSG=${signs}`,
    `TARGMAX=${targetLimits(server)}`,
    ...counted("TOPICLEN=", limits.topicLength),
    `USERLEN=${USER_LENGTH}`,
    "UTF8ONLY",
    "WHOX",
  ];
}

function counted(token: string, count: number): readonly string[] {
  return count > 0 ? [`${token}${count}`] : [];
}

/** TARGMAX: every command that takes a list of targets, with its limit. */
function targetLimits({ commands }: IrcServer): string {
  return [...commands.values()]
    .flatMap(({ name, maxTargets }) => (maxTargets === undefined ? [] : [`${name}:${maxTargets || ""}`]))
    .join(",");
}

/** A value as it stands in a token: what would end it, or begin another, is written as `\x20`. */
function escaped(value: string): string {
  return value.replace(/[\s\\=]/g, (c) => `\\x${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** RPL_ISUPPORT, of all tokens or of these: lines with their CR LF. */
export function supportLines(server: IrcServer, nick: string, tokens = supportTokens(server)): string {
  let text = "";
  for (let at = 0; at < tokens.length; at += TOKENS_A_LINE) {
    const some = tokens.slice(at, at + TOKENS_A_LINE);
    for (const line of packed(some, SUPPORT, " ")) {
      text += numericLine(server.name, nick, "RPL_ISUPPORT", ...line.split(" "));
    }
  }
  return text;
}

/** Tells every client of what is supported otherwise than it was; a token with a minus is not there any more. */
export function tellSupport(server: IrcServer, before: readonly string[]): void {
  const after = supportTokens(server);
  const nameOf = (token: string) => token.split("=", 1)[0] ?? token;
  const names = new Set(after.map(nameOf));
  const gone = before.map(nameOf).filter((name) => !names.has(name));
  const changed = [...after.filter((token) => !before.includes(token)), ...gone.map((name) => `-${name}`)];
  if (changed.length === 0) return;
  for (const { sessions } of server.chat.members)
    for (const session of sessions) {
      if (session instanceof IrcSession) session.emitAll(supportLines(server, session.nick, changed));
    }
}
