import { accountWords } from "../chat/account-words.ts";
import type { Outcome } from "../chat/accounts.ts";
import { shortWords } from "../chat/passwords.ts";
import { fold } from "../text/fold.ts";
import type { Ask, Command, Desk } from "./desk.ts";

/** Commands for accounts: a nick that is one's own. What they take is never said, nor logged. */
export const ACCOUNTS: readonly Command[] = [
  {
    name: "register",
    aliases: [],
    usage: "PASSWORD",
    least: 1,
    help: "makes your nick an account: from then on it is nobody else's",
    here: false,
    run: register,
  },
  {
    name: "login",
    aliases: ["identify"],
    usage: "[NICK] PASSWORD",
    least: 1,
    help: "proves that a nick is yours, and takes it",
    here: false,
    run: login,
  },
];

function register({ desk, member, secret }: Ask): void {
  const { account } = member.who;
  if (account !== undefined) return desk.note(`${accountWords({ why: "logged-in", account: account.name })}.`);
  desk.wait(desk.server.accounts.register({ name: member.nick, password: secret }, desk.asker), (outcome) => {
    if ("account" in outcome) desk.note(`${outcome.account.name} is registered, and yours.${shortWords(secret)}`);
    settle(desk, outcome);
  });
}

function login({ desk, member, secret }: Ask): void {
  const { name, password } = desk.server.accounts.credentialsIn(secret, member.nick);
  desk.wait(desk.server.accounts.login(name, password, desk.asker), (outcome) => settle(desk, outcome));
}

/** Whose account it is takes the account's nick. */
function settle(desk: Desk, outcome: Outcome): void {
  if ("refusal" in outcome) return desk.note(`${accountWords(outcome.refusal)}.`);
  const { id, name } = outcome.account;
  desk.act({ type: "identify", account: { id, name } });
  if (desk.view.self !== fold(name)) desk.rename(name);
}
