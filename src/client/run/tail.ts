import { showText } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { durationOf } from "../../text/time.ts";
import { MSGID, type RoomHistory } from "../model/history.ts";
import { USUAL_LIMIT } from "../model/nicks.ts";
import { type Annotation, type ClientIdentity, isSettled, LINKED, type Line, type Talk } from "../model/state.ts";
import type { Server } from "../net/transport.ts";
import { AnnotationWords, noteOf, showRows } from "../ui/linear.ts";
import { Output } from "../ui/terminal.ts";
import { Conversation } from "./conversation.ts";
import { type ClientProcess, complain, type Ending, hasColours, onStop } from "./process.ts";

/** The room that `tail` follows, and the format of its output. */
export interface TailOptions {
  /** The room, with its `#`; `LINKED` for the room of the invitation. */
  readonly room: string;
  readonly history: RoomHistory;
  readonly json: boolean;
  /** Continues with new messages after the history. */
  readonly follow: boolean;
}

/**
 * Runs `tail`: writes the messages of a room, beginning with its history. After reconnects, no message is missing or
 * repeated.
 */
export async function runTail(
  server: Server,
  user: ClientIdentity,
  options: TailOptions,
  proc: ClientProcess,
): Promise<Ending> {
  const output = new Output(proc.stdout);
  const isInvited = options.room === LINKED;
  const identity: ClientIdentity = {
    ...user,
    nick: nickOf(user),
    quiet: true,
    wantsReactions: true,
    rooms: isInvited ? [] : [options.room],
    history: options.history,
  };
  const words = new AnnotationWords();
  const format = { isJson: options.json, colour: hasColours(proc) };
  let renamed: string | undefined;
  const roomNow = (): string => renamed ?? (isInvited ? conversation.model.linked : undefined) ?? options.room;
  let hasEntered = false;
  let hasLeft = false;
  let isOutputGone = false;
  let isKnownEmpty = false;
  const tellEmpty = (): void => {
    isKnownEmpty = true;
    complain(proc, [`nothing was ever said in ${roomNow()}${options.follow ? "; waiting for the first message" : ""}`]);
  };
  const show = (line: Line): void => {
    if (line.kind === "trouble") return complain(proc, [line.text]);
    const room = roomNow();
    if (!("nick" in line) || line.room === undefined || fold(line.room) !== fold(room)) return;
    for (const row of rowsOf(line, room, words, format)) output.write(`${row}\n`);
  };
  const annotated = (annotation: Annotation): void => {
    const place = annotation.kind === "redacted" ? annotation.place : annotation.room;
    if (place === undefined || fold(place) !== fold(roomNow())) return;
    for (const row of rowsOf(annotation, place, words, format)) output.write(`${row}\n`);
  };
  const conversation: Conversation = new Conversation(
    { server, identity, clock: proc.clock, delay: proc.delay, strict: false, wantsEnd: !options.follow },
    {
      connected: () => {},
      show,
      annotated,
      renamed: (from, to) => {
        if (from === fold(roomNow())) renamed = to;
      },
      changed: () => {
        const { model } = conversation;
        const key = fold(roomNow());
        hasEntered ||= model.rooms.has(key);
        if (output.full) conversation.pause();
        if (!isSettled(model)) return;
        hasLeft = !model.rooms.has(key);
        if (model.streams.get(key)?.isEmpty && !isKnownEmpty) tellEmpty();
        if (hasLeft) conversation.quit("");
        else if (!options.follow && model.streams.get(key)?.pending === undefined) conversation.finish();
      },
    },
  );
  output.onRoom = () => conversation.resume();
  output.onGone = () => {
    isOutputGone = true;
    conversation.quit("");
  };
  const removeListeners = onStop(proc, () => conversation.quit(""));
  const endWatch = output.watch(proc);
  conversation.start();
  const ending = await conversation.ended;
  endWatch();
  removeListeners();
  await output.flushed();
  if (isOutputGone) return output.withOutputError({ code: 0, words: [] });
  const named = isInvited ? "the room of the invitation link" : options.room;
  if (ending.code !== 0 || (hasEntered && !hasLeft)) return output.withOutputError(ending);
  return output.withOutputError({
    code: 1,
    words: [hasEntered ? `no longer in ${roomNow()}` : `could not join ${named}`],
  });
}

const LISTENS = "-tail";

/** The nick for `tail`: with `-tail` appended, unless it was chosen, so that the plain nick stays free for the user. */
function nickOf({ nick, account, keepsNick }: ClientIdentity): string {
  if (account !== undefined || keepsNick) return nick;
  return nick.slice(0, USUAL_LIMIT - LISTENS.length).toWellFormed() + LISTENS;
}

/** The format of the output. */
interface RowFormat {
  readonly isJson: boolean;
  readonly colour: boolean;
}

/** A message, a reaction or a redaction in a room, as it is printed. */
export function rowsOf(
  item: Talk | Annotation,
  room: string,
  words: AnnotationWords,
  { isJson, colour }: RowFormat,
): readonly string[] {
  const style = { colour, current: room };
  if ("of" in item) return isJson ? [jsonOfAnnotation(item, room)] : showRows(noteOf(item, words), style);
  return isJson ? [jsonOf(item)] : showRows(words.noted(item), style);
}

/** A message as one line of JSON. */
function jsonOf(line: Talk): string {
  return JSON.stringify({
    ...fieldsOf(line, line.room ?? ""),
    ...(line.kind === "said" ? {} : { kind: line.kind }),
    ...(line.replyTo === undefined ? {} : { reply: showText(line.replyTo) }),
    ...(line.corrects ? { corrects: true } : {}),
  });
}

/**
 * A reaction or a redaction as one line of JSON, with the same fields as a message: `kind` is `reacted`, `unreacted` or
 * `redacted`, `of` the id of the message, `text` the emoji, or the reason of a redaction.
 */
function jsonOfAnnotation(annotation: Annotation, room: string): string {
  const { kind, time, of } = annotation;
  const said =
    annotation.kind === "redacted"
      ? { msgid: undefined, time, nick: annotation.by, account: undefined, text: annotation.reason }
      : annotation;
  return JSON.stringify({ ...fieldsOf(said, room), kind, of: showText(of) });
}

/** The fields that every line of JSON has. */
function fieldsOf(
  { msgid, time, nick, account, text }: Pick<Talk, "msgid" | "time" | "nick" | "account" | "text">,
  room: string,
) {
  return {
    id: msgid === undefined ? null : showText(msgid),
    time: new Date(time).toISOString(),
    room: showText(room),
    nick: showText(nick),
    account: account === undefined ? null : showText(account),
    text: showText(text),
  };
}

/** A mistyped duration or number: never a msgid. */
const MISTYPED = /^[+-]?\d*([.,]\d+)?[a-z]*$/i;

/** Parses `--since`: `10m`, `2h`, `1d`, or a msgid; `undefined` if it is neither. */
export function parseSince(word: string): RoomHistory | undefined {
  const span = durationOf(word);
  if (span !== undefined) return { type: "for", span };
  if (word.length > MSGID || /[^!-~]/.test(word) || (MISTYPED.test(word) && /\d|^$/.test(word))) return undefined;
  return { type: "since", msgid: word };
}
