import { LISTS, RANKS, USER_MODES } from "../chat/model/modes.ts";
import { splitLine } from "../text/split.ts";
import { AWAY_LENGTH, KICK_LENGTH, MOTD_LINE, USER_LENGTH } from "../wire/limits.ts";
import type { Numeric } from "../wire/numerics.ts";
import { CAP, offerOf, VALUES } from "./capabilities.ts";
import { usesPush } from "./commands/accounts.ts";
import { inBatch, MOST_HISTORY, REFERENCE_TYPES } from "./commands/history.ts";
import { ownMetadata } from "./commands/metadata.ts";
import { MOST_CHANGES, modeKinds } from "./commands/modes.ts";
import { linesOf, numericLine, packed } from "./render/line.ts";
import { LETTERS, LIST_LETTERS, RANK_LETTERS, STATUS, USER_MODE_LETTERS } from "./render/mode-letters.ts";
import type { IrcServer } from "./server.ts";
import { IrcSession } from "./session/session.ts";

const NICK_PLACEHOLDER = "\ue000".repeat(21); // 63 bytes that cannot be a nick
const LONGEST = 63; // bytes of a nick that may replace it

/**
 * The greeting of a client that has registered. All but the counts is the same for everyone, so it is rendered once
 * with a placeholder for the nick. That halves the processor time of a registration and saves nine tenths of its
 * garbage, which counts in a storm of connections.
 */
export class Welcome {
  #server: readonly string[] | undefined;
  #support: readonly string[] | undefined;
  #motd: readonly string[] | undefined;

  /** Drops the rendered texts, after the configuration has changed. */
  forget(): void {
    this.#server = undefined;
    this.#support = undefined;
    this.#motd = undefined;
  }

  send(session: IrcSession): void {
    const { server, nick } = session;
    if (Buffer.byteLength(nick) > LONGEST) {
      return session.emitAll(serverLines(server, nick) + supportOf(session) + about(session) + motdLines(server, nick));
    }
    this.#server ??= serverLines(server, NICK_PLACEHOLDER).split(NICK_PLACEHOLDER);
    this.#support ??= supportLines(server, NICK_PLACEHOLDER).split(NICK_PLACEHOLDER);
    this.#motd ??= motdLines(server, NICK_PLACEHOLDER).split(NICK_PLACEHOLDER);
    const support = batchedSupport(session, this.#support.join(nick) + ownSupport(session));
    session.emitAll(this.#server.join(nick) + support + about(session) + this.#motd.join(nick));
  }
}

/** RPL_WELCOME up to RPL_MYINFO; lines with their CR LF, like all texts in this file. */
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
    numericLine(server.name, nick, "RPL_MYINFO", server.name, version, ...letters)
  );
}

/** The part of the welcome that differs from client to client, or changes all the time. */
function about(session: IrcSession): string {
  return hostLine(session) + countLines(session.server, session.nick) + ownMetadata(session);
}

/** The client's visible host: a client that splits long messages itself needs the length of its mask. */
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

/** The message of the day; lines that are too long are split. */
export function motdLines({ name, config: { motd } }: IrcServer, nick: string): string {
  if (motd.length === 0) return numericLine(name, nick, "ERR_NOMOTD");
  let text = numericLine(name, nick, "RPL_MOTDSTART", `- ${name} Message of the day - `);
  const width = Math.min(MOTD_LINE, MOTD_LINE + LONGEST - Buffer.byteLength(nick));
  const lines = motd.flatMap((line) => splitLine(line, width));
  for (const line of lines) text += numericLine(name, nick, "RPL_MOTD", `- ${line}`);
  return text + numericLine(name, nick, "RPL_ENDOFMOTD");
}

const TOKENS_A_LINE = 13; // in RPL_ISUPPORT (Modern IRC)
const TOKENS_LENGTH = 370; // bytes of tokens in one line, whose other bytes are for its beginning and end

/** The tokens of RPL_ISUPPORT, made from the same tables and limits that the code uses. */
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
    ...iconTokens(server),
  ];
}

/** The icon of the page (IRCv3 draft/network-icon): "The URL SHOULD use the 'https' scheme." */
function iconTokens({ config, webAddress }: IrcServer): readonly string[] {
  const address = webAddress();
  return config.web.page && address.startsWith("https:") ? [`draft/ICON=${address}/icon.svg`] : [];
}

/** The token with a limit; none for a limit of 0, which means unlimited. */
function counted(token: string, count: number): readonly string[] {
  return count > 0 ? [`${token}${count}`] : [];
}

/** TARGMAX: every command that takes a list of targets, with its limit. */
function targetLimits({ commands }: IrcServer): string {
  return [...commands.values()]
    .flatMap(({ name, maxTargets }) => (maxTargets === undefined ? [] : [`${name}:${maxTargets || ""}`]))
    .join(",");
}

/** A token's value with blanks, backslashes and `=` escaped, as in `\x20` (Modern IRC, RPL_ISUPPORT). */
function escaped(value: string): string {
  return value.replace(/[\s\\=]/g, (c) => `\\x${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** RPL_ISUPPORT as a session gets it, for all tokens or for the given ones. */
export function supportOf(session: IrcSession, tokens?: readonly string[]): string {
  const lines = supportLines(session.server, session.nick, tokens);
  return batchedSupport(session, tokens ? lines : lines + ownSupport(session));
}

/** The tokens that depend on the session's capabilities: the public key of Web Push (soju.im/webpush). */
function ownSupport(session: IrcSession): string {
  return usesPush(session) ? supportLines(session.server, session.nick, pushTokens(session.server)) : "";
}

function pushTokens({ push }: IrcServer): readonly string[] {
  return push ? [`VAPID=${push.vapid}`] : [];
}

/** Tells a registered client that has just requested Web Push the key. */
export function tellPushKey(session: IrcSession): void {
  session.emitAll(supportOf(session, pushTokens(session.server)));
}

/** Lines of RPL_ISUPPORT, in a batch for a session that asked for one (IRCv3 draft/extended-isupport). */
function batchedSupport(session: IrcSession, lines: string): string {
  if (!session.has(CAP.extendedIsupport) || !session.has(CAP.batch)) return lines;
  return [...inBatch(session, "draft/isupport", linesOf(lines)), ""].join("\r\n");
}

/** RPL_ISUPPORT, for all tokens or for the given ones. */
function supportLines(server: IrcServer, nick: string, tokens = supportTokens(server)): string {
  let text = "";
  for (let at = 0; at < tokens.length; at += TOKENS_A_LINE) {
    const group = tokens.slice(at, at + TOKENS_A_LINE);
    for (const line of packed(group, TOKENS_LENGTH, " ")) {
      text += numericLine(server.name, nick, "RPL_ISUPPORT", ...line.split(" "));
    }
  }
  return text;
}

/** Sends every client the tokens that have changed; a token with a minus is removed (Modern IRC, RPL_ISUPPORT). */
export function tellSupport(server: IrcServer, before: readonly string[]): void {
  const after = supportTokens(server);
  const nameOf = (token: string) => token.split("=", 1)[0] ?? token;
  const names = new Set(after.map(nameOf));
  const removed = before.map(nameOf).filter((name) => !names.has(name));
  const changed = [...after.filter((token) => !before.includes(token)), ...removed.map((name) => `-${name}`)];
  if (changed.length === 0) return;
  for (const { sessions } of server.chat.members)
    for (const session of sessions) {
      if (session instanceof IrcSession) session.emitAll(supportOf(session, changed));
    }
}

/** The capabilities offered without TLS and over TLS. */
export type Offers = readonly [plain: readonly string[], secure: readonly string[]];

export function offersOf(server: IrcServer): Offers {
  return [offerOf(server, { isSecure: false }, true), offerOf(server, { isSecure: true }, true)];
}

/** Tells clients that know capability values which have changed (IRCv3 capability-negotiation, CAP NEW and CAP DEL). */
export function tellOffers(server: IrcServer, before: Offers): void {
  const now = offersOf(server);
  const nameOf = (offered: string) => offered.split("=", 1)[0] ?? "";
  const changes = now.map((offer, at) => {
    const known = before[at] ?? [];
    const names = new Set(offer.map(nameOf));
    const isGone = (name: string) => !names.has(name);
    return { fresh: offer.filter((each) => !known.includes(each)), gone: known.map(nameOf).filter(isGone) };
  });
  if (changes.every(({ fresh, gone }) => fresh.length + gone.length === 0)) return;
  for (const { sessions } of server.chat.members)
    for (const session of sessions) {
      if (!(session instanceof IrcSession) || session.capVersion < VALUES) continue;
      const { fresh = [], gone = [] } = changes[session.peer.isSecure ? 1 : 0] ?? {};
      for (const [subcommand, names] of [
        ["DEL", gone],
        ["NEW", fresh],
      ] as const)
        for (const line of packed(names, TOKENS_LENGTH, " "))
          session.send(server.name, "CAP", [session.nick, subcommand], line);
    }
}
