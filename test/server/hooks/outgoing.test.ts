import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { defaultConfig, type ServerConfig } from "../../../src/server/config/read.ts";
import { vouchedFor } from "../../support/certificates.ts";
import { startChat, type TestChat } from "../../support/chat-server.ts";
import { eventually } from "../../support/patience.ts";
import { type Receiver, startReceiver } from "../../support/receiver.ts";
import { WireClient } from "../../support/socket.ts";
import { play } from "../../support/transcript.ts";

type HookKeys = Partial<ServerConfig["hooks"]>;

/** The configuration in which accounts post to this machine. */
function allowing(changes: HookKeys = {}): Pick<ServerConfig, "hooks"> {
  return { hooks: { ...defaultConfig().hooks, outgoing: "accounts", allow: ["127.0.0.0/8"], ...changes } };
}

/** A chat server, and the waits before repeated posts: the test ends them. */
function startPosting(changes: Partial<ServerConfig> = allowing(), network?: { authority: string }) {
  const waits: { readonly wait: number; readonly end: () => void }[] = [];
  const after = (wait: number, end: () => void) => {
    waits.push({ wait, end });
    return () => {};
  };
  const resolve = async () => ["127.0.0.1"];
  const chat = startChat(changes, Date.now, undefined, { after, network: { resolve, ...network } });
  const nextWait = async () => {
    await eventually(() => waits.length > 0);
    return waits.shift();
  };
  return { chat, nextWait, waits };
}

/** Ann, who has an account and operates #dev, with the slash commands. */
async function operator({ port }: TestChat): Promise<WireClient> {
  const ann = await WireClient.open(port);
  ann.send("CAP REQ :tcpchat/commands\r\nCAP END\r\nNICK ann\r\nUSER a 0 * :A\r\nREGISTER * * secret\r\nJOIN #dev\r\n");
  await ann.until(/ 366 /);
  return ann;
}

/** Makes a webhook; returns the key of its signatures. */
async function makes(ann: WireClient, url: string, word = ""): Promise<string> {
  ann.send(`SLASH #dev :/hook out ${url} ${word}\r\n`);
  const line = (await ann.until(/The key of the webhook/)).at(-1) ?? "";
  await ann.until(/is not shown again/);
  return line.replace(/^.* /, "");
}

function urlOf({ port }: Receiver, path = "/in"): string {
  return `http://127.0.0.1:${port}${path}`;
}

/** The texts of the next messages that come. */
async function texts(receiver: Receiver, count: number): Promise<readonly string[]> {
  const found: string[] = [];
  while (found.length < count) found.push(JSON.parse((await receiver.next()).text).text);
  return found;
}

describe("an outgoing webhook", () => {
  test("posts what people say in its room, signed with its key", async () => {
    await using receiver = startReceiver();
    const { chat } = startPosting();
    await using _ = chat;
    const ann = await operator(chat);
    const key = await makes(ann, urlOf(receiver, "/in?x=1"));
    ann.send("PRIVMSG #dev :hello there\r\nPRIVMSG #dev :\x01ACTION waves\x01\r\n");
    const { path, headers, text } = await receiver.next();
    expect(path).toBe("/in");
    expect(JSON.parse(text)).toEqual({
      id: expect.stringMatching(/^\S+$/),
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      room: "#dev",
      nick: "ann",
      account: "ann",
      text: "hello there",
    });
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("idempotency-key")).toBe(JSON.parse(text).id);
    expect(headers.get("x-tcpchat-signature")).toBe(`sha256=${createHmac("sha256", key).update(text).digest("hex")}`);
    expect(JSON.parse((await receiver.next()).text)).toMatchObject({ text: "waves", kind: "acted" });
    ann.close();
  });

  test("with a word posts messages that begin with it; those of bots, webhooks and notices, or to operators or other rooms, are not posted", async () => {
    await using receiver = startReceiver();
    const { chat } = startPosting();
    await using _ = chat;
    const ann = await operator(chat);
    await makes(ann, urlOf(receiver), "!go");
    await makes(ann, urlOf(receiver, "/all"));
    ann.send("SLASH #dev :/hook add ci\r\n");
    const [, address = ""] = /POST \S+(\/hook\/\S+)/.exec((await ann.until(/:POST http/)).at(-1) ?? "") ?? [];
    await fetch(`http://127.0.0.1:${chat.port}${address}`, { method: "POST", body: "!go by a webhook" });
    await play(
      chat.port,
      `
      bot: irc
      bot> MODE bot +B
      bot~ MODE bot
      bot> JOIN #dev
      bot~ goes out by webhooks: !go to 127.0.0.1:${receiver.port}, all to 127.0.0.1:${receiver.port}
      bot> PRIVMSG #dev :!go by a bot
      bot> PING x
      bot~ PONG
      `,
    );
    ann.send("NOTICE #dev :!go by notice\r\nPRIVMSG @#dev :!go to operators\r\nPRIVMSG ann :!go to me\r\n");
    ann.send("JOIN #other\r\nPRIVMSG #other :!go there\r\nPRIVMSG #dev :!gone\r\nPRIVMSG #dev :!go now\r\n");
    const got = [await receiver.next(), await receiver.next(), await receiver.next()];
    expect(got.map(({ path, text }) => `${path} ${JSON.parse(text).text}`).sort()).toEqual([
      "/all !go now",
      "/all !gone",
      "/in !go now",
    ]);
    expect(receiver.left).toEqual([]);
    ann.close();
  });

  test("repeats a post after longer and longer waits, in order, and gives up in the end", async () => {
    await using receiver = startReceiver();
    const { chat, nextWait } = startPosting({ ...allowing(), monitor: "127.0.0.1:0" });
    await using _ = chat;
    const ann = await operator(chat);
    await makes(ann, urlOf(receiver));
    receiver.answers(503);
    ann.send("PRIVMSG #dev :one\r\nPRIVMSG #dev :two\r\n");
    const waits: (number | undefined)[] = [];
    for (let attempt = 1; attempt <= 4; attempt++) {
      expect(await texts(receiver, 1)).toEqual(["one"]);
      const next = await nextWait();
      waits.push(next?.wait);
      if (attempt === 4) receiver.answers(200);
      next?.end();
    }
    expect(waits).toEqual([1000, 10_000, 60_000, 300_000]);
    expect(await texts(receiver, 2)).toEqual(["one", "two"]);
    receiver.answers(429);
    ann.send("PRIVMSG #dev :three\r\n");
    for (let attempt = 1; attempt <= 4; attempt++) (await nextWait())?.end();
    expect(await texts(receiver, 5)).toEqual(["three", "three", "three", "three", "three"]);
    // A post that the receiver refuses is not repeated.
    receiver.answers(400);
    ann.send("PRIVMSG #dev :four\r\nPRIVMSG #dev :five\r\n");
    expect(await texts(receiver, 2)).toEqual(["four", "five"]);
    receiver.answers(200);
    ann.send("PRIVMSG #dev :six\r\n");
    expect(await texts(receiver, 1)).toEqual(["six"]);
    const metrics = await (await fetch(`http://127.0.0.1:${chat.monitor}/metrics`)).text();
    for (const line of ['result="failed"} 1', 'result="refused"} 2'])
      expect(metrics).toContain(`tcpchat_hook_posts_total{${line}`);
    ann.send("SLASH #dev :/hook\r\n");
    await ann.until(/posts all that is said to 127\.0\.0\.1:\d+, made .*, last post: status [24]00\./);
    ann.close();
  });

  test("that waits holds at most 100 messages of its maker, and drops the others", async () => {
    await using receiver = startReceiver();
    const { chat, nextWait } = startPosting({ ...allowing(), monitor: "127.0.0.1:0" });
    await using _ = chat;
    const ann = await operator(chat);
    await makes(ann, urlOf(receiver));
    receiver.answers(500);
    for (let i = 0; i < 103; i++) ann.send(`PRIVMSG #dev :${i}\r\n`);
    ann.send("PING end\r\n");
    await ann.until(/PONG/);
    const wait = await nextWait();
    const metrics = await (await fetch(`http://127.0.0.1:${chat.monitor}/metrics`)).text();
    expect(metrics).toContain('tcpchat_hook_posts_total{result="dropped"} 3');
    receiver.answers(200);
    wait?.end();
    expect((await texts(receiver, 101)).slice(-2)).toEqual(["98", "99"]);
    ann.close();
  });

  test("follows the room's new name, and ends by /hook remove, which the room is told", async () => {
    await using receiver = startReceiver();
    const { chat } = startPosting();
    await using _ = chat;
    const ann = await operator(chat);
    await makes(ann, urlOf(receiver));
    await play(
      chat.port,
      `
      bob: nc
      bob> /join dev
      bob~ What is said in #dev goes out by webhooks: all to 127.0.0.1:${receiver.port}.
      `,
    );
    ann.send("RENAME #dev #code\r\nPRIVMSG #code :renamed\r\n");
    expect(JSON.parse((await receiver.next()).text)).toMatchObject({ room: "#code", text: "renamed" });
    ann.send(`SLASH #code :/hook remove 127.0.0.1:${receiver.port}\r\nPRIVMSG #code :gone\r\nSLASH #code :/hook\r\n`);
    await ann.until(/NOTICE #code :ann ended the outgoing webhook to 127\.0\.0\.1:\d+$/);
    await ann.until(/This room has no webhook\./);
    expect(receiver.left).toEqual([]);
    ann.close();
  });

  test.each<[string, string]>([
    ["rank", "MODE #dev -o ann"],
    ["account", "NS DROP ann secret"],
  ])("ends with its maker's %s, also while a post waits", async (_what, line) => {
    await using receiver = startReceiver();
    const { chat, nextWait } = startPosting();
    await using _ = chat;
    const ann = await operator(chat);
    await makes(ann, urlOf(receiver));
    receiver.answers(500);
    ann.send("PRIVMSG #dev :one\r\nPRIVMSG #dev :two\r\n");
    expect(await texts(receiver, 1)).toEqual(["one"]);
    const wait = await nextWait();
    ann.send(`${line}\r\n`);
    await ann.until(line.startsWith("MODE") ? /MODE #dev -o/ : /NOTICE ann :.*ann/);
    wait?.end();
    ann.send("PRIVMSG #dev :three\r\nPING end\r\n");
    await ann.until(/PONG/);
    expect(receiver.left).toEqual([]);
    ann.close();
  });

  test("goes over https to a name that is looked up once, and follows no redirect", async () => {
    const vouched = await vouchedFor("ci.test");
    await using receiver = startReceiver(vouched);
    const { chat } = startPosting(allowing(), { authority: vouched.authority });
    await using _ = chat;
    const ann = await operator(chat);
    await makes(ann, `https://ci.test:${receiver.port}/in`);
    receiver.answers(302, { location: `https://ci.test:${receiver.port}/other` });
    ann.send("PRIVMSG #dev :one\r\nPRIVMSG #dev :two\r\n");
    const got = [await receiver.next(), await receiver.next()];
    expect(got.map(({ path, headers }) => [path, headers.get("host")])).toEqual([
      ["/in", `ci.test:${receiver.port}`],
      ["/in", `ci.test:${receiver.port}`],
    ]);
    ann.close();
  });

  test("posts nothing to an address that is not allowed, and /hook says so", async () => {
    await using receiver = startReceiver();
    const { chat, nextWait } = startPosting(allowing({ allow: [] }));
    await using _ = chat;
    const ann = await operator(chat);
    await makes(ann, "https://ci.test/in");
    ann.send("PRIVMSG #dev :one\r\n");
    await nextWait();
    ann.send("SLASH #dev :/hook\r\n");
    await ann.until(/last post: ci\.test has no address that may be reached\./);
    for (const [url, words] of [
      [urlOf(receiver), "https URLs"],
      ["https://127.0.0.1/", "public hosts"],
      ["https://localhost/", "public hosts"],
      ["https://chat.test/", "public hosts"],
      ["nonsense", "That is no URL"],
    ]) {
      ann.send(`SLASH #dev :/hook out ${url}\r\n`);
      expect((await ann.until(/ FAIL SLASH /)).at(-1)).toContain(words ?? "");
    }
    ann.close();
  });

  test("ends when the configuration no longer allows it", async () => {
    await using receiver = startReceiver();
    const { chat } = startPosting();
    await using _ = chat;
    const ann = await operator(chat);
    await makes(ann, urlOf(receiver));
    chat.reload(allowing({ outgoing: "operators" }));
    ann.send("PRIVMSG #dev :not posted\r\nPING end\r\n");
    await ann.until(/PONG/);
    chat.reload(allowing());
    ann.send("PRIVMSG #dev :posted\r\n");
    expect(await texts(receiver, 1)).toEqual(["posted"]);
    ann.close();
  });
});
