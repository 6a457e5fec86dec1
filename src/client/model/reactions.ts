import { emojiForm } from "../../text/emoji.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { isPast, MSGID, onTalk, withLine, withUnshown } from "./history.ts";
import {
  CORRECTS_TAG,
  confirmedBy,
  ID_TAG,
  type MessageReference,
  type OwnMessage,
  queue,
  REACT_TAG,
  REPLY_TAG,
  stored,
  UNREACT_TAG,
} from "./outbox.ts";
import { isRoomName, roomOf } from "./rooms.ts";
import type { ServerMessage, ServerTags } from "./server-message.ts";
import {
  accountOf,
  andThen,
  isOurAccount,
  type Model,
  type Reaction,
  type Step,
  same,
  senderOf,
  step,
  trouble,
} from "./state.ts";
import { mayTag, onTyping, TYPING_TAG } from "./typists.ts";

/** TAGMSG: reactions to messages (IRCv3 draft/react and draft/reply), and typing notifications. */

/** The longest reaction, in characters. */
const REACTION = 64;

/** The msgid of the message that a message replies to; the tag may have its final name. */
function replyOf(tags: ServerTags): string | undefined {
  const msgid = tags.get(REPLY_TAG) ?? tags.get("+reply");
  return msgid === undefined || msgid === "" || msgid.length > MSGID ? undefined : msgid;
}

/** The message that a message replies to, or corrects. */
export function referenceIn(tags: ServerTags): MessageReference {
  const replyTo = replyOf(tags);
  if (replyTo === undefined) return {};
  return tags.has(CORRECTS_TAG) ? { replyTo, corrects: true } : { replyTo };
}

/** The reaction that tags are. */
export function reactionIn(tags: ServerTags): Pick<Reaction, "kind" | "text" | "of"> | undefined {
  const of = replyOf(tags);
  const added = tags.get(REACT_TAG) ?? tags.get("+react");
  const text = shown(added ?? tags.get(UNREACT_TAG) ?? tags.get("+unreact") ?? "");
  if (of === undefined || text === "") return undefined;
  return { kind: added === undefined ? "unreacted" : "reacted", text, of };
}

/** TAGMSG. */
export function onTagmsg(model: Model, message: ServerMessage, at: number, now: number): Step {
  const typing = message.tags.get(TYPING_TAG);
  const isHistory = isPast(model, message);
  if (typing !== undefined && !isHistory) return step(onTyping(model, message, typing, now));
  const reaction = reactionOf(model, message, at, isHistory);
  if (reaction === undefined) return step(isHistory ? withUnshown(model, message, at) : model);
  const own = reaction.own ? ownReaction(model, message, reaction, isHistory) : undefined;
  const shown = isHistory ? step(withLine(model, message, reaction)) : onTalk(model, reaction);
  return own === undefined
    ? shown
    : andThen(shown, (next) => stored(next, own, reaction.msgid === undefined ? "echo" : "msgid"));
}

/** The unconfirmed reaction of ours that this one is; in history, by its id alone. */
function ownReaction(
  model: Model,
  message: ServerMessage,
  { text }: Reaction,
  isHistory: boolean,
): OwnMessage | undefined {
  if (!isHistory) return confirmedBy(model, message, message.params[0] ?? "", text);
  const id = message.tags.get(ID_TAG);
  return id === undefined ? undefined : model.outbox.find((own) => own.id === id);
}

/** The reaction of a TAGMSG in a room of ours or a direct conversation; `undefined` if it is none. */
function reactionOf(model: Model, message: ServerMessage, time: number, isHistory: boolean): Reaction | undefined {
  const { tags, params } = message;
  const [target = ""] = params;
  const reaction = reactionIn(tags);
  if (!reaction || (isRoomName(target) && !model.rooms.has(fold(target)))) return undefined;
  const nick = senderOf(message);
  const account = accountOf(message);
  const isOurs = same(nick, model.nick);
  return {
    ...reaction,
    time,
    room: roomOf(model, target),
    nick,
    to: isOurs && !same(target, model.nick) ? target : undefined,
    msgid: tags.get("msgid"),
    account,
    replayed: isHistory,
    // In the history, the nick may have been somebody else's.
    own:
      isOurAccount(model, account) ||
      (isOurs && (!isHistory || (account === undefined && model.account === undefined))),
  };
}

function shown(text: string): string {
  return emojiForm(showLine(text).trim().slice(0, REACTION).toWellFormed());
}

/** Reacts to a message in a room or to a partner, or takes the reaction back. */
export function react(
  model: Model,
  target: string,
  { kind, of, text }: Pick<Reaction, "kind" | "of" | "text">,
  now: number,
): Step {
  if (!mayTag(model, REACT_TAG) && model.phase === "here")
    return trouble(model, now, "This server does not pass reactions on: write an answer instead.");
  const emoji = shown(text);
  if (emoji === "") return step(model);
  return queue(model, [{ target, kind, text: emoji, replyTo: of, time: now, state: "waiting", why: "" }], now);
}
