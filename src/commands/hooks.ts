import { hookAddedWords } from "../chat/words/tokens.ts";
import type { Command, RoomInvocation } from "./context.ts";
import { runTokenCommand } from "./tokens.ts";

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
  const { context, room } = invocation;
  runTokenCommand(invocation, "/hook", { kind: "hook", room: room.name }, (name, token) =>
    hookAddedWords({ name, room: room.name, address: `${context.server.webAddress()}/hook/${token}` }),
  );
}
