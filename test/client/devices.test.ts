import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saslPlain } from "../support/accounts.ts";
import { binary, Program } from "../support/binary.ts";
import { Screen } from "../support/client/terminal.ts";
import { WireClient } from "../support/socket.ts";

// Two clients of one account, a guest's client, and an IRC client that keeps read markers too; each is killed, and the
// server as well.

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0).reverse()) clean();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tcpchat-devices-"));
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A device: its own state folder, and the account's password. */
class Device {
  readonly home = folder();
  readonly #args: readonly string[];

  constructor(...args: readonly string[]) {
    this.#args = args;
  }

  async starts(port: number): Promise<Screen> {
    const command = [await binary(), "client", `127.0.0.1:${port}`, ...this.#args];
    const env = { HOME: this.home, TCPCHAT_PASSWORD: this.#args.includes("--account") ? "secret" : "" };
    const screen = new Screen(command, 110, 14, env);
    cleanups.push(() => screen.program.kill());
    return screen;
  }
}

/** The number of unread messages that the list shows for a room: "" for none, `?` while it is not in the list. */
function unread(rows: readonly string[], room: string): string {
  const row = rows.find((each) => new RegExp(`^ *\\d* *${room}[ │]`).test(each));
  return row === undefined ? "?" : (/ (\d*[+!]?) *│/.exec(row.slice(row.indexOf(room) + room.length - 1))?.[1] ?? "");
}

function shows(screen: Screen, counts: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return screen.until((rows) => Object.entries(counts).every(([room, count]) => unread(rows, room) === count));
}

async function killed(program: Bun.Subprocess): Promise<void> {
  program.kill("SIGKILL");
  await program.exited;
}

/** An IRC client that logs in as ann. */
async function weechat(port: number): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`CAP REQ :sasl server-time draft/read-marker draft/chathistory\r\nAUTHENTICATE PLAIN\r\n`);
  wire.send(`AUTHENTICATE ${saslPlain("ann")}\r\nNICK ann\r\nUSER ann 0 * :ann\r\nCAP END\r\n`);
  await wire.until(/ (?:376|422) /);
  return wire;
}

test("an account's devices have the same rooms and unread messages, after anything was killed", async () => {
  const data = folder();
  let server = await Program.server(["--data", data]);
  const { port } = server;
  cleanups.push(() => server.process.kill());
  const bob = await WireClient.open(port);
  bob.send("NICK bob\r\nUSER bob 0 * :b\r\nREGISTER * * secret\r\n");
  await bob.until(/ 900 /);
  bob.send("JOIN #dev,#ops\r\n");
  await bob.until(/ 366 bob #ops/);
  const first = await WireClient.open(port);
  first.send("NICK ann\r\nUSER ann 0 * :a\r\nREGISTER * * secret\r\nJOIN #dev,#ops\r\n");
  await first.until(/ 366 ann #ops/);
  first.send("QUIT\r\n");
  await first.closed();
  const said = async (wire: WireClient, ...lines: string[]) => {
    for (const line of lines) wire.send(`${line}\r\n`);
    wire.send("PING said\r\n");
    await wire.until(/PONG \S+ said/);
  };
  await said(bob, "PRIVMSG #dev :one", "PRIVMSG #ops :two", "PRIVMSG #ops :three for ann", "PRIVMSG ann :psst");

  // The first device is back in its rooms; the room that it shows is read.
  const [desk, phone] = [
    new Device("--nick", "ann", "--account", "ann"),
    new Device("--nick", "ann", "--account", "ann"),
  ];
  let one = await desk.starts(port);
  await shows(one, { "#dev": "", "#ops": "2!", bob: "1!" });
  expect(one.rows().join("\n")).not.toContain("In #dev:");
  // So it is on the second, and in an IRC client.
  const other = await weechat(port);
  other.send("MARKREAD #dev\r\n");
  expect((await other.until(/MARKREAD #dev timestamp=/)).length).toBeGreaterThan(0);
  const two = await phone.starts(port);
  await shows(two, { "#dev": "", "#ops": "2!", bob: "1!" });
  // A message read on one device is read on the others.
  two.type("\x1b2");
  await shows(one, { "#ops": "", bob: "1!" });
  await other.until(/MARKREAD #ops timestamp=/);
  other.send("MARKREAD bob timestamp=2100-01-01T00:00:00.000Z\r\n");
  await Promise.all([shows(one, { bob: "" }), shows(two, { bob: "" })]);

  // A killed client returns to its rooms; later messages are unread.
  await killed(one.program);
  await said(bob, "PRIVMSG #dev :four", "PRIVMSG #ops :five");
  await shows(two, { "#dev": "1", "#ops": "" });
  one = await desk.starts(port);
  await shows(one, { "#dev": "", "#ops": "" });
  await one.until((all) => all.some((row, at) => /─ new ─/.test(row) && /four$/.test(all[at + 1] ?? "")));
  await shows(two, { "#dev": "" });

  // The same holds after the server was killed: no room shows it.
  const before = two.rows().filter((row) => /│ (?:--|\S+ \S* *--)/.test(row)).length;
  await killed(server.process);
  server = await Program.server(["--data", data, "--port", String(port)]);
  await one.until((all) => / ann ✓ /.test(all.join("\n")));
  await two.until((all) => / ann ✓ /.test(all.join("\n")));
  const again = await WireClient.open(port);
  again.send("NICK eve\r\nUSER eve 0 * :e\r\nJOIN #dev,#ops\r\n");
  await again.until(/ 366 eve #ops/);
  await said(again, "PRIVMSG #ops :six", "PRIVMSG #ops :seven");
  await two.until((all) => all.some((row) => row.endsWith("seven")));
  await shows(one, { "#ops": "" });
  expect(two.rows().join("\n")).not.toContain("In #ops:");
  expect(two.rows().filter((row) => /│ (?:--|\S+ \S* *--)/.test(row)).length).toBeLessThanOrEqual(before + 1);

  // A kicked member does not rejoin.
  bob.close();
  const op = await WireClient.open(port);
  op.send(
    `CAP REQ sasl\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE ${saslPlain("bob")}\r\nNICK bob\r\nUSER b 0 * :b\r\nCAP END\r\n`,
  );
  op.send("JOIN #ops\r\nKICK #ops ann\r\n");
  await op.until(/ KICK #ops ann/);
  for (const device of [one, two]) await killed(device.program);
  other.close();
  const last = await desk.starts(port);
  await shows(last, { "#dev": "", "#ops": "?" });
  for (const wire of [op, again]) wire.close();
});

test("a guest's client rejoins its rooms too, with their unread counts", async () => {
  await using server = await Program.server();
  const bob = await WireClient.open(server.port);
  bob.send("NICK bob\r\nUSER bob 0 * :b\r\nJOIN #dev,#ops\r\n");
  await bob.until(/ 366 bob #ops/);
  const desk = new Device("--nick", "gus", "--room", "dev", "--room", "ops");
  const first = await desk.starts(server.port);
  await shows(first, { "#dev": "", "#ops": "" });
  bob.send("PRIVMSG #dev :one\r\nPRIVMSG #ops :two\r\n");
  await shows(first, { "#dev": "", "#ops": "1" });
  first.type("\x1b2");
  await first.until((rows) => rows.some((row) => row.endsWith("two")));
  first.type("\x04");
  await first.program.exited;
  bob.send("PRIVMSG #dev :three\r\nPRIVMSG #dev :four, gus\r\nPRIVMSG #ops :five\r\nPING said\r\n");
  await bob.until(/PONG \S+ said/);
  const again = await new (class extends Device {
    override readonly home = desk.home;
  })("--nick", "gus").starts(server.port);
  await shows(again, { "#dev": "2!", "#ops": "" });
  expect(again.rows().join("\n")).not.toContain("In #ops:");
  bob.close();
});
