import type { Attack, Force } from "./attack.ts";
import { LINES_OF_MUCH } from "./attacks-lines.ts";
import { MEMBERS } from "./attacks-members.ts";
import { STRANGERS } from "./attacks-strangers.ts";

/** All attacks, in the order of their addresses. */
export function attacksOf({ only }: Force): readonly Attack[] {
  return [...MEMBERS, ...LINES_OF_MUCH, ...STRANGERS].filter(({ name }) => name.includes(only));
}
