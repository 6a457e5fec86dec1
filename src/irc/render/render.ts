import type { MessageKind } from "../../chat/model/act.ts";
import { type ChatEvent, type EventOf, type Identity, mustBeStored } from "../../chat/model/event.ts";
import { maskOf } from "../../chat/model/masks.ts";
import type { MetadataChange } from "../../chat/model/metadata.ts";
import type { ListEntry, Room } from "../../chat/model/room.ts";
import type { RenderGroup } from "../../chat/model/session.ts";
import { isIgnored } from "../../chat/visibility.ts";
import { hookSetWords, redactedWords } from "../../chat/words/events.ts";
import { encode } from "../../text/bytes.ts";
import { showLine } from "../../text/filter.ts";
import { clip, cutLine, splitLine } from "../../text/split.ts";
import { CLIENT_TAGS, LINE_TEXT } from "../../wire/limits.ts";
import { escapeTag } from "../../wire/message.ts";
import { NUMERICS } from "../../wire/numerics.ts";
import type { Broadcast, Peer } from "../../wire/protocol.ts";
import { CAP } from "../capabilities.ts";
import type { IrcSession } from "../session/session.ts";
import { modeLine, STATUS, userModeLine } from "./mode-letters.ts";

/**
 * The IRC sessions in a room that get its events in the same form: an event is rendered and queued once for all of
 * them. A session that ignores people is alone in its group.
 */
export class IrcRenderGroup implements RenderGroup {
  readonly form: number;
  readonly #room: Room;
  readonly #broadcast: Broadcast;
  readonly #renderCache: RenderCache;
  /** By session id. */
  readonly #peers = new Map<number, Peer>();
  /** The only session of the group, if it ignores people. */
  readonly #ignoring: IrcSession | undefined;

  private constructor(room: Room, session: IrcSession) {
    this.#room = room;
    this.form = session.form;
    this.#broadcast = session.peer.newBroadcast();
    this.#renderCache = session.server.renderCache;
    this.#ignoring = session.ignored.size > 0 ? session : undefined;
  }

  /** The group that the session belongs to in a room; created if there is none. */
  static for(room: Room, session: IrcSession): IrcRenderGroup {
    const known = IrcRenderGroup.find(room, session);
    if (known) return known;
    const group = new IrcRenderGroup(room, session);
    room.renderGroups.add(group);
    return group;
  }

  /** The group that the session belongs to in a room, if there is one. */
  static find(room: Room, session: IrcSession): IrcRenderGroup | undefined {
    for (const group of room.renderGroups) if (group instanceof IrcRenderGroup && group.#suits(session)) return group;
    return undefined;
  }

  add(session: IrcSession): void {
    this.#peers.set(session.id, session.peer);
    this.#broadcast.add(session.peer);
  }

  remove(session: IrcSession): void {
    this.#peers.delete(session.id);
    this.#broadcast.remove(session.peer);
    if (this.#peers.size === 0) this.#room.renderGroups.delete(this);
  }

  tell(event: ChatEvent): void {
    if (this.#ignoring && isIgnored(event, this.#ignoring.ignored)) return;
    const bytes = this.#renderCache.bytes(event, this.form);
    if (bytes.length === 0) return;
    const { origin } = event;
    this.#broadcast.push(bytes, origin === undefined ? undefined : this.#peers.get(origin), mustBeStored(event));
  }

  #suits(session: IrcSession): boolean {
    if (this.#ignoring || session.ignored.size > 0) return this.#ignoring === session;
    return this.form === session.form;
  }
}

const NOTHING = new Uint8Array(0);

/**
 * Caches the bytes of the latest event per form, so that an event sent to a thousand sessions one by one is rendered
 * once per form instead of a thousand times.
 */
export class RenderCache {
  readonly #server: string;
  #event: ChatEvent | undefined;
  readonly #bytes = new Map<number, Uint8Array>();

  /** `server` is the server's name, the source of its own lines. */
  constructor(server: string) {
    this.#server = server;
  }

  /** The event's bytes in a form; empty if the event is not shown in it. */
  bytes(event: ChatEvent, form: number): Uint8Array {
    if (event !== this.#event) {
      this.#event = event;
      this.#bytes.clear();
    }
    const known = this.#bytes.get(form);
    if (known) return known;
    const text = this.text(event, form);
    const bytes = text === "" ? NOTHING : encode(text);
    this.#bytes.set(form, bytes);
    return bytes;
  }

  /** The event's lines in a form, rendered anew; "" if the event is not shown in it. */
  text(event: ChatEvent, form: number): string {
    return render(event, form, this.#server);
  }
}

/**
 * A bit of a form besides those of the capabilities: the reader is the sender of the message, and gets the id that its
 * client has given to it. Other readers do not get it.
 */
export const OWN = 1 << 30;

/** The client-only tag with the client's id of a message: the same id sent twice is one message. */
export const ID_TAG = "+tcpchat/id";

/** The visibility of every metadata key: everyone who sees the target sees it (IRCv3 draft/metadata-3). */
export const VISIBILITY = "*";

const CRLF = "\r\n";
const CTCP = "\x01";

/**
 * Renders an event as IRC lines with their CR LF; "" if sessions of this form are not told. `form` is a set of `CAP`
 * bits and `OWN`, `server` the source of events that the server itself has caused. Every name and
 * text is filtered here once more, since the history may have been changed from outside.
 */
export function render(event: ChatEvent, form: number, server: string): string {
  switch (event.type) {
    case "said":
      return renderSaid(event, form);
    case "signalled":
      return renderSignalled(event, form);
    case "joined":
    case "appeared":
      return renderJoined(event, form);
    case "left":
      return line(event, form, event.who, `PART ${event.room}${trailing(event.reason)}`);
    case "kicked":
      return line(event, form, event.by, `KICK ${event.room} ${event.who.nick} :${kickReason(event)}`);
    case "renamed":
      return line(event, form, event.who, `NICK ${event.nick}`);
    case "topic-set":
      return line(event, form, event.by, `TOPIC ${event.room} :${event.topic}`);
    case "room-renamed":
      return line(event, form, event.by, `RENAME ${event.room} ${event.to} :${event.reason}`);
    case "modes-changed":
      return line(event, form, event.by ?? server, `MODE ${event.room} ${modeLine(event.changes)}`);
    case "invited":
      return line(event, form, event.by, `INVITE ${event.nick} ${event.room}`);
    case "away-set":
      return line(event, form, event.who, `AWAY${trailing(event.text)}`);
    case "realname-set":
      return line(event, form, event.who, `SETNAME :${event.realname}`);
    case "account-set":
      return line(event, form, event.who, `ACCOUNT ${event.account?.name ?? "*"}`);
    case "metadata-changed":
      return renderMetadata(event, form, server, [event]);
    case "metadata-cleared":
      return renderMetadata(event, form, server, event.keys.map(cleared));
    case "user-modes-changed":
      return line(event, form, event.who, `MODE ${event.who.nick} ${userModeLine(event.changes)}`);
    case "announced":
      return line(event, form, event.by, `WALLOPS :${event.text}`);
    case "expelled":
      return line(event, form, event.who, `QUIT :${killReason(event)}`);
    case "redacted":
      return renderRedacted(event, form);
    case "hook-set":
      return line(event, form, server, `NOTICE ${event.room} :${hookSetWords(event)}`);
    case "quit":
      return line(event, form, event.who, `QUIT :${event.reason}`);
    case "entered":
    case "account-made":
    case "account-changed":
    case "account-removed":
    case "key-linked":
    case "configured":
    case "forgotten":
    case "token-saved":
    case "token-removed":
    case "separated":
    case "attached":
    case "nick-reclaimed":
    case "session-ended":
    case "detached":
    case "read-marked":
    case "caught-up":
    case "rooms-restored":
    case "membership-ended":
    case "banned":
    case "room-dropped":
    case "ban-lifted":
      return "";
  }
}

/** A line for each change; a numeric has no msgid. */
function renderMetadata(
  event: EventOf<"metadata-changed" | "metadata-cleared">,
  form: number,
  server: string,
  changes: readonly MetadataChange[],
): string {
  const unnamed = { ...event, msgid: "" };
  return changes.map((change) => line(unnamed, form, server, metadataNumeric(event.target, change))).join("");
}

/** The numeric of a change, with `*` in place of the reader's nick, so that all readers get the same bytes. */
function metadataNumeric(target: string, { key, value }: MetadataChange): string {
  const [keyValue] = NUMERICS.RPL_KEYVALUE;
  const [notSet, words] = NUMERICS.RPL_KEYNOTSET;
  if (value === undefined) return `${notSet} * ${target} ${key} :${words}`;
  return `${keyValue} * ${target} ${key} ${VISIBILITY} :${value}`;
}

function cleared(key: string): MetadataChange {
  return { key, value: undefined };
}

/** "If no comment is given, the server SHOULD use a default message instead" (Modern IRC, KICK). */
function kickReason({ by, reason }: EventOf<"kicked">): string {
  return reason === "" ? by.nick : reason;
}

/** The reason of the QUIT after a KILL: `Killed (root (spam))`. */
export function killReason({ by, reason }: Pick<EventOf<"expelled">, "by" | "reason">): string {
  return reason === "" ? `Killed (${by.nick})` : `Killed (${by.nick} (${reason}))`;
}

/** REDACT; for clients without the capability, which are not shown reactions, a NOTICE about a message of people. */
function renderRedacted(event: EventOf<"redacted">, form: number): string {
  const reason = trailing(event.reason);
  if (form & CAP.redaction) return line(event, form, event.by, `REDACT ${event.to} ${event.messageMsgid}${reason}`);
  if (event.subject?.what !== "message") return "";
  return line(event, form, event.by, `NOTICE ${event.to} :${redactedWords(event)}`);
}

/**
 * A message, one PRIVMSG or NOTICE for each of its lines that is not blank; a line that is too long for IRC is split,
 * unless the session knows draft/multiline. Only the first has the msgid. All have the client's tags while these are at
 * most `CLIENT_TAGS` bytes together, otherwise the first alone, so that the output stays in proportion to the input.
 */
function renderSaid(event: EventOf<"said">, form: number): string {
  const head = showLine(`:${maskOf(event.from)} ${commandOf(event)} ${targetOf(event)} :`);
  const [before, after] = wrapping(event.kind);
  const space = LINE_TEXT - Buffer.byteLength(head) - before.length - after.length;
  const cuts = event.cuts ?? [];
  const isOneLine = cuts.length === 0 && !event.text.includes("\n");
  if (isOneLine && event.text.length * 3 <= space) {
    const shown = showLine(event.text);
    return shown && `${tags(event, form, event.msgid, event.from, event.tags)}${head}${before}${shown}${after}${CRLF}`;
  }
  const fragments = fragmentsOf(event.text, cuts);
  if (form & CAP.multiline && (!isOneLine || event.text.length > space / 4)) {
    const lines = fragments.flatMap((fragment) => cutFragment(fragment, space));
    if (lines.length > 1) return renderMultiline(event, form, lines);
  }
  const pieces = fragments.flatMap(({ text }) => {
    const shown = showLine(text);
    return shown === "" ? [] : splitLine(shown, space);
  });
  const tagsFit = Buffer.byteLength(clientTags(event.tags)) * pieces.length <= CLIENT_TAGS;
  let text = "";
  for (const piece of pieces) {
    const isFirst = text === "";
    const relayed = isFirst || tagsFit ? event.tags : undefined;
    text += `${tags(event, form, isFirst ? event.msgid : "", event.from, relayed)}${head}${before}${piece}${after}${CRLF}`;
  }
  return text;
}

function commandOf({ kind }: EventOf<"said">): "NOTICE" | "PRIVMSG" {
  return kind === "notice" || kind === "answer" ? "NOTICE" : "PRIVMSG";
}

/** The target, with the prefix of a rank for STATUSMSG: `@#room`. */
function targetOf({ rank, to }: EventOf<"said" | "signalled">): string {
  return (rank ? STATUS[rank] : "") + to;
}

/** A fragment, cut into pieces of at most `space` bytes. */
function cutFragment(fragment: Fragment, space: number): readonly Fragment[] {
  return cutLine(showLine(fragment.text), space).map((text, at) => ({ text, concat: fragment.concat || at > 0 }));
}

/** A message as a draft/multiline batch; the message's tags are on the line that opens it. */
function renderMultiline(event: EventOf<"said">, form: number, lines: readonly Fragment[]): string {
  const mask = showLine(maskOf(event.from));
  const target = showLine(targetOf(event));
  const batch = `m${event.seq.toString(36)}`;
  const [before, after] = wrapping(event.kind);
  const command = commandOf(event);
  let text = `${tags(event, form, event.msgid, event.from, event.tags)}:${mask} BATCH +${batch} ${MULTILINE} ${target}${CRLF}`;
  for (const line of lines) {
    const concat = line.concat ? `;${CONCAT}` : "";
    text += `@batch=${batch}${concat} :${mask} ${command} ${target} :${before}${line.text}${after}${CRLF}`;
  }
  return `${text}:${mask} BATCH -${batch}${CRLF}`;
}

/** The CTCP frame of a message's text. */
function wrapping(kind: MessageKind): readonly [before: string, after: string] {
  switch (kind) {
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

function renderSignalled(event: EventOf<"signalled">, form: number): string {
  if (!(form & CAP.messageTags)) return "";
  const line = showLine(`:${maskOf(event.from)} TAGMSG ${targetOf(event)}`);
  return `${tags(event, form, event.msgid, event.from, event.tags)}${line}${CRLF}`;
}

function renderJoined(event: EventOf<"joined" | "appeared">, form: number): string {
  const { who, room } = event;
  const extended = form & CAP.extendedJoin ? ` ${who.account?.name ?? "*"} :${who.realname}` : "";
  let text = line(event, form, who, `JOIN ${room}${extended}`);
  if (event.away !== "" && form & CAP.awayNotify)
    text += line({ ...event, msgid: "" }, form, who, `AWAY :${event.away}`);
  return text;
}

/** One line of an event, clipped to `LINE_TEXT`. `source` is an identity, or the server's name. */
function line(event: ChatEvent, form: number, source: Identity | string, rest: string): string {
  const [name, who] = typeof source === "string" ? [source, undefined] : [maskOf(source), source];
  return `${tags(event, form, event.msgid, who, undefined)}${clip(showLine(`:${name} ${rest}`), LINE_TEXT)}${CRLF}`;
}

/** The tags of an event's line, `@` and the blank included; "" if there are none. */
function tags(
  event: ChatEvent,
  form: number,
  msgid: string,
  who: Identity | undefined,
  clientOnly: ReadonlyMap<string, string> | undefined,
): string {
  let text = "";
  if (form & CAP.serverTime) text += `;time=${timeTag(event.time)}`;
  if (form & CAP.accountTag && who?.account !== undefined) text += `;account=${tagValue(who.account.name)}`;
  if (form & CAP.messageTags) {
    if (msgid !== "") text += `;msgid=${msgid}`;
    if (who?.bot) text += ";bot";
    // The client's tags come last, so that they cannot push the server's own over a limit.
    text += clientTags(clientOnly);
    if (event.type === "modes-changed") text += banTags(event);
    if (form & OWN && hasId(event) && msgid !== "") text += `;${ID_TAG}=${tagValue(event.id)}`;
  }
  return text === "" ? "" : `@${text.slice(1)} `;
}

/** Whether the event is a message or a signal to which its sender gave an id. */
export function hasId(event: ChatEvent): event is EventOf<"said" | "signalled"> & { readonly id: string } {
  return (event.type === "said" || event.type === "signalled") && event.id !== undefined;
}

/** The tags of a MODE that sets one mask and nothing else, such as a ban; the same as in the lists of masks. */
function banTags({ changes, time }: EventOf<"modes-changed">): string {
  const [change, ...more] = changes;
  if (!change || more.length > 0 || !("mask" in change) || !change.on) return "";
  const { whom, lasts, reason = "" } = change;
  const tags = maskTags({ whom, until: lasts === undefined ? undefined : time + lasts, reason });
  return tags.map((tag) => `;${tag}`).join("");
}

/** A mask's nick, end and reason as tags: MODE and the numerics of lists have no parameters for them. */
export function maskTags({ whom, until, reason }: Pick<ListEntry, "whom" | "until" | "reason">): readonly string[] {
  const tags = whom === undefined ? [] : [`tcpchat/whom=${tagValue(whom)}`];
  if (until !== undefined) tags.push(`tcpchat/until=${new Date(until).toISOString()}`);
  if (reason !== "") tags.push(`tcpchat/reason=${tagValue(reason)}`);
  return tags;
}

/** The key of a client-only tag (IRCv3 message-tags, "Format"). */
const CLIENT_TAG = /^\+[A-Za-z0-9._/-]+$/;

/** Whether other clients get a tag with this key: it is well-formed, client-only, and not the sender's id. */
export function isRelayed(key: string): boolean {
  return CLIENT_TAG.test(key) && key !== ID_TAG;
}

/** The client-only tags of a message, each with a `;` before it. */
function clientTags(clientOnly: ReadonlyMap<string, string> | undefined): string {
  let text = "";
  if (clientOnly) for (const [key, value] of clientOnly) if (isRelayed(key)) text += clientTag(key, value);
  return text;
}

function clientTag(key: string, value: string): string {
  return value === "" ? `;${key}` : `;${key}=${tagValue(value)}`;
}

function tagValue(value: string): string {
  return escapeTag(showLine(value));
}

let lastTime = 0;
let lastTag = "1970-01-01T00:00:00.000Z";

/** A time in the format of server-time. The last result is cached, since many events share a millisecond. */
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

/** The batch type of a message of several lines (IRCv3 draft/multiline). */
export const MULTILINE = "draft/multiline";

/** The tag of a line that continues the one before it, without a newline between them (IRCv3 draft/multiline). */
export const CONCAT = "draft/multiline-concat";

/** One line of a multiline message; `concat`: it continues the one before it. */
interface Fragment {
  readonly text: string;
  readonly concat: boolean;
}

/** A message's text in the lines that its sender sent: `cuts` are the offsets of lines with `CONCAT`. */
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
