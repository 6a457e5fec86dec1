import { Database } from "bun:sqlite";
import { statSync, writeFileSync } from "node:fs";
import { messageOf } from "../../text/filter.ts";
import { LOG_BYTES, MEMORY } from "../database.ts";
import { Mirror, openIndex, pauseAfter, SearchIndex } from "./search-index.ts";
import type { Answer, Task } from "./search-service.ts";

/**
 * The search worker: the only thread that opens the index. It reads messages by a read-only connection, performs tasks
 * in order, and indexes new messages in between. It also runs the database's checkpoints, which wait 5 to 20 ms for the
 * disk and would block the chat on the main thread.
 */

declare const self: Worker;

const PASSES = 4; // of a checkpoint: each takes some 10 ms and copies what was written during the previous one

const RETRY = 1000; // ms until the next checkpoint, if a reader keeps the log long

let source: Database | undefined;
let checkpointer: Database | undefined;
let index: SearchIndex | undefined;
/** Messages copied from a database in memory. */
let mirror: Mirror | undefined;
/** The path of the write-ahead log. */
let logFile = "";
/** Whether another checkpoint is scheduled. */
let isRetryScheduled = false;
/** Messages before this `seq` have to be removed from the index. */
let floor = 0;
/** Whether the next step is scheduled. */
let isStepScheduled = false;
/** Whether many messages are being sent. */
let isBusy = false;

self.onmessage = ({ data }: MessageEvent<Task>) => {
  try {
    perform(data);
  } catch (error) {
    if (data.type === "copy") answer({ type: "copied", file: data.file, reason: messageOf(error) });
    if (data.type === "search") answer({ type: "failed", reason: messageOf(error) });
  }
};

function perform(task: Task): void {
  switch (task.type) {
    case "open":
      if (task.database === MEMORY) return openMirror();
      source = new Database(task.database, { readonly: true, strict: true });
      source.run("PRAGMA busy_timeout = 5000");
      checkpointer = new Database(task.database, { readwrite: true, create: false });
      logFile = `${task.database}-wal`;
      index = openIndex(source, task.index);
      return work();
    case "mirror":
      mirror?.take(task.rows);
      return work();
    case "rename":
      return mirror?.rename(task.from, task.to);
    case "search":
      if (!index) throw new Error("the index cannot be opened");
      return answer({ type: "found", hits: index.find(task.query) });
    case "refresh":
      isBusy = task.isBusy;
      return work();
    case "forget":
      mirror?.forget(task.seqs);
      return index?.forget(task.seqs);
    case "forget-before":
      floor = Math.max(floor, task.seq);
      return work();
    case "checkpoint":
      return checkpoint();
    case "trim-memory":
      return trimMemory();
    case "copy":
      copyInto(task.file);
      return answer({ type: "copied", file: task.file });
    case "close":
      index?.close();
      source?.close();
      checkpointer?.close();
      index = undefined;
      return answer({ type: "closed" });
    default:
      task satisfies never;
  }
}

/** Copies the database into a file. Takes seconds if it is large; on this thread, only searches wait meanwhile. */
function copyInto(file: string): void {
  writeFileSync(file, "", { mode: 0o600 }); // VACUUM INTO accepts an empty file
  source?.run("VACUUM INTO ?", [file]);
}

function openMirror(): void {
  mirror = new Mirror();
  source = mirror.db;
  index = new SearchIndex(source, new Database(MEMORY, { strict: true }));
}

/**
 * Releases the memory that SQLite and the JavaScript engine hold for this thread; the engine alone would do so only
 * under memory pressure.
 */
function trimMemory(): void {
  for (const db of [source, checkpointer]) db?.run("PRAGMA shrink_memory");
  index?.trimMemory();
  Bun.gc(true);
}

/**
 * Copies the write-ahead log into the database without waiting for readers: pages in use stay in the log until the next
 * checkpoint. Pages written during a pass are copied by another pass at once, because the log grows until all of it is
 * copied; only then does SQLite write it from the start again.
 *
 * A long reader, such as a backup, prevents that. While the log is long, the checkpoint is repeated each second, and the
 * first write after a complete copy truncates the log (`LOG_BYTES`). It is not truncated here: `TRUNCATE` holds the
 * writer's lock while it waits for the disk, and a tick that cannot get the lock in time is lost.
 */
function checkpoint(): void {
  const pass = checkpointer?.query<{ log: number; checkpointed: number }, []>("PRAGMA wal_checkpoint(PASSIVE)");
  let before = -1;
  let isWhole = false;
  for (let passes = 0; passes < PASSES; passes++) {
    const done = pass?.get();
    if (!done || done.log === before) break;
    before = done.log;
    isWhole = done.checkpointed === done.log;
  }
  if (isWhole || isRetryScheduled || !isLogLong()) return;
  isRetryScheduled = true;
  setTimeout(() => {
    isRetryScheduled = false;
    if (index) checkpoint();
  }, RETRY);
}

function isLogLong(): boolean {
  return (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES;
}

/** Indexes all new messages, in batches. */
function work(): void {
  if (isStepScheduled) return;
  step();
}

function step(): void {
  isStepScheduled = false;
  if (!index) return;
  try {
    const begun = performance.now();
    const isBehind = index.advance();
    mirror?.forgetUpTo(index.cursor);
    const hasOld = index.forgetBefore(floor);
    if (!isBehind && !hasOld) return;
    isStepScheduled = true;
    setTimeout(step, pauseAfter(performance.now() - begun, isBusy));
  } catch {
    // The disk may be full; the next refresh tries again.
  }
}

function answer(result: Answer): void {
  self.postMessage(result);
}
