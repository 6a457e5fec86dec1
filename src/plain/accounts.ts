import type { AccountRefusal, Outcome } from "../chat/accounts.ts";
import { fold } from "../text/fold.ts";
import { type Ask, type Command, cut, type Desk } from "./desk.ts";

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

function register({ desk, member, words }: Ask): void {
  if (member.who.account !== undefined) return desk.note(`You are logged in as ${member.who.account} already.`);
  desk.wait(desk.server.accounts.register(member.nick, words, desk.asker), (outcome) => {
    if ("account" in outcome) desk.note(`${outcome.account.name} is registered, and yours.`);
    settle(desk, outcome);
  });
}

function login({ desk, member, words }: Ask): void {
  const [first, rest] = cut(words);
  const [name, password] = rest === "" ? [member.nick, first] : [first, rest];
  desk.wait(desk.server.accounts.login(name, password, desk.asker), (outcome) => settle(desk, outcome));
}

/** Whose account it is takes the account's nick. */
function settle(desk: Desk, outcome: Outcome): void {
  if ("refusal" in outcome) return desk.note(accountWords(outcome.refusal));
  desk.act({ type: "identify", account: outcome.account.name });
  if (desk.view.self !== fold(outcome.account.name)) desk.rename(outcome.account.name);
}

/** Why not, and what would work: a sentence. */
export function accountWords(refusal: AccountRefusal): string {
  switch (refusal.why) {
    case "registration-off":
      return "This server makes no accounts; ask its operator for one.";
    case "account-exists":
      return `${refusal.name} is registered already; /login PASSWORD if it is yours, or /nick to another name first.`;
    case "account-name-bad":
      return `${refusal.name} cannot be an account; /nick to another name first.`;
    case "password-bad":
      return `A password has ${refusal.least} to ${refusal.most} bytes.`;
    case "credentials-wrong":
      return "That is not the account's password, or there is no such account.";
    case "too-many-tries":
      return `That was tried too often; try again in ${refusal.seconds} seconds.`;
    case "accounts-not-stored":
      return "The server cannot store anything at present; try again later.";
  }
}
