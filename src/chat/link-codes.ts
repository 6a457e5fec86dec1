import type { AccountId } from "./model/account.ts";

/** Makes codes, and compares them in a time that does not tell where they differ. */
export interface CodeSource {
  /** 40 random bits as people can type them: `ABCD-EFGH`. */
  next(): string;
  isSame(one: string, other: string): boolean;
}

/** Minutes for which a code can be used. */
export const CODE_MINUTES = 10;

const LIFE = CODE_MINUTES * 60_000; // ms
const WRONG = 5; // wrong codes that end a code
const CODES = 10_000; // held at once: about 2 MB

interface LinkCode {
  readonly code: string;
  /** The owner's name for the device that is to come. */
  readonly name: string | undefined;
  readonly until: number;
  wrong: number;
}

/** The name that the owner gave the device together with the code. */
type Offer = Pick<LinkCode, "name">;

/** The codes by which owners add devices to their accounts: one an account, in memory only. */
export class LinkCodes {
  readonly #source: CodeSource;
  readonly #steady: () => number;
  /** Oldest first. */
  readonly #codes = new Map<AccountId, LinkCode>();

  constructor(source: CodeSource, steady: () => number) {
    this.#source = source;
    this.#steady = steady;
  }

  /** Makes the code of an account; an earlier one ends. */
  offer(account: AccountId, name: string | undefined): string {
    const now = this.#steady();
    for (const [id, { until }] of this.#codes) if (until <= now || this.#codes.size >= CODES) this.#codes.delete(id);
    const code = this.#source.next();
    this.#codes.delete(account);
    this.#codes.set(account, { code, name, until: now + LIFE, wrong: 0 });
    return code;
  }

  /** Checks a code, and ends it if it is right; `undefined` if it is not, or if the account has none. */
  use(account: AccountId | undefined, typed: string): Offer | undefined {
    const offered = account && this.#codes.get(account);
    // Without a code the same work is done, so that the time does not tell whether there is one.
    const isRight = this.#source.isSame(plainCode(typed), plainCode(offered?.code ?? ""));
    if (!account || !offered) return undefined;
    const isOver = offered.until <= this.#steady();
    if (isOver || isRight || ++offered.wrong >= WRONG) this.#codes.delete(account);
    return isRight && !isOver ? { name: offered.name } : undefined;
  }
}

/** A code as it is compared: its hyphen, the case of its letters and a full stop copied with it do not matter. */
function plainCode(code: string): string {
  return code.replaceAll(/[-\s]|\.$/g, "").toUpperCase();
}
