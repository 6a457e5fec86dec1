import { isUtf8 } from "node:buffer";
import type { RequestHead } from "../../web/head.ts";

/** Reads what a request to a webhook says: text, our JSON, or the JSON of a known service. */

/** The message that a request asks a webhook to say. */
export interface HookMessage {
  /** The part of the nick behind the slash. */
  readonly nick: string;
  readonly text: string;
  /** The address of a picture. */
  readonly icon?: string | undefined;
}

/** The nick of a webhook that is given none. */
const NICK = "bot";

const ICON = 300; // characters of a picture's address

/**
 * Reads the body of a request to a webhook: text, or JSON with `text`, `nick` and `icon`, or what a known service sends.
 * Answers a sentence if it is none of these.
 */
export function readPayload({ fields }: Pick<RequestHead, "fields">, body: Uint8Array): HookMessage | string {
  if (!isUtf8(body)) return "The body is text in UTF-8.";
  const [type = ""] = fields.get("content-type") ?? [];
  const given = Buffer.from(body).toString("utf8");
  // GitHub and Slack's clients send JSON in a form too.
  const text = /^payload=/.test(given) ? (new URLSearchParams(given).get("payload") ?? "") : given;
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(type);
  if (!isJson && !/^\s*\{/.test(text)) return { nick: NICK, text: text.trimEnd() };
  const payload = parsed(text);
  if (payload) return messageIn(payload, fields);
  return isJson ? "The body is no JSON object." : { nick: NICK, text: text.trimEnd() };
}

function parsed(text: string): Payload | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Payload) : undefined;
  } catch {
    return undefined;
  }
}

function messageIn(payload: Payload, fields: RequestHead["fields"]): HookMessage | string {
  const [github] = fields.get("x-github-event") ?? [];
  const known = serviceMessage(payload, github);
  if (known) return known;
  const { text, nick = payload.username ?? NICK, icon = payload.icon_url } = payload;
  if (typeof text !== "string") return 'The JSON has a "text": {"text": "the build is done", "nick": "build"}.';
  if (typeof nick !== "string" || !/^[\w-]{1,20}$/.test(nick))
    return '"nick" has 1 to 20 letters, digits, dashes and underscores.';
  if (icon !== undefined && !isIcon(icon))
    return `"icon" is the https address of a picture, of at most ${ICON} characters.`;
  return { nick, text: text.trimEnd(), icon };
}

function isIcon(icon: unknown): icon is string {
  return typeof icon === "string" && icon.length <= ICON && /^https:\/\/[!-~]+$/.test(icon);
}

/** A JSON object of somebody else. */
export type Payload = Readonly<Record<string, unknown>>;

/**
 * The message of a known service; `undefined` if the JSON is of none. `github` is the header X-GitHub-Event.
 *
 * The requests of GitHub, GitLab, Alertmanager and Grafana become one line of text each. Only what people want to read is
 * taken; the rest of the JSON is left out.
 */
export function serviceMessage(payload: Payload, github: string | undefined): HookMessage | undefined {
  if (github !== undefined) return { nick: "github", text: lineOf(githubWords(github, payload)) };
  if (textAt(payload, "object_kind") !== "") return { nick: "gitlab", text: lineOf(gitlabWords(payload)) };
  const alerts = payload.alerts;
  if (!Array.isArray(alerts) || textAt(payload, "status") === "") return undefined;
  return { nick: "orgId" in payload ? "grafana" : "alerts", text: lineOf(alertWords(payload, alerts)) };
}

function githubWords(event: string, payload: Payload): readonly string[] {
  const repo = textAt(payload, "repository", "full_name");
  const who = textAt(payload, "sender", "login");
  const action = textAt(payload, "action").replaceAll("_", " ");
  const about = (key: string, title: string) => [
    `[${repo}] ${who} ${action} ${title} #${textAt(payload, key, "number")}:`,
    textAt(payload, key, "title"),
    textAt(payload, key, "html_url"),
  ];
  switch (event) {
    case "ping":
      return [`GitHub will tell of ${repo || textAt(payload, "organization", "login")} here.`];
    case "push":
      return githubPush(repo, payload);
    case "pull_request":
      return about("pull_request", "pull request");
    case "issues":
      return about("issue", "issue");
    case "issue_comment":
      return [
        `[${repo}] ${who} ${action} a comment on #${textAt(payload, "issue", "number")}:`,
        textAt(payload, "comment", "body"),
        textAt(payload, "comment", "html_url"),
      ];
    case "release":
      return [
        `[${repo}] ${who} ${action} release ${textAt(payload, "release", "tag_name")}`,
        textAt(payload, "release", "html_url"),
      ];
    case "workflow_run": {
      const { workflow_run: run } = payload;
      const result = textAt(run, "conclusion") || textAt(run, "status");
      return [`[${repo}] ${textAt(run, "name")} on ${textAt(run, "head_branch")}: ${result}`, textAt(run, "html_url")];
    }
    default:
      return [`[${repo}] ${who}: ${[event.replaceAll("_", " "), action].join(" ").trim()}`];
  }
}

function githubPush(repo: string, payload: Payload): readonly string[] {
  const branch = branchOf(payload);
  const who = textAt(payload, "pusher", "name");
  if (payload.deleted === true) return [`[${repo}] ${who} deleted ${branch}`];
  const commits = Array.isArray(payload.commits) ? payload.commits : [];
  return [
    `[${repo}] ${who} pushed ${counted(commits.length, "commit")} to ${branch}:`,
    textAt(payload, "head_commit", "message"),
    textAt(payload, "compare"),
  ];
}

function gitlabWords(payload: Payload): readonly string[] {
  const project = textAt(payload, "project", "path_with_namespace");
  const who = textAt(payload, "user", "username") || textAt(payload, "user_username");
  const { object_attributes: attributes } = payload;
  const kind = textAt(payload, "object_kind");
  switch (kind) {
    case "push":
    case "tag_push": {
      const commits = Array.isArray(payload.commits) ? payload.commits : [];
      const count = Number(textAt(payload, "total_commits_count")) || commits.length;
      const what = kind === "push" ? `${counted(count, "commit")} to` : "the tag";
      return [
        `[${project}] ${who} pushed ${what} ${branchOf(payload)}:`,
        textAt(commits.at(-1), "title") || textAt(commits.at(-1), "message"),
        textAt(commits.at(-1), "url"),
      ];
    }
    case "merge_request":
    case "issue":
    case "work_item": {
      const [sign, thing] = kind === "merge_request" ? ["!", "merge request"] : ["#", kind.replace("_", " ")];
      const action = textAt(attributes, "action") || textAt(attributes, "state");
      return [
        `[${project}] ${who}: ${action} ${thing} ${sign}${textAt(attributes, "iid")}:`,
        textAt(attributes, "title"),
        textAt(attributes, "url"),
      ];
    }
    case "note":
      return [`[${project}] ${who} commented:`, textAt(attributes, "note"), textAt(attributes, "url")];
    case "pipeline":
      return [
        `[${project}] pipeline ${textAt(attributes, "id")} on ${textAt(attributes, "ref")}: ${textAt(attributes, "status")}`,
        textAt(attributes, "url"),
      ];
    case "build":
      return [`[${project}] job ${textAt(payload, "build_name")}: ${textAt(payload, "build_status")}`];
    default:
      return [`[${project}] ${who}: ${kind.replaceAll("_", " ")}`];
  }
}

/** Alertmanager's alerts; Grafana's have the same form, with a title besides. */
function alertWords(payload: Payload, alerts: readonly unknown[]): readonly string[] {
  const status = textAt(payload, "status");
  const [first] = alerts;
  const name = textAt(payload, "commonLabels", "alertname") || textAt(first, "labels", "alertname");
  const where = textAt(payload, "commonLabels", "instance") || textAt(first, "labels", "instance");
  const summary =
    textAt(payload, "commonAnnotations", "summary") ||
    textAt(first, "annotations", "summary") ||
    textAt(first, "annotations", "description");
  const count = alerts.length > 1 ? ` (${alerts.length} alerts)` : "";
  return [
    `[${status}] ${name || textAt(payload, "title")}${where === "" ? "" : ` on ${where}`}${count}${summary === "" ? "" : ":"}`,
    summary,
    textAt(first, "generatorURL") || textAt(payload, "externalURL"),
  ];
}

/** The text or number at a path of keys; "" if there is none. */
function textAt(value: unknown, ...path: readonly string[]): string {
  let at = value;
  for (const key of path)
    at = typeof at === "object" && at !== null && Object.hasOwn(at, key) ? (at as Payload)[key] : "";
  return typeof at === "string" || typeof at === "number" ? String(at) : "";
}

function branchOf(payload: Payload): string {
  return textAt(payload, "ref").replace(/^refs\/(?:heads|tags)\//, "");
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

const LONGEST = 300; // characters of one part

/** The parts as one line: of each its first line, cut where it is long. */
function lineOf(parts: readonly string[]): string {
  const shown = parts.map((part) => {
    const [line = ""] = part.trim().split(/\r?\n/);
    return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  });
  return shown.filter((part) => part !== "").join(" ");
}
