import { isUtf8 } from "node:buffer";
import type { RequestHead } from "../../web/head.ts";
import { type Payload, serviceMessage } from "./services.ts";

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
