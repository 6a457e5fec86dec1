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
import { type HookMessage, readPayload } from "./payload.ts";

const MINUTE = 60_000; // ms
const ID = 200; // characters of an Idempotency-Key

/** The path of webhooks; the token follows. */
export const HOOK_PATH = "/hook/";

/** The limits of webhooks. */
export interface HookLimits {
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

/** The session of one request: it hears what has become of its message. */
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
