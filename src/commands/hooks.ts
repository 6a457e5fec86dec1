import { hookAddedWords } from "../chat/words/tokens.ts";
import { type Command, firstWord, type RoomInvocation } from "./context.ts";
import { addToken, listTokens, removeTokens } from "./tokens.ts";

const HOOK_USAGE = "/hook add NAME, /hook list or /hook remove NAME";

/** Commands for webhooks. */
export const HOOKS: readonly Command[] = [
  {
    name: "hook",
    aliases: ["hooks", "webhook"],
    usage: "[add NAME|remove NAME]",
    minWords: 0,
    help: "lists the webhooks by which programs post into this room, makes one, ends one",
    who: "operator",
    needsRoom: true,
    run: hook,
  },
];

function hook(invocation: RoomInvocation): void {
  const { context, words, room } = invocation;
  const [verb, rest] = firstWord(words);
  const [name] = firstWord(rest);
  const of = { kind: "hook", room: room.name } as const;
  if (verb === "" || verb === "list") return listTokens(invocation, of);
  if (verb === "remove" && name !== "") return removeTokens(invocation, of, name);
  if (verb !== "add" || name === "") return context.deny("bad-value", `That is ${HOOK_USAGE}.`);
  addToken(context, { ...of, name }, (token) =>
    hookAddedWords({ name, room: room.name, address: `${context.server.webAddress()}/hook/${token}` }),
  );
}
