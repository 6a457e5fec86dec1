import { expect, test } from "bun:test";
import { startChat } from "../support/chat-server.ts";
import { endClients, startClient } from "../support/client/memory-client.ts";
import { WireClient } from "../support/socket.ts";
import { rule } from "../support/transcript.ts";

/** Bob, a guest with nc, who operates #den, which is closed. */
async function operator(port: number): Promise<WireClient> {
  const bob = await WireClient.open(port);
  bob.send("/nick bob\n/join den\n/set invite-only on\n");
  await bob.until(/invite-only/);
  return bob;
}

/** Makes an invitation link; returns its token. */
async function makes(bob: WireClient, words = ""): Promise<string> {
  bob.send(`/invite ${words}\n`);
  const link = (await bob.until(/^-- http:\/\/chat\.test:\d+\/j\/[\w-]{43}$/)).at(-1) ?? "";
  await bob.until(/In any IRC client/);
  return link.slice(-43);
}

rule(
  "/invite makes a link for 7 days and 10 people, or for as many as it is told",
  `
    bob: nc
    bob> /join den
    bob~ kept
    bob> /invite
    bob< -- http://chat.test:*/j/*
    bob< -- It lets 10 people into #den within 7d, whatever its modes are; it lifts no ban. /invite list shows the links, /invite remove ID ends one.
    bob< -- It opens in a browser, and by: tcpchat client http://chat.test:*/j/*
    bob< -- In any IRC client at irc://chat.test:*: /join #den *
    bob> /invite 1h 1
    bob~ It lets one person into #den within 1h
    bob~ In any IRC client
    bob> /invite list
    bob< -- *: link, made *, ends in *, 10 uses left.
    bob< -- *: link, made *, ends in *, 1 use left.
    bob> /invite remove link
    bob< -- The invitation link * has ended.
    bob< -- The invitation link * has ended.
    bob> /invite list
    bob< -- This room has no invitation link.
    bob> /invite 7 days
    bob< -- That is /invite 7d 10: a link that lets 10 people in within 7 days.
    bob> /invite remove
    bob< -- That is /invite remove ID; /invite list shows the ids.
    ann: nc
    ann> /join den
    ann~ one other is here
    bob< -- ann joined #den
    ann> /invite
    ann< -- Only an operator of #den may do that; /who #den tells who is one.
  `,
);

test("the link's token joins with any IRC client as a key, and with nc, also by the link itself", async () => {
  await using chat = startChat();
  const bob = await operator(chat.port);
  const token = await makes(bob, "7d 3");
  const ann = await WireClient.open(chat.port);
  ann.send(`NICK ann\r\nUSER a 0 * :A\r\nJOIN #den\r\nJOIN #den ${token}\r\n`);
  await ann.until(/ 473 ann #den /);
  await ann.until(/JOIN #den/);
  const cat = await WireClient.open(chat.port);
  cat.send(`NICK cat\r\nUSER c 0 * :C\r\nJOIN * ${token}\r\n`);
  await cat.until(/ 470 cat \* #den :/);
  await cat.until(/JOIN #den/);
  const dan = await WireClient.open(chat.port);
  dan.send(`/nick dan\n/join http://127.0.0.1:${chat.port}/j/${token}\n`);
  await dan.until(/You are in #den now/);
  const eve = await WireClient.open(chat.port);
  eve.send(`/nick eve\n/join ${token}\n`);
  await eve.until(/That invitation link has ended/);
  ann.send(`JOIN * ${token}\r\n`);
  await ann.until(/ 473 ann \* :That invitation link has ended/);
  for (const wire of [ann, bob, cat, dan, eve]) wire.close();
});

test("a link follows the room's new name, and lets its own room's members say so", async () => {
  await using chat = startChat();
  const bob = await operator(chat.port);
  const token = await makes(bob);
  bob.send("/rename cave\n");
  await bob.until(/cave/);
  const ann = await WireClient.open(chat.port);
  ann.send(`NICK ann\r\nUSER a 0 * :A\r\nJOIN * ${token}\r\n`);
  await ann.until(/JOIN #cave/);
  bob.send(`/join ${token}\n`);
  await bob.until(/What you type is said in #cave now/);
  for (const wire of [ann, bob]) wire.close();
});

test("our client joins by a link at its start, and by /join", async () => {
  await using chat = startChat();
  const bob = await operator(chat.port);
  const token = await makes(bob);
  const ann = startClient(chat, "ann", { rooms: [], invitation: token });
  await ann.sees("In #den: ");
  await bob.until(/ann joined #den/);
  const cat = startClient(chat, "cat");
  await cat.sees("In #lobby: ");
  cat.type(`/join https://chat.example.org/j/${token}\r`);
  await cat.sees("In #den: ");
  cat.type("hello den\r");
  await bob.until(/<cat> hello den/);
  cat.type(`/join #lobby\r/join ${token}\rback here\r`);
  await bob.until(/<cat> back here/);
  cat.type(`/join ${"x".repeat(43)}\r`);
  await cat.sees("That invitation link has ended");
  await endClients(ann, cat);
  bob.close();
});

test("the link serves the page", async () => {
  await using chat = startChat();
  const page = await fetch(`http://127.0.0.1:${chat.port}/j/${"x".repeat(43)}`);
  expect([page.status, page.headers.get("content-type"), page.headers.get("referrer-policy")]).toEqual([
    200,
    "text/html; charset=utf-8",
    "no-referrer",
  ]);
});
