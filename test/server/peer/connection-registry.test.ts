import { expect, test } from "bun:test";
import { Stage } from "../fakes.ts";

test("what others need not wait for is done at once, until the turn that it begins has enough to do", () => {
  using stage = new Stage();
  const { hall } = stage;
  const { connection } = stage.connects();
  const done: string[] = [];
  hall.turn.end();
  hall.inTurn(connection, () => {
    done.push("one");
    hall.turn.laid = 1 << 30;
  });
  hall.inTurn(connection, () => done.push("two"));
  expect(done).toEqual(["one"]);
});

test("what is left for later turns is done in order", async () => {
  using stage = new Stage();
  const { hall } = stage;
  const { connection } = stage.connects();
  const done: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  for (let n = 0; n < 5; n++)
    hall.inTurn(connection, () => {
      hall.turn.laid = 1 << 30;
      if (done.push(n) === 5) resolve();
    });
  await promise;
  expect(done).toEqual([0, 1, 2, 3, 4]);
});
