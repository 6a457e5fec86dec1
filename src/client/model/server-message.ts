import { type Message, parseSource } from "../../wire/message.ts";

/** A message from a server: its tags, its sender, its time. */

/** The tags that the client uses, and the longest value of each in characters. */
export const TAGS = [
  ["time", 40],
  ["msgid", 200],
  ["account", 200],
  ["label", 64],
  ["batch", 200],
  ["draft/multiline-concat", 0],
  ["bot", 0],
  ["+tcpchat/id", 64],
  ["tcpchat/unread", 10],
  ["tcpchat/mentions", 10],
  ["+tcpchat/corrects", 0],
  ["+draft/reply", 100],
  ["+reply", 100],
  ["+draft/react", 200],
  ["+react", 200],
  ["+draft/unreact", 200],
  ["+unreact", 200],
  ["+typing", 10],
  ["tcpchat/whom", 200],
  ["tcpchat/until", 40],
  ["tcpchat/reason", 600],
] as const;

type TagName = (typeof TAGS)[number][0];

/** The tags of a server's message. Only a tag in `TAGS` can be read: the link leaves out all others. */
export interface ServerTags extends Iterable<readonly [name: string, value: string]> {
  get(name: TagName): string | undefined;
  has(name: TagName): boolean;
  values(): Iterable<string>;
}

/** A message from a server. */
export interface ServerMessage extends Omit<Message, "tags"> {
  readonly tags: ServerTags;
}

/** The last parameter of a message: its human-readable text. */
export function lastParam({ params }: ServerMessage): string {
  return params.at(-1) ?? "";
}

/** The nick that a message comes from; a server's name if a server sent it. */
export function senderOf(message: ServerMessage): string {
  return parseSource(message.source ?? "").nick;
}

/** The sender's account; `undefined` for a guest, of whom some servers say `*`. */
export function accountOf({ tags }: ServerMessage): string | undefined {
  const account = tags.get("account");
  return account === "*" ? undefined : account;
}

/**
 * The time of a message (IRCv3 server-time), in milliseconds since 1970; `undefined` if it has none or a malformed one.
 */
export function timeOf(message: ServerMessage): number | undefined {
  const text = message.tags.get("time");
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
