import { LISTS, RANKS } from "../chat/modes.ts";
import { COMMANDS } from "./commands.ts";
import { MOST_HISTORY, REFERENCE_TYPES } from "./history.ts";
import { AWAY_LENGTH, KICK_LENGTH, MOST_WATCHED, USER_LENGTH } from "./lengths.ts";
import { LIST_LETTERS, RANK_LETTERS, STATUS, TRAIT_LETTERS } from "./letters.ts";
import { modeKinds } from "./mode.ts";
import type { IrcServer } from "./server.ts";

/** The tokens of RPL_ISUPPORT, made from the tables that the code itself goes by. */
export function supportTokens({ chat, network }: IrcServer): readonly string[] {
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
    "MODES",
    `CHATHISTORY=${MOST_HISTORY}`,
    `MSGREFTYPES=${REFERENCE_TYPES.join(",")}`,
    `MONITOR=${MOST_WATCHED}`,
    ...counted("NAMELEN=", limits.realnameLength),
    `NETWORK=${escaped(network)}`,
    ...counted("NICKLEN=", limits.nickLength),
    `PREFIX=(${ranks})${signs}`,
    "SAFELIST",
    "SAFERATE",
    `STATUSMSG=${signs}`,
    `TARGMAX=${targets()}`,
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
function targets(): string {
  return [...COMMANDS.values()]
    .flatMap(({ name, targets: most }) => (most === undefined ? [] : [`${name}:${most === 0 ? "" : most}`]))
    .join(",");
}

/** A value as it stands in a token: what would end it, or begin another, is written as `\x20`. */
function escaped(value: string): string {
  return value.replace(/[\s\\=]/g, (c) => `\\x${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
