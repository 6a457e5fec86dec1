import { describe, expect, test } from "bun:test";
import { defaultConfig } from "../../../src/server/config/read.ts";
import { startChat, type TestChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";

/** Ann, who has an account and operates #dev, with the slash commands. */
async function operator(port: number): Promise<WireClient> {
  const ann = await WireClient.open(port);
  ann.send("CAP REQ :tcpchat/commands message-tags\r\nCAP END\r\nNICK ann\r\nUSER a 0 * :A\r\nREGISTER * * secret\r\n");
  await ann.until(/ 900 /);
  ann.send("JOIN #dev\r\n");
  await ann.until(/ 366 /);
  return ann;
}

/** Makes a webhook; returns its path. */
async function makes(ann: WireClient, name = "ci"): Promise<string> {
  ann.send(`SLASH #dev :/hook add ${name}\r\n`);
  const line = (await ann.until(/:POST http/)).at(-1) ?? "";
  expect(line).toMatch(/:POST http:\/\/chat\.test:\d+\/hook\/[\w-]{43}$/);
  await ann.until(/It is not shown again/);
  return line.replace(/^.*(?=\/hook\/)/, "");
}

/** The body of an answer that refuses. */
const ERROR = /^\{"error":".+\."\}\n$/;

/** Posts; returns the status and the answer. */
async function posts({ port }: TestChat, path: string, body: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body, headers });
  return [answer.status, await answer.text()] as const;
}

describe("a webhook", () => {
  test("is made by /hook add, and what is posted is said in the room as a bot's and stored", async () => {
    await using chat = startChat();
    const ann = await operator(chat.port);
    const path = await makes(ann);
    const [status, body] = await posts(chat, path, JSON.stringify({ text: "done\nand dusted", nick: "build" }));
    const { msgid } = JSON.parse(body);
    const [first = ""] = (await ann.until(/dusted/)).slice(-2);
    expect(status).toBe(200);
    expect(first).toMatch(new RegExp(`^@msgid=${msgid};bot :ci/build!webhook@webhook PRIVMSG #dev :done$`));
    const bob = await WireClient.open(chat.port);
    bob.send("/nick bob\n/join dev\n");
    await bob.until(/<ci\/build> and dusted/);
    for (const wire of [ann, bob]) wire.close();
  });

  test("says a repeat with the same Idempotency-Key once, and answers with the same msgid", async () => {
    await using chat = startChat();
    const ann = await operator(chat.port);
    const path = await makes(ann);
    const once = await posts(chat, path, "done", { "Idempotency-Key": "build 42" });
    expect(await posts(chat, path, "done", { "Idempotency-Key": "build 42" })).toEqual(once);
    expect((await posts(chat, path, "failed", { "Idempotency-Key": "build 42" }))[0]).toBe(409);
    expect((await posts(chat, path, "failed", { "Idempotency-Key": "" }))[0]).toBe(400);
    ann.send("PING end\r\n");
    expect((await ann.until(/PONG/)).filter((line) => line.includes("PRIVMSG"))).toHaveLength(1);
    ann.close();
  });

  test("tells of GitHub in a line", async () => {
    await using chat = startChat();
    const ann = await operator(chat.port);
    const payload = {
      action: "opened",
      issue: { number: 1, title: "Broken" },
      repository: { full_name: "o/r" },
      sender: { login: "mona" },
    };
    const headers = { "X-GitHub-Event": "issues", "Content-Type": "application/json" };
    expect((await posts(chat, await makes(ann, "gh"), JSON.stringify(payload), headers))[0]).toBe(200);
    await ann.until(/:gh\/github!webhook@webhook PRIVMSG #dev :\[o\/r\] mona opened issue #1: Broken$/);
    ann.close();
  });

  test("refuses what it cannot say, with a status and in words, always as JSON", async () => {
    await using chat = startChat();
    const ann = await operator(chat.port);
    const path = await makes(ann);
    const json = { "Content-Type": "application/json" };
    const rows: readonly (readonly [number, string, string, Record<string, string>])[] = [
      [404, `/hook/${"x".repeat(43)}`, "hi", {}],
      [404, "/hook/", "hi", {}],
      [404, `${path}x`, "hi", {}],
      [400, path, "", {}],
      [400, path, "{", json],
      [400, path, "{}", json],
      [413, path, "x".repeat(5000), {}],
      [413, path, "x".repeat(70_000), {}],
      [403, path, "hi", { Origin: `http://127.0.0.1:${chat.port}` }],
    ];
    for (const [status, to, body, headers] of rows) {
      const [got, words] = await posts(chat, to, body, headers);
      expect([got, words]).toEqual([status, expect.stringMatching(ERROR)]);
    }
    const answer = await fetch(`http://127.0.0.1:${chat.port}${path}`);
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    expect([answer.headers.get("content-type"), await answer.text()]).toEqual([
      "application/json",
      expect.stringMatching(ERROR),
    ]);
    ann.send("PING end\r\n");
    expect((await ann.until(/PONG/)).filter((line) => line.includes("PRIVMSG"))).toEqual([]);
    ann.close();
  });

  test("takes so many requests a minute, from any address", async () => {
    let now = 1_000_000;
    const { hooks } = defaultConfig();
    await using chat = startChat({ hooks: { ...hooks, rate: 2 } }, () => now);
    const ann = await operator(chat.port);
    const path = await makes(ann);
    const status = async () => (await posts(chat, path, "hi"))[0];
    expect([await status(), await status()]).toEqual([200, 200]);
    expect(await posts(chat, path, "hi")).toEqual([429, expect.stringMatching(ERROR)]);
    now += 60_001;
    expect(await status()).toBe(200);
    ann.close();
  });

  test("ends by /hook remove, and is listed until then", async () => {
    await using chat = startChat();
    const ann = await operator(chat.port);
    const path = await makes(ann);
    ann.send("SLASH #dev :/hook\r\n");
    await ann.until(/ci, made /);
    ann.send("SLASH #dev :/hook remove ci\r\n");
    await ann.until(/The webhook ci has ended\./);
    expect((await posts(chat, path, "hi"))[0]).toBe(404);
    ann.send("SLASH #dev :/hook list\r\n");
    await ann.until(/This room has no webhook\./);
    ann.close();
  });

  test("is no path that there is if webhooks are switched off", async () => {
    const { hooks } = defaultConfig();
    await using chat = startChat();
    const ann = await operator(chat.port);
    const path = await makes(ann);
    chat.reload({ hooks: { ...hooks, incoming: false } });
    expect((await posts(chat, path, "hi"))[0]).toBe(404);
    ann.close();
  });

  test("reads a body in any pieces, after 100 Continue, and further requests on the same connection", async () => {
    await using chat = startChat({ exempt: [] });
    const ann = await operator(chat.port);
    const path = await makes(ann);
    const wire = await WireClient.open(chat.port);
    const head = (length: number, more = "") =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n${more}\r\n`;
    wire.send(head(5, "Expect: 100-continue\r\n"));
    await wire.until(/HTTP\/1\.1 100 Continue/);
    for (const piece of ["o", "n", "\ne\n"]) wire.send(piece);
    await wire.until(/msgid/);
    // The next heads come together with the bodies before them; a body has no newline, or is one, or is long.
    wire.send(`${head(3)}two${head(7)}\nthree\n${head(3000)}${"x ".repeat(1500)}`);
    for (let n = 0; n < 3; n++) await wire.until(/msgid/);
    ann.send("PING end\r\n");
    const said = (await ann.until(/PONG/)).flatMap((line) => / PRIVMSG #dev :(.*)$/.exec(line)?.[1] ?? []);
    expect(said.slice(0, 4)).toEqual(["on", "e", "two", "three"]);
    for (const each of [ann, wire]) each.close();
  });

  test("whose body stays away is given up", async () => {
    let now = 1_000_000;
    await using chat = startChat({}, () => now);
    const ann = await operator(chat.port);
    const path = await makes(ann);
    const wire = await WireClient.open(chat.port);
    wire.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
    await wire.until(/100 Continue/);
    now += 20_000;
    await wire.until(/HTTP\/1\.1 408 /);
    await wire.until(/^\{"error":"The request took too long\."\}$/);
    await wire.closed();
    ann.close();
  });
});
