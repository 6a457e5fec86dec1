import { expect, test } from "bun:test";
import { type Payload, readPayload, serviceMessage } from "../../../src/server/hooks/payload.ts";

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

test("what is missing or malformed is left out, and long parts are cut", () => {
  expect(serviceMessage({ repository: null, sender: ["x"], commits: {} }, "push")?.text).toBe(
    "[]  pushed 0 commits to :",
  );
  const long = { action: "opened", issue: { number: 1, title: "x".repeat(5000) }, ...REPOSITORY };
  expect(serviceMessage(long, "issues")?.text.length).toBeLessThan(400);
});
