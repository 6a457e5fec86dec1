/** One client with several servers: two tcpchat servers and a plain IRC server. */

import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { networkServer } from "../../src/client/net/connect.ts";
import type { ClientTransport, Connect } from "../../src/client/net/transport.ts";
import { type ClientOptions, type NamedServer, runClient } from "../../src/client/run/client.ts";
import { binary, Program } from "../support/binary.ts";
import { startChat, type TestChat } from "../support/chat-server.ts";
import { endClients, type MemoryClient, startClient } from "../support/client/memory-client.ts";
import { MemorySession } from "../support/client/memory-session.ts";
import { irc, type Served, serve } from "../support/client/scripted-server.ts";
import { Screen } from "../support/client/terminal.ts";
import { inProcess } from "../support/in-process.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0).toReversed()) clean();
});

/** The way to a server, which can be shut: connections end, and new ones are refused. */
class Door {
  isShut = false;
  readonly #connect: Connect;
  readonly #open: ClientTransport[] = [];

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  readonly connect: Connect = (listener) => {
    if (this.isShut) return void setImmediate(() => listener.closed(new Error("the door is shut")));
    this.#connect({
      ...listener,
      opened: (transport, secrecy) => {
        this.#open.push(transport);
        listener.opened(transport, secrecy);
      },
    });
  };

  shut(): void {
    this.isShut = true;
    for (const transport of this.#open.splice(0)) transport.terminate();
  }
}

function named(name: string, more: Partial<ClientOptions> = {}): NamedServer {
  return {
    name,
    options: { host: name, port: 9000, nick: "ann", rooms: ["#dev"], linear: false, raw: false, ...more },
  };
}

/** Ann's client with these servers, and the doors to them; `/connect` finds each of `ways`. `more` is for others. */
function startOnSeveral(
  names: readonly [string, ...string[]],
  ways: Readonly<Record<string, Connect>>,
  more: Partial<ClientOptions> = {},
) {
  const doors = new Map(Object.entries(ways).map(([name, way]) => [name, new Door(way)]));
  const session = new MemorySession((listener, { host }) => doors.get(host)?.connect(listener), 119, 20);
  const [first, ...others] = names;
  const several = {
    name: first,
    others: others.map((name) => named(name, more)),
    find: (word: string) => (doors.has(word) ? named(word) : { refusal: `There is no server ${word}.` }),
  };
  const code = runClient(named(first).options, session.proc, several);
  const door = (name: string): Door => {
    const found = doors.get(name);
    if (found === undefined) throw new Error(`no door ${name}`);
    return found;
  };
  return Object.assign(session, { code, door });
}

/** Bob, alone with the server of a chat. */
function startBob(chat: TestChat): MemoryClient {
  return startClient(chat, "bob", { rooms: ["#dev"] });
}

/** A plain IRC server, and the way to it. */
function plainIrc(): { readonly old: Served; readonly way: Connect } {
  const old = serve(irc(""));
  cleanups.push(() => old.stop());
  return { old, way: networkServer({ host: "127.0.0.1", port: old.port }).connect };
}

/** The list of places of the rows of a screen. */
function list(rows: readonly string[]): string[] {
  return rows.map((row) => /^ *\d+ (.*?)│/.exec(row)?.[1]?.trimEnd() ?? "").filter((name) => name !== "");
}

test("rooms of one name on three servers are separate: unread, mentions, drafts and messages", async () => {
  await using work = startChat();
  await using home = startChat();
  const { old, way } = plainIrc();
  const ann = startOnSeveral(["work", "home", "old"], {
    work: inProcess(work.accept),
    home: inProcess(home.accept),
    old: way,
  });
  await ann.sees("In #dev: ann");
  await old.heard("JOIN #dev");
  const bob = startBob(home);
  await bob.sees("In #dev: ann, bob");
  bob.type("hello at home\r");
  bob.type("ann: look\r");
  const rows = await ann.sees(" #dev      2!");
  expect(list(rows)).toEqual(["work", " #dev", "home", " #dev      2!", "old", " #dev"]);
  expect(rows[0]).toContain("work/#dev");
  expect(rows.join("\n")).not.toContain("hello at home");
  expect(ann.terminal.buffer.active.type).toBe("alternate");

  ann.type("half a thought\x1ba");
  await ann.sees("home/#dev (2)");
  expect(list(await ann.sees("bob │ ann: look"))).toEqual(["work", " #dev", "home", " #dev", "old", " #dev"]);
  ann.type("seen\r");
  await bob.sees("ann │ seen");
  old.peers[0]?.say(":zoe!z@h PRIVMSG #dev :from afar");
  await ann.sees(" #dev       1");
  ann.type("\x1b6");
  await ann.sees("zoe │ from afar");
  ann.type("welcome here\r");
  await old.heard("PRIVMSG #dev :welcome here");
  ann.type("\x1b/");
  await ann.sees("ann │ seen");
  ann.type("\x1b2");
  await ann.sees("> half a thought|");
  // The list finds a room of any server.
  ann.type("\x0bold/d\r");
  await ann.sees("ann │ welcome here");
  await endClients(ann, bob);
});

test("/join takes a room's name with its server's, as the title shows it", async () => {
  await using work = startChat();
  await using home = startChat();
  const ann = startOnSeveral(["work", "home"], { work: inProcess(work.accept), home: inProcess(home.accept) });
  await ann.sees("work/#dev (1)");
  ann.type("/join home/#ops\r");
  await ann.sees("home/#ops (1)");
  ann.type("/join work/#dev\r");
  await ann.sees("work/#dev (1)");
  ann.type("/join hom/#ops\r");
  expect(list(await ann.sees("There is no server hom in the list; there are work, home."))).not.toContain(" #hom/#ops");
  await endClients(ann);
});

test("a server that is lost leaves the others alone; a line for it is said once when it is back", async () => {
  await using work = startChat();
  await using home = startChat();
  const ann = startOnSeveral(["work", "home"], { work: inProcess(work.accept), home: inProcess(home.accept) });
  await ann.sees("In #dev: ann");
  const bob = startBob(work);
  const zoe = startBob(home);
  await bob.sees("In #dev: ann, bob");
  await zoe.sees("In #dev: ann, bob");
  ann.door("work").shut();
  await ann.sees("Not connected: ");
  ann.type("for work\r");
  await ann.sees("ann │ for work (waiting)");
  ann.type("\x1b4");
  await ann.sees("home/#dev (2)");
  ann.type("for home\r");
  await zoe.sees("ann │ for home");
  ann.door("work").isShut = false;
  ann.type("\x1b2\x1bc");
  await bob.sees("ann │ for work");
  await ann.loses("(waiting)");
  ann.type("and on\r");
  await bob.sees("ann │ and on");
  expect(bob.rows().filter((row) => row.includes("for work"))).toHaveLength(1);
  expect(bob.rows().join("\n")).not.toContain("for home");
  await endClients(ann, bob, zoe);
});

test("unsent lines and drafts of each server survive /disconnect, which leaves the others alone", async () => {
  await using work = startChat();
  await using home = startChat();
  const ann = startOnSeveral(["work"], { work: inProcess(work.accept), home: inProcess(home.accept) });
  await ann.sees("#dev (1)");
  ann.type("/disconnect\r");
  await ann.sees("This is the only server: /quit ends the client.");
  ann.type("/connect nowhere\r");
  await ann.sees("There is no server nowhere.");
  ann.type("/connect home\r");
  await ann.sees("home/#dev (1)");
  ann.door("home").shut();
  await ann.sees("Not connected: ");
  ann.type("for home\r");
  await ann.sees("ann │ for home (waiting)");
  ann.type("unfinished\x1b/");
  await ann.sees("work/#dev");
  ann.type("/disconnect home\r");
  await ann.sees("Disconnected from home. /connect home goes there again; 1 unsent message waits");
  expect(list(ann.rows())).toEqual(["#dev", "server"]);
  ann.door("home").isShut = false;
  ann.type("/connect home\r");
  await ann.sees("> unfinished|");
  await ann.loses("(waiting)");
  const zoe = startBob(home);
  await zoe.sees("ann │ for home");
  await endClients(ann, zoe);
});

test("a server that cannot be reached at the start is tried until it is, and says so", async () => {
  await using work = startChat();
  await using home = startChat();
  const ann = startOnSeveral(["work", "home"], { work: inProcess(work.accept), home: inProcess(home.accept) });
  ann.door("home").shut();
  await ann.sees("In #dev: ann");
  ann.type("\x1b4");
  await ann.sees("-- │ Not connected: the door is shut; connecting again.");
  ann.type("early\r");
  await ann.sees("ann │ early (waiting)");
  ann.door("home").isShut = false;
  ann.type("\x1bc");
  await ann.sees("home/#dev (1)");
  await ann.loses("early (waiting)");
  ann.type("/quit\r");
  expect(await ann.code).toBe(0);
});

test("a server that refuses the login leaves the list, and why is told where the user is", async () => {
  await using work = startChat();
  const old = serve((line, peer) => {
    if (line.startsWith("PASS")) peer.say(":s 464 * :Password incorrect", "ERROR :closing");
    else irc("")(line, peer);
  });
  cleanups.push(() => old.stop());
  const way = networkServer({ host: "127.0.0.1", port: old.port }).connect;
  const ann = startOnSeveral(["work", "old"], { work: inProcess(work.accept), old: way }, { serverPassword: "wrong" });
  await ann.sees("Disconnected from old. /connect old goes there again.");
  expect(list(await ann.sees("old: old:9000: "))).toEqual(["#dev", "server"]);
  await endClients(ann);
});

test("without several servers, /connect is refused and not listed", async () => {
  await using chat = startChat();
  const bob = startBob(chat);
  await bob.sees("In #dev: bob");
  bob.type("/connect home\r");
  await bob.sees("This client talks to this server only; tcpchat");
  bob.type("\x0b/connect");
  expect((await bob.sees("? /connect|")).join("\n")).not.toContain("/connect NAME");
  await endClients(bob);
});

test("the compiled client without a host has all servers of the configuration, and goes on when one is killed", async () => {
  const home = mkdtempSync(join(tmpdir(), "tcpchat-several-"));
  cleanups.push(() => rmSync(home, { recursive: true, force: true }));
  const data = ["--data", join(home, "data")];
  await using killed = await Program.server(data);
  await using stays = await Program.server();
  const { old } = plainIrc();
  mkdirSync(join(home, ".config", "tcpchat"), { recursive: true });
  const table = (name: string, port: number) => `[servers.${name}]\naddress = "127.0.0.1:${port}"\nrooms = ["dev"]\n`;
  const tables = table("work", killed.port) + table("home", stays.port) + table("old", old.port);
  writeFileSync(join(home, ".config", "tcpchat", "client.toml"), `nick = "ann"\n${tables}`);
  const start = async (...args: string[]): Promise<Screen> => {
    const screen = new Screen([await binary(), "client", ...args], 110, 20, { HOME: home });
    cleanups.push(() => screen.program.kill());
    return screen;
  };
  const first = await start();
  await first.sees("work/#dev (1)");
  await old.heard("JOIN #dev");
  killed.process.kill("SIGKILL");
  await first.sees("Not connected: ");
  first.type("never lost\r");
  await first.sees("ann │ never lost (waiting)");
  first.type("\x1b4");
  await first.sees("home/#dev (1)");
  first.type("home goes on\r");
  await stays.prints(/<ann> home goes on/);
  first.program.kill("SIGKILL");
  await first.program.exited;

  await using again = await Program.server([...data, "--port", String(killed.port)]);
  const second = await start();
  const rows = await second.until((all) => all.some((row) => row.endsWith("│ never lost")));
  expect(rows.filter((row) => row.includes("never lost"))).toHaveLength(1);
  await again.prints(/<ann> never lost/);
  second.type("/quit\r");
  expect(await second.program.exited).toBe(0);
  expect(again.stdout.match(/never lost/g)).toHaveLength(1);

  // A name takes one of them, which is then alone on the screen.
  const third = await start("home");
  const alone = await third.sees("home goes on");
  expect(alone.join("\n")).not.toContain("work");
  third.type("/quit\r");
  expect(await third.program.exited).toBe(0);
  await using sender = Program.run([await binary(), "send", "--server", "home", "dev", "by name"], { HOME: home });
  expect([await sender.exit(), sender.stderr]).toEqual([0, ""]);
  await stays.prints(/<ann\d*> by name/);
});

test("/join with the name that the title shows joins the room on its own server", async () => {
  await using work = startChat();
  await using home = startChat();
  const ann = startOnSeveral(["work", "home"], { work: inProcess(work.accept), home: inProcess(home.accept) });
  await ann.sees("In #dev: ann");
  ann.type("/join home/#tea\r");
  expect((await ann.sees("In #tea: ann"))[0]).toContain("home/#tea");
  expect(list(ann.rows())).toEqual(["work", " #dev", "home", " #dev", " #tea"]);
  ann.type("/join work/#dev\r");
  await ann.sees("work/#dev");
  await endClients(ann);
});
