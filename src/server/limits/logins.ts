import type { Hashing } from "../../chat/accounts.ts";
import { AttemptLimiter } from "../../chat/attempt-limiter.ts";
import type { Asker } from "../../chat/model/addresses.ts";
import { type Closing, closing } from "../../wire/closing.ts";
import { isSameSecret } from "../../wire/secrets.ts";
import type { OperatorConfig } from "../config/read.ts";
import { blockOf } from "../net/networks.ts";

const MINUTE = 60_000; // ms in which wrong passwords are counted
const PER_ADDRESS = 3; // as for logins
const PER_NAME = 10; // from whatever address: guesses from many of them are slow too

/** Answers whether this is the password of the operator of this name. Never throws. */
export type OperatorCheck = (name: string, password: string, asker: Asker) => Promise<boolean>;

/**
 * Checks names and passwords against the configuration. Takes as long for a name that is not there. An address from
 * which an operator has shown to be one is not concerned by what others guess.
 */
export function operatorCheck(
  entries: readonly OperatorConfig[],
  hashing: Pick<Hashing, "verify" | "dummy">,
  clock: () => number,
): OperatorCheck {
  const byAddress = new AttemptLimiter(() => PER_ADDRESS, MINUTE, clock);
  const byName = new AttemptLimiter(() => PER_NAME, MINUTE, clock);
  const homes = new Map<string, string>();
  const anyHashed = entries.some(({ password }) => isHash(password));
  return async (name, password, { address, isExempt }) => {
    const known = entries.find((entry) => entry.name === name);
    const from = blockOf(address);
    const counted: readonly (readonly [AttemptLimiter, string])[] = [
      ...(isExempt ? [] : [[byAddress, from] as const]),
      ...(isExempt || !known || homes.get(name) === from ? [] : [[byName, name] as const]),
    ];
    if (counted.some(([limiter, key]) => limiter.wait(key) > 0)) return false;
    // It counts until it is known to be right: more than may be tried are not looked at, however many come at a time.
    for (const [limiter, key] of counted) limiter.add(key);
    const expected = known?.password ?? (anyHashed ? await hashing.dummy : "");
    const matches = isHash(expected) ? await hashing.verify(password, expected) : isSameSecret(password, expected);
    if (!known || !matches) return false;
    for (const [limiter, key] of counted) limiter.takeBack(key);
    homes.set(name, from);
    return true;
  };
}

/** The names that a new configuration does not have, and those that have another password in it, or a new hash of it. */
export function operatorsLost(
  before: readonly OperatorConfig[],
  after: readonly OperatorConfig[],
): { readonly gone: readonly string[]; readonly rekeyed: readonly string[] } {
  const passwords = new Map(after.map(({ name, password }) => [name, password]));
  const gone = before.filter(({ name }) => !passwords.has(name));
  const rekeyed = before.filter(({ name, password }) => passwords.has(name) && passwords.get(name) !== password);
  return { gone: gone.map(({ name }) => name), rekeyed: rekeyed.map(({ name }) => name) };
}

/** Whether this is a hash that `Bun.password` knows, and not plain text. */
function isHash(password: string): boolean {
  return /^\$(?:argon2(?:id|i|d)|2[aby])\$/.test(password);
}

const MOST = 10; // wrong guesses in one connection; three a minute are looked at

/** Someone who can be sent away. */
interface Guesser extends Asker {
  farewell(closing: Closing): void;
}

/** Counts how often each connection has failed to log in, and ends those that do not stop. */
export class FailedLogins {
  readonly #wrong = new WeakMap<Asker, number>();

  /** A guess was wrong, or came too soon. */
  wrong(asker: Asker): void {
    if (asker.isExempt || !canEnd(asker)) return;
    const count = (this.#wrong.get(asker) ?? 0) + 1;
    this.#wrong.set(asker, count);
    if (count === MOST) asker.farewell(closing("login-tries"));
  }
}

function canEnd(asker: Asker): asker is Guesser {
  return "farewell" in asker && typeof asker.farewell === "function";
}
