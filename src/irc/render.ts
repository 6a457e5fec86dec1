import type { Manner } from "../chat/act.ts";
import { maskOf } from "../chat/apply.ts";
import type { ChatEvent, EventOf, Who } from "../chat/event.ts";
import { splitLine } from "../text/split.ts";
import { LINE } from "../wire/limits.ts";
import { escapeTag } from "../wire/message.ts";
import { CAP } from "./caps.ts";
import { modeLine, STATUS } from "./letters.ts";

const CRLF = "\r\n";
const CTCP = "\x01";

/**
 * An event as IRC's lines, CR LF included, in the form that some capabilities give it; "" where a session with these
 * capabilities is not told at all. `msgid` is the event's.
 */
export function render(event: ChatEvent, form: number, msgid: string): string {
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
      return line(event, form, msgid, event.by, `KICK ${event.room} ${event.who.nick} :${event.reason}`);
    case "renamed":
      return line(event, form, msgid, event.who, `NICK ${event.nick}`);
    case "topic-set":
      return line(event, form, msgid, event.by, `TOPIC ${event.room} :${event.topic}`);
    case "modes-changed":
      return line(event, form, msgid, event.by, `MODE ${event.room} ${modeLine(event.changes)}`);
    case "invited":
      return line(event, form, msgid, event.by, `INVITE ${event.nick} ${event.room}`);
    case "away-set":
      return form & CAP.awayNotify ? line(event, form, msgid, event.who, `AWAY${trailing(event.text)}`) : "";
    case "realname-set":
      return form & CAP.setname ? line(event, form, msgid, event.who, `SETNAME :${event.realname}`) : "";
    case "quit":
      return line(event, form, msgid, event.who, `QUIT :${event.reason}`);
    case "entered":
      return "";
  }
}

/** What is said, split into lines of 512 bytes for those who count so; only the first has the msgid. */
function renderSaid(event: EventOf<"said">, form: number, msgid: string): string {
  const command = event.manner === "notice" || event.manner === "answer" ? "NOTICE" : "PRIVMSG";
  const target = (event.rank ? STATUS[event.rank] : "") + event.to;
  const head = `:${maskOf(event.from)} ${command} ${target} :`;
  const [before, after] = wrapping(event.manner);
  const room = LINE - CRLF.length - Buffer.byteLength(head) - before.length - after.length;
  let text = "";
  for (const physical of event.text.includes("\n") ? event.text.split("\n") : [event.text]) {
    if (physical === "") continue;
    for (const piece of splitLine(physical, room)) {
      const id = text === "" ? msgid : "";
      text += `${tags(event, form, id, event.from, event.tags)}${head}${before}${piece}${after}${CRLF}`;
    }
  }
  return text;
}

function wrapping(manner: Manner): readonly [before: string, after: string] {
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
  return `${tags(event, form, msgid, event.from, event.tags)}:${maskOf(event.from)} TAGMSG ${target}${CRLF}`;
}

function renderJoined(event: EventOf<"joined" | "appeared">, form: number, msgid: string): string {
  const { who, room } = event;
  const extended = form & CAP.extendedJoin ? ` ${who.account ?? "*"} :${who.realname}` : "";
  let text = line(event, form, msgid, who, `JOIN ${room}${extended}`);
  if (event.away !== "" && form & CAP.awayNotify) text += line(event, form, "", who, `AWAY :${event.away}`);
  return text;
}

function line(event: ChatEvent, form: number, msgid: string, who: Who | undefined, rest: string): string {
  const source = who ? `:${maskOf(who)} ` : "";
  return `${tags(event, form, msgid, who, undefined)}${source}${rest}${CRLF}`;
}

/** The tags of an event's line, `@` and the blank included; "" if there are none. */
function tags(
  event: ChatEvent,
  form: number,
  msgid: string,
  who: Who | undefined,
  given: ReadonlyMap<string, string> | undefined,
): string {
  let text = "";
  if (form & CAP.serverTime) text += `;time=${timeTag(event.time)}`;
  if (form & CAP.messageTags) {
    if (msgid !== "") text += `;msgid=${msgid}`;
    if (given) for (const [key, value] of given) text += value === "" ? `;${key}` : `;${key}=${escapeTag(value)}`;
  }
  if (form & CAP.accountTag && who?.account !== undefined) text += `;account=${who.account}`;
  return text === "" ? "" : `@${text.slice(1)} `;
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
