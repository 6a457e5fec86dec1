import type { Chat } from "../../chat/chat.ts";
import { type Account, type AccountId, isSameAccount, type PushSubscription } from "../../chat/model/account.ts";
import { type ChatEvent, type EventOf, mustBeStored } from "../../chat/model/event.ts";
import type { AccountStore, MembershipStore } from "../../chat/store.ts";
import { isIgnored } from "../../chat/visibility.ts";
import { formOfNames } from "../../irc/capabilities.ts";
import { render } from "../../irc/render/render.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { type PostSetup, post } from "../outbound/post.ts";
import { RequestQueue } from "../outbound/request-queue.ts";
import { encrypt, PUSH_BYTES, type VapidKey } from "./encryption.ts";

const KEPT = 7 * 24 * 3600; // seconds for which a push service keeps a message for a device that is off

/** The dependencies of the service. */
interface PushSetup {
  readonly chat: Chat;
  readonly store: AccountStore & MembershipStore;
  readonly vapid: VapidKey;
  readonly post: () => Omit<PostSetup, "signal">;
  /** The server's name, the source of its own lines. */
  readonly name: string;
  /** An address for the operators of push services. */
  readonly contact: () => string;
  readonly clock: () => number;
  /** The push service no longer knows a subscription: it is to be removed. */
  readonly ended: (account: AccountId, endpoint: string) => void;
  /** Counts a notification, for metrics. */
  readonly count: (result: PushResult) => void;
}

/** How a notification ended: taken by the push service, refused by it, its subscription gone, not reached, or no room. */
export type PushResult = "sent" | "refused" | "gone" | "failed" | "dropped";

/**
 * Sends Web Push notifications: direct messages, and messages that mention an account in a room of its, to the subscriptions
 * of the account while no session of it is attended. A session is attended unless its member is away.
 *
 * Messages are taken when they are said and sent once they are stored. Requests never hold up the chat, and what does not
 * fit into the queue is dropped: the client reads the history when it opens.
 */
export class PushService {
  readonly #setup: PushSetup;
  /** The accounts with subscriptions, by id and by name. */
  readonly #subscribed = new Map<AccountId, Account>();
  readonly #byName = new Map<Folded, Account>();
  /** Messages of this tick. */
  #said: EventOf<"said">[] = [];
  readonly #queue = new RequestQueue();

  constructor(setup: PushSetup) {
    this.#setup = setup;
    for (const account of setup.store.accountsWithPush()) this.#count(account, true);
  }

  /** Takes every event of the chat. */
  observe(event: ChatEvent): void {
    if (event.type === "account-changed") this.#count(event.account, event.account.push !== undefined);
    else if (event.type === "account-removed") this.#count(event.account, false);
    else if (event.type === "said" && this.#subscribed.size > 0 && notifies(event)) this.#said.push(event);
  }

  /** The tick is over: sends its messages, if they are stored. */
  committed(isStored: boolean): void {
    if (this.#said.length === 0) return;
    const said = this.#said;
    this.#said = [];
    for (const event of said) if (isStored || !mustBeStored(event)) this.#notify(event);
  }

  stop(): void {
    this.#queue.stop();
  }

  #count({ id, name }: Account, isSubscribed: boolean): void {
    if (isSubscribed) {
      this.#subscribed.set(id, { id, name });
      this.#byName.set(fold(name), { id, name });
    } else if (this.#subscribed.delete(id)) this.#byName.delete(fold(name));
  }

  #notify(event: EventOf<"said">): void {
    for (const account of event.inRoom ? this.#mentioned(event) : this.#recipient(event)) {
      const record = this.#subscribed.has(account.id) ? this.#setup.store.account(account.id) : undefined;
      if (!record || isSameAccount(event.from.account, record) || this.#isAttended(account)) continue;
      if (isIgnored(event, new Set(record.ignored))) continue;
      for (const subscription of record.push ?? []) {
        const line = this.#lineOf(event, subscription);
        const send = (signal: AbortSignal) => this.#send(account.id, subscription, line, signal);
        if (!this.#queue.add(account.id, send)) this.#setup.count("dropped");
      }
    }
  }

  /** The account that a direct message goes to. */
  #recipient({ to }: EventOf<"said">): readonly Account[] {
    const { chat, store } = this.#setup;
    const member = chat.member(to);
    const account = member ? member.who.account : store.loadAccount(fold(to));
    return account ? [account] : [];
  }

  /** The accounts whose nick is a word of a message in a room of theirs, and that may read it. */
  #mentioned({ to, text, rank }: EventOf<"said">): Iterable<Account> {
    const { chat, store } = this.#setup;
    const room = chat.room(to);
    const accounts = new Map<AccountId, Account>();
    for (const [word] of text.matchAll(/[A-Za-z0-9[\]\\`_^{|}-]+/g)) {
      const member = chat.member(word);
      const isInside = member !== undefined && room?.members.has(member) === true;
      const account = isInside ? member.who.account : this.#byName.get(fold(word));
      if (!room || !account || accounts.has(account.id)) continue;
      const isReader = isInside
        ? rank === undefined || room.rankOf(member) !== undefined
        : rank === undefined && store.memberships(account.id).some((each) => each.room === room.key);
      if (isReader) accounts.set(account.id, account);
    }
    return accounts.values();
  }

  #isAttended(account: Account): boolean {
    return this.#setup.chat.membersOfAccount(account).some(({ sessions, away }) => sessions.size > 0 && away === "");
  }

  /** The message as one IRC line, with the tags that the client had negotiated; its own tags only if they fit. */
  #lineOf(event: EventOf<"said">, { caps }: PushSubscription): string {
    const form = formOfNames(caps);
    const lineIn = (text: string) => text.split("\r\n", 1)[0] ?? "";
    const line = lineIn(render(event, form, this.#setup.name));
    if (Buffer.byteLength(line) <= PUSH_BYTES) return line;
    return lineIn(render({ ...event, tags: undefined }, form, this.#setup.name));
  }

  async #send(account: AccountId, subscription: PushSubscription, line: string, signal: AbortSignal): Promise<void> {
    const { vapid, contact, clock, ended, count } = this.#setup;
    const endpoint = new URL(subscription.endpoint);
    const headers = {
      authorization: vapid.authorization(endpoint, contact(), clock()),
      "content-encoding": "aes128gcm",
      "content-type": "application/octet-stream",
      ttl: String(KEPT),
      urgency: "high",
    };
    const posted = post(endpoint, headers, encrypt(line, subscription), { ...this.#setup.post(), signal });
    // If the push service cannot be reached, the client reads the history when it opens.
    const result = resultOf(await posted.catch(() => 0));
    count(result);
    if (result === "gone") ended(account, subscription.endpoint);
  }
}

/** The result of a status of the push service; 0 if it was not reached. */
function resultOf(status: number): PushResult {
  if (status === 0) return "failed";
  if (status === 404 || status === 410) return "gone";
  return status >= 200 && status < 300 ? "sent" : "refused";
}

/** Whether a message may notify anybody: a notice, which programs send, does not. */
function notifies({ kind }: EventOf<"said">): boolean {
  return kind === "words" || kind === "action";
}
