import type { Database } from "bun:sqlite";
import { dirname } from "node:path";
import type { SearchHits, SearchQuery } from "../../chat/store.ts";
import { MEMORY } from "../database.ts";
import { MirrorFeed, type MirrorRow } from "./mirror.ts";

/** What the thread that searches is told to do. */
export type Task =
  | { readonly type: "open"; readonly database: string; readonly index: string }
  /** Messages of a database in memory. */
  | { readonly type: "mirror"; readonly rows: readonly MirrorRow[] }
  | { readonly type: "rename"; readonly from: string; readonly to: string }
  | { readonly type: "search"; readonly query: SearchQuery }
  | { readonly type: "refresh"; readonly isBusy: boolean }
  | { readonly type: "forget"; readonly seqs: readonly number[] }
  | { readonly type: "forget-before"; readonly seq: number }
  | { readonly type: "checkpoint" }
  | { readonly type: "tidy" }
  | { readonly type: "close" };

/** What it answers: each search once, in their order. */
export type Answer =
  | { readonly type: "found"; readonly hits: SearchHits }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "closed" };

/** Searches the messages of a store, and does what else is long, without holding up what there is to do. */
export interface SearchService {
  /**
   * Rejects where that cannot be done, if too many of this asker's searches wait, and if it is not wanted any more when
   * its turn comes.
   */
  search(query: SearchQuery, asker: object, isWanted: () => boolean): Promise<SearchHits>;
  /** Something was said: it is taken in soon; while the chat is busy, slowly. */
  refresh(isBusy: boolean): void;
  /** Messages are gone. */
  forget(seqs: readonly number[]): void;
  /** A place has another key. */
  renamePlace(from: string, to: string): void;
  /** All before this one of the order are gone. */
  forgetBefore(seq: number): void;
  /** Much was written: it is brought from the log into the database. */
  checkpoint(): void;
  /** It is calm, and memory can be given back. */
  trimMemory(): void;
  close(): void;
}

/** Searches a database, in a thread of its own; one in memory is handed on to it once somebody searches. */
export function searchServiceFor(path: string, db: Database): SearchService {
  return new ThreadFinder(path, path === MEMORY ? new MirrorFeed(db) : undefined);
}

/** A search that has been asked for. */
interface Search {
  readonly query: SearchQuery;
  readonly isWanted: () => boolean;
  readonly found: (hits: SearchHits) => void;
  readonly failed: (error: Error) => void;
}

/** Has a thread search, which begins with the first thing it is told: one search after the other. */
class ThreadFinder implements SearchService {
  readonly #path: string;
  /** Of a database that the thread cannot see. */
  readonly #feed: MirrorFeed | undefined;
  readonly #waiting = new SearchQueue<Search>();
  /** The search that the thread does now. */
  #current: Search | undefined;
  #worker: Worker | undefined;
  #isClosed = false;

  constructor(path: string, feed: MirrorFeed | undefined) {
    this.#path = path;
    this.#feed = feed;
  }

  search(query: SearchQuery, asker: object, isWanted: () => boolean): Promise<SearchHits> {
    return new Promise((found, failed) => {
      if (this.#waiting.add(asker, { query, isWanted, found, failed })) this.#beginLater();
      else failed(new Error("too many searches wait already"));
    });
  }

  refresh(isBusy: boolean): void {
    if (!this.#feed) this.#tell({ type: "refresh", isBusy });
    else if (this.#worker) void this.#handOn();
  }

  forget(seqs: readonly number[]): void {
    // A thread that begins later sees for itself.
    if (this.#worker) this.#tell({ type: "forget", seqs });
  }

  renamePlace(from: string, to: string): void {
    // A thread that sees the database sees that too.
    if (this.#worker && this.#feed) this.#tell({ type: "rename", from, to });
  }

  forgetBefore(seq: number): void {
    if (this.#worker || !this.#feed) this.#tell({ type: "forget-before", seq });
  }

  checkpoint(): void {
    if (!this.#feed) this.#tell({ type: "checkpoint" });
  }

  trimMemory(): void {
    if (this.#worker) this.#tell({ type: "tidy" });
  }

  close(): void {
    this.#isClosed = true;
    if (this.#worker) this.#tell({ type: "close" });
    this.#worker = undefined;
    this.#fail("the store is closed");
  }

  #tell(task: Task): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(task);
  }

  #start(): Worker {
    const worker = new Worker(workerPath());
    worker.unref();
    this.#feed?.restart();
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#answered(data, worker);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#worker = undefined;
      this.#fail(event.message);
    };
    worker.postMessage({ type: "open", database: this.#path, index: `${this.#path}-index` } satisfies Task);
    return worker;
  }

  /** The turn in which something is looked for is committed first: what was said in it can be found. */
  #beginLater(): void {
    setImmediate(async () => {
      await this.#handOn();
      if (!this.#current && !this.#isClosed) this.#begin();
    });
  }

  /** Hands on what was said since, a stretch at a time. */
  async #handOn(): Promise<void> {
    if (!this.#feed || this.#isClosed) return;
    this.#worker ??= this.#start();
    for (let rows = this.#feed.next(); rows.length > 0; rows = this.#isClosed ? [] : this.#feed.next()) {
      this.#tell({ type: "mirror", rows });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Begins with the next that is still wanted. */
  #begin(): void {
    for (let next = this.#waiting.take(); next; next = this.#waiting.take()) {
      if (next.isWanted()) {
        this.#current = next;
        return this.#tell({ type: "search", query: next.query });
      }
      next.failed(new Error("nobody waits for it"));
    }
  }

  #answered(answer: Answer, worker: Worker): void {
    if (answer.type === "closed") return worker.terminate();
    const search = this.#current;
    this.#current = undefined;
    if (answer.type === "found") search?.found(answer.hits);
    else search?.failed(new Error(answer.reason));
    this.#begin();
  }

  #fail(reason: string): void {
    const all = [...(this.#current ? [this.#current] : []), ...this.#waiting.takeAll()];
    this.#current = undefined;
    for (const { failed } of all) failed(new Error(reason));
  }
}

/** In a compiled program the thread's code lies beside the main one; otherwise it is a file of ours. */
function workerPath(): string {
  return /\$bunfs|~BUN/.test(Bun.main)
    ? `${dirname(Bun.main)}/store/search/search-worker.js`
    : new URL("./search-worker.ts", import.meta.url).href;
}

/** How many searches of one asker wait at the most. */
export const MOST_WAITING = 4;

/**
 * A queue in which askers take turns: an asker with much work delays itself, and every other by one piece of work at
 * the most.
 */
export class SearchQueue<T> {
  /** In the order of their next turns. */
  readonly #waiting = new Map<object, T[]>();

  /** Answers whether there is room for it: not if too much of this asker's waits already. */
  add(asker: object, work: T): boolean {
    const theirs = this.#waiting.get(asker);
    if (!theirs) this.#waiting.set(asker, [work]);
    else if (theirs.length < MOST_WAITING) theirs.push(work);
    else return false;
    return true;
  }

  /** Takes out what comes next. */
  take(): T | undefined {
    for (const [asker, theirs] of this.#waiting) {
      this.#waiting.delete(asker);
      const [next, ...rest] = theirs;
      if (rest.length > 0) this.#waiting.set(asker, rest);
      return next;
    }
    return undefined;
  }

  /** Takes out all there is. */
  takeAll(): readonly T[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    return all;
  }
}
