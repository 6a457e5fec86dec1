import { ROOM_SIGN } from "../chat/model/names.ts";
import type { Whose } from "../chat/rules/lookup.ts";
import type { StoredMessage } from "../chat/store.ts";
import { emojiIn } from "../text/emoji.ts";
import { fold } from "../text/fold.ts";
import {
  type Command,
  type CommandContext,
  firstWord,
  type Invocation,
  type RoomInvocation,
  refuse,
  refuseNoRoom,
} from "./context.ts";

const EMOJI = 64; // bytes of a reaction

/** Commands about single messages: the latest here, or the latest of somebody. */
export const MESSAGES: readonly Command[] = [
  {
    name: "reply",
    aliases: ["re"],
    usage: "NICK TEXT",
    minWords: 2,
    help: "answers the last message of NICK in this room",
    needsRoom: true,
    run: reply,
  },
  {
    name: "react",
    aliases: [],
    usage: "EMOJI [NICK]",
    minWords: 1,
    help: "reacts to the last message of others here, or to the last of NICK; EMOJI is one, or a name such as heart",
    needsRoom: false,
    run: (invocation) => react(invocation, "+draft/react"),
  },
  {
    name: "unreact",
    aliases: [],
    usage: "EMOJI [NICK]",
    minWords: 1,
    help: "takes a reaction back",
    needsRoom: false,
    run: (invocation) => react(invocation, "+draft/unreact"),
  },
  {
    name: "undo",
    aliases: ["takeback"],
    usage: "[NICK]",
    minWords: 0,
    help: "takes back what you said last here, or last to NICK: it is shown to nobody any more",
    needsRoom: false,
    run: undo,
  },
  {
    name: "redact",
    aliases: ["delete"],
    usage: "NICK [REASON]",
    minWords: 1,
    help: "deletes the last message of NICK in this room",
    who: "operator",
    needsRoom: true,
    run: redact,
  },
];

function reply({ context, words, room }: RoomInvocation): void {
  const [nick, text] = firstWord(words);
  const answered = latestOf(context, room.name, { nick: fold(nick) });
  if (!answered) return deny(context, room.name, nick);
  context.act({ type: "say", to: room.name, kind: "words", text, tags: new Map([["+draft/reply", answered.msgid]]) });
}

function react({ context, member, words }: Invocation, tag: "+draft/react" | "+draft/unreact"): void {
  const { typedIn } = context;
  const [word, rest] = firstWord(words);
  const [nick] = firstWord(rest);
  if (typedIn === "*") return refuseNoRoom(context, member);
  const emoji = emojiIn(word);
  if (emoji === undefined)
    return context.deny("bad-value", `"${word}" is no emoji: /react 👍, or a name such as heart or +1.`);
  if (Buffer.byteLength(emoji) > EMOJI) return context.deny("bad-value", `"${emoji}" is too long for a reaction.`);
  const message = latestOf(context, typedIn, nick === "" ? "others" : { nick: fold(nick) });
  if (!message) return deny(context, typedIn, nick);
  const tags = new Map([
    [tag, emoji],
    ["+draft/reply", message.msgid],
  ]);
  context.act({ type: "signal", to: typedIn, tags });
}

function undo({ context, member, words }: Invocation): void {
  const [nick] = firstWord(words);
  const target = nick === "" ? context.typedIn : nick;
  if (target === "*") return refuseNoRoom(context, member);
  const message = latestOf(context, target, "own");
  if (!message) return context.deny("nothing-to-do", `You have said nothing ${at(target)} that could be taken back.`);
  context.act({ type: "redact", target, msgid: message.msgid, reason: "" });
}

function redact({ context, words, room }: RoomInvocation): void {
  const [nick, reason] = firstWord(words);
  const message = latestOf(context, room.name, { nick: fold(nick) });
  if (!message) return deny(context, room.name, nick);
  context.act({ type: "redact", target: room.name, msgid: message.msgid, reason });
}

function latestOf({ server, session }: CommandContext, target: string, whose: Whose): StoredMessage | undefined {
  return session.member && server.chat.latestMessage(session.member, target, whose);
}

function deny(context: CommandContext, target: string, nick: string): void {
  if (!isSomebody(context, nick)) return refuse(context, { why: "no-such-nick", nick });
  const who = nick === "" ? "Nobody else has said anything" : `${nick} has said nothing`;
  context.deny("nothing-to-do", `${who} ${at(target)} lately.`);
}

/** Whether there is a member or an account of this nick, or the nick was left out. */
function isSomebody({ server }: CommandContext, nick: string): boolean {
  return nick === "" || server.chat.member(nick) !== undefined || server.accounts.find(nick) !== undefined;
}

function at(target: string): string {
  return target.startsWith(ROOM_SIGN) ? `in ${target}` : `to ${target}`;
}
