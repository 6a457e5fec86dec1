import { showText } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { durationOf } from "../../text/time.ts";
import { MSGID, type RoomHistory } from "../model/history.ts";
import { type Annotation, type ClientIdentity, isSettled, type Line, type Talk } from "../model/state.ts";
import type { Server } from "../net/transport.ts";
import { AnnotationWords } from "../ui/annotation-words.ts";
import { noteOf, showRows } from "../ui/linear.ts";
import { Output } from "../ui/terminal.ts";
import { Conversation } from "./conversation.ts";
import { type ClientProcess, complain, type Ending, hasColours, onStop } from "./process.ts";

/** The room that `tail` follows, and the format of its output. */
export interface TailOptions {
  /** The room, with its `#`. */
  readonly room: string;
  readonly history: RoomHistory;
  readonly json: boolean;
  /** Continues with new messages after the history. */
  readonly follow: boolean;
}

/**
 * Runs `tail`: writes the messages of a room, from its history on; across reconnects none is missing and none comes
 * twice.
 */
export async function runTail(
  server: Server,
  user: ClientIdentity,
  options: TailOptions,
  proc: ClientProcess,
): Promise<Ending> {
  const output = new Output(proc.stdout);
  const identity: ClientIdentity = {
    ...user,
    quiet: true,
    wantsReactions: true,
    rooms: [options.room],
    history: options.history,
  };
  const words = new AnnotationWords();
  const style = () => ({ colour: hasColours(proc), current: room });
  let { room } = options;
  let hasEntered = false;
  let hasLeft = false;
  let isOutputGone = false;
  let isKnownEmpty = false;
  const tellEmpty = (): void => {
    isKnownEmpty = true;
    complain(proc, [`nothing was ever said in ${room}${options.follow ? "; waiting for the first message" : ""}`]);
  };
  const show = (line: Line): void => {
    if (line.kind === "trouble") return complain(proc, [line.text]);
    if (!("nick" in line) || line.room === undefined || fold(line.room) !== fold(room)) return;
    if (options.json) output.write(`${jsonOf(line)}\n`);
    else for (const row of showRows(words.noted(line), style())) output.write(`${row}\n`);
  };
  const annotated = (annotation: Annotation): void => {
    const place = annotation.kind === "redacted" ? annotation.place : annotation.room;
    if (place === undefined || fold(place) !== fold(room)) return;
    if (options.json) output.write(`${jsonOfAnnotation(annotation, place)}\n`);
    else for (const row of showRows(noteOf(annotation, words), style())) output.write(`${row}\n`);
  };
  const conversation: Conversation = new Conversation(
    { server, identity, clock: proc.clock, delay: proc.delay, strict: false, wantsEnd: !options.follow },
    {
      connected: () => {},
      show,
      annotated,
      renamed: (from, to) => {
        if (from === fold(room)) room = to;
      },
      changed: () => {
        const { model } = conversation;
        const key = fold(room);
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
  conversation.start();
  const ending = await conversation.ended;
  removeListeners();
  await output.flushed();
  if (isOutputGone) return output.withOutputError({ code: 0, words: [] });
  if (ending.code !== 0 || (hasEntered && !hasLeft)) return output.withOutputError(ending);
  return output.withOutputError({
    code: 1,
    words: [hasEntered ? `no longer in ${room}` : `could not join ${options.room}`],
  });
}

/** A message as one line of JSON. */
export function jsonOf(line: Talk): string {
  return JSON.stringify({
    id: line.msgid === undefined ? null : showText(line.msgid),
    time: new Date(line.time).toISOString(),
    room: showText(line.room ?? ""),
    nick: showText(line.nick),
    account: line.account === undefined || line.account === "*" ? null : showText(line.account),
    text: showText(line.text),
    ...(line.kind === "said" ? {} : { kind: line.kind }),
    ...(line.replyTo === undefined ? {} : { reply: showText(line.replyTo) }),
    ...(line.corrects ? { corrects: true } : {}),
  });
}

/**
 * A reaction or a redaction as one line of JSON, with the same fields as a message: `kind` is `reacted`, `unreacted` or
 * `redacted`, `of` the id of the message, `text` the emoji, or the reason of a redaction.
 */
export function jsonOfAnnotation(annotation: Annotation, room: string): string {
  const isRedaction = annotation.kind === "redacted";
  const account = isRedaction ? undefined : annotation.account;
  const id = isRedaction ? undefined : annotation.msgid;
  return JSON.stringify({
    id: id === undefined ? null : showText(id),
    time: new Date(annotation.time).toISOString(),
    room: showText(room),
    nick: showText(isRedaction ? annotation.by : annotation.nick),
    account: account === undefined || account === "*" ? null : showText(account),
    text: showText(isRedaction ? annotation.reason : annotation.text),
    kind: annotation.kind,
    of: showText(annotation.of),
  });
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
