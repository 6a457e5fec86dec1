import { asRoomName } from "../chat/model/names.ts";
import { parseBanOrder } from "../chat/rules/bans.ts";
import { durationWords, listedWords } from "../chat/words/events.ts";
import { type Command, firstWord, fitsTopicLength, type Invocation, refuse } from "./context.ts";

/** Commands for server operators, and the command to become one. */
export const SERVER_OPERATORS: readonly Command[] = [
  {
    name: "oper",
    aliases: [],
    usage: "NAME PASSWORD",
    minWords: 2,
    help: "makes you an operator of the server",
    takesPassword: true,
    ircCommand: "OPER",
    needsRoom: false,
    run: oper,
  },
  {
    name: "serverban",
    aliases: [],
    usage: "WHOM [10m|2h|7d] [TEXT]",
    minWords: 1,
    help: "keeps a nick, an account (a:NAME), a mask, an address or a network (10.0.0.0/8) off the server; for its operators",
    who: "server-operator",
    needsRoom: false,
    run: serverBan,
  },
  {
    name: "serverunban",
    aliases: [],
    usage: "WHOM",
    minWords: 1,
    help: "lifts a ban of the server; for its operators",
    who: "server-operator",
    needsRoom: false,
    run: serverUnban,
  },
  {
    name: "serverbans",
    aliases: [],
    usage: "",
    minWords: 0,
    help: "lists the bans of the server, by whom, until when and why; for its operators",
    who: "server-operator",
    needsRoom: false,
    run: serverBans,
  },
  {
    name: "droproom",
    aliases: [],
    usage: "ROOM [TEXT]",
    minWords: 1,
    help: "deletes a room and its history; for operators of the server",
    who: "server-operator",
    needsRoom: false,
    run: dropRoom,
  },
];

function dropRoom(invocation: Invocation): void {
  const [room, reason] = firstWord(invocation.words);
  if (fitsTopicLength(invocation, reason))
    invocation.context.act({ type: "drop-room", room: asRoomName(room), reason });
}

function oper({ context, secret }: Invocation): void {
  const [, name = "", password = ""] = /^\s*(\S+)\s(.*)$/s.exec(secret) ?? [];
  context.wait(context.server.isOperator(name, password, context.asker), (isRight) => {
    if (!isRight)
      return context.deny(
        "operator-password-wrong",
        "That is not the password of an operator of this name, or it was tried too often.",
      );
    context.act({ type: "empower", as: name }, () =>
      context.say(
        "You are an operator of this server; /serverban, /serverunban, /serverbans and /droproom are for you.",
      ),
    );
  });
}

function serverBan(invocation: Invocation): void {
  const order = parseBanOrder(invocation.words);
  if ("badDuration" in order) return invocation.context.deny("bad-value", `${durationWords(order.badDuration)}.`);
  if (!fitsTopicLength(invocation, order.reason)) return;
  const { context, member } = invocation;
  const network = context.server.addresses.resolve(order.target, member, context.asker);
  context.act({ type: "ban", ...order, network });
}

function serverUnban({ context, words }: Invocation): void {
  const [target] = firstWord(words);
  context.act({ type: "lift-ban", target, networks: context.server.addresses.networksFor(target) });
}

function serverBans({ context, member }: Invocation): void {
  const { chat, steady } = context.server;
  if (!member.userModes.has("operator")) return refuse(context, { why: "not-server-operator" });
  const { bans } = chat;
  if (bans.length === 0) return context.say("Nobody is banned from this server.");
  context.draw(bans.map((ban) => listedWords(ban, steady())));
}
