import { expect, test } from "bun:test";
import { threadTime } from "../../../src/server/peer/thread-time.ts";

test("a thread's time passes while it works, and hardly while it sleeps", async () => {
  const before = threadTime();
  while (threadTime() < before + 5) Math.random();
  const [worked, passed] = [threadTime(), performance.now()];
  await Bun.sleep(50);
  expect(threadTime() - worked).toBeLessThan(performance.now() - passed);
});
