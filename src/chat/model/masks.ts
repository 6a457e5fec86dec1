import { type Folded, fold } from "../../text/fold.ts";
import type { AccountId } from "./account.ts";
import type { Identity } from "./event.ts";

/**
 * A parsed mask: `nick!user@host` with the wildcards `*` and `?`, or `a:NAME` for an account. With `m:` before it, a
 * room ban mutes instead of keeping out.
 */
export interface Mask {
  readonly text: string;
  readonly muting: boolean;
  /** The account that `a:NAME` stands for; without one, the mask matches every account with a matching name. */
  readonly account: AccountId | undefined;
  matches(who: Identity): boolean;
  /** The id of a member that it means too, under any nick. */
  readonly member?: number;
}

/** `nick!user@host`: the text that masks are matched against. */
export function maskOf({ nick, user, host }: Identity): string {
  return `${nick}!${user}@${host}`;
}

const SHAPE = /^[^!@]+![^!@]+@[^!@]+$/; // of a completed mask
const MOST = 300; // characters of a completed mask: above the longest nick, user and host together

/** Looks up the account that has a name. */
export type AccountNamed = (name: Folded) => AccountId | undefined;

const NO_ACCOUNTS: AccountNamed = () => undefined;

/**
 * Parses a mask and completes it (`ann` becomes `ann!*@*`); `undefined` if it can match nobody. `a:NAME` without a
 * wildcard stands for the account that `idOf` answers, even if another account gets the name later.
 */
export function parseMask(given: string, idOf: AccountNamed = NO_ACCOUNTS): Mask | undefined {
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
  if (text.length > MOST || !SHAPE.test(text)) return undefined;
  const pattern = glob(fold(text));
  const matches = (who: Identity) => pattern.test(foldedMask(who));
  return { text, muting: false, account: undefined, matches };
}

/** The part of a mask before its `!`, without `m:`. */
export function nickOf(mask: string): string {
  return /^(?:m:)?([^!]*)/.exec(mask)?.[1] ?? "";
}

/** A mask that also means a member, under any nick, while that is here. */
export function withMember(mask: Mask, member: { readonly id: number; readonly who: Identity }): Mask {
  const found = new WeakRef(member); // a ban outlives those whom it means
  return { ...mask, member: member.id, matches: (who) => mask.matches(who) || found.deref()?.who === who };
}

let last: Identity | undefined;
let lastMask: Folded | undefined;

/** `nick!user@host`, folded. The last one is cached, since one identity is matched against many masks. */
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

/** Compiles an anchored pattern with `*` (any text) and `?` (any one character). */
export function glob(pattern: string): { test(text: string): boolean } {
  return { test: (text) => globMatches(pattern, text) };
}

// Not a RegExp: this never backtracks further than the last star, so a peer's mask cannot take exponential time.
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

/** Whether the character at this index is a surrogate pair. */
function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}

/** A ban of the whole server: by a mask, or by an address or a network. */
export interface ServerBan {
  readonly kind: "mask" | "address";
  /** A completed mask, an address, or a network such as `10.0.0.0/8`. */
  readonly target: string;
  /** The account that `a:NAME` stood for when the ban was set, if there was one. */
  readonly account?: AccountId | undefined;
  /** The nick that the operator gave, where the target does not show it. */
  readonly whom?: string | undefined;
  /** The operator's nick. */
  readonly by: string;
  /** The sequence number of its event: bans are matched in this order. Absent in old records. */
  readonly seq?: number | undefined;
  /** When it was set; and its end on the steady clock, absent if it has none. Milliseconds since 1970. */
  readonly at: number;
  readonly until?: number | undefined;
  /** "" if none was given. */
  readonly reason: string;
}
