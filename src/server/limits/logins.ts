import type { Hashing } from "../../chat/accounts.ts";
import { AttemptLimiter } from "../../chat/attempt-limiter.ts";
import type { Asker } from "../../chat/model/session.ts";
import { type Closing, closing } from "../../wire/closing.ts";
import { isSameSecret } from "../../wire/secrets.ts";
import type { OperatorConfig } from "../config/read.ts";
import { blockOf } from "../net/networks.ts";

const MINUTE = 60_000; // ms in which wrong passwords are counted
const PER_ADDRESS = 3; // attempts, as for logins to accounts
const PER_NAME = 10; // attempts from all addresses together

/** Whether a name and password are an operator's. Never throws. */
export type OperatorCheck = (name: string, password: string, asker: Asker) => Promise<boolean>;

/**
 * Checks names and passwords against the configuration. An unknown name takes as long as a known one. The address from
 * which an operator last succeeded is not affected by the per-name limit.
 */
export function operatorCheck(
  entries: readonly OperatorConfig[],
  hashing: Pick<Hashing, "verify" | "dummy">,
  clock: () => number,
): OperatorCheck {
  const byAddress = new AttemptLimiter(() => PER_ADDRESS, MINUTE, clock);
  const byName = new AttemptLimiter(() => PER_NAME, MINUTE, clock);
  const lastAddress = new Map<string, string>();
  const anyHashed = entries.some(({ password }) => isHash(password));
  return async (name, password, { address, isExempt }) => {
    const known = entries.find((entry) => entry.name === name);
    const from = blockOf(address);
    const counted: readonly (readonly [AttemptLimiter, string])[] = [
      ...(isExempt ? [] : [[byAddress, from] as const]),
      ...(isExempt || !known || lastAddress.get(name) === from ? [] : [[byName, name] as const]),
    ];
    if (counted.some(([limiter, key]) => limiter.wait(key) > 0)) return false;
    // Count the attempt as failed until it has succeeded, so that concurrent attempts cannot exceed the limit.
    for (const [limiter, key] of counted) limiter.add(key);
    const expected = known?.password ?? (anyHashed ? await hashing.dummy : "");
    const matches = isHash(expected) ? await hashing.verify(password, expected) : isSameSecret(password, expected);
    if (!known || !matches) return false;
    for (const [limiter, key] of counted) limiter.takeBack(key);
    lastAddress.set(name, from);
    return true;
  };
}

/** The operators that a new configuration removes (`gone`), and those whose password or hash it changes (`rekeyed`). */
export function operatorsLost(
  before: readonly OperatorConfig[],
  after: readonly OperatorConfig[],
): { readonly gone: readonly string[]; readonly rekeyed: readonly string[] } {
  const passwords = new Map(after.map(({ name, password }) => [name, password]));
  const gone = before.filter(({ name }) => !passwords.has(name));
  const rekeyed = before.filter(({ name, password }) => passwords.has(name) && passwords.get(name) !== password);
  return { gone: gone.map(({ name }) => name), rekeyed: rekeyed.map(({ name }) => name) };
}

/** Whether this is a hash for `Bun.password`, not plain text. */
function isHash(password: string): boolean {
  return /^\$(?:argon2(?:id|i|d)|2[aby])\$/.test(password);
}

const MOST = 10; // failed logins of one connection; the rate limit allows three a minute

/** An asker whose connection can be closed. */
interface Guesser extends Asker {
  farewell(closing: Closing): void;
}

/** Counts each connection's failed logins, and closes a connection after too many. */
export class FailedLogins {
  readonly #wrong = new WeakMap<Asker, number>();

  /** Counts a login that failed or was refused by the rate limit. */
  wrong(asker: Asker): void {
    if (asker.isExempt || !canClose(asker)) return;
    const count = (this.#wrong.get(asker) ?? 0) + 1;
    this.#wrong.set(asker, count);
    if (count === MOST) asker.farewell(closing("login-tries"));
  }
}

function canClose(asker: Asker): asker is Guesser {
  return "farewell" in asker && typeof asker.farewell === "function";
}
