import { type ChatEvent, type EventOf, mustBeStored } from "../chat/model/event.ts";
import { keepsText, type ModeChange } from "../chat/model/modes.ts";
import type { Room } from "../chat/model/room.ts";
import type { RenderGroup, Session } from "../chat/model/session.ts";
import { nickIn } from "../chat/rules/bans.ts";
import { liftedObstacleWords } from "../chat/rules/invitations.ts";
import { operatorLossWords } from "../chat/rules/server-operators.ts";
import { isIgnored, isIgnoredPerson } from "../chat/visibility.ts";
import { endedWords, keyLinkedWords, logoutWords, nickReclaimedWords, reclaimerWords } from "../chat/words/accounts.ts";
import {
  banLiftedWords,
  banSetWords,
  because,
  droppedRoomWords,
  followsWords,
  forHowLong,
  hookSetWords,
  maskWords,
  membershipEndedWords,
  reactionWords,
  redactedWords,
  renamedRoomWords,
} from "../chat/words/events.ts";
import { type AnswerLine, type ReaderView, renderMessage } from "../commands/history.ts";
import { NOBODY } from "../commands/talk.ts";
import { encode } from "../text/bytes.ts";
import { showLine } from "../text/filter.ts";
import { type Folded, fold } from "../text/fold.ts";
import { roomChangeWords } from "../text/words.ts";
import type { Broadcast, Peer } from "../wire/protocol.ts";

/** How a session sees a room. */
interface PlainForm {
  readonly isCurrent: boolean;
  readonly ignored: ReadonlySet<Folded>;
}

/**
 * The plain sessions in a room that get the same lines: those whose current room it is, or those whose current room is
 * another. A session that ignores somebody is alone in its group.
 */
class PlainRenderGroup implements RenderGroup {
  readonly #room: Room;
  readonly #form: PlainForm;
  readonly #broadcast: Broadcast;
  /** By session id. */
  readonly #peers = new Map<number, Peer>();

  private constructor(room: Room, form: PlainForm, broadcast: Broadcast) {
    this.#room = room;
    this.#form = form;
    this.#broadcast = broadcast;
  }

  /** Adds a session to the room's group of this form; creates the group if there is none. */
  static enter(room: Room, form: PlainForm, session: Session, peer: Peer): PlainRenderGroup {
    const group = PlainRenderGroup.#find(room, form) ?? new PlainRenderGroup(room, form, peer.newBroadcast());
    room.renderGroups.add(group);
    group.#peers.set(session.id, peer);
    group.#broadcast.add(peer);
    return group;
  }

  static #find(room: Room, form: PlainForm): PlainRenderGroup | undefined {
    if (form.ignored.size > 0) return undefined;
    for (const group of room.renderGroups) if (group instanceof PlainRenderGroup && group.#suits(form)) return group;
    return undefined;
  }

  /** Removes a session, and with the last one the group. */
  leave(session: Session): void {
    const peer = this.#peers.get(session.id);
    if (!peer) return;
    this.#peers.delete(session.id);
    this.#broadcast.remove(peer);
    if (this.#peers.size === 0) this.#room.renderGroups.delete(this);
  }

  tell(event: ChatEvent): void {
    const text = render(event, this.#view);
    if (text === "") return;
    const { origin } = event;
    this.#broadcast.push(encode(text), origin === undefined ? undefined : this.#peers.get(origin), mustBeStored(event));
  }

  /** Made anew for each event, since the room may have been renamed. */
  get #view(): ReaderView {
    const { isCurrent, ignored } = this.#form;
    return { self: undefined, current: isCurrent ? this.#room.key : undefined, ignored };
  }

  #suits({ isCurrent }: PlainForm): boolean {
    return this.#form.isCurrent === isCurrent && this.#form.ignored.size === 0;
  }
}

/** The rooms that a session follows, its current room, and the nicks that it ignores. */
export class FollowedRooms {
  readonly #session: Session;
  readonly #peer: Peer;
  readonly #renderGroups = new Map<Room, PlainRenderGroup>();
  #current: Room | undefined;
  #ignored: ReadonlySet<Folded> = NOBODY;

  constructor(session: Session, peer: Peer) {
    this.#session = session;
    this.#peer = peer;
  }

  /** The room that lines without a command are sent to. */
  get current(): Room | undefined {
    return this.#current;
  }

  get ignored(): ReadonlySet<Folded> {
    return this.#ignored;
  }

  follow(room: Room): void {
    this.#renderGroups.get(room)?.leave(this.#session);
    const form = { isCurrent: room === this.#current, ignored: this.#ignored };
    this.#renderGroups.set(room, PlainRenderGroup.enter(room, form, this.#session, this.#peer));
  }

  /** Answers the latest of the other rooms; `undefined` if there is none. */
  unfollow(room: Room): Room | undefined {
    this.#renderGroups.get(room)?.leave(this.#session);
    this.#renderGroups.delete(room);
    if (this.#current === room) this.#current = undefined;
    return [...this.#renderGroups.keys()].at(-1);
  }

  unfollowAll(): void {
    for (const group of this.#renderGroups.values()) group.leave(this.#session);
    this.#renderGroups.clear();
    this.#current = undefined;
  }

  /** Makes a room the current one; it need not be followed yet. */
  go(room: Room): void {
    const before = this.#current;
    this.#current = room;
    for (const changed of [before, room]) if (changed && this.#renderGroups.has(changed)) this.follow(changed);
  }

  ignore(nicks: ReadonlySet<Folded>): void {
    this.#ignored = nicks;
    for (const room of [...this.#renderGroups.keys()]) this.follow(room);
  }
}

/**
 * Renders an event as lines of text, each with its end; "" if there is nothing to show.
 *
 * Every line begins with its speaker, the further lines of a message too, and every name and text is filtered here, so
 * nobody can forge a line of somebody else.
 */
export function render(event: ChatEvent, view: ReaderView): string {
  switch (event.type) {
    case "said":
      return renderSaid(event, view);
    case "joined":
    case "appeared":
      return isSelf(event.who.nick, view) ? "" : note(`${event.who.nick} joined ${event.room}`);
    case "left":
      return isSelf(event.who.nick, view) ? "" : note(`${event.who.nick} left ${event.room}${because(event.reason)}`);
    case "kicked":
      return note(`${event.who.nick} was kicked from ${event.room} by ${event.by.nick}${because(event.reason)}`);
    case "quit":
      return isSelf(event.who.nick, view) ? "" : note(`${event.who.nick} quit${because(event.reason)}`);
    case "renamed":
      return renderRenamed(event, view);
    case "topic-set":
      return renderTopic(event);
    case "room-renamed":
      return note(renamedRoomWords(event));
    case "modes-changed":
      return renderModes(event, view);
    case "invited":
      return renderInvited(event, view);
    case "away-set":
      return isSelf(event.who.nick, view)
        ? note(event.text === "" ? "You are back." : `You are away: ${event.text}`)
        : "";
    case "signalled":
      return renderReaction(event, view);
    case "redacted":
      return renderRedacted(event, view);
    case "hook-set":
      return note(`${hookSetWords(event)}.`);
    case "banned":
      return note(banSetWords(event.by.nick, event));
    case "room-dropped":
      return note(`${droppedRoomWords(event)}.`);
    case "ban-lifted":
      return note(banLiftedWords(event.by?.nick, event.target));
    case "announced":
      return note(`${event.by.nick}, an operator of this server, tells everyone: ${event.text}`);
    case "expelled":
      return isSelf(event.who.nick, view)
        ? ""
        : note(`${event.who.nick} was put out of the chat by ${event.by.nick}${because(event.reason)}`);
    case "entered":
    case "account-made":
    case "account-changed":
    case "account-removed":
    case "configured":
    case "forgotten":
    case "token-saved":
    case "token-removed":
    case "read-marked":
    case "caught-up":
    case "rooms-restored":
    case "detached":
      return "";
    case "membership-ended":
      return note(`${membershipEndedWords(event)}.`);
    case "nick-reclaimed":
      return note(`${isSelf(event.who.nick, view) ? nickReclaimedWords(event) : reclaimerWords(event)}.`);
    case "session-ended":
      return note(`${endedWords(event)}.`);
    case "key-linked":
      return note(`${keyLinkedWords(event)}.`);
    case "attached":
      return note(`You are ${event.who.nick}, as in your other session.`);
    case "account-set":
      if (!isSelf(event.who.nick, view)) return "";
      return note(event.account ? `You are logged in as ${event.account.name}.` : loggedOutWords(event));
    case "separated":
      return note(`You are logged out: ${logoutWords(event)}. You are ${event.who.nick} now.`);
    case "user-modes-changed":
      return event.why ? note(`${operatorLossWords(event.why)}.`) : "";
    case "realname-set":
    case "metadata-changed":
    case "metadata-cleared":
      return "";
  }
}

/** A public message as the server prints it to its own output: lines without their ends. */
export function publicLine(event: EventOf<"said">): readonly string[] {
  const view = { self: undefined, current: undefined, ignored: new Set<Folded>() };
  return renderMessage(event, view);
}

function loggedOutWords({ who: { account }, why }: EventOf<"account-set">): string {
  return account && why ? `You are logged out: ${logoutWords({ account, why })}.` : "You are logged out.";
}

function renderRedacted(event: EventOf<"redacted">, view: ReaderView): string {
  const words = isIgnoredPerson(event.from, view.ignored) ? undefined : redactedWords(event, where(event, view));
  return words === undefined ? "" : note(`${event.by.nick} ${words}`);
}

function renderReaction(event: EventOf<"signalled">, view: ReaderView): string {
  const { from, reaction } = event;
  if (!reaction || isIgnored(event, view.ignored) || isIgnoredPerson(reaction.to, view.ignored)) return "";
  return note(`${from.nick} ${reactionWords(reaction, where(event, view))}`);
}

/** ` in #dev`, unless that is the current room. */
function where({ inRoom, to }: { readonly inRoom: boolean; readonly to: string }, view: ReaderView): string {
  return inRoom && fold(to) !== view.current ? ` in ${to}` : "";
}

/** A line from the server, with its end. */
export function note(text: string): string {
  return `-- ${showLine(text)}\n`;
}

/** A line of an answer, with its end. */
export function answerLine(line: AnswerLine): string {
  return typeof line === "string" ? note(line) : `${line.said}\n`;
}

function renderSaid(event: EventOf<"said">, view: ReaderView): string {
  const lines = renderMessage(event, view);
  return lines.length === 1 ? `${lines[0]}\n` : lines.map((line) => `${line}\n`).join("");
}

function renderRenamed({ who, nick }: EventOf<"renamed">, view: ReaderView): string {
  return note(isSelf(nick, view) ? `You are ${nick} now.` : `${who.nick} is now ${nick}`);
}

function renderTopic({ by, room, topic }: EventOf<"topic-set">): string {
  return note(
    topic === "" ? `${by.nick} removed the topic of ${room}` : `${by.nick} set the topic of ${room}: ${topic}`,
  );
}

function renderModes(event: EventOf<"modes-changed">, view: ReaderView): string {
  const lines = event.changes.map((change) => note(modeWords(change, event))).join("");
  const reach = event.by && isSelf(event.by.nick, view) ? followsWords(event.changes) : undefined;
  return reach === undefined ? lines : lines + note(`${reach}.`);
}

function renderInvited(event: EventOf<"invited">, view: ReaderView): string {
  const { by, nick, room } = event;
  const opened = isSelf(by.nick, view) ? liftedObstacleWords(event) : undefined;
  if (!isSelf(nick, view))
    return note(`${by.nick} invited ${nick} to ${room}`) + (opened === undefined ? "" : note(`${opened}.`));
  if (isIgnored(event, view.ignored)) return "";
  return note(`${by.nick} invites you to ${room}; /join ${room} goes there.`);
}

function isSelf(nick: string, view: ReaderView): boolean {
  return view.self !== undefined && fold(nick) === view.self;
}

/** One mode change as a sentence without its full stop. */
export function modeWords(change: ModeChange, { by, room }: Pick<EventOf<"modes-changed">, "by" | "room">): string {
  const { mode, on } = change;
  const words = (value: string, name: string = mode) =>
    roomChangeWords({ by: by?.nick ?? "The server", room, mode: name, on, value });
  if ("nick" in change) return words(change.nick);
  if ("key" in change) return words(change.key);
  if ("limit" in change) return words(String(change.limit));
  if ("keeps" in change) return words(keepsText(change.keeps));
  if (!("mask" in change)) return words("");
  const { mask, whom, lasts, reason = "" } = change;
  if (mode !== "ban") return words(mask);
  const name = mask.startsWith("m:") ? "mute" : "ban";
  const details = on ? `${forHowLong(lasts)}${because(reason)}` : "";
  return words(maskWords(nickIn(mask), whom), name) + details;
}
