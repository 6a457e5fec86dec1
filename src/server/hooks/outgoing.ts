import { createHmac } from "node:crypto";
import type { Chat } from "../../chat/chat.ts";
import { type ChatEvent, type EventOf, mustBeStored } from "../../chat/model/event.ts";
import type { TokenRecord } from "../../chat/model/token.ts";
import { type PostSetup, post, RequestQueue, type UrlFault, urlFault } from "../outbound/post.ts";

const SECOND = 1000; // ms

/** Milliseconds before each further attempt to post a message. */
const WAITS: readonly number[] = [SECOND, 10 * SECOND, 60 * SECOND, 300 * SECOND];

const WAITING = 1000; // messages that wait, of all webhooks
const WAITING_EACH = 100; // of the webhooks that one account has made

interface OutgoingHooksSetup {
  readonly chat: Chat;
  readonly post: () => Omit<PostSetup, "signal">;
  /** Calls after some milliseconds; returns the function that cancels that. */
  readonly after: (wait: number, call: () => void) => () => void;
  /** Counts a message of a webhook, for metrics. */
  readonly count: (result: HookResult) => void;
}

/** How a message ended: posted, refused by the receiver, not delivered after all attempts, or dropped for want of room. */
export type HookResult = "sent" | "refused" | "failed" | "dropped";

/** A message to post. */
interface Post {
  readonly room: string;
  readonly msgid: string;
  readonly body: Buffer;
}

/** The messages of one webhook that wait, in order; the first is being posted. */
interface Outbox {
  readonly hook: TokenRecord;
  readonly posts: Post[];
  /** Failed attempts of the first one. */
  attempts: number;
  /** Cancels the wait before the next attempt. */
  cancel: () => void;
}

/**
 * Posts what is said in rooms with outgoing webhooks. Messages are taken when they are said and posted once they are stored,
 * those of a webhook one after the other. A failed post is repeated, after longer and longer waits; meanwhile the
 * webhook's next messages wait, and what does not fit is dropped. Nothing of it outlives the server.
 *
 * Messages of bots and webhooks are not posted, so that programs cannot answer each other for ever.
 */
export class OutgoingHooks {
  readonly #setup: OutgoingHooksSetup;
  /** Messages of this tick, with the webhooks that post them. */
  #said: { readonly event: EventOf<"said">; readonly hooks: readonly TokenRecord[] }[] = [];
  readonly #outboxes = new Map<string, Outbox>();
  readonly #last = new Map<string, string>();
  readonly #queue = new RequestQueue();
  #isStopped = false;

  constructor(setup: OutgoingHooksSetup) {
    this.#setup = setup;
  }

  /** Takes every event of the chat. */
  observe(event: ChatEvent): void {
    if (event.type === "token-removed") this.#forget(event.token.hash);
    if (event.type !== "said" || !event.inRoom || !isPosted(event)) return;
    const hooks = this.#hooksOf(event.to).filter(
      ({ out }) => out && (out.word ?? firstWord(event)) === firstWord(event),
    );
    if (hooks.length > 0) this.#said.push({ event, hooks });
  }

  /** The tick is over: posts its messages, if they are stored. */
  committed(isStored: boolean): void {
    if (this.#said.length === 0) return;
    const said = this.#said;
    this.#said = [];
    for (const { event, hooks } of said) {
      if (!isStored && mustBeStored(event)) continue;
      const body = bodyOf(event);
      for (const hook of hooks) this.#add(hook, { room: event.to, msgid: event.msgid, body });
    }
  }

  /** Why no webhook may post to a URL, as a sentence; `undefined` if one may. */
  urlRefusal(url: string): string | undefined {
    const fault = urlFault(url, this.#setup.post().to);
    return fault && FAULTS[fault];
  }

  /** How the last post of a webhook has ended; `undefined` if there was none since the start. */
  lastOf(hash: string): string | undefined {
    return this.#last.get(hash);
  }

  stop(): void {
    this.#isStopped = true;
    for (const { cancel } of this.#outboxes.values()) cancel();
    this.#queue.stop();
  }

  #hooksOf(name: string): readonly TokenRecord[] {
    const room = this.#setup.chat.room(name);
    return room ? this.#setup.chat.outgoingHooks(room) : [];
  }

  #add(hook: TokenRecord, post: Post): void {
    const [all, each] = this.#waiting(hook);
    if (all >= WAITING || each >= WAITING_EACH) return this.#setup.count("dropped");
    const outbox = this.#outboxes.get(hook.hash) ?? { hook, posts: [], attempts: 0, cancel: () => {} };
    this.#outboxes.set(hook.hash, outbox);
    outbox.posts.push(post);
    if (outbox.posts.length === 1) this.#send(outbox);
  }

  /** The number of messages that wait: in all, and of the webhooks of the same account. */
  #waiting({ maker }: TokenRecord): readonly [number, number] {
    let [all, each] = [0, 0];
    for (const { hook, posts } of this.#outboxes.values()) {
      all += posts.length;
      if (hook.maker === maker) each += posts.length;
    }
    return [all, each];
  }

  /** Posts the first message of an outbox, if its webhook is still there. */
  #send(outbox: Outbox): void {
    const { hook, posts } = outbox;
    const [first] = posts;
    const isCurrent = first && this.#hooksOf(first.room).some(({ hash }) => hash === hook.hash);
    if (!first || !hook.out || !isCurrent || this.#isStopped) return void this.#outboxes.delete(hook.hash);
    const { url, secret } = hook.out;
    const isQueued = this.#queue.add(hook.maker ?? "", async (signal) => {
      const status = await post(new URL(url), headersOf(first, secret), first.body, {
        ...this.#setup.post(),
        signal,
      }).catch((error: unknown) => wordsOf(error));
      this.#ended(outbox, status);
    });
    if (!isQueued) this.#ended(outbox, "too many requests wait");
  }

  /** An attempt has ended with a status, or with what went wrong. */
  #ended(outbox: Outbox, status: number | string): void {
    const { hook, posts } = outbox;
    if (this.#isStopped || this.#outboxes.get(hook.hash) !== outbox) return;
    const isSent = typeof status === "number" && status >= 200 && status < 300;
    this.#last.set(hook.hash, typeof status === "number" ? `status ${status}` : status);
    const wait = isSent || !mayRepeat(status) ? undefined : WAITS[outbox.attempts];
    if (wait !== undefined) {
      outbox.attempts++;
      outbox.cancel = this.#setup.after(wait, () => this.#send(outbox));
      return;
    }
    this.#setup.count(isSent ? "sent" : mayRepeat(status) ? "failed" : "refused");
    posts.shift();
    outbox.attempts = 0;
    this.#send(outbox);
  }

  #forget(hash: string): void {
    this.#outboxes.get(hash)?.cancel();
    this.#outboxes.delete(hash);
    this.#last.delete(hash);
  }
}

/** Whether a message is posted at all: what people say to the whole room. */
function isPosted({ kind, rank, from }: EventOf<"said">): boolean {
  return (kind === "words" || kind === "action") && rank === undefined && !from.bot;
}

function firstWord({ text }: EventOf<"said">): string {
  return text.trimStart().split(/\s/, 1)[0] ?? "";
}

/** The message as JSON, with the names that `tail --json` has. */
function bodyOf({ msgid, time, to, from, text, kind, tags }: EventOf<"said">): Buffer {
  const reply = tags?.get("+reply") ?? tags?.get("+draft/reply");
  const message = {
    id: msgid,
    time: new Date(time).toISOString(),
    room: to,
    nick: from.nick,
    account: from.account?.name ?? null,
    text,
    ...(kind === "action" ? { kind: "acted" } : {}),
    ...(reply === undefined ? {} : { reply }),
  };
  return Buffer.from(JSON.stringify(message));
}

function headersOf({ msgid, body }: Post, secret: string): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json",
    "user-agent": "tcpchat",
    "idempotency-key": msgid,
    "x-tcpchat-signature": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  };
}

/** Whether a post with this result is repeated: the receiver was not reached, is busy, or has failed. */
function mayRepeat(status: number | string): boolean {
  return typeof status === "string" || status === 408 || status === 425 || status === 429 || status >= 500;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const FAULTS: Readonly<Record<UrlFault, string>> = {
  form: "That is no URL such as https://example.org/path, of at most 400 characters, without a user.",
  scheme: "Outgoing webhooks post to https URLs; the server's operator can allow others by `allow` in [hooks].",
  host: "Outgoing webhooks post to public hosts, not to this server; its operator can allow others by `allow` in [hooks].",
  port: "Outgoing webhooks do not post to that port.",
};
