import { expect, test } from "bun:test";
import { Program } from "./support/binary.ts";
import { WireClient } from "./support/socket.ts";

const EACH = 10; // messages per person

/** A person in the lobby, with IRC or nc. */
interface Guest {
  readonly name: string;
  readonly wire: WireClient;
  readonly echoes: boolean;
  say(text: string): void;
}

async function irc(port: number, name: string): Promise<Guest> {
  const wire = await WireClient.open(port);
  wire.send(`NICK ${name}\r\nUSER ${name} 0 * :${name}\r\nJOIN #lobby\r\n`);
  await wire.until(/ 366 /);
  return { name, wire, echoes: false, say: (text) => wire.send(`PRIVMSG #lobby :${text}\r\n`) };
}

async function nc(port: number, name: string): Promise<Guest> {
  const wire = await WireClient.open(port);
  wire.send(`/nick ${name}\n`);
  await wire.until(/ now\./);
  return { name, wire, echoes: true, say: (text) => wire.send(`${text}\n`) };
}

/** Reads until all messages of the others (and the echoes, if there are any) have come; returns them by sender. */
async function hear(guest: Guest, guests: readonly Guest[]): Promise<Map<string, number[]>> {
  const heard = new Map<string, number[]>();
  let missing = (guests.length - (guest.echoes ? 0 : 1)) * EACH;
  while (missing > 0) {
    const line = await guest.wire.next();
    if (line === undefined) throw new Error(`${guest.name} misses ${missing} messages`);
    const [, name = "", number = ""] = /(g\d+)[>!].*says (\d+) é$/.exec(line) ?? [];
    if (name === "") continue;
    heard.set(name, [...(heard.get(name) ?? []), Number(number)]);
    missing--;
  }
  return heard;
}

test("when 200 people with nc and IRC talk at once, everyone gets every line once, in its sender's order", async () => {
  await using server = await Program.server(["--quiet"]);
  const guests: Guest[] = [];
  for (let n = 0; n < 200; n++) guests.push(await (n % 2 === 0 ? irc : nc)(server.port, `g${n}`));
  for (let n = 0; n < EACH; n++) for (const guest of guests) guest.say(`says ${n} é`);
  const inOrder = Array.from({ length: EACH }, (_, n) => n);
  for (const guest of guests) {
    const heard = await hear(guest, guests);
    for (const other of guests) {
      if (other !== guest || guest.echoes)
        expect(heard.get(other.name) ?? [], `${other.name} at ${guest.name}`).toEqual(inOrder);
    }
  }
  for (const guest of guests) guest.wire.close();
});
