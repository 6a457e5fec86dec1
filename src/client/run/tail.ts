import { showText } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { durationOf } from "../../text/time.ts";
import { MSGID } from "../model/history.ts";
import { type ClientIdentity, isSettled, type Line, type RoomHistory, type Talk } from "../model/state.ts";
import type { Server } from "../net/transport.ts";
import { showRows } from "../ui/linear.ts";
import { Output } from "../ui/terminal.ts";
import type { Ending } from "../ui/ui.ts";
import { Conversation } from "./conversation.ts";
import { type ClientProcess, complain, hasColours, onStop } from "./process.ts";

/** The room to follow, and the format of the output. */
export interface Following {
  /** With its `#`. */
  readonly room: string;
  readonly history: RoomHistory;
  readonly json: boolean;
  /** Goes on with what is said from now on. */
  readonly follow: boolean;
}

/** Writes what is said in a room, from its past on, and across reconnects with nothing missing and nothing twice. */
export async function runTail(
  server: Server,
  who: ClientIdentity,
  what: Following,
  proc: ClientProcess,
): Promise<Ending> {
  const output = new Output(proc.stdout);
  const identity: ClientIdentity = { ...who, rooms: [what.room], history: what.history };
  const style = () => ({ colour: hasColours(proc), current: room });
  let { room } = what;
  let entered = false;
  let out = false;
  let gone = false;
  const show = (line: Line): void => {
    if (line.kind === "trouble") return complain(proc, [line.text]);
    if (!("nick" in line) || line.room === undefined || fold(line.room) !== fold(room)) return;
    if (what.json) output.write(`${jsonOf(line)}\n`);
    else for (const row of showRows(line, style())) output.write(`${row}\n`);
  };
  const conversation: Conversation = new Conversation(
    { server, identity, clock: proc.clock, delay: proc.delay, strict: false, wantsEnd: !what.follow },
    {
      connected: () => {},
      show,
      renamed: (from, to) => {
        if (from === fold(room)) room = to;
      },
      changed: () => {
        const { model } = conversation;
        const key = fold(room);
        entered ||= model.rooms.has(key);
        if (output.full) conversation.pause();
        if (!isSettled(model)) return;
        out = !model.rooms.has(key);
        if (out) conversation.quit("");
        else if (!what.follow && model.streams.get(key)?.pending === undefined) conversation.finish();
      },
    },
  );
  output.onRoom = () => conversation.resume();
  output.onGone = () => {
    gone = true;
    conversation.quit("");
  };
  const removeListeners = onStop(proc, () => conversation.quit(""));
  conversation.start();
  const ending = await conversation.ended;
  removeListeners();
  await output.flushed();
  if (gone) return output.withOutputError({ code: 0, words: [] });
  if (ending.code !== 0 || (entered && !out)) return output.withOutputError(ending);
  return output.withOutputError({
    code: 1,
    words: [entered ? `no longer in ${room}` : `could not go into ${what.room}`],
  });
}

function jsonOf(line: Talk): string {
  return JSON.stringify({
    id: line.msgid === undefined ? null : showText(line.msgid),
    time: new Date(line.time).toISOString(),
    room: showText(line.room ?? ""),
    nick: showText(line.nick),
    account: line.account === undefined || line.account === "*" ? null : showText(line.account),
    text: showText(line.text),
    ...(line.kind === "said" ? {} : { kind: line.kind }),
  });
}

/** Matches a mistyped duration or number, which is never an id. */
const MISTAKEN = /^[+-]?\d*([.,]\d+)?[a-z]*$/i;

/** Parses `--since`: `10m`, `2h`, `1d`, or the id of a message; `undefined` if it can be neither. */
export function pastSince(word: string): RoomHistory | undefined {
  const span = durationOf(word);
  if (span !== undefined) return { type: "for", span };
  if (word.length > MSGID || /[^!-~]/.test(word) || (MISTAKEN.test(word) && /\d|^$/.test(word))) return undefined;
  return { type: "since", msgid: word };
}
