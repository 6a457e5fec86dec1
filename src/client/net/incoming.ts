import { decode } from "../../text/bytes.ts";
import { detached } from "../../text/detached.ts";
import { type Message, parse } from "../../wire/message.ts";

/** The tags that we look at, and how many characters of their values. */
const TAGS: ReadonlyMap<string, number> = new Map([
  ["time", 40],
  ["msgid", 200],
  ["account", 200],
  ["label", 64],
  ["batch", 200],
  ["draft/multiline-concat", 0],
  ["+tcpchat/id", 64],
  ["tcpchat/whom", 200],
  ["tcpchat/until", 40],
  ["tcpchat/reason", 600],
]);

const SOURCE = 400; // characters of who a line is from

/**
 * A line of a server as a message with no more in it than we look at, or `undefined` where it is none. Tags that are
 * unknown or too long are left out, and each part has memory of its own, so what is kept of a line costs what it says.
 */
export function readMessage(line: Uint8Array): Message | undefined {
  const message = parse(decode(line));
  if (message === undefined) return undefined;
  const tags = new Map<string, string>();
  for (const [key, most] of TAGS) {
    const value = message.tags.get(key);
    if (value !== undefined && value.length <= most) tags.set(key, detached(value));
  }
  return {
    tags,
    source: message.source === undefined ? undefined : detached(message.source.slice(0, SOURCE)),
    command: detached(message.command),
    params: message.params.map(detached),
  };
}
