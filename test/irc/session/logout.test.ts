import { expect, test } from "bun:test";
import type { AccountRecord } from "../../../src/chat/model/account.ts";
import { removeAccount, setPassword } from "../../../src/cli/admin.ts";
import { memoryStore, type SqliteStore } from "../../../src/store/sqlite.ts";
import { fold } from "../../../src/text/fold.ts";
import { saslPlain } from "../../support/accounts.ts";
import { startChat, type TestChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";

const PASSWORD = saslPlain("ann", "sesame88");

/** A chat in which ann has an account, with its store. */
async function chatWithAnn(): Promise<{ chat: TestChat; store: SqliteStore; ann: AccountRecord }> {
  let store: SqliteStore | undefined;
  const chat = startChat({}, Date.now, (watch) => {
    store = memoryStore(watch);
    return store;
  });
  const wire = await WireClient.open(chat.port);
  wire.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await wire.until(/ 422 | 376 /);
  wire.send("REGISTER ann * sesame88\r\nQUIT\r\n");
  await wire.closed();
  const ann = store?.loadAccount(fold("ann"));
  if (!store || !ann) throw new Error("ann has no account");
  return { chat, store, ann };
}

/** A client that has logged in as ann and is not registered yet. */
async function proved(chat: TestChat, nick: string, caps = "sasl"): Promise<WireClient> {
  const wire = await WireClient.open(chat.port);
  wire.send(`CAP LS 302\r\nNICK ${nick}\r\nUSER ${nick} 0 * :Ann\r\nCAP REQ :${caps}\r\nAUTHENTICATE PLAIN\r\n`);
  await wire.until(/^AUTHENTICATE \+/);
  wire.send(`AUTHENTICATE ${PASSWORD}\r\n`);
  await wire.until(/ 903 /);
  return wire;
}

async function loggedIn(chat: TestChat, nick: string, caps?: string): Promise<WireClient> {
  const wire = await proved(chat, nick, caps);
  wire.send("CAP END\r\n");
  await wire.until(/ 422 | 376 /);
  return wire;
}

test("the sessions of a removed account are told so within a second, and others in their rooms see it", async () => {
  const { chat, store, ann } = await chatWithAnn();
  await using _ = chat;
  const owner = await loggedIn(chat, "ann");
  owner.send("JOIN #dev\r\n");
  await owner.until(/ 366 /);
  const bob = await WireClient.open(chat.port);
  bob.send("CAP REQ account-notify\r\nCAP END\r\nNICK bob\r\nUSER bob 0 * :Bob\r\nJOIN #dev\r\n");
  await bob.until(/ 366 /);
  removeAccount(store, ann);
  store.commit();
  await owner.until(/^:chat\.test 901 ann ann!~ann@\S+ :You are logged out: The account ann was removed$/);
  await owner.until(/^:chat.test MODE #dev -o ann$/);
  await bob.until(/^:ann!~ann@\S+ ACCOUNT \*$/);
  await bob.until(/^:chat.test MODE #dev -o ann$/);
  bob.send("WHOIS ann\r\n");
  await bob.until(/ 318 /);
  expect(bob.received).not.toContain(" 330 bob ann");
  owner.send("REGISTER ann * another88\r\n");
  await owner.until(/REGISTER SUCCESS ann/);
});

test("after a change of password each session becomes a guest of its own, in its rooms, and is told why", async () => {
  const { chat, store, ann } = await chatWithAnn();
  await using _ = chat;
  const [first, second] = [await loggedIn(chat, "ann"), await loggedIn(chat, "ann")];
  first.send("JOIN #dev\r\n");
  for (const wire of [first, second]) await wire.until(/ 366 /);
  const nc = await WireClient.open(chat.port);
  nc.send("/login ann sesame88\n");
  await nc.until(/You are ann, as in your other session/);
  setPassword(store, ann, { hash: "x", scram: undefined }, { keepsCertificates: false });
  store.commit();
  const why = "You are logged out: The account ann has another password now";
  await second.until(/^:ann!~ann@\S+ NICK ann-2$/);
  await second.until(new RegExp(`^:chat.test 901 ann-2 ann-2!~ann@\\S+ :${why}$`));
  await second.until(/^:ann-2!~ann@\S+ PART #dev/);
  await second.until(/^:ann-2!~ann@\S+ JOIN #dev/);
  await first.until(new RegExp(`^:chat.test 901 ann ann!~ann@\\S+ :${why}$`));
  await first.until(/^:ann!~ann@\S+ NICK ann-4$/);
  await nc.until(new RegExp(`^-- ${why}\\. You are ann-3 now\\.$`));
  nc.send("hello\n");
  await first.until(/^:ann-3!nc@\S+ PRIVMSG #dev :hello$/);
  second.send("AUTHENTICATE PLAIN\r\n");
  await second.until(/^AUTHENTICATE \+$/); // it may log in again
});

test("if the account is removed between SASL and the end of registration, the client enters as a guest and is told", async () => {
  const { chat, store, ann } = await chatWithAnn();
  await using _ = chat;
  const late = await proved(chat, "ann");
  removeAccount(store, ann);
  store.commit();
  late.send("CAP END\r\n");
  await late.until(/^:chat\.test 001 ann /);
  await late.until(/^:chat\.test 901 ann ann!~ann@\S+ :You are not logged in: the account ann was removed just now/);
  late.send("WHOIS ann\r\n");
  await late.until(/ 318 /);
  expect(late.received).not.toContain(" 330 ann ann");
});

test("if the account was registered anew meanwhile, the client does not enter as it", async () => {
  const { chat, store, ann } = await chatWithAnn();
  await using _ = chat;
  const late = await proved(chat, "ann");
  removeAccount(store, ann);
  store.saveAccount({ ...ann, id: "another" as AccountRecord["id"] });
  store.commit();
  late.send("CAP END\r\n");
  await late.until(/^:chat\.test 901 ann ann!~ann@\S+ :You are not logged in/);
  await late.until(/^:chat\.test 433 \S+ ann :ann is registered to someone/);
  late.send("NICK other\r\n");
  await late.until(/^:chat\.test 001 other /);
  late.send("WHOIS other\r\n");
  await late.until(/ 318 /);
  expect(late.received).not.toContain(" 330 ");
});
