/** The bounds of a queue. */
interface QueueLimits {
  /** Jobs that wait, of all owners and of one: further ones are dropped. */
  readonly waiting: number;
  readonly waitingEach: number;
  /** Jobs that run at once, of all owners and of one. */
  readonly running: number;
  readonly runningEach: number;
  /** Milliseconds after which a job's signal aborts. */
  readonly timeout: number;
}

const LIMITS: QueueLimits = { waiting: 1000, waitingEach: 20, running: 32, runningEach: 2, timeout: 10_000 };

/** Asynchronous work; it ends soon after its signal aborts, and never rejects but by a bug. */
type Job = (signal: AbortSignal) => Promise<void>;

/** The number of an owner's jobs. */
interface Counts {
  waiting: number;
  running: number;
}

/**
 * Runs jobs that take long, such as requests: a few at once, the others wait. The jobs of one owner run in order of their
 * arrival, at most two at a time, so an owner whose requests hang delays nobody else. What does not fit is dropped.
 */
export class RequestQueue {
  readonly #limits: QueueLimits;
  readonly #waiting: { readonly owner: string; readonly job: Job }[] = [];
  readonly #counts = new Map<string, Counts>();
  readonly #running = new Set<AbortController>();
  #isStopped = false;

  constructor(limits: Partial<QueueLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Queues a job; false if there is no room for it. */
  add(owner: string, job: Job): boolean {
    const counts = this.#counts.get(owner) ?? { waiting: 0, running: 0 };
    if (this.#isStopped || this.#waiting.length >= this.#limits.waiting) return false;
    if (counts.waiting >= this.#limits.waitingEach) return false;
    this.#counts.set(owner, counts);
    counts.waiting++;
    this.#waiting.push({ owner, job });
    this.#startNext();
    return true;
  }

  /** Drops the jobs that wait, and aborts those that run. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
    for (const running of this.#running) running.abort();
  }

  #startNext(): void {
    while (this.#running.size < this.#limits.running) {
      const at = this.#waiting.findIndex(({ owner }) => this.#mayRun(owner));
      const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
      if (!next) return;
      void this.#run(next.owner, next.job);
    }
  }

  #mayRun(owner: string): boolean {
    return (this.#counts.get(owner)?.running ?? 0) < this.#limits.runningEach;
  }

  async #run(owner: string, job: Job): Promise<void> {
    const running = new AbortController();
    const timer = setTimeout(() => running.abort(), this.#limits.timeout);
    this.#running.add(running);
    const counts = this.#counts.get(owner) ?? { waiting: 1, running: 0 };
    counts.waiting--;
    counts.running++;
    try {
      await job(running.signal);
    } finally {
      clearTimeout(timer);
      this.#running.delete(running);
      counts.running--;
      if (counts.running + counts.waiting === 0) this.#counts.delete(owner);
      this.#startNext();
    }
  }
}
