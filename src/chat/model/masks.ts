import { type Folded, fold } from "../../text/fold.ts";
import type { AccountId } from "./account.ts";
import type { Identity } from "./event.ts";

/**
 * A mask, and the people it matches. `nick!user@host` with `*` and `?`; `a:NAME` means an account; `m:` before either
 * means to be silent, not to stay out.
 */
export interface Mask {
  readonly text: string;
  readonly muting: boolean;
  /** The account that `a:NAME` means. Without one the mask means every account whose name fits. */
  readonly account: AccountId | undefined;
  matches(who: Identity): boolean;
}

/** `nick!user@host`: the text that masks are matched against. */
export function maskOf({ nick, user, host }: Identity): string {
  return `${nick}!${user}@${host}`;
}

const MOST = 300; // characters of a mask written out: a nick, a user and a host at their longest, and then some

/** Answers which account has a name. */
export type AccountNamed = (name: Folded) => AccountId | undefined;

const NONE: AccountNamed = () => undefined;

/**
 * Parses a mask, completing what is left out (`ann` is `ann!*@*`); `undefined` where it can mean nobody. `a:NAME`, with
 * no wildcard, means the account that `idOf` answers, whatever account gets that name later.
 */
export function parseMask(given: string, idOf: AccountNamed = NONE): Mask | undefined {
  if (given.length > MOST || !/^[^\s:,\0]/.test(given) || /[\s\0]/.test(given)) return undefined;
  if (given.startsWith("m:")) {
    const rest = parseMask(given.slice(2), idOf);
    if (!rest || rest.muting || rest.text.length + 2 > MOST) return undefined;
    return { ...rest, text: `m:${rest.text}`, muting: true };
  }
  if (given.startsWith("a:")) {
    const name = fold(given.slice(2));
    if (name === "") return undefined;
    const account = /[*?]/.test(name) ? undefined : idOf(name);
    const pattern = glob(name);
    return {
      text: given,
      muting: false,
      account,
      matches: (who) =>
        who.account !== undefined && (account ? who.account.id === account : pattern.test(fold(who.account.name))),
    };
  }
  const text = complete(given);
  if (text.length > MOST) return undefined;
  const pattern = glob(fold(text));
  const matches = (who: Identity) => pattern.test(foldedMask(who));
  return { text, muting: false, account: undefined, matches };
}

let last: Identity | undefined;
let lastMask: Folded | undefined;

/** `nick!user@host`, folded; the last one is kept, since one is held against many masks. */
function foldedMask(who: Identity): Folded {
  if (who === last && lastMask !== undefined) return lastMask;
  last = who;
  lastMask = fold(maskOf(who));
  return lastMask;
}

/** `ann` → `ann!*@*`, `a@b` → `*!a@b`, `a!b` → `a!b@*`. */
function complete(mask: string): string {
  const at = mask.lastIndexOf("@");
  const head = at < 0 ? mask : mask.slice(0, at);
  const host = at < 0 ? "*" : mask.slice(at + 1) || "*";
  const bang = head.indexOf("!");
  if (bang < 0) return at < 0 ? `${head}!*@${host}` : `*!${head || "*"}@${host}`;
  return `${head.slice(0, bang) || "*"}!${head.slice(bang + 1) || "*"}@${host}`;
}

/** A pattern with `*` (any text) and `?` (any one character) as an anchored expression; runs of `*` count as one. */
export function glob(pattern: string): { test(text: string): boolean } {
  return { test: (text) => globMatches(pattern, text) };
}

// By hand and not by a RegExp: this one never backtracks further than its last star, whatever mask a peer sends.
function globMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let from = 0;
  while (t < text.length) {
    const c = pattern[p];
    if (c === "*") {
      star = p++;
      from = t;
    } else if (c !== undefined && (c === "?" || c === text[t])) {
      p++;
      t += c === "?" && isPair(text, t) ? 2 : 1;
    } else if (star >= 0) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Whether the character here is of two units. */
function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}

/** Someone whom the whole server keeps out: by a mask of who they are, or by an address. */
export interface ServerBan {
  readonly kind: "mask" | "address";
  /** A mask (`masks.ts`) written out, an address, or a network such as `10.0.0.0/8`. */
  readonly target: string;
  /** The account that `a:NAME` means, where there was one of that name. */
  readonly account?: AccountId | undefined;
  /** The nick of the operator who set it. */
  readonly by: string;
  /** Its place in the order: bans are gone through as they were set. Old records have none. */
  readonly seq?: number | undefined;
  /** When, and until when by the steady clock; milliseconds since 1970. Without `until` it has no end. */
  readonly at: number;
  readonly until?: number | undefined;
  /** "" where none was given. */
  readonly reason: string;
}
