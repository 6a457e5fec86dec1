import { type Folded, fold } from "../../text/fold.ts";
import { isRoomName } from "./rooms.ts";
import { type ServerMessage, senderOf } from "./server-message.ts";
import { type Effect, type Model, same, withEntry, without } from "./state.ts";

/** Typing notifications (IRCv3 typing): who is typing where. */

/** Someone who is typing, until a time in milliseconds since 1970 unless more is heard. */
export interface Typist {
  readonly nick: string;
  readonly until: number;
}

/** The state that a notification tells. */
export type TypingState = "active" | "paused" | "done";

/** The client-only tag of a notification. */
export const TYPING_TAG = "+typing";

const LASTS: Readonly<Record<string, number>> = { active: 6000, paused: 30_000 }; // ms, IRCv3 typing
const PLACES = 100; // rooms and conversations with people who are typing
const TYPISTS = 20; // people in each that are kept

/** TAGMSG with `+typing`: someone is typing in a room of ours or to us, or has stopped. */
export function onTyping(model: Model, message: ServerMessage, state: string, now: number): Model {
  const [target = ""] = message.params;
  const nick = senderOf(message);
  if (same(nick, model.nick) || nick.length > 200 || model.ignored.has(fold(nick))) return model;
  const place = isRoomName(target) ? target : nick;
  if (isRoomName(target) && !model.rooms.has(fold(target))) return model;
  const lasts = LASTS[state];
  return lasts === undefined ? withoutTypist(model, place, nick) : withTypist(model, place, nick, now, lasts);
}

function withTypist(model: Model, place: string, nick: string, now: number, lasts: number): Model {
  const key = fold(place);
  if (!model.typists.has(key) && model.typists.size >= PLACES) return model;
  const others = (model.typists.get(key) ?? []).filter((typist) => typist.until > now && !same(typist.nick, nick));
  const typists = [...others, { nick, until: now + lasts }].slice(-TYPISTS);
  return { ...model, typists: withEntry(model.typists, key, typists) };
}

/** The model in which someone is not typing in a room or conversation: a message of theirs has arrived. */
export function withoutTypist(model: Model, place: string, nick: string): Model {
  const key = fold(place);
  const typists = model.typists.get(key);
  if (typists === undefined || !typists.some((typist) => same(typist.nick, nick))) return model;
  const rest = typists.filter((typist) => !same(typist.nick, nick));
  const all = rest.length === 0 ? without(model.typists, key) : withEntry(model.typists, key, rest);
  return { ...model, typists: all };
}

/** The nicks of people who are typing in a room or a direct conversation; in a room, only its members. */
export function typistsIn({ typists, rooms }: Model, place: Folded, now: number): readonly string[] {
  const members = rooms.get(place)?.members;
  const present = ({ nick, until }: Typist): boolean => until > now && members?.has(fold(nick)) !== false;
  return (typists.get(place) ?? []).filter(present).map(({ nick }) => nick);
}

/** The effects that tell a room or a partner about our typing; none where the server takes no such tag. */
export function typingEffects(model: Model, target: string, state: TypingState): readonly Effect[] {
  if (model.phase !== "here" || !mayTag(model, TYPING_TAG)) return [];
  return [{ type: "send", command: "TAGMSG", params: [target], tags: new Map([[TYPING_TAG, state]]) }];
}

/** Whether the server relays a client-only tag (IRCv3 message-tags, CLIENTTAGDENY). */
export function mayTag({ caps, support }: Model, tag: string): boolean {
  const name = tag.slice(1);
  const isDenied = support.deniedTags.includes("*")
    ? !support.deniedTags.includes(`-${name}`)
    : support.deniedTags.includes(name);
  return caps.has("message-tags") && !isDenied;
}
