import { createHash, timingSafeEqual } from "node:crypto";

/** An entry of `[[operators]]`: someone who may become an operator of the server. */
export interface OperatorEntry {
  readonly name: string;
  /** Plain text, or a hash of `Bun.password`. */
  readonly password: string;
}

/** What an unknown name's password is compared with, so that it takes as long as a known one's. */
const NOBODY = "$argon2id$v=19$m=65536,t=2,p=1$0000000000000000000000$0000000000000000000000000000000000000000000";

/** Answers whether this is the password of the operator of this name. Never throws. */
export type OperatorCheck = (name: string, password: string) => Promise<boolean>;

/** Checks names and passwords against the configuration. Names are taken to the letter, as passwords are. */
export function operatorCheck(entries: readonly OperatorEntry[]): OperatorCheck {
  const anyHashed = entries.some(({ password }) => isHash(password));
  return async (name, password) => {
    const known = entries.find((entry) => entry.name === name);
    const expected = known?.password ?? (anyHashed ? NOBODY : "");
    const matches = isHash(expected) ? await verified(password, expected) : isSame(password, expected);
    return known !== undefined && matches;
  };
}

/** Whether this is a hash that `Bun.password` knows, and not plain text. */
export function isHash(password: string): boolean {
  return /^\$(?:argon2(?:id|i|d)|2[aby])\$/.test(password);
}

async function verified(password: string, hash: string): Promise<boolean> {
  try {
    return await Bun.password.verify(password, hash);
  } catch {
    return false; // an empty password, or a hash that is none
  }
}

/** In a time that does not tell how much of it is right. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}
