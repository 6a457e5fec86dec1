import { expect, test } from "bun:test";
import { Stage, type Visitor } from "./fakes.ts";

const AGE = 20_000; // ms after which nobody is new any more

/** A hall in which floods are slowed. */
function slow(): Stage {
  const stage = new Stage();
  Object.assign(stage.hall.limits, { floodProtection: true, floodBurst: 10, floodRate: 2 });
  return stage;
}

/** Sends in a turn that has enough to do already. */
function sendsLate(stage: Stage, visitor: Visitor, text: string): void {
  stage.hall.turn.begin();
  stage.hall.turn.laid = 1e9;
  visitor.connection.received(Buffer.from(text));
}

/** Waits until everyone who let others go first has been served. */
async function served(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

test("where a turn has enough to do, one who is new lets the others go first, and is heard right after", async () => {
  using stage = slow();
  const veteran = stage.connects().sends("hello\n");
  stage.now += AGE;
  const newcomer = stage.connects();
  sendsLate(stage, newcomer, "me too\nand more\n");
  sendsLate(stage, veteran, "me first\n");
  expect(stage.faces.map(({ told }) => told)).toEqual([["hello", "me first"]]);
  await served();
  expect(newcomer.face.told).toEqual(["me too", "and more"]);
});

test("where a turn has enough to do, one who has said much lets the others go first", async () => {
  using stage = slow();
  const [loud, quiet] = [stage.connects().sends("hello\n"), stage.connects().sends("hello\n")];
  stage.now += AGE;
  loud.sends("1\n2\n3\n4\n5\n6\n");
  sendsLate(stage, loud, "7\n");
  sendsLate(stage, quiet, "8\n");
  expect([loud.face.told.at(-1), quiet.face.told.at(-1)]).toEqual(["6", "8"]);
  await served();
  expect(loud.face.told.at(-1)).toBe("7");
});

test("half a line of one who has to wait is no message, however long it takes", async () => {
  using stage = slow();
  const visitor = stage.connects();
  sendsLate(stage, visitor, "NICK ann\r\nUSER ann 0 * ");
  await served();
  visitor.sends(":Ann\r\n");
  expect([visitor.face.name, ...visitor.face.told]).toEqual(["client", "NICK ann", "USER ann 0 * :Ann"]);
});

test("one who leaves while it waits says nothing more", async () => {
  using stage = slow();
  const visitor = stage.connects();
  sendsLate(stage, visitor, "hello\n");
  visitor.connection.closed("Connection reset");
  await served();
  expect([stage.faces.length, stage.failures]).toEqual([0, []]);
});

test("telnet's commands without end are a flood: no more of them is read", () => {
  using stage = slow();
  const visitor = stage.connects().sends("hello\n", Buffer.from("\xff\xfb\x01\xff\xfb\x03", "latin1"));
  expect(visitor.transport.asked).toEqual([]);
  const commands = Buffer.from("\xff\xf1".repeat(8192), "latin1");
  visitor.sends(commands);
  expect(visitor.transport.asked).toEqual(["pause"]);
  expect(stage.hall.turn.tally.refusals.get("flood")).toBe(1);
});
