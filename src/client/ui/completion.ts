import { fold } from "../../text/fold.ts";
import type { Names } from "../input/typing.ts";
import { commandIn, commandsOf, isCommand } from "../model/commands.ts";
import { SETTINGS } from "../model/people.ts";
import type { Model } from "../model/state.ts";
import type { View } from "./view.ts";

const RECENT = 200; // entries of a log whose speakers come first

/** The names that a word can be completed to in the current room, recent speakers first. */
export function namesFor(model: Model, view: View): Names {
  const nicks = new Map<string, string>();
  const entries = view.logs.get(view.here)?.entries ?? [];
  for (const entry of entries.slice(-RECENT).toReversed()) {
    if ("nick" in entry && fold(entry.nick) !== fold(model.nick)) nicks.set(fold(entry.nick), entry.nick);
  }
  const members = [...(model.rooms.get(view.here)?.members.entries() ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, nick] of members) if (!nicks.has(key) && key !== fold(model.nick)) nicks.set(key, nick);
  const rooms = Array.from(model.rooms.values(), (room) => room.name);
  const commands = commandsOf(model).map(({ name }) => name);
  const usageOf = (line: string) => (isCommand(line) ? commandIn(model, line)?.usage : undefined);
  return { commands, rooms, nicks: [...nicks.values()], settings: SETTINGS, usageOf };
}
