import { Database } from "bun:sqlite";
import { dirname } from "node:path";
import type { Findings, Quest } from "../chat/quest.ts";
import { MEMORY } from "./database.ts";
import { SearchIndex } from "./search-index.ts";

/** What the thread that searches is told to do. */
export type Task =
  | { readonly type: "open"; readonly database: string; readonly index: string }
  | { readonly type: "search"; readonly quest: Quest }
  | { readonly type: "refresh"; readonly isBusy: boolean }
  | { readonly type: "forget"; readonly seqs: readonly number[] }
  | { readonly type: "forget-before"; readonly seq: number }
  | { readonly type: "checkpoint" }
  | { readonly type: "tidy" }
  | { readonly type: "close" };

/** What it answers: each search once, in their order. */
export type Answer =
  | { readonly type: "found"; readonly findings: Findings }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "closed" };

/** Searches the messages of a store, and does what else is long, without holding up what there is to do. */
export interface Finder {
  /** Rejects where that cannot be done, and if it is not wanted any more when its turn comes. */
  search(quest: Quest, isWanted: () => boolean): Promise<Findings>;
  /** Something was said: it is taken in soon; while the chat is busy, slowly. */
  refresh(isBusy: boolean): void;
  /** Messages are gone. */
  forget(seqs: readonly number[]): void;
  /** All before this one of the order are gone. */
  forgetBefore(seq: number): void;
  /** Much was written: it is brought from the log into the database. */
  checkpoint(): void;
  /** It is calm, and memory can be given back. */
  tidy(): void;
  close(): void;
}

/** Searches a database: one in a file in a thread of its own, one in memory beside the other work. */
export function finderFor(path: string, db: Database): Finder {
  return path === MEMORY ? new NearFinder(db) : new ThreadFinder(path);
}

/** A search that has been asked for. */
interface Search {
  readonly quest: Quest;
  readonly isWanted: () => boolean;
  readonly found: (findings: Findings) => void;
  readonly failed: (error: Error) => void;
}

const MOST = 256; // searches that wait for the thread: more would take seconds

/** Has a thread search, which begins with the first thing it is told: one search after the other. */
class ThreadFinder implements Finder {
  readonly #path: string;
  /** The first is being done. */
  readonly #searches: Search[] = [];
  #worker: Worker | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async search(quest: Quest, isWanted: () => boolean): Promise<Findings> {
    // The turn in which it is asked for is committed first: what was said in it can be found.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#searches.length > MOST) throw new Error("too many are searching");
    return new Promise((found, failed) => {
      this.#searches.push({ quest, isWanted, found, failed });
      if (this.#searches.length === 1) this.#begin();
    });
  }

  refresh(isBusy: boolean): void {
    this.#tell({ type: "refresh", isBusy });
  }

  forget(seqs: readonly number[]): void {
    // A thread that begins later sees for itself.
    if (this.#worker) this.#tell({ type: "forget", seqs });
  }

  forgetBefore(seq: number): void {
    this.#tell({ type: "forget-before", seq });
  }

  checkpoint(): void {
    this.#tell({ type: "checkpoint" });
  }

  tidy(): void {
    if (this.#worker) this.#tell({ type: "tidy" });
  }

  close(): void {
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
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#answered(data, worker);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#worker = undefined;
      this.#fail(event.message);
    };
    worker.postMessage({ type: "open", database: this.#path, index: `${this.#path}-index` } satisfies Task);
    return worker;
  }

  /** Begins with the first that is still wanted. */
  #begin(): void {
    const first = this.#searches.findIndex(({ isWanted }) => isWanted());
    const unwanted = this.#searches.splice(0, first < 0 ? this.#searches.length : first);
    for (const { failed } of unwanted) failed(new Error("nobody waits for it"));
    const search = this.#searches[0];
    if (search) this.#tell({ type: "search", quest: search.quest });
  }

  #answered(answer: Answer, worker: Worker): void {
    if (answer.type === "closed") return worker.terminate();
    const search = this.#searches.shift();
    if (answer.type === "found") search?.found(answer.findings);
    else search?.failed(new Error(answer.reason));
    this.#begin();
  }

  #fail(reason: string): void {
    for (const { failed } of this.#searches.splice(0)) failed(new Error(reason));
  }
}

/** In a compiled program the thread's code lies beside the main one; otherwise it is a file of ours. */
function workerPath(): string {
  return /\$bunfs|~BUN/.test(Bun.main)
    ? `${dirname(Bun.main)}/store/search-worker.js`
    : new URL("./search-worker.ts", import.meta.url).href;
}

const SLICE = 200; // of the order, taken in at once beside the other work: a few milliseconds

/** Searches a database in memory, which no other thread can see. Its index is made when it is first searched. */
class NearFinder implements Finder {
  readonly #db: Database;
  #index: SearchIndex | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  async search(quest: Quest): Promise<Findings> {
    this.#index ??= new SearchIndex(this.#db, new Database(MEMORY, { strict: true }));
    const index = this.#index;
    do await new Promise((resolve) => setImmediate(resolve));
    while (index.advance(SLICE));
    return index.find(quest);
  }

  refresh(): void {}

  forget(seqs: readonly number[]): void {
    this.#index?.forget(seqs);
  }

  forgetBefore(seq: number): void {
    while (this.#index?.forgetBefore(seq, SLICE));
  }

  checkpoint(): void {}

  tidy(): void {}

  close(): void {
    this.#index?.close();
    this.#index = undefined;
  }
}
