import { expect, test } from "bun:test";
import { Replies, tagged } from "../../../src/irc/session/output.ts";
import { TestServers } from "../../support/cluster-servers.ts";
import { play, rule } from "../../support/transcript.ts";

// "For any message received from a client that includes this tag, the server MUST include the same tag and value in any
// response produced from this message […]. Servers MUST include the tag in exactly one logical message. If a response
// consists of more than one message, a batch MUST be used to group them into a single logical response. The start of the
// batch MUST be tagged with the label tag." (IRCv3 labeled-response)
rule(
  "a reply of one line has the label, a reply of several is a batch",
  `
    ann: irc batch labeled-response
    bob: irc
    ann> @label=one PING x
    ann< @label=one :chat.test PONG chat.test x
    ann> @label=two JOIN #dev
    ann< @label=two :chat.test BATCH +r2 labeled-response
    ann< @batch=r2 :ann!* JOIN #dev
    ann< @batch=r2 :chat.test 353 *
    ann< @batch=r2 :chat.test 366 *
    ann< :chat.test BATCH -r2
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< :bob!* JOIN #dev
    ann> @label=a\\\\:b NOSUCH
    ann< @label=a\\\\:b :chat.test 421 ann NOSUCH :Unknown command
  `,
);

// "Servers MUST respond with a labeled ACK message when a client sends a labeled command that normally produces no
// response." (The ACK response)
rule(
  "a command without a reply is acknowledged",
  `
    ann: irc batch labeled-response
    bob: irc
    ann> @label=a PONG x
    ann< @label=a :chat.test ACK
    ann> @label=b PRIVMSG bob :hi
    ann< @label=b :chat.test ACK
    bob< :ann!* PRIVMSG bob :hi
    ann> @label=c NOTICE nobody :hi
    ann< @label=c :chat.test ACK
    ann> @label=d MONITOR - zoe
    ann< @label=d :chat.test ACK
    ann> @label=e NICK ann
    ann< @label=e :chat.test ACK
  `,
);

// "When a client sends a message to itself, the server MUST NOT include the label tag, except for any acknowledgment sent
// with the echo-message mechanism."
rule(
  "of a message to the sender itself, the echo has the label and the message has not",
  `
    ann: irc batch labeled-response echo-message
    bob: irc batch labeled-response
    ann> @label=a PRIVMSG ann :me
    ann< @label=a :ann!* PRIVMSG ann :me
    ann< :ann!* PRIVMSG ann :me
    bob> @label=b PRIVMSG bob :me
    bob< @label=b :chat.test ACK
    bob< :bob!* PRIVMSG bob :me
    ann> @label=c PRIVMSG bob,nobody :hi
    ann< @label=c :chat.test BATCH +* labeled-response
    ann< @batch=* :ann!* PRIVMSG bob :hi
    ann< @batch=* :chat.test 401 ann nobody :*
    ann< :chat.test BATCH -*
    bob< :ann!* PRIVMSG bob :hi
  `,
);

// "This specification depends on the batch capability which MUST be negotiated to use labeled responses." "The value MUST
// NOT exceed 64 bytes."
rule(
  "a label is ignored without batch, and if it is too long",
  `
    ann: irc labeled-response
    bob: irc labeled-response batch
    ann> @label=x PING 1
    ann< :chat.test PONG chat.test 1
    bob> @label=${"x".repeat(64)} PING 1
    bob< @label=x* :chat.test PONG chat.test 1
    bob> @label=${"x".repeat(65)} PING 1
    bob< :chat.test PONG chat.test 1
  `,
);

rule(
  "long answers are labelled too, and so is ERROR",
  `
    ann: irc batch labeled-response server-time message-tags
    ann> @label=w WHO nobody
    ann< @label=w :chat.test 315 ann nobody :End of WHO list
    ann> @label=l LIST
    ann< @label=l :chat.test BATCH +* labeled-response
    ann< @batch=* :chat.test 321 *
    ann< @batch=* :chat.test 323 *
    ann< :chat.test BATCH -*
    ann> @label=q QUIT
    ann< @label=q ERROR :*
    ann.
  `,
);

function labelled(...lines: readonly string[]): readonly string[] {
  const replies = new Replies("x", "chat.test", "r1");
  let text = "";
  for (const line of lines) text += replies.add(`${line}\r\n`);
  return (text + replies.end()).split("\r\n").slice(0, -1);
}

test("an empty reply is an ACK", () => {
  expect(labelled()).toEqual(["@label=x :chat.test ACK"]);
});

test("a reply of one line has the label, besides its own tags", () => {
  expect(labelled(":a B c")).toEqual(["@label=x :a B c"]);
  expect(labelled("@time=1 :a B c")).toEqual(["@label=x;time=1 :a B c"]);
});

test("a reply of several lines is a batch, whether they were added one by one or together", () => {
  const batch = [
    "@label=x :chat.test BATCH +r1 labeled-response",
    "@batch=r1 :a B",
    "@batch=r1;time=1 :c D",
    ":chat.test BATCH -r1",
  ];
  expect(labelled(":a B", "@time=1 :c D")).toEqual(batch);
  expect(labelled(":a B\r\n@time=1 :c D")).toEqual(batch);
});

test("a reply that is one batch has the label on it", () => {
  const lines = [":s BATCH +h chathistory #r", "@batch=h :a PRIVMSG #r :x", ":s BATCH -h"];
  expect(labelled(...lines)).toEqual([`@label=x ${lines[0]}`, ...lines.slice(1)]);
});

test("a line that is in a batch already stays in that batch", () => {
  expect(tagged("@time=1;batch=h :a B", "batch=r1")).toBe("@time=1;batch=h :a B");
  expect(tagged(":a B", "batch=r1")).toBe("@batch=r1 :a B");
});

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
