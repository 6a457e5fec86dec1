import type { AccountRecord, Login } from "../accounts.ts";
import type { Store } from "../store.ts";

/** The id of an account: random, shown to nobody, never given twice. Sessions, ranks, bans and authorship go by it. */
export type AccountId = string & { readonly [id]: true };

declare const id: unique symbol;

/** An account: whose something is, and how its owner writes its name. A name made anew has another id. */
export interface Account {
  readonly id: AccountId;
  readonly name: string;
}

/** Whether both are the same account; no account is nobody's. */
export function isSameAccount(one: Account | undefined, other: Account | undefined): boolean {
  return one !== undefined && one.id === other?.id;
}

/** The account that was proved, unless it was removed since, or has another password. */
export function stillProved(store: Pick<Store, "account">, login: Login | undefined): Account | undefined {
  const account = login && store.account(login.id);
  return account && account.hash === login.hash ? { id: account.id, name: account.name } : undefined;
}

/** All certificates that log in to an account, by themselves or with its name. */
export function certificatesOf({ fingerprints, named = [] }: AccountRecord): readonly string[] {
  return [...fingerprints, ...named];
}
