import { hookAddedWords, outgoingHookWords } from "../chat/words/tokens.ts";
import type { Command, RoomInvocation } from "./context.ts";
import { addToken, runTokenCommand } from "./tokens.ts";

/** Commands for webhooks. */
export const HOOKS: readonly Command[] = [
  {
    name: "hook",
    aliases: ["hooks", "webhook"],
    usage: "[add NAME|out URL [!WORD]|remove NAME]",
    minWords: 0,
    help: "lists the room's webhooks, makes one by which programs post here (`add`) or which posts what is said here (`out`), ends one",
    who: "operator",
    needsRoom: true,
    run: hook,
  },
];

const WORD = 32; // characters of the first word of messages that a webhook posts

function hook(invocation: RoomInvocation): void {
  const { context, room, words } = invocation;
  const [verb, url, word, ...more] = words.split(/\s+/);
  if (verb === "out" && url !== undefined && (word ?? "").length <= WORD && more.length === 0)
    return addOutgoing(invocation, url, word);
  const of = {
    kind: "hook",
    also: "outgoing",
    room: room.name,
    command: "/hook",
    usage: "/hook out URL [!WORD], ",
  } as const;
  runTokenCommand(invocation, of, (name, token) =>
    hookAddedWords({ name, room: room.name, address: `${context.server.webAddress()}/hook/${token}` }),
  );
}

/** Makes a webhook that posts what is said in the room. Its name is the URL's host. */
function addOutgoing({ context, room }: RoomInvocation, given: string, word: string | undefined): void {
  const bar = context.server.outgoing.urlBar(given);
  if (bar !== undefined) return context.deny("bad-value", bar);
  const { host, href: url } = new URL(given);
  addToken(context, { kind: "outgoing", room: room.name, name: host, out: { url, word } }, (key) =>
    outgoingHookWords({ host, key }),
  );
}
