import { describe, expect, test } from "bun:test";
import { defaultConfig } from "../../../src/server/config/read.ts";
import { type Payload, readPayload, serviceMessage } from "../../../src/server/hooks/incoming.ts";
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
  test("is made by /hook add, and its posts are said in the room as a bot's and stored", async () => {
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

  test("turns a request of GitHub into one line", async () => {
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

  test("refuses bad requests with a status and a reason, always as JSON", async () => {
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

function read(
  body: string | Uint8Array,
  type = "application/x-www-form-urlencoded",
  more: Record<string, string> = {},
) {
  const fields = new Map(Object.entries({ "content-type": type, ...more }).map(([name, value]) => [name, [value]]));
  return readPayload({ fields }, Buffer.from(body));
}

test.each([
  ["the build is done", { nick: "bot", text: "the build is done" }],
  ["two\nlines\n", { nick: "bot", text: "two\nlines" }],
  ["{ not JSON", { nick: "bot", text: "{ not JSON" }],
  ['{"text":"hi"}', { nick: "bot", text: "hi", icon: undefined }],
  [
    '{"text":"hi","nick":"build","icon":"https://x.test/i.png"}',
    { nick: "build", text: "hi", icon: "https://x.test/i.png" },
  ],
  [
    '{"text":"hi","username":"build","icon_url":"https://x.test/i"}',
    { nick: "build", text: "hi", icon: "https://x.test/i" },
  ],
  ["payload=%7B%22text%22%3A%22hi+there%22%7D", { nick: "bot", text: "hi there", icon: undefined }],
])("%j is the message %j", (body, message) => {
  expect(read(body)).toEqual(message);
});

test.each([
  [Uint8Array.of(0xff, 0xfe), "text/plain", "The body is text in UTF-8."],
  ["nothing", "application/json", "The body is no JSON object."],
  ["[1]", "application/json; charset=utf-8", "The body is no JSON object."],
  ["{}", "application/json", 'The JSON has a "text"'],
  ['{"text":7}', "text/plain", 'The JSON has a "text"'],
  ['{"text":"x","nick":"a/b"}', "application/vnd.x+json", '"nick" has 1 to 20 letters'],
  ['{"text":"x","nick":["a"]}', "application/json", '"nick" has 1 to 20 letters'],
  ['{"text":"x","icon":"javascript:alert(1)"}', "application/json", '"icon" is the https address'],
])("%p as %s is refused in words", (body, type, words) => {
  expect(read(body, type)).toContain(words);
});

test("GitHub is known by its header, in a form too", () => {
  const payload = encodeURIComponent(JSON.stringify({ repository: { full_name: "octo/hello" } }));
  expect(read(`payload=${payload}`, undefined, { "x-github-event": "ping" })).toEqual({
    nick: "github",
    text: "GitHub will tell of octo/hello here.",
  });
});

// The shapes are those of the services' public documentation, without the fields that are not read.

const REPOSITORY = { repository: { full_name: "octo/hello" }, sender: { login: "mona" } };

const GITHUB: readonly [string, Payload, string][] = [
  ["ping", { zen: "Keep it logically awesome.", hook_id: 1, ...REPOSITORY }, "GitHub will tell of octo/hello here."],
  [
    "push",
    {
      ref: "refs/heads/main",
      deleted: false,
      compare: "https://github.com/octo/hello/compare/a...b",
      commits: [{ message: "one" }, { message: "two\n\nbody" }],
      head_commit: { message: "two\n\nbody" },
      pusher: { name: "mona" },
      ...REPOSITORY,
    },
    "[octo/hello] mona pushed 2 commits to main: two https://github.com/octo/hello/compare/a...b",
  ],
  [
    "push",
    { ref: "refs/heads/old", deleted: true, commits: [], head_commit: null, pusher: { name: "mona" }, ...REPOSITORY },
    "[octo/hello] mona deleted old",
  ],
  [
    "pull_request",
    {
      action: "ready_for_review",
      pull_request: { number: 2, title: "Fix it", html_url: "https://github.com/octo/hello/pull/2" },
      ...REPOSITORY,
    },
    "[octo/hello] mona ready for review pull request #2: Fix it https://github.com/octo/hello/pull/2",
  ],
  [
    "issues",
    { action: "opened", issue: { number: 3, title: "Broken", html_url: "https://x.test/3" }, ...REPOSITORY },
    "[octo/hello] mona opened issue #3: Broken https://x.test/3",
  ],
  [
    "issue_comment",
    {
      action: "created",
      issue: { number: 3 },
      comment: { body: "I see it\r\ntoo", html_url: "https://x.test/3#c" },
      ...REPOSITORY,
    },
    "[octo/hello] mona created a comment on #3: I see it https://x.test/3#c",
  ],
  [
    "release",
    { action: "published", release: { tag_name: "v1.0", html_url: "https://x.test/v1.0" }, ...REPOSITORY },
    "[octo/hello] mona published release v1.0 https://x.test/v1.0",
  ],
  [
    "workflow_run",
    {
      action: "completed",
      workflow_run: {
        name: "CI",
        head_branch: "main",
        conclusion: "failure",
        status: "completed",
        html_url: "https://x.test/r",
      },
      ...REPOSITORY,
    },
    "[octo/hello] CI on main: failure https://x.test/r",
  ],
  ["star", { action: "created", ...REPOSITORY }, "[octo/hello] mona: star created"],
];

test.each(GITHUB)("GitHub's %s", (event, payload, text) => {
  expect(serviceMessage(payload, event)).toEqual({ nick: "github", text });
});

const PROJECT = { project: { path_with_namespace: "mike/diaspora" }, user: { username: "root" } };

const GITLAB: readonly [Payload, string][] = [
  [
    {
      object_kind: "push",
      ref: "refs/heads/master",
      user_username: "jsmith",
      project: PROJECT.project,
      commits: [
        { title: "Update", message: "Update\n\nbody", url: "https://g.test/c1" },
        { title: "fixed readme", url: "https://g.test/c2" },
      ],
      total_commits_count: 4,
    },
    "[mike/diaspora] jsmith pushed 4 commits to master: fixed readme https://g.test/c2",
  ],
  [
    {
      object_kind: "tag_push",
      ref: "refs/tags/v1.0.0",
      user_username: "jsmith",
      project: PROJECT.project,
      commits: [],
    },
    "[mike/diaspora] jsmith pushed the tag v1.0.0:",
  ],
  [
    {
      object_kind: "merge_request",
      object_attributes: { iid: 1, title: "MS-Viewport", action: "open", state: "opened", url: "https://g.test/m/1" },
      ...PROJECT,
    },
    "[mike/diaspora] root: open merge request !1: MS-Viewport https://g.test/m/1",
  ],
  [
    {
      object_kind: "issue",
      object_attributes: { iid: 23, title: "New API", action: "open", url: "https://g.test/23" },
      ...PROJECT,
    },
    "[mike/diaspora] root: open issue #23: New API https://g.test/23",
  ],
  [
    { object_kind: "note", object_attributes: { note: "Looks good", url: "https://g.test/n" }, ...PROJECT },
    "[mike/diaspora] root commented: Looks good https://g.test/n",
  ],
  [
    {
      object_kind: "pipeline",
      object_attributes: { id: 31, ref: "master", status: "success", url: "https://g.test/p" },
      ...PROJECT,
    },
    "[mike/diaspora] pipeline 31 on master: success https://g.test/p",
  ],
  [
    { object_kind: "build", build_name: "test", build_status: "failed", ...PROJECT },
    "[mike/diaspora] job test: failed",
  ],
  [{ object_kind: "wiki_page", object_attributes: {}, ...PROJECT }, "[mike/diaspora] root: wiki page"],
];

test.each(GITLAB)("GitLab's %j", (payload, text) => {
  expect(serviceMessage(payload, undefined)).toEqual({ nick: "gitlab", text });
});

const ALERT = {
  status: "firing",
  labels: { alertname: "HighLatency", instance: "web-1:9090" },
  annotations: { summary: "Latency is over 1 s" },
  generatorURL: "http://prometheus.test/graph",
};

test("Alertmanager's alerts", () => {
  const payload = { version: "4", status: "firing", receiver: "chat", alerts: [ALERT], commonLabels: ALERT.labels };
  expect(serviceMessage(payload, undefined)).toEqual({
    nick: "alerts",
    text: "[firing] HighLatency on web-1:9090: Latency is over 1 s http://prometheus.test/graph",
  });
  const both = { ...payload, status: "resolved", alerts: [ALERT, ALERT], commonLabels: { alertname: "HighLatency" } };
  expect(serviceMessage(both, undefined)?.text).toBe(
    "[resolved] HighLatency on web-1:9090 (2 alerts): Latency is over 1 s http://prometheus.test/graph",
  );
});

test("Grafana's alerts", () => {
  const payload = {
    receiver: "webhook",
    status: "firing",
    orgId: 1,
    alerts: [{ status: "firing", labels: { alertname: "T1" }, annotations: {}, generatorURL: "https://play.test/1" }],
    title: "[FIRING:1]  (T1)",
    state: "alerting",
    externalURL: "https://play.test/",
  };
  expect(serviceMessage(payload, undefined)).toEqual({ nick: "grafana", text: "[firing] T1 https://play.test/1" });
});

test.each([[{}], [{ text: "hi" }], [{ alerts: "all", status: "ok" }], [{ object_kind: 7n }]])(
  "%p is of no service",
  (payload) => {
    expect(serviceMessage(payload, undefined)).toBeUndefined();
  },
);

test("missing and malformed parts are left out, and long parts are cut", () => {
  expect(serviceMessage({ repository: null, sender: ["x"], commits: {} }, "push")?.text).toBe(
    "[]  pushed 0 commits to :",
  );
  const long = { action: "opened", issue: { number: 1, title: "x".repeat(5000) }, ...REPOSITORY };
  expect(serviceMessage(long, "issues")?.text.length).toBeLessThan(400);
});
