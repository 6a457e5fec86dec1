import { isForPeople } from "../chat/model/event.ts";
import type { StoredMessage, StoredSignal } from "../chat/store.ts";
import { reactionIn, referenceIn } from "../client/model/annotations.ts";
import { roomName } from "../client/model/rooms.ts";
import type { Reaction, Talk } from "../client/model/state.ts";
import type { OutputStream, Process } from "../client/run/process.ts";
import { parseSince, rowsOf } from "../client/run/tail.ts";
import { AnnotationWords } from "../client/ui/linear.ts";
import { RoomReader } from "../store/room-reader.ts";
import { unwritten } from "../text/filter.ts";
import { fold } from "../text/fold.ts";
import { nearest } from "../text/nearest.ts";
import { dataFolder, existingDatabase, fileConfig } from "./files.ts";
import { AdminError, type Options, text, UsageError } from "./options.ts";

const CHUNK = 65_536; // characters written at once

/**
 * `tcpchat export ROOM`: writes a room's history from the data folder, where a server may be running, as `tail` would
 * print it. Returns the exit code.
 */
export async function exportRoom(options: Options, proc: Process): Promise<number> {
  const [word] = options.rest;
  if (word === undefined) throw new UsageError("tcpchat export: which room? tcpchat export ROOM");
  if (options.flags.has("json") && options.flags.has("text"))
    throw new UsageError("tcpchat export: --json and --text exclude each other; give one");
  const given = text(options, "since");
  const since = given === undefined ? undefined : parseSince(given);
  if (given !== undefined && since === undefined)
    throw new UsageError(
      `tcpchat export: --since "${given}" is neither the id of a message nor a duration such as 30d`,
    );
  const folder = dataFolder(options, fileConfig(options, proc.env), proc.env);
  using reader = new RoomReader(existingDatabase(folder));
  const name = roomName(word);
  const room = reader.find(fold(name));
  if (!room) {
    const near = nearest(fold(name), reader.keys());
    throw new AdminError(`tcpchat export: nothing was ever said in ${name}${near ? `; did you mean ${near}?` : ""}`);
  }
  const after = since?.type === "since" ? reader.seqOf(since.msgid) : 0;
  if (after === undefined) throw new AdminError(`tcpchat export: no message of this server has the id ${given}`);
  const from = since?.type === "for" ? Date.now() - since.span : 0;
  const entries = reader.entries(room, after, from);
  return await writeAll(linesOf(entries, room.name, options.flags.has("json")), proc);
}

/** The lines of a history, as `tail` prints them. */
function* linesOf(
  entries: Iterable<StoredMessage | StoredSignal>,
  room: string,
  isJson: boolean,
): Generator<string, void> {
  const words = new AnnotationWords();
  for (const entry of entries) {
    const item = entry.type === "said" ? talkOf(entry, room) : reactionOf(entry, room);
    if (item) yield* rowsOf(item, room, words, { isJson, colour: false });
  }
}

const KINDS = { words: "said", notice: "noticed", action: "acted" } as const;

function talkOf(event: StoredMessage, room: string): Talk | undefined {
  const { kind, tags = new Map<string, string>() } = event;
  if (!isForPeople(kind)) return undefined;
  return {
    ...basicsOf(event, room),
    kind: KINDS[kind],
    text: event.text,
    mention: false,
    ...referenceIn(tags),
  };
}

function reactionOf(event: StoredSignal, room: string): Reaction | undefined {
  const reaction = reactionIn(event.tags);
  return reaction && { ...basicsOf(event, room), ...reaction, own: false };
}

function basicsOf({ time, from, msgid }: StoredMessage | StoredSignal, room: string) {
  return { time, room, nick: from.nick, to: undefined, msgid, account: from.account?.name, replayed: true } as const;
}

/** Writes lines as fast as they are taken, and no faster. Returns the exit code. */
async function writeAll(lines: Iterable<string>, { stdout, stderr }: Process): Promise<number> {
  let chunk = "";
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK) continue;
    const error = await written(stdout, chunk);
    if (error) return failed(error, stderr);
    chunk = "";
  }
  const error = chunk === "" ? undefined : await written(stdout, chunk);
  return error ? failed(error, stderr) : 0;
}

function written(output: OutputStream, chunk: string): Promise<Error | undefined> {
  return new Promise((resolve) => output.write(chunk, (error) => resolve(error ?? undefined)));
}

/** A reader that wants no more, such as `head`, is no failure. */
function failed(error: Error, stderr: OutputStream): number {
  const why = unwritten(error);
  if (why === undefined) return 0;
  stderr.write(`tcpchat export: ${why}\n`);
  return 1;
}
