import { expect, test } from "bun:test";
import { networkServer } from "../../src/client/net/connect.ts";
import { type ClientOptions, runClient } from "../../src/client/run/client.ts";
import { makeCertificate, TlsContext } from "../../src/server/net/certificate.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import { startChat, type TestChat } from "../support/chat-server.ts";
import { MemorySession } from "../support/client/memory-session.ts";

const server = await makeCertificate("chat.test");

function open(): TestChat {
  return startChat({}, Date.now, memoryStore, { tlsContext: new TlsContext(() => server) });
}

/** A full-screen client over TLS. With the files of an earlier one it is the same device. */
function starts({ port }: TestChat, nick: string, device?: MemorySession, more: Partial<ClientOptions> = {}) {
  const session = new MemorySession(
    () => {
      throw new Error("it connects by the network");
    },
    400,
    40,
  );
  const { state, data } = device?.proc ?? session.proc;
  const proc = { ...session.proc, state, data, server: networkServer };
  const options = { host: "127.0.0.1", port, nick, rooms: [], linear: false, raw: false, needsTls: true, key: "TLS" };
  const code = runClient({ ...options, ...more } as ClientOptions, proc);
  return Object.assign(session, {
    proc,
    async quits() {
      session.type("/quit\r");
      expect(await code).toBe(0);
    },
  });
}

test("the key that the client makes for itself holds an account, on the next start too, under any nick", async () => {
  await using chat = open();
  const first = starts(chat, "ann");
  await first.sees("In #lobby: ann");
  first.type("/register\r");
  await first.sees("ann is registered, and yours: the TLS key of this device logs in to it.");
  await first.quits();
  const again = starts(chat, "somebody", first);
  await again.sees(" ann ✓ │ #lobby");
  again.type("/devices\r");
  await again.sees("(this device)");
  await again.quits();
  const other = starts(chat, "ann");
  await other.sees("In #lobby: ann-2");
  await other.quits();
});

test("another device is added by a code, and its key is removed again", async () => {
  await using chat = open();
  const laptop = starts(chat, "ann");
  await laptop.sees("In #lobby: ann");
  laptop.type("/register\r");
  await laptop.sees("ann is registered, and yours");
  laptop.type("/devices add phone\r");
  const rows = await laptop.sees("/link ann ");
  const [, code = ""] = /\/link ann (\w{4}-\w{4})/.exec(rows.join(" ")) ?? [];
  const phone = starts(chat, "guest");
  await phone.sees("In #lobby: ");
  phone.type(`/link ann ${code}\r`);
  await phone.sees("This device belongs to ann now");
  await laptop.sees("A device was added to ann: TLS key ");
  laptop.type("/devices remove 2\r");
  await laptop.sees("no longer logs in, and the other");
  await phone.sees("Your TLS key does not log in to ann any more");
  await laptop.quits();
  await phone.quits();
});

test("without a key the client is a guest, and /register asks for a password", async () => {
  await using chat = open();
  const ann = starts(chat, "ann", undefined, { key: undefined });
  await ann.sees("In #lobby: ann");
  ann.type("/register\r");
  await ann.sees("A password for ann");
  ann.type("\x1b");
  await ann.sees("In #lobby: ann");
  expect([...ann.state.files.keys()].filter((name) => name.endsWith("key.pem"))).toEqual([]);
  ann.signal("SIGTERM");
});
