import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { LOG_BYTES, MEMORY } from "../database.ts";
import { Mirror } from "./mirror.ts";
import { openIndex, restAfter, SearchIndex } from "./search-index.ts";
import type { Answer, Task } from "./search-service.ts";

/**
 * The thread that searches: it alone has the index, reads the messages by a connection that cannot write, and does what
 * it is told by messages, one after the other. Between two, it takes in what was said. It also does the checkpoints of
 * the database, which wait for the disk: 5 to 20 ms for which the chat would stand still.
 */

declare const self: Worker;

const PASSES = 4; // of a checkpoint: the second has what was written during the first, which takes some 10 ms

const AGAIN = 1000; // ms until a long log that somebody reads is tried again

let source: Database | undefined;
let keeper: Database | undefined;
let index: SearchIndex | undefined;
/** Of a database in memory, which is handed on. */
let mirror: Mirror | undefined;
/** The write-ahead log of the database. */
let logFile = "";
/** A long log is tried again soon. */
let isDue = false;
/** Of the order, before which all is to be forgotten. */
let floor = 0;
/** A next step is to come. */
let isWorking = false;
/** Much is being said. */
let isBusy = false;

self.onmessage = ({ data }: MessageEvent<Task>) => {
  try {
    perform(data);
  } catch (error) {
    if (data.type === "search") answer({ type: "failed", reason: reasonOf(error) });
  }
};

function perform(task: Task): void {
  switch (task.type) {
    case "open":
      if (task.database === MEMORY) return openMirror();
      source = new Database(task.database, { readonly: true, strict: true });
      source.run("PRAGMA busy_timeout = 5000");
      keeper = new Database(task.database, { readwrite: true, create: false });
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
    case "tidy":
      return trimMemory();
    case "close":
      index?.close();
      source?.close();
      keeper?.close();
      index = undefined;
      return answer({ type: "closed" });
    default:
      task satisfies never;
  }
}

function openMirror(): void {
  mirror = new Mirror();
  source = mirror.db;
  index = new SearchIndex(source, new Database(MEMORY, { strict: true }));
}

/** Gives back what SQLite and the engine keep for this thread; the engine alone would do so only in need. */
function trimMemory(): void {
  for (const db of [source, keeper]) db?.run("PRAGMA shrink_memory");
  index?.trimMemory();
  Bun.gc(true);
}

/**
 * Copies the log into the database, waiting for nobody: pages in use are left for the next time. What was written
 * during a pass follows at once: the log begins anew only once all of it is copied, and grows until then.
 *
 * While somebody reads for long, a backup perhaps, the log cannot begin anew. A long one is tried again each second,
 * and the first write after that cuts it (`LOG_BYTES`). It is not cut here: `TRUNCATE` holds the lock of the writer
 * while it copies and waits for the disk, and the turn that waits for that lock in vain is lost.
 */
function checkpoint(): void {
  const pass = keeper?.query<{ log: number; checkpointed: number }, []>("PRAGMA wal_checkpoint(PASSIVE)");
  let before = -1;
  let isWhole = false;
  for (let passes = 0; passes < PASSES; passes++) {
    const done = pass?.get();
    if (!done || done.log === before) break;
    before = done.log;
    isWhole = done.checkpointed === done.log;
  }
  if (isWhole || isDue || !isLong()) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    if (index) checkpoint();
  }, AGAIN);
}

function isLong(): boolean {
  return (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES;
}

/** Takes in what there is, a stretch at a time. */
function work(): void {
  if (isWorking) return;
  isWorking = true;
  step();
}

function step(): void {
  isWorking = false;
  if (!index) return;
  try {
    const begun = performance.now();
    const isBehind = index.advance();
    mirror?.forgetUpTo(index.cursor);
    const hasOld = index.forgetBefore(floor);
    if (!isBehind && !hasOld) return;
    isWorking = true;
    setTimeout(step, restAfter(performance.now() - begun, isBusy));
  } catch {
    // The disk is full, perhaps; the next refresh tries again.
  }
}

function answer(result: Answer): void {
  self.postMessage(result);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
