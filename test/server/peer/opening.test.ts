import { expect, test } from "bun:test";
import { Stage } from "../fakes.ts";

test("who has not shown how they speak is counted until they have, or are gone", () => {
  using stage = new Stage();
  const { connection } = stage.connects();
  expect([...stage.hall.undecided]).toEqual([connection]);
  connection.opening.begin();
  expect(stage.hall.undecided.size).toBe(1);
  connection.opening.end();
  expect(stage.hall.undecided.size).toBe(0);
});
