import { LISTS, RANKS } from "../chat/model/modes.ts";
import { AWAY_LENGTH, KICK_LENGTH, USER_LENGTH } from "../wire/lengths.ts";
import { MOST_HISTORY, REFERENCE_TYPES } from "./commands/history.ts";
import { MOST_CHANGES, modeKinds } from "./commands/modes.ts";
import { numericLine, packed } from "./render/line.ts";
import { LIST_LETTERS, RANK_LETTERS, STATUS, TRAIT_LETTERS } from "./render/mode-letters.ts";
import type { IrcServer } from "./server.ts";
import { IrcSession } from "./session/session.ts";

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
    `BOT=${TRAIT_LETTERS.bot}`,
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
    `TARGMAX=${targets(server)}`,
    ...counted("TOPICLEN=", limits.topicLength),
    `USERLEN=${USER_LENGTH}`,
    "UTF8ONLY",
    "WHOX",
  ];
}

function counted(token: string, count: number): readonly string[] {
  return count > 0 ? [`${token}${count}`] : [];
}

/** TARGMAX: for each command that takes a list of targets, how many. */
function targets({ commands }: IrcServer): string {
  return [...commands.values()]
    .flatMap(({ name, targets: most }) => (most === undefined ? [] : [`${name}:${most === 0 ? "" : most}`]))
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
