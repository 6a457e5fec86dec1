import type { MessageKind } from "../../chat/model/act.ts";
import type { ChatEvent, EventOf, Identity } from "../../chat/model/event.ts";
import { maskOf } from "../../chat/rules/apply.ts";
import { showLine } from "../../text/filter.ts";
import { clip, cutLine, splitLine } from "../../text/split.ts";
import { CLIENT_TAGS, LINE } from "../../wire/limits.ts";
import { escapeTag } from "../../wire/message.ts";
import { CAP } from "../capabilities.ts";
import { modeLine, STATUS, userModeLine } from "./mode-letters.ts";

/**
 * A bit of a form, beside those of the capabilities: the reader has said what is rendered, and is shown the id that the
 * client has given it. Nobody else is.
 */
export const OWN = 1 << 30;

/** The tag by which a client names a message, so that it is said once however often it is sent. */
export const ID_TAG = "+tcpchat/id";

const CRLF = "\r\n";
const CTCP = "\x01";

/**
 * An event as IRC's lines, CR LF included, in the form that some capabilities give it; "" where a session with these
 * capabilities is not told at all. `msgid` is the event's, `server` the source of what the server itself does. Every
 * name and text is filtered here once more: what history has may have been written by another hand.
 */
export function render(event: ChatEvent, form: number, msgid: string, server: string): string {
  switch (event.type) {
    case "said":
      return renderSaid(event, form, msgid);
    case "signalled":
      return renderSignalled(event, form, msgid);
    case "joined":
    case "appeared":
      return renderJoined(event, form, msgid);
    case "left":
      return line(event, form, msgid, event.who, `PART ${event.room}${trailing(event.reason)}`);
    case "kicked":
      return line(event, form, msgid, event.by, `KICK ${event.room} ${event.who.nick} :${kickWords(event)}`);
    case "renamed":
      return line(event, form, msgid, event.who, `NICK ${event.nick}`);
    case "topic-set":
      return line(event, form, msgid, event.by, `TOPIC ${event.room} :${event.topic}`);
    case "room-renamed":
      return line(event, form, msgid, event.by, `RENAME ${event.room} ${event.to} :${event.reason}`);
    case "modes-changed":
      return line(event, form, msgid, event.by ?? server, `MODE ${event.room} ${modeLine(event.changes)}`);
    case "invited":
      return line(event, form, msgid, event.by, `INVITE ${event.nick} ${event.room}`);
    case "away-set":
      return line(event, form, msgid, event.who, `AWAY${trailing(event.text)}`);
    case "realname-set":
      return line(event, form, msgid, event.who, `SETNAME :${event.realname}`);
    case "account-set":
      return line(event, form, msgid, event.who, `ACCOUNT ${event.account?.name ?? "*"}`);
    case "traits-changed":
      return line(event, form, msgid, event.who, `MODE ${event.who.nick} ${userModeLine(event.changes)}`);
    case "announced":
      return line(event, form, msgid, event.by, `WALLOPS :${event.text}`);
    case "expelled":
      return line(event, form, msgid, event.who, `QUIT :${killedWords(event)}`);
    case "redacted":
      return renderRedacted(event, form, msgid);
    case "quit":
      return line(event, form, msgid, event.who, `QUIT :${event.reason}`);
    case "entered":
    case "account-made":
    case "account-changed":
    case "account-removed":
    case "configured":
    case "separated":
    case "attached":
    case "taken-back":
    case "session-ended":
    case "detached":
    case "read-marked":
    case "caught-up":
    case "banned":
    case "room-dropped":
    case "ban-lifted":
      return "";
  }
}

/** "If no comment is given, the server SHOULD use a default message instead" (Modern IRC, KICK). */
function kickWords({ by, reason }: EventOf<"kicked">): string {
  return reason === "" ? by.nick : reason;
}

/** Why someone is gone whom an operator of the server has put out, as IRC writes it. */
export function killedWords({ by, reason }: Pick<EventOf<"expelled">, "by" | "reason">): string {
  return reason === "" ? `Killed (${by.nick})` : `Killed (${by.nick} (${reason}))`;
}

/** The message's name, which only its server can make; and a notice for those who do not know such. */
function renderRedacted(event: EventOf<"redacted">, form: number, msgid: string): string {
  const reason = trailing(event.reason);
  if (form & CAP.redaction) return line(event, form, msgid, event.by, `REDACT ${event.to} ${event.msgid}${reason}`);
  const words = event.by.nick === event.from ? "took back a message" : `took back a message of ${event.from}`;
  return line(
    event,
    form,
    msgid,
    event.by,
    `NOTICE ${event.to} :${words}${event.reason === "" ? "" : `: ${event.reason}`}`,
  );
}

/**
 * A message, in its sender's lines without the blank ones; a line that is longer than 512 bytes is split. Only the
 * first has the msgid; all have the client's tags while these are few enough (`CLIENT_TAGS`), otherwise the first
 * alone: a message is never many times what was sent.
 */
function renderSaid(event: EventOf<"said">, form: number, msgid: string): string {
  const command = event.manner === "notice" || event.manner === "answer" ? "NOTICE" : "PRIVMSG";
  const target = (event.rank ? STATUS[event.rank] : "") + event.to;
  const head = showLine(`:${maskOf(event.from)} ${command} ${target} :`);
  const [before, after] = wrapping(event.manner);
  const room = LINE - CRLF.length - Buffer.byteLength(head) - before.length - after.length;
  const cuts = event.cuts ?? [];
  const isOneLine = cuts.length === 0 && !event.text.includes("\n");
  if (isOneLine && event.text.length * 3 <= room) {
    const shown = showLine(event.text);
    return shown && `${tags(event, form, msgid, event.from, event.tags)}${head}${before}${shown}${after}${CRLF}`;
  }
  const fragments = fragmentsOf(event.text, cuts);
  if (form & CAP.multiline && (!isOneLine || event.text.length > room / 4)) {
    const lines = fragments.flatMap((fragment) => cutFragment(fragment, room));
    if (lines.length > 1) return renderLines(event, form, msgid, lines);
  }
  const pieces = fragments.flatMap(({ text }) => {
    const shown = showLine(text);
    return shown === "" ? [] : splitLine(shown, room);
  });
  const fits = Buffer.byteLength(givenTags(event.tags)) * pieces.length <= CLIENT_TAGS;
  let text = "";
  for (const piece of pieces) {
    const isFirst = text === "";
    const those = tags(event, form, isFirst ? msgid : "", event.from, isFirst || fits ? event.tags : undefined);
    text += `${those}${head}${before}${piece}${after}${CRLF}`;
  }
  return text;
}

/** A line of a message, cut where it is too long for one line of IRC. */
function cutFragment(fragment: Fragment, room: number): readonly Fragment[] {
  return cutLine(showLine(fragment.text), room).map((text, at) => ({ text, concat: fragment.concat || at > 0 }));
}

/** A message of several lines for those who know such: a batch, whose first line alone has the tags of the message. */
function renderLines(event: EventOf<"said">, form: number, msgid: string, lines: readonly Fragment[]): string {
  const mask = showLine(maskOf(event.from));
  const target = showLine((event.rank ? STATUS[event.rank] : "") + event.to);
  const batch = `m${event.seq.toString(36)}`;
  const [before, after] = wrapping(event.manner);
  const command = event.manner === "notice" || event.manner === "answer" ? "NOTICE" : "PRIVMSG";
  let text = `${tags(event, form, msgid, event.from, event.tags)}:${mask} BATCH +${batch} ${MULTILINE} ${target}${CRLF}`;
  for (const line of lines) {
    const concat = line.concat ? `;${CONCAT}` : "";
    text += `@batch=${batch}${concat} :${mask} ${command} ${target} :${before}${line.text}${after}${CRLF}`;
  }
  return `${text}:${mask} BATCH -${batch}${CRLF}`;
}

function wrapping(manner: MessageKind): readonly [before: string, after: string] {
  switch (manner) {
    case "action":
      return [`${CTCP}ACTION `, CTCP];
    case "query":
    case "answer":
      return [CTCP, CTCP];
    case "words":
    case "notice":
      return ["", ""];
  }
}

function renderSignalled(event: EventOf<"signalled">, form: number, msgid: string): string {
  if (!(form & CAP.messageTags)) return "";
  const target = (event.rank ? STATUS[event.rank] : "") + event.to;
  const line = showLine(`:${maskOf(event.from)} TAGMSG ${target}`);
  return `${tags(event, form, msgid, event.from, event.tags)}${line}${CRLF}`;
}

function renderJoined(event: EventOf<"joined" | "appeared">, form: number, msgid: string): string {
  const { who, room } = event;
  const extended = form & CAP.extendedJoin ? ` ${who.account?.name ?? "*"} :${who.realname}` : "";
  let text = line(event, form, msgid, who, `JOIN ${room}${extended}`);
  if (event.away !== "" && form & CAP.awayNotify) text += line(event, form, "", who, `AWAY :${event.away}`);
  return text;
}

/** A line whose source is someone, or the server by its name. */
function line(event: ChatEvent, form: number, msgid: string, source: Identity | string, rest: string): string {
  const [name, who] = typeof source === "string" ? [source, undefined] : [maskOf(source), source];
  return `${tags(event, form, msgid, who, undefined)}${clip(showLine(`:${name} ${rest}`), LINE - CRLF.length)}${CRLF}`;
}

/** The tags of an event's line, `@` and the blank included; "" if there are none. */
function tags(
  event: ChatEvent,
  form: number,
  msgid: string,
  who: Identity | undefined,
  given: ReadonlyMap<string, string> | undefined,
): string {
  let text = "";
  if (form & CAP.serverTime) text += `;time=${timeTag(event.time)}`;
  if (form & CAP.accountTag && who?.account !== undefined) text += `;account=${tagValue(who.account.name)}`;
  if (form & CAP.messageTags) {
    if (msgid !== "") text += `;msgid=${msgid}`;
    if (who?.bot) text += ";bot";
    // Behind the server's own, so that they cannot push these out of a limit.
    text += givenTags(given);
    if (form & OWN && event.type === "said" && event.id !== undefined && msgid !== "")
      text += `;${ID_TAG}=${tagValue(event.id)}`;
  }
  return text === "" ? "" : `@${text.slice(1)} `;
}

/** A key of a client-only tag (IRCv3 message-tags, "Format"). */
const CLIENT_TAG = /^\+[A-Za-z0-9._/-]+$/;

/** The tags of another client's, each behind a `;`. */
function givenTags(given: ReadonlyMap<string, string> | undefined): string {
  let text = "";
  if (given) for (const [key, value] of given) text += givenTag(key, value);
  return text;
}

/** A tag of another client's; a key that is not well-formed is not passed on. */
function givenTag(key: string, value: string): string {
  if (!CLIENT_TAG.test(key) || key === ID_TAG) return "";
  return value === "" ? `;${key}` : `;${key}=${tagValue(value)}`;
}

function tagValue(value: string): string {
  return escapeTag(showLine(value));
}

let lastTime = 0;
let lastTag = "1970-01-01T00:00:00.000Z";

/** A time as `server-time` has it; the last one is kept, since many events share a millisecond. */
export function timeTag(time: number): string {
  if (time !== lastTime) {
    lastTime = time;
    lastTag = new Date(time).toISOString();
  }
  return lastTag;
}

function trailing(text: string): string {
  return text === "" ? "" : ` :${text}`;
}

/** The type of the batch, and the tag of a line that goes on where the last one ended (IRCv3 draft/multiline). */
export const MULTILINE = "draft/multiline";

export const CONCAT = "draft/multiline-concat";

/** One line of a message as it is sent: `concat` goes on where the one before ended. */
interface Fragment {
  readonly text: string;
  readonly concat: boolean;
}

/** A message's lines as its sender cut them. */
export function fragmentsOf(text: string, cuts: readonly number[]): readonly Fragment[] {
  const fragments: Fragment[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + line.length;
    let at = start;
    for (const cut of cuts) {
      if (cut <= at || cut >= end) continue;
      fragments.push({ text: text.slice(at, cut), concat: at > start });
      at = cut;
    }
    fragments.push({ text: text.slice(at, end), concat: at > start });
    start = end + 1;
  }
  return fragments;
}
