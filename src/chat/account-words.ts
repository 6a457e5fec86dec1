import { lengthOf } from "../text/duration.ts";
import type { AccountRefusal, CertificateRefusal } from "./accounts.ts";

/** Sentences about accounts, without their full stop, that all faces have in common. */

/** Why someone does not get an account, or not into it, and what would work. */
export function accountWords(refusal: AccountRefusal): string {
  switch (refusal.why) {
    case "registration-off":
      return "This server makes no accounts; ask its operator for one";
    case "logged-in":
      return `You are logged in as ${refusal.account} already`;
    case "nick-in-use":
      return "That nick is in use by someone else";
    case "account-exists":
      return `${refusal.name} is registered already: log in if it is yours, or take another nick first`;
    case "account-name-bad":
      return `${refusal.name} cannot be an account; take another nick first`;
    case "password-bad":
      return `A password has at least ${counted(refusal.least, "character")} and at most ${refusal.most} bytes`;
    case "credentials-wrong":
      return "That is not the account's password, or there is no such account";
    case "too-many-tries":
      return `That was tried too often; try again in ${counted(refusal.seconds, "second")}`;
    case "too-many-registrations":
      return `Your address has made ${counted(refusal.most, "account")} in a day, and that is the most; try again in ${lengthOf(refusal.seconds * 1000)}`;
    case "accounts-not-stored":
      return "Nothing can be stored at present; try again later";
  }
}

/** Why a certificate does not log in to an account, or goes on to. */
export function certificateWords(refusal: CertificateRefusal): string {
  switch (refusal.why) {
    case "certificate-taken":
      return "That certificate logs in to an account already";
    case "certificate-unknown":
      return "That certificate does not log in to your account";
    case "too-many-certificates":
      return `At most ${refusal.most} certificates log in to an account`;
    case "accounts-not-stored":
      return "Nothing can be stored at present; try again later";
  }
}

/** What is said of a nick that is registered, to someone who asks for it without being logged in to it. */
export function registeredWords(nick: string): string {
  return `Nickname is registered: log in to it by SASL, or take another and say /msg NickServ IDENTIFY ${nick} PASSWORD`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
