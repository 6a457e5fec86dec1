import type { Database, Statement } from "bun:sqlite";
import { dirname } from "node:path";
import type { SearchHits, SearchQuery } from "../../chat/store.ts";
import { MEMORY } from "../database.ts";

/** A task for the search worker. */
export type Task =
  | { readonly type: "open"; readonly database: string; readonly index: string }
  /** Messages copied from a database in memory. */
  | { readonly type: "mirror"; readonly rows: readonly MirrorRow[] }
  | { readonly type: "rename"; readonly from: string; readonly to: string }
  | { readonly type: "search"; readonly query: SearchQuery }
  | { readonly type: "refresh"; readonly isBusy: boolean }
  | { readonly type: "forget"; readonly seqs: readonly number[] }
  | { readonly type: "forget-before"; readonly seq: number }
  | { readonly type: "checkpoint" }
  | { readonly type: "trim-memory" }
  | { readonly type: "copy"; readonly file: string }
  | { readonly type: "close" };

/** An answer of the search worker: one per search, in order, one per copy, and one when it has closed. */
export type Answer =
  | { readonly type: "found"; readonly hits: SearchHits }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "copied"; readonly file: string; readonly reason?: string | undefined }
  | { readonly type: "closed" };

/** Searches the messages of a store, and does its other slow work, off the event loop. */
export interface SearchService {
  /**
   * Rejects if the search fails, if too many searches of this asker wait, or if `isWanted` is false when its turn
   * comes.
   */
  search(query: SearchQuery, asker: object, isWanted: () => boolean): Promise<SearchHits>;
  /** There are new messages to index; while the chat is busy, slowly. */
  refresh(isBusy: boolean): void;
  /** Removes deleted messages from the index. */
  forget(seqs: readonly number[]): void;
  /** Changes the key of a place. */
  renamePlace(from: string, to: string): void;
  /** Removes all messages before `seq` from the index. */
  forgetBefore(seq: number): void;
  /** Copies the write-ahead log into the database. */
  checkpoint(): void;
  /** Releases memory while the server is quiet. */
  trimMemory(): void;
  /** Copies the database into a new file, as it is at one moment. Rejects if it cannot, or is in memory. */
  copy(file: string): Promise<void>;
  close(): void;
}

/**
 * The search service of a database, in a worker thread. Messages of a database in memory are copied to the worker once
 * somebody searches.
 */
export function searchServiceFor(path: string, db: Database): SearchService {
  return new WorkerSearchService(path, path === MEMORY ? new MirrorFeed(db) : undefined);
}

/** A search that waits or runs. */
interface Search {
  readonly query: SearchQuery;
  readonly isWanted: () => boolean;
  readonly found: (hits: SearchHits) => void;
  readonly failed: (error: Error) => void;
}

/** Searches in a worker, which starts with its first task, one search after the other. */
class WorkerSearchService implements SearchService {
  readonly #path: string;
  /** The source of messages, if the database is in memory and the worker cannot see it. */
  readonly #feed: MirrorFeed | undefined;
  readonly #queue = new SearchQueue<Search>();
  /** The search that runs now. */
  #current: Search | undefined;
  /** Called at the end of each copy, by its file; with the reason if it failed. */
  readonly #copies = new Map<string, (failure: string | undefined) => void>();
  #worker: Worker | undefined;
  #isClosed = false;

  constructor(path: string, feed: MirrorFeed | undefined) {
    this.#path = path;
    this.#feed = feed;
  }

  search(query: SearchQuery, asker: object, isWanted: () => boolean): Promise<SearchHits> {
    return new Promise((found, failed) => {
      if (this.#queue.add(asker, { query, isWanted, found, failed })) this.#startSearchSoon();
      else failed(new Error("too many searches wait already"));
    });
  }

  refresh(isBusy: boolean): void {
    if (!this.#feed) this.#tell({ type: "refresh", isBusy });
    else if (this.#worker) void this.#copyMessages();
  }

  forget(seqs: readonly number[]): void {
    // A worker that starts later will not find them.
    if (this.#worker) this.#tell({ type: "forget", seqs });
  }

  renamePlace(from: string, to: string): void {
    // A worker that reads the database itself sees the new key there.
    if (this.#worker && this.#feed) this.#tell({ type: "rename", from, to });
  }

  forgetBefore(seq: number): void {
    if (this.#worker || !this.#feed) this.#tell({ type: "forget-before", seq });
  }

  checkpoint(): void {
    if (!this.#feed) this.#tell({ type: "checkpoint" });
  }

  trimMemory(): void {
    if (this.#worker) this.#tell({ type: "trim-memory" });
  }

  copy(file: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#feed || this.#isClosed) return reject(new Error("there is no database to copy"));
      this.#copies.set(file, (reason) => (reason === undefined ? resolve() : reject(new Error(reason))));
      this.#tell({ type: "copy", file });
    });
  }

  close(): void {
    this.#isClosed = true;
    if (this.#worker) this.#tell({ type: "close" });
    this.#worker = undefined;
    this.#fail("the store is closed");
  }

  #tell(task: Task): void {
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage(task);
  }

  #startWorker(): Worker {
    const worker = new Worker(workerPath());
    worker.unref();
    this.#feed?.restart();
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#handleAnswer(data, worker);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#worker = undefined;
      this.#fail(event.message);
    };
    worker.postMessage({ type: "open", database: this.#path, index: `${this.#path}-index` } satisfies Task);
    return worker;
  }

  /** Starts after this tick, whose commit makes its messages visible to the worker. */
  #startSearchSoon(): void {
    setImmediate(async () => {
      await this.#copyMessages();
      if (!this.#current && !this.#isClosed) this.#startSearch();
    });
  }

  /** Copies new messages to the worker, in batches. */
  async #copyMessages(): Promise<void> {
    if (!this.#feed || this.#isClosed) return;
    this.#worker ??= this.#startWorker();
    for (let rows = this.#feed.next(); rows.length > 0; rows = this.#isClosed ? [] : this.#feed.next()) {
      this.#tell({ type: "mirror", rows });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Starts the next search that is still wanted. */
  #startSearch(): void {
    for (let next = this.#queue.take(); next; next = this.#queue.take()) {
      if (next.isWanted()) {
        this.#current = next;
        return this.#tell({ type: "search", query: next.query });
      }
      next.failed(new Error("nobody waits for it"));
    }
  }

  #handleAnswer(answer: Answer, worker: Worker): void {
    if (answer.type === "closed") return worker.terminate();
    if (answer.type === "copied") {
      this.#copies.get(answer.file)?.(answer.reason);
      return void this.#copies.delete(answer.file);
    }
    const search = this.#current;
    this.#current = undefined;
    if (answer.type === "found") search?.found(answer.hits);
    else search?.failed(new Error(answer.reason));
    this.#startSearch();
  }

  #fail(reason: string): void {
    const all = [...(this.#current ? [this.#current] : []), ...this.#queue.takeAll()];
    this.#current = undefined;
    for (const { failed } of all) failed(new Error(reason));
    for (const failed of this.#copies.values()) failed(reason);
    this.#copies.clear();
  }
}

/** The worker's code: in a compiled binary it lies beside the main module, otherwise it is a source file. */
function workerPath(): string {
  return /\$bunfs|~BUN/.test(Bun.main)
    ? `${dirname(Bun.main)}/store/search/search-worker.js`
    : new URL("./search-worker.ts", import.meta.url).href;
}

/** The most searches of one asker that may wait. */
export const MAX_WAITING = 4;

/** A queue with one lane per asker, served round robin: an asker with many searches delays each other asker by one. */
export class SearchQueue<T> {
  /** The lanes, in the order of their next turns. */
  readonly #lanes = new Map<object, T[]>();

  /** Adds work to an asker's lane; false if the lane is full. */
  add(asker: object, work: T): boolean {
    const lane = this.#lanes.get(asker);
    if (!lane) this.#lanes.set(asker, [work]);
    else if (lane.length < MAX_WAITING) lane.push(work);
    else return false;
    return true;
  }

  /** Takes out the next work. */
  take(): T | undefined {
    for (const [asker, lane] of this.#lanes) {
      this.#lanes.delete(asker);
      const [next, ...rest] = lane;
      if (rest.length > 0) this.#lanes.set(asker, rest);
      return next;
    }
    return undefined;
  }

  /** Takes out everything. */
  takeAll(): readonly T[] {
    const all = [...this.#lanes.values()].flat();
    this.#lanes.clear();
    return all;
  }
}

/** A message with the columns that the full-text index needs. */
export interface MirrorRow {
  readonly seq: number;
  readonly place: number;
  readonly key: string;
  readonly time: number;
  readonly manner: string;
  readonly nick: string;
  readonly text: string;
}

/**
 * Reads the messages of a database in memory, which no other thread can see, to be copied to the search worker: each
 * once, in order.
 */
export class MirrorFeed {
  readonly #rows: Statement<MirrorRow, [number, number]>;
  #last = -1;

  constructor(db: Database) {
    this.#rows = db.prepare(
      `SELECT seq, place, key, time, manner, nick, text FROM message JOIN place ON place.id = message.place
       WHERE seq > ? ORDER BY seq LIMIT ?`,
    );
  }

  /** The next batch; empty once all were read. */
  next(): readonly MirrorRow[] {
    const rows = this.#rows.all(this.#last, BATCH);
    this.#last = rows.at(-1)?.seq ?? this.#last;
    return rows;
  }

  /** Starts from the first message again, for a new worker. */
  restart(): void {
    this.#last = -1;
  }
}

const BATCH = 200; // messages copied at once: a millisecond
