import { expect, test } from "bun:test";
import { RequestQueue } from "../../../src/server/outbound/request-queue.ts";

/** A job that runs until it is ended or aborted, and its log. */
class Jobs {
  readonly log: string[] = [];
  readonly #ends = new Map<string, () => void>();

  job(name: string): (signal: AbortSignal) => Promise<void> {
    return (signal) => {
      this.log.push(name);
      return new Promise((done) => {
        this.#ends.set(name, done);
        signal.addEventListener("abort", () => {
          this.log.push(`${name} aborted`);
          done();
        });
      });
    };
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await Promise.resolve();
    await Promise.resolve();
  }
}

test("an owner runs two jobs at a time, in order, and delays nobody else", async () => {
  const [queue, jobs] = [new RequestQueue(), new Jobs()];
  for (const name of ["a1", "a2", "a3", "a4"]) queue.add("a", jobs.job(name));
  queue.add("b", jobs.job("b1"));
  expect(jobs.log).toEqual(["a1", "a2", "b1"]);
  await jobs.end("a2");
  await jobs.end("a1");
  expect(jobs.log).toEqual(["a1", "a2", "b1", "a3", "a4"]);
  queue.stop();
});

test("the number that runs at once and the numbers that wait are bounded", async () => {
  const [queue, jobs] = [new RequestQueue({ running: 2, waiting: 3, waitingEach: 2 }), new Jobs()];
  const added = ["a", "b", "a", "a", "a", "b", "c"].map((owner, at) => queue.add(owner, jobs.job(`${owner}${at}`)));
  expect(added).toEqual([true, true, true, true, false, true, false]);
  expect(jobs.log).toEqual(["a0", "b1"]);
  await jobs.end("a0");
  expect(jobs.log).toEqual(["a0", "b1", "a2"]);
  expect(queue.add("c", jobs.job("c7"))).toBe(true);
  queue.stop();
});

test("a job is aborted when its time is over, and all are when the queue stops", async () => {
  const [queue, jobs] = [new RequestQueue({ running: 1, timeout: 1 }), new Jobs()];
  await new Promise<void>((done) => {
    queue.add("a", jobs.job("a1"));
    queue.add("b", async () => done());
  });
  expect(jobs.log).toEqual(["a1", "a1 aborted"]);
  const [other, more] = [new RequestQueue({ running: 1 }), new Jobs()];
  other.add("a", more.job("a1"));
  other.add("a", more.job("a2"));
  other.stop();
  expect(more.log).toEqual(["a1", "a1 aborted"]);
  expect(other.add("a", more.job("a3"))).toBe(false);
});
