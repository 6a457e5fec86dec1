import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { LOG_PAGES, MEMORY } from "./database.ts";
import type { Answer, Task } from "./finder.ts";
import { Mirror } from "./mirror.ts";
import { openIndex, restAfter, SearchIndex } from "./search-index.ts";

/**
 * The thread that searches: it alone has the index, reads the messages by a connection that cannot write, and does what
 * it is told by messages, one after the other. Between two, it takes in what was said. It also does the checkpoints of
 * the database, which wait for the disk: 5 to 20 ms for which the chat would stand still.
 */

declare const self: Worker;

const PASSES = 4; // of a checkpoint: the second has what was written during the first, which takes some 10 ms

const LOG_BYTES = LOG_PAGES * 4096; // a log is no longer than this while nobody reads for long
const CUT_AGAIN = 1000; // ms

let source: Database | undefined;
let keeper: Database | undefined;
let index: SearchIndex | undefined;
/** Of a database in memory, which is handed on. */
let mirror: Mirror | undefined;
/** The write-ahead log of the database. */
let logFile = "";
/** It is too long, and is to be cut. */
let isCutting = false;
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
    case "search":
      if (!index) throw new Error("the index cannot be opened");
      return answer({ type: "found", findings: index.find(task.quest) });
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
      return tidy();
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
function tidy(): void {
  for (const db of [source, keeper]) db?.run("PRAGMA shrink_memory");
  index?.tidy();
  Bun.gc(true);
}

/**
 * Brings the log into the database, waiting for nobody: what is in use is for the next time. What was written meanwhile
 * follows at once: only once all is brought over, the log begins anew, and does not grow.
 *
 * While somebody reads for long, a backup perhaps, the log cannot begin anew, and grows; nor does it shrink by itself
 * afterwards. So a long one is cut to nothing as soon as nobody reads it any more.
 */
function checkpoint(): void {
  const pass = keeper?.query<{ log: number }, []>("PRAGMA wal_checkpoint(PASSIVE)");
  let before = -1;
  for (let passes = 0; passes < PASSES; passes++) {
    const pages = pass?.get()?.log;
    if (pages === undefined || pages === before) break;
    before = pages;
  }
  if (!isLong()) return;
  // Answers at once if somebody reads or writes; otherwise little is left to do, for which a turn may have to wait.
  keeper?.run("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!isLong() || isCutting) return;
  isCutting = true;
  setTimeout(() => {
    isCutting = false;
    if (index) checkpoint();
  }, CUT_AGAIN);
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
