import type { Attack, Force } from "./attack.ts";
import { LINES_OF_MUCH } from "./attacks-lines.ts";
import { MEMBERS } from "./attacks-members.ts";
import { STRANGERS } from "./attacks-strangers.ts";

/** Every attack that comes, in the order in which they have their addresses; all of them at once. */
export function attacksOf({ only }: Force): readonly Attack[] {
  return [...MEMBERS, ...LINES_OF_MUCH, ...STRANGERS].filter(({ name }) => name.includes(only));
}
