import { expect, test } from "bun:test";
import { Stage } from "../fakes.ts";

/** A hall in which floods are slowed. */
function slow(): Stage {
  const stage = new Stage();
  Object.assign(stage.hall.limits, { floodProtection: true, floodBurst: 10, floodRate: 2 });
  return stage;
}

test("telnet's commands without end are a flood: no more of them is read", () => {
  using stage = slow();
  const visitor = stage.connects().sends("hello\n", Buffer.from("\xff\xfb\x01\xff\xfb\x03", "latin1"));
  expect(visitor.transport.asked).toEqual([]);
  const commands = Buffer.from("\xff\xf1".repeat(8192), "latin1");
  visitor.sends(commands, commands, commands);
  expect(visitor.transport.asked).toEqual(["pause"]);
  expect(stage.hall.turn.tally.refusals.get("flood")).toBe(1);
});
