import { durationWords, expelWords, liftedWords, listedWords, setWords } from "../chat/ban-words.ts";
import { type BanOrder, banOrderOf, isAddressLike } from "../chat/bans.ts";
import { asRoomName } from "../chat/names.ts";
import { type Ask, type Command, cut, fits } from "./desk.ts";
import { note } from "./render.ts";
import { wordsFor } from "./words.ts";

/** Commands for the server's operators, and to become one. */
export const OPERATE: readonly Command[] = [
  {
    name: "oper",
    aliases: [],
    usage: "NAME PASSWORD",
    least: 2,
    help: "makes you an operator of the server",
    here: false,
    run: oper,
  },
  {
    name: "serverban",
    aliases: [],
    usage: "WHOM [10m|2h|7d] [TEXT]",
    least: 1,
    help: "keeps a nick, an account (a:NAME), a mask, an address or a network (10.0.0.0/8) off the server; for its operators",
    here: false,
    run: serverBan,
  },
  {
    name: "serverunban",
    aliases: [],
    usage: "WHOM",
    least: 1,
    help: "lifts such a ban; for operators of the server",
    here: false,
    run: serverUnban,
  },
  {
    name: "serverbans",
    aliases: [],
    usage: "",
    least: 0,
    help: "lists them, by whom, until when and why; for operators of the server",
    here: false,
    run: serverBans,
  },
  {
    name: "droproom",
    aliases: [],
    usage: "ROOM [TEXT]",
    least: 1,
    help: "does away with a room and what was said in it; for operators of the server",
    here: false,
    run: dropRoom,
  },
];

function dropRoom(ask: Ask): void {
  const [room, reason] = cut(ask.words);
  if (fits(ask, reason)) ask.desk.act({ type: "drop-room", room: asRoomName(room), reason });
}

function oper({ desk, secret }: Ask): void {
  const [, name = "", password = ""] = /^\s*(\S+)\s(.*)$/s.exec(secret) ?? [];
  desk.wait(desk.server.isOperator(name, password, desk.asker), (isRight) => {
    if (!isRight) return desk.note("That is not the password of an operator of this name, or it was tried too often.");
    desk.act({ type: "empower", as: name });
    desk.note("You are an operator of this server; /serverban, /serverunban, /serverbans and /droproom are for you.");
  });
}

function serverBan(ask: Ask): void {
  const order = banOrderOf(ask.words);
  if ("badDuration" in order) return ask.desk.note(`${durationWords(order.badDuration)}.`);
  if (!fits(ask, order.reason)) return;
  if (isAddressLike(order.target)) return banAddress(ask, order);
  ask.desk.act({ type: "ban", ...order });
}

function banAddress({ desk, member }: Ask, order: BanOrder): void {
  const { addresses, chat } = desk.server;
  const outcome = addresses.ban(order, member, desk.asker);
  if ("why" in outcome) return desk.note(wordsFor(outcome, chat.limits));
  desk.note(setWords(member.nick, { ...order, target: outcome.ban.target }));
  for (const { nick } of outcome.members) desk.act({ type: "expel", nick, reason: expelWords(order) });
}

function serverUnban({ desk, member, words }: Ask): void {
  const [target] = cut(words);
  if (!isAddressLike(target)) return void desk.act({ type: "lift-ban", target });
  const { addresses, chat } = desk.server;
  const lifted = addresses.lift(target, member);
  desk.note(typeof lifted === "string" ? liftedWords(member.nick, lifted) : wordsFor(lifted, chat.limits));
}

function serverBans({ desk, member }: Ask): void {
  const { addresses, chat, steady } = desk.server;
  if (!member.traits.has("operator")) return desk.note(wordsFor({ why: "not-server-operator" }, chat.limits));
  const bans = [...chat.bans, ...addresses.bans];
  if (bans.length === 0) return desk.note("Nobody is banned from this server.");
  desk.draw(bans.map((ban) => note(listedWords(ban, steady()))));
}
