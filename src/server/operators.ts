import { createHash, timingSafeEqual } from "node:crypto";
import type { Asker, Hashing } from "../chat/accounts.ts";
import { Tries } from "../chat/tries.ts";
import type { OperatorConfig } from "./config.ts";
import { blockOf } from "./networks.ts";

const TRIES = 3; // a minute, per address: as for logins

/** Answers whether this is the password of the operator of this name. Never throws. */
export type OperatorCheck = (name: string, password: string, asker: Asker) => Promise<boolean>;

/** Checks names and passwords against the configuration. Takes as long for a name that is not there. */
export function operatorCheck(
  entries: readonly OperatorConfig[],
  hashing: Pick<Hashing, "verify" | "dummy">,
  clock: () => number,
): OperatorCheck {
  const tries = new Tries(TRIES, 60_000, clock);
  const anyHashed = entries.some(({ password }) => isHash(password));
  return async (name, password, { address, isExempt }) => {
    if (!isExempt && tries.count(blockOf(address)) > 0) return false;
    const known = entries.find((entry) => entry.name === name);
    const expected = known?.password ?? (anyHashed ? await hashing.dummy : "");
    const matches = isHash(expected) ? await hashing.verify(password, expected) : isSame(password, expected);
    return known !== undefined && matches;
  };
}

/** Whether this is a hash that `Bun.password` knows, and not plain text. */
function isHash(password: string): boolean {
  return /^\$(?:argon2(?:id|i|d)|2[aby])\$/.test(password);
}

/** In a time that does not tell how much of it is right. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}
