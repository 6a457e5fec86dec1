import { test } from "bun:test";
import { TestServers } from "../../support/cluster-servers.ts";
import { play } from "../../support/transcript.ts";

// On a server of a cluster, acts come back later.

test("a client reads what it has written, under the labels of its commands", async () => {
  await using servers = new TestServers();
  const { port } = await servers.starts("a");
  await play(
    port,
    `
    ann: irc labeled-response batch echo-message message-tags
    ann> JOIN #dev
    ann~ 366
    ann> @label=1 PRIVMSG #dev :one
    ann> @label=2 PRIVMSG #dev :two
    ann> @label=3 TOPIC #dev :news
    ann> @label=4 TOPIC #dev
    ann> @label=5 PRIVMSG #nowhere :three
    ann> @label=6 PING now
    ann< @*label=1* :ann!* PRIVMSG #dev :one
    ann< @*label=2* :ann!* PRIVMSG #dev :two
    ann< @*label=3* :ann!* TOPIC #dev :news
    ann< @*label=4* :chat.test BATCH +* labeled-response
    ann< @*batch=* :chat.test 332 ann #dev :news
    ann< @*batch=* :chat.test 333 ann #dev *
    ann< :chat.test BATCH -*
    ann< @*label=5* :chat.test 403 ann #nowhere *
    ann< @*label=6* :chat.test PONG chat.test now
    `,
  );
});

test("a command with several targets is one reply, and others' lines are no part of it", async () => {
  await using servers = new TestServers();
  const [a, b] = [await servers.starts("a"), await servers.starts("b")];
  await play(
    [a.port, b.port],
    `
    ann: irc labeled-response batch no-implicit-names
    bob: 2 irc
    ann> JOIN #one
    ann< :ann!* JOIN #one
    bob> JOIN #one
    bob~ 366
    ann< :bob!* JOIN #one
    ann> @label=x JOIN #two,#three
    ann< @label=x :chat.test BATCH +* labeled-response
    ann< @batch=* :ann!* JOIN #two
    ann< @batch=* :ann!* JOIN #three
    ann< :chat.test BATCH -*
    bob> PRIVMSG #one :hello
    ann< :bob!* PRIVMSG #one :hello
    `,
  );
});

test("a refusal that comes back later is sent once, under the label of its command", async () => {
  await using servers = new TestServers();
  const { port } = await servers.starts("a");
  await play(
    port,
    `
    ann: irc labeled-response batch
    bob: irc
    ann> @label=x NICK bob
    ann< @label=x :chat.test 433 ann bob *
    ann> @label=y KICK #lobby bob
    ann< @label=y :chat.test 4* ann #lobby *
    `,
  );
});
