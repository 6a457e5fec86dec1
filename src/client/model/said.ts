import { fold } from "../../text/fold.ts";
import { type Model, type Talk, withEntry } from "./state.ts";

/** Our last messages in each room and direct conversation: those that `/undo` takes back and `s/old/new/` corrects. */

/** A message of ours that the server has. */
export interface SaidMessage {
  readonly msgid: string;
  readonly text: string;
  readonly kind: "said" | "acted";
}

const PLACES = 400; // rooms and conversations of which messages are kept
const MOST = 10; // messages of each

/** The model with those of the messages that are our own. */
export function withSaid(model: Model, place: string, lines: readonly Talk[]): Model {
  const key = fold(place);
  const own = lines.flatMap(({ own, kind, msgid, text }) =>
    own && kind !== "noticed" && msgid !== undefined ? { kind, msgid, text } : [],
  );
  if (own.length === 0 || (model.said.size >= PLACES && !model.said.has(key))) return model;
  return { ...model, said: withEntry(model.said, key, [...(model.said.get(key) ?? []), ...own].slice(-MOST)) };
}

/** The model without a message that was taken back. */
export function withoutSaid(model: Model, place: string, msgid: string): Model {
  const key = fold(place);
  const messages = model.said.get(key);
  if (!messages?.some((message) => message.msgid === msgid)) return model;
  const rest = messages.filter((message) => message.msgid !== msgid);
  return { ...model, said: withEntry(model.said, key, rest) };
}

/** Our last message in a room or conversation. */
export function lastSaid(model: Model, place: string): SaidMessage | undefined {
  return model.said.get(fold(place))?.at(-1);
}
