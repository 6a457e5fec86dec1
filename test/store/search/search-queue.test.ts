import { expect, test } from "bun:test";
import { MOST_WAITING, SearchQueue } from "../../../src/store/search/search-queue.ts";

test("askers take turns, in the order in which they came", () => {
  const queue = new SearchQueue<string>();
  const [ann, bob, eve] = [{}, {}, {}];
  for (const work of ["a1", "a2", "a3"]) queue.add(ann, work);
  queue.add(bob, "b1");
  queue.add(eve, "e1");
  queue.add(bob, "b2");
  const taken = Array.from({ length: 4 }, () => queue.take());
  queue.add(eve, "e2");
  expect([...taken, queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([
    ...["a1", "b1", "e1", "a2"],
    ...["b2", "a3", "e2"],
    undefined,
  ]);
});

test("so much of one asker's waits, and no more; what is taken out makes room", () => {
  const queue = new SearchQueue<number>();
  const ann = {};
  const added = Array.from({ length: MOST_WAITING + 2 }, (_, n) => queue.add(ann, n));
  expect(added.filter((isAdded) => isAdded).length).toBe(MOST_WAITING);
  expect(queue.add({}, 99)).toBe(true);
  queue.take();
  expect(queue.add(ann, 5)).toBe(true);
  expect(queue.takeAll()).toEqual([99, 1, 2, 3, 5]);
  expect(queue.take()).toBeUndefined();
});
