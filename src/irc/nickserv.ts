import { accountWords } from "../chat/account-words.ts";
import type { Outcome } from "../chat/accounts.ts";
import { shortWords } from "../chat/passwords.ts";
import { newAccount } from "./accounts.ts";
import { askAboutCertificates } from "./certificates.ts";
import type { Command } from "./commands.ts";
import { logIn } from "./sasl.ts";
import type { IrcSession } from "./session.ts";

/** The old way to talk to services: a nick that nobody has. */
export const NICKSERV = "NickServ";

/** NickServ, for clients that know no SASL and no REGISTER. */
export const NICKSERV_COMMANDS: readonly Command[] = ["NS", "NICKSERV"].map((name) => ({
  name,
  fewest: 0,
  when: "after",
  usage: "REGISTER password | IDENTIFY [account] password | CERT ADD|DEL|LIST [fingerprint]",
  help: "Talks to NickServ.",
  run: (session, words) => askNickServ(session, words.join(" ")),
}));

/** What someone said to NickServ: never told to anyone. */
export function askNickServ(session: IrcSession, text: string): void {
  // What stands behind the first word may be a password: its blanks are its own.
  const [, verb = "", rest = ""] = /^ *(\S*) ?(.*)$/s.exec(text) ?? [];
  const tell = (line: string) =>
    session.send(`${NICKSERV}!services@${session.server.name}`, "NOTICE", session.nick, line);
  const { accounts } = session.server;
  switch (verb.toUpperCase()) {
    case "REGISTER": {
      if (rest === "") return tell("Say REGISTER and a password: your nick becomes an account.");
      const account = session.member?.who.account;
      if (account !== undefined) return tell(`${accountWords({ why: "logged-in", account: account.name })}.`);
      return session.wait(accounts.register(newAccount(session, session.nick, rest), session.peer), (outcome) =>
        settle(session, outcome, tell, `is registered; you are logged in.${shortWords(rest)}`),
      );
    }
    case "IDENTIFY": {
      if (rest === "") return tell("Say IDENTIFY and your password, or IDENTIFY, your account and its password.");
      const { name, password } = accounts.credentialsIn(rest, session.nick);
      return session.wait(accounts.login(name, password, session.peer), (outcome) =>
        settle(session, outcome, tell, "is yours; you are logged in."),
      );
    }
    case "CERT":
      return askAboutCertificates(
        session,
        rest.split(" ").filter((word) => word !== ""),
        tell,
      );
    default:
      return tell(
        "I know REGISTER password, IDENTIFY [account] password, and CERT ADD, DEL and LIST. SASL and /REGISTER do the first two better.",
      );
  }
}

function settle(session: IrcSession, outcome: Outcome, tell: (line: string) => void, words: string): void {
  if ("refusal" in outcome) return tell(`${accountWords(outcome.refusal)}.`);
  tell(`${outcome.account.name} ${words}`);
  logIn(session, outcome.account);
}
