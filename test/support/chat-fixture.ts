/** A chat without sockets for tests of the core: sessions that record their events, and short forms of acts. */

import { Accounts } from "../../src/chat/accounts.ts";
import { type ActOrder, Chat } from "../../src/chat/chat.ts";
import type { CodeSource } from "../../src/chat/link-codes.ts";
import type { AccountId, AccountRecord } from "../../src/chat/model/account.ts";
import type { Act, JoinAct } from "../../src/chat/model/act.ts";
import type { ChatEvent } from "../../src/chat/model/event.ts";
import { ACCOUNT_LIMITS, CHAT_LIMITS, type ChatLimits, RULES, type Rules } from "../../src/chat/model/limits.ts";
import type { Member } from "../../src/chat/model/member.ts";
import type { ModeChange, UserModeChange } from "../../src/chat/model/modes.ts";
import type { Refusal } from "../../src/chat/model/refusal.ts";
import type { Room } from "../../src/chat/model/room.ts";
import type { RenderGroup, Session } from "../../src/chat/model/session.ts";
import type { Semantics } from "../../src/chat/rules/check.ts";
import type { Store } from "../../src/chat/store.ts";
import { newAccountId, TOKENS } from "../../src/server/password-hashing.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";

let sessions = 0;

/** A session that records its events. */
export class RecordingSession implements Session {
  readonly id: number;
  member: Member | undefined;
  fingerprint: string | undefined;
  readonly chat: Chat;
  readonly events: ChatEvent[] = [];
  /** The rooms that it follows, with its render group in each. */
  readonly followed = new Map<Room, RenderGroup>();
  /** Called with every event; a test may act in it, as a protocol does. */
  onEvent: (event: ChatEvent) => void = () => {};
  #heard: string[] = [];

  constructor(chat: Chat, id = ++sessions) {
    this.id = id;
    this.chat = chat;
  }

  /** Submits acts; returns the session's new events and refusals, one line each. */
  does(...acts: readonly Act[]): readonly string[] {
    this.hears();
    for (const act of acts) this.chat.submit(this, act);
    return this.hears();
  }

  /** The events since the last call, as lines. */
  hears(): readonly string[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  tell(event: ChatEvent): void {
    this.events.push(event);
    this.#heard.push(gist(event));
    this.onEvent(event);
  }

  refuse(refusal: Refusal): void {
    const { why, ...rest } = refusal;
    this.#heard.push(["no:", why, ...Object.values(rest)].join(" "));
  }

  follow(room: Room): void {
    const group: RenderGroup = {
      tell: (event) => {
        if (event.origin !== this.id) this.tell(event);
      },
    };
    this.followed.set(room, group);
    room.renderGroups.add(group);
  }

  unfollow(room: Room): void {
    const group = this.followed.get(room);
    if (group) room.renderGroups.delete(group);
    this.followed.delete(room);
  }

  unstored(): void {
    this.#heard.push("not stored");
  }

  notify(text: string): void {
    this.#heard.push(`notified ${text}`);
  }

  presenceChanged(nick: string, present: boolean): void {
    this.#heard.push(`${nick} has ${present ? "come" : "gone"}`);
  }
}

/** The reports of the store: nothing fails in memory. */
const WATCH = {
  clock: () => 0,
  failed: (error: Error) => {
    throw error;
  },
  recovered: () => {},
};

let codes = 0;

/** Codes that a test can foretell: `AAAA-0001`, and so on. */
const CODES: CodeSource = {
  next: () => `AAAA-${String(++codes).padStart(4, "0")}`,
  isSame: (one, other) => one === other,
};

type AccountsSetup = ConstructorParameters<typeof Accounts>[0];

/** The accounts of a chat, with the default configuration. */
export function newAccounts(
  setup: Pick<AccountsSetup, "store" | "chat" | "hashing" | "steady"> & Partial<AccountsSetup>,
): Accounts {
  const config = { requireEmail: false, accounts: ACCOUNT_LIMITS };
  return new Accounts({ newId: newAccountId, tokens: TOKENS, codes: CODES, config, ...setup });
}

interface FixtureSetup {
  /** Accounts that the store has, by their names, or as it keeps them. */
  readonly accounts?: readonly (string | AccountRecord)[];
  readonly limits?: Partial<ChatLimits>;
  readonly rules?: Partial<Rules>;
  readonly store?: Store;
  readonly now?: number;
  readonly order?: ActOrder;
  readonly semantics?: Semantics;
}

/** A chat with a store in memory, and a clock that stands still. */
export class ChatFixture {
  readonly chat: Chat;
  readonly store: Store;
  now: number;

  constructor({ accounts = [], limits = {}, rules = {}, store, now = 1000, order, semantics }: FixtureSetup = {}) {
    this.now = now;
    this.store = store ?? memoryStore(WATCH);
    for (const each of accounts) this.store.saveAccount(typeof each === "string" ? anAccount(each) : each);
    const all = { ...RULES, limits: { ...CHAT_LIMITS, ...limits }, ...rules };
    this.chat = new Chat({
      store: this.store,
      rules: all,
      clock: () => this.now,
      order,
      ...(semantics && { semantics }),
    });
  }

  /** Brings in a member with this nick, who is in these rooms; its record is empty. */
  brings(nick: string, ...rooms: readonly string[]): RecordingSession {
    const player = new RecordingSession(this.chat);
    player.does(enter(nick), ...rooms.map((room) => join(room)));
    for (const room of player.followed.keys()) {
      for (const member of room.members.keys())
        for (const session of member.sessions) (session as RecordingSession).hears();
    }
    return player;
  }

  /** Brings in a session that has logged in to an account, by its name or as it was when it logged in; its record is empty. */
  comes(nick: string, account: string | AccountRecord = nick, ...rooms: readonly string[]): RecordingSession {
    const player = new RecordingSession(this.chat);
    const login = typeof account === "string" ? (this.store.loadAccount(fold(account)) ?? anAccount(account)) : account;
    player.does({ ...enter(nick), account: login } as Act, ...rooms.map((room) => join(room)));
    return player;
  }
}

/** An account as the store keeps it; the id is made of the name. */
export function anAccount(name: string, more: Partial<AccountRecord> = {}): AccountRecord {
  const id = `id-${fold(name)}` as AccountId;
  return { id, name, created: 0, hash: undefined, scram: undefined, fingerprints: [], ...more };
}

export function enter(nick: string, yielding = false): Act {
  return { type: "enter", nick, user: `~${nick}`, realname: `Real ${nick}`, host: `${nick}.cloak`, yielding };
}

export function join(room: string, more: Pick<JoinAct, "key" | "quietly" | "listens"> = {}): Act {
  return { type: "join", room, ...more };
}

export function leave(room: string): Act {
  return { type: "leave", room, reason: "bye" };
}

export function say(to: string, text: string): Act {
  return { type: "say", to, kind: "words", text };
}

export function rename(nick: string): Act {
  return { type: "rename", nick };
}

export function kick(room: string, nick: string): Act {
  return { type: "kick", room, nick, reason: "out" };
}

export function invite(room: string, nick: string): Act {
  return { type: "invite", room, nick };
}

/** Bans, or mutes (`m:`). */
export function ban(room: string, target: string, reason = ""): Act {
  return { type: "ban-from-room", room, target, reason };
}

export function modes(room: string, ...changes: readonly ModeChange[]): Act {
  return { type: "change-modes", room, changes };
}

export function topic(room: string, text: string): Act {
  return { type: "set-topic", room, topic: text };
}

export const QUIT: Act = { type: "quit", reason: "bye" };

/** An event as a line. */
export function gist(event: ChatEvent): string {
  switch (event.type) {
    case "entered":
      return words("entered", event.who.nick, event.wanted && `instead of ${event.wanted}`);
    case "joined":
      return words(
        "joined",
        event.who.nick,
        event.room,
        event.rank,
        event.listens ? "listens" : event.quietly && "quietly",
      );
    case "appeared":
      return words("appeared", event.who.nick, event.room, event.rank);
    case "left":
      return words("left", event.who.nick, event.room);
    case "kicked":
      return words("kicked", event.who.nick, event.room, `by ${event.by.nick}`);
    case "said":
      return words("said", event.from.nick, event.to, event.rank, event.kind, event.text);
    case "signalled":
      return words("signalled", event.from.nick, event.to, event.rank, [...event.tags].join(";"));
    case "renamed":
      return words("renamed", event.who.nick, event.nick);
    case "topic-set":
      return words("topic-set", event.by.nick, event.room, event.topic);
    case "modes-changed":
      return words("modes-changed", event.by?.nick, event.room, event.changes.map(shown).join(" "));
    case "invited":
      return words(
        "invited",
        event.nick,
        event.room,
        `by ${event.by.nick}`,
        event.away && `away ${event.away}`,
        event.opens.length > 0 && `opens ${event.opens}`,
      );
    case "away-set":
      return words("away-set", event.who.nick, event.text);
    case "realname-set":
      return words("realname-set", event.who.nick, event.realname);
    case "metadata-changed":
      return words("metadata-changed", event.target, event.key, event.value, event.by && `by ${event.by.nick}`);
    case "metadata-cleared":
      return words("metadata-cleared", event.target, event.keys.join(","), event.by && `by ${event.by.nick}`);
    case "account-set":
      return words("account-set", event.who.nick, event.account?.name, event.why);
    case "user-modes-changed":
      return words("user-modes-changed", event.who.nick, event.changes.map(userModeShown).join(" "), event.why);
    case "announced":
      return words("announced", event.by.nick, event.text);
    case "expelled":
      return words("expelled", event.who.nick, `by ${event.by.nick}`);
    case "quit":
      return words("quit", event.who.nick);
    case "nick-reclaimed":
      return words("nick-reclaimed", event.who.nick, `by ${event.by.nick}`, `now ${event.nick}`);
    case "session-ended":
      return words("session-ended", event.who.nick);
    case "separated":
      return words("separated", event.who.nick, `was ${event.before.nick}`, event.why);
    case "attached":
      return words("attached", event.who.nick, event.before && `was ${event.before.nick}`);
    case "detached":
      return words("detached", event.who.nick, event.isHeld && "held");
    case "room-dropped":
      return words("room-dropped", event.room, `by ${event.by.nick}`, event.reason || undefined);
    case "banned":
      return words(
        "banned",
        event.target,
        `by ${event.by.nick}`,
        event.lasts !== undefined && `for ${event.lasts}`,
        event.reason,
      );
    case "ban-lifted":
      return words("ban-lifted", event.target, event.by && `by ${event.by.nick}`);
    case "hook-set":
      return words("hook-set", event.room, event.host, event.word, event.on ? "on" : "off");
    default:
      return event.type;
  }
}

function shown(change: ModeChange): string {
  const { mode, on, ...rest } = "mask" in change || "nick" in change ? { ...change, account: undefined } : change;
  return [`${on ? "+" : "-"}${mode}`, ...Object.values(rest).filter((value) => value !== undefined)].join("=");
}

function userModeShown({ userMode, on }: UserModeChange): string {
  return `${on ? "+" : "-"}${userMode}`;
}

function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== false && part !== "").join(" ");
}
