import { endedWords, logoutWords, takenBackWords, takerWords } from "../chat/account-words.ts";
import { liftedWords, setWords } from "../chat/ban-words.ts";
import type { ChatEvent, EventOf } from "../chat/event.ts";
import type { Rank } from "../chat/modes.ts";
import { operatorLossWords } from "../chat/power.ts";
import { droppedRoomWords } from "../chat/room-words.ts";
import { clockOf } from "../text/clock.ts";
import { showLine } from "../text/filter.ts";
import { type Folded, fold } from "../text/fold.ts";
import { modeWords } from "./mode-words.ts";

const days = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** What decides how an event looks to someone. */
export interface View {
  /** Whose eyes it is for; nobody's in particular where it is for many at once. */
  readonly self: Folded | undefined;
  /** The room whose lines do not name it. */
  readonly current: Folded | undefined;
  /** Those whose words are not shown. */
  readonly ignored: ReadonlySet<Folded>;
}

/**
 * An event as lines of text, each with its end; "" where there is nothing to show.
 *
 * Every line has one of the beginnings by which a person knows who speaks, the further lines of a long message too, and
 * every name and text is filtered here: so nobody can make a line that looks like another's.
 */
export function render(event: ChatEvent, view: View): string {
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
    case "modes-changed":
      return event.changes.map((change) => note(modeWords(change, event))).join("");
    case "invited":
      return renderInvited(event, view);
    case "away-set":
      return isSelf(event.who.nick, view)
        ? note(event.text === "" ? "You are back." : `You are away: ${event.text}`)
        : "";
    case "redacted":
      return note(redactedWords(event));
    case "banned":
      return note(setWords(event.by.nick, event));
    case "room-dropped":
      return note(`${droppedRoomWords(event)}.`);
    case "ban-lifted":
      return note(liftedWords(event.by?.nick, event.target));
    case "proclaimed":
      return note(event.text);
    case "announced":
      return note(`${event.by.nick}, an operator of this server, tells everyone: ${event.text}`);
    case "expelled":
      return isSelf(event.who.nick, view)
        ? ""
        : note(`${event.who.nick} was put out of the chat by ${event.by.nick}${because(event.reason)}`);
    case "entered":
    case "account-removed":
    case "signalled":
    case "read-marked":
    case "caught-up":
    case "detached":
      return "";
    case "taken-back":
      return note(`${isSelf(event.who.nick, view) ? takenBackWords(event) : takerWords(event)}.`);
    case "session-ended":
      return note(`${endedWords(event)}.`);
    case "attached":
      return note(`You are ${event.who.nick}, as in your other session.`);
    case "account-set":
      if (!isSelf(event.who.nick, view)) return "";
      return note(event.account ? `You are logged in as ${event.account.name}.` : loggedOutWords(event));
    case "separated":
      return note(`You are logged out: ${logoutWords(event)}. You are ${event.who.nick} now.`);
    case "traits-changed":
      return event.why ? note(`${operatorLossWords(event.why)}.`) : "";
    case "realname-set":
      return "";
  }
}

/** What was said in public as the server's own output shows it: its lines, without their ends. */
export function publicLine(event: EventOf<"said">): readonly string[] {
  const view = { self: undefined, current: undefined, ignored: new Set<Folded>() };
  return renderSaid(event, view).split("\n").slice(0, -1);
}

function loggedOutWords({ who: { account }, why }: EventOf<"account-set">): string {
  return account && why ? `You are logged out: ${logoutWords({ account, why })}.` : "You are logged out.";
}

function redactedWords({ by, from, to, reason, inRoom }: EventOf<"redacted">): string {
  const whose = by.nick === from ? "a message of theirs" : `a message of ${from}`;
  return `${by.nick} took back ${whose}${inRoom ? ` in ${to}` : ""}${because(reason)}`;
}

/** A line of the server's. */
export function note(text: string): string {
  return `-- ${showLine(text)}\n`;
}

/** What was said before, oldest first, a line or more at a time; a day that is not today's is named. */
export function* recall(
  events: Iterable<EventOf<"said">>,
  view: View,
  now: number,
): Generator<string, void, undefined> {
  let day = dayOf(now);
  for (const event of events) {
    const text = render(event, view);
    if (text === "") continue;
    const its = dayOf(event.time);
    if (its !== day) yield note(its);
    day = its;
    yield text;
  }
}

function dayOf(time: number): string {
  return days.format(time);
}

function renderSaid(event: EventOf<"said">, view: View): string {
  const { manner, text, from } = event;
  // Programs talk to each other by these.
  if (manner === "query" || manner === "answer") return "";
  if (view.ignored.has(fold(from.nick))) return "";
  const before = showLine(event.inRoom ? roomBeginning(event, view) : directBeginning(event, view));
  const start = `[${clockOf(event.time)}] ${before} `;
  if (!text.includes("\n")) return `${start}${showLine(text)}\n`;
  return text
    .split("\n")
    .map((line) => `${start}${showLine(line)}\n`)
    .join("");
}

// What is not words has a mark that no nick can have, so that words cannot be made to look like it.
function roomBeginning({ from, to, manner, rank }: EventOf<"said">, view: View): string {
  const room = fold(to) === view.current ? "" : `${to} `;
  const whom = rank ? `→${AUDIENCE[rank]}` : "";
  if (manner === "action") return `${room}* ${from.nick}${whom}`;
  return `${room}<${speaker(from.nick, manner)}${whom}>`;
}

const AUDIENCE: Readonly<Record<Rank, string>> = { operator: "operators", voice: "voiced" };

function directBeginning({ from, to, manner, origin }: EventOf<"said">, view: View): string {
  // To oneself there are two copies: what one said, which has its origin, and what one was told.
  const mine = isSelf(from.nick, view) && (origin !== undefined || !isSelf(to, view));
  const act = manner === "action" ? ` * ${from.nick}` : "";
  return mine ? `you → ${to}:${act}` : `${speaker(from.nick, manner)} → you:${act}`;
}

/** A notice's speaker stands between two dashes; no nick begins with one. */
function speaker(nick: string, manner: EventOf<"said">["manner"]): string {
  return manner === "notice" ? `-${nick}-` : nick;
}

function renderRenamed({ who, nick, wanted, isRegistered }: EventOf<"renamed">, view: View): string {
  if (!isSelf(nick, view)) return note(`${who.nick} is now ${nick}`);
  if (wanted === undefined) return note(`You are ${nick} now.`);
  if (isRegistered)
    return note(`${wanted} is registered: you are ${nick} now; /login ${wanted} PASSWORD if that is you.`);
  return note(`${wanted} is in use: you are ${nick} now, and ${wanted} as soon as that is free.`);
}

function renderTopic({ by, room, topic }: EventOf<"topic-set">): string {
  return note(
    topic === "" ? `${by.nick} took the topic of ${room} away` : `${by.nick} set the topic of ${room}: ${topic}`,
  );
}

function renderInvited({ by, nick, room }: EventOf<"invited">, view: View): string {
  if (!isSelf(nick, view)) return note(`${by.nick} invited ${nick} to ${room}`);
  if (view.ignored.has(fold(by.nick))) return "";
  return note(`${by.nick} invites you to ${room}; /join ${room} goes there.`);
}

function isSelf(nick: string, view: View): boolean {
  return view.self !== undefined && fold(nick) === view.self;
}

function because(reason: string): string {
  return reason === "" ? "" : `: ${reason}`;
}
