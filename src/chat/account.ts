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
