import { isUtf8 } from "node:buffer";
import { AttemptLimiter } from "../../chat/attempt-limiter.ts";
import type { Chat } from "../../chat/chat.ts";
import type { ChatEvent } from "../../chat/model/event.ts";
import type { Member } from "../../chat/model/member.ts";
import type { Refusal } from "../../chat/model/refusal.ts";
import type { Session } from "../../chat/model/session.ts";
import type { TokenMaker } from "../../chat/model/token.ts";
import { phraseFor } from "../../chat/words/refusals.ts";
import { isToken } from "../../text/address.ts";
import { showText } from "../../text/filter.ts";
import type { HttpFault, RequestHead } from "../../web/head.ts";
import type { HttpAnswer, HttpRequest, Route } from "../../web/http.ts";

const MINUTE = 60_000; // ms
const ID = 200; // characters of an Idempotency-Key

/** The path of webhooks; the token follows. */
const HOOK_PATH = "/hook/";

/** The limits of webhooks. */
interface HookLimits {
  /** Bytes of a request's body. */
  readonly bytes: number;
  /** Requests a minute to one webhook; 0: no limit. */
  readonly rate: number;
}

interface IncomingHooksSetup {
  readonly chat: Chat;
  readonly tokens: TokenMaker;
  readonly limits: () => HookLimits;
  /** A monotonic clock in milliseconds. */
  readonly steady: () => number;
}

/**
 * Answers requests to webhooks: each says a message in the webhook's room. The answer is 200 once the message is stored;
 * in a room that keeps nothing it is 202.
 */
export class IncomingHooks {
  readonly #setup: IncomingHooksSetup;
  readonly #requests: AttemptLimiter;
  /** The requests of this tick, which are answered once it is stored. */
  #waiting: ((isStored: boolean) => void)[] = [];

  constructor(setup: IncomingHooksSetup) {
    this.#setup = setup;
    this.#requests = new AttemptLimiter(() => setup.limits().rate, MINUTE, setup.steady);
  }

  get route(): Route {
    return {
      path: HOOK_PATH,
      admit: (head) => this.#admit(head),
      refuse: faultAnswer,
      answer: (request) => this.#answer(request),
    };
  }

  /** The tick is over. */
  committed(isStored: boolean): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const answer of waiting) answer(isStored);
  }

  /** A page must not post into the chat; and one webhook cannot fill a room. */
  #admit(head: RequestHead): number | HttpFault {
    if (head.fields.has("origin"))
      return { status: 403, words: "A webhook is called by a program, not by a page in a browser." };
    const hash = this.#hashOf(head);
    if (hash === undefined || !this.#setup.chat.hasHook(hash)) return UNKNOWN;
    const wait = this.#requests.wait(hash);
    if (wait === 0) return this.#setup.limits().bytes || Number.POSITIVE_INFINITY;
    const seconds = Math.ceil(wait / 1000);
    const words = `A webhook takes ${this.#setup.limits().rate} requests a minute; try again in ${seconds} s.`;
    return { status: 429, words, fields: [`Retry-After: ${seconds}`] };
  }

  #hashOf({ path }: RequestHead): string | undefined {
    const token = path.slice(HOOK_PATH.length);
    return isToken(token) ? this.#setup.tokens.hash(token) : undefined;
  }

  #answer({ head, body, connection }: HttpRequest): HttpAnswer | Promise<HttpAnswer> {
    const hash = this.#hashOf(head);
    if (hash === undefined) return faultAnswer(UNKNOWN);
    this.#requests.add(hash);
    const message = readPayload(head, body);
    if (typeof message === "string") return faultAnswer({ status: 400, words: message });
    const [id, ...more] = head.fields.get("idempotency-key") ?? [];
    if (more.length > 0 || id === "" || (id ?? "").length > ID)
      return faultAnswer({ status: 400, words: `Idempotency-Key has 1 to ${ID} characters.` });
    return this.#post(hash, message, { id, connection });
  }

  #post(
    hash: string,
    { nick, text, icon }: HookMessage,
    { id, connection }: { readonly id: string | undefined; readonly connection: number },
  ): Promise<HttpAnswer> {
    const { chat } = this.#setup;
    const session = new HookSession(connection);
    const tags = icon === undefined ? undefined : new Map([["+tcpchat/icon", icon]]);
    return new Promise((resolve) => {
      chat.submit(session, { type: "post", hash, nick, text: showText(text), tags, id }, () => {
        const { said, refusal } = session;
        if (!said) return resolve(refusalAnswer(refusal ?? { why: "hook-unknown" }, chat));
        const kept = {
          status: said.ephemeral === undefined ? 200 : 202,
          ...JSON_TYPE,
          body: bodyOf({ msgid: said.msgid }),
        };
        this.#waiting.push((isStored) => resolve(isStored ? kept : faultAnswer(NOT_STORED)));
      });
    });
  }
}

/** The session of one request: it receives the outcome of its message. */
class HookSession implements Session {
  readonly id: number;
  member: Member | undefined;
  said: Extract<ChatEvent, { type: "said" }> | undefined;
  refusal: Refusal | undefined;

  constructor(id: number) {
    this.id = id;
  }

  tell(event: ChatEvent): void {
    if (event.type === "said") this.said = event;
  }

  refuse(refusal: Refusal): void {
    this.refusal = refusal;
  }

  follow(): void {}
  unfollow(): void {}
  unstored(): void {}
  notify(): void {}
  presenceChanged(): void {}
}

const JSON_TYPE = { type: "application/json" } as const;

const UNKNOWN: HttpFault = { status: 404, words: "There is no such webhook, or it has ended." };
const NOT_STORED: HttpFault = { status: 503, words: "Nothing can be stored at present; try again later." };

function bodyOf(value: Readonly<Record<string, string>>): string {
  return `${JSON.stringify(value)}\n`;
}

function faultAnswer({ status, words }: HttpFault): HttpAnswer {
  return { status, ...JSON_TYPE, body: bodyOf({ error: words }) };
}

/** The status of a refusal; everything else is the caller's mistake. */
const STATUSES: Partial<Readonly<Record<Refusal["why"], number>>> = {
  "hook-unknown": 404,
  "id-reused": 409,
  "taken-back": 409,
  "message-too-long": 413,
  "not-stored": 503,
  "no-majority": 503,
};

function refusalAnswer(refusal: Refusal, { limits }: Chat): HttpAnswer {
  return faultAnswer({ status: STATUSES[refusal.why] ?? 400, words: `${phraseFor(refusal, limits, false)}.` });
}

// The message of a request to a webhook: plain text, our JSON, or the JSON of a known service.

/** The message that a request asks a webhook to say. */
interface HookMessage {
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

/** A JSON object from outside. */
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
