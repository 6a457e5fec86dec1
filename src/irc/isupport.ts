import { LISTS, RANKS } from "../chat/modes.ts";
import { LIST_LETTERS, RANK_LETTERS, STATUS } from "./letters.ts";
import { modeKinds } from "./mode.ts";
import type { IrcServer } from "./server.ts";
import { MOST_TARGETS } from "./talk.ts";

/** The tokens of RPL_ISUPPORT, made from the tables that the code itself goes by. */
export function supportTokens({ chat, network }: IrcServer): readonly string[] {
  const { limits } = chat;
  const ranks = RANKS.map((rank) => RANK_LETTERS[rank]).join("");
  const signs = RANKS.map((rank) => STATUS[rank]).join("");
  const lists = LISTS.map((list) => LIST_LETTERS[list]).join("");
  return [
    "AWAYLEN=390",
    "CASEMAPPING=ascii",
    ...counted("CHANLIMIT=#:", limits.roomsPerMember),
    `CHANMODES=${modeKinds()}`,
    `CHANNELLEN=${limits.roomLength}`,
    "CHANTYPES=#",
    "ELIST=CMNTU",
    `EXCEPTS=${LIST_LETTERS.exception}`,
    "EXTBAN=,am",
    `INVEX=${LIST_LETTERS.invitation}`,
    `KEYLEN=${limits.keyLength}`,
    "KICKLEN=390",
    ...counted(`MAXLIST=${lists}:`, limits.listEntries),
    "MODES",
    `NAMELEN=${limits.realnameLength}`,
    `NETWORK=${network.replaceAll(" ", "\\x20")}`,
    `NICKLEN=${limits.nickLength}`,
    `PREFIX=(${ranks})${signs}`,
    "SAFELIST",
    `STATUSMSG=${signs}`,
    `TARGMAX=${TARGETS}`,
    `TOPICLEN=${limits.topicLength}`,
    "USERLEN=18",
    "UTF8ONLY",
    "WHOX",
  ];
}

function counted(token: string, count: number): readonly string[] {
  return count > 0 ? [`${token}${count}`] : [];
}

const TARGETS = [
  ...["NOTICE", "PRIVMSG", "TAGMSG"].map((command) => `${command}:${MOST_TARGETS}`),
  ...["INVITE:1", "TOPIC:1", "WHO:1", "JOIN:", "KICK:", "LIST:", "NAMES:", "PART:", "WHOIS:"],
].join(",");
