import { accountWords, deviceWords, droppedWords, passwordWords } from "../chat/account-words.ts";
import type { Outcome } from "../chat/accounts.ts";
import { aboutCertificates } from "../chat/certificates.ts";
import { passwordRemarks } from "../chat/passwords.ts";
import { fold } from "../text/fold.ts";
import { type Ask, type Command, cut, type Desk } from "./desk.ts";
import { note } from "./render.ts";

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
  {
    name: "passwd",
    aliases: ["password"],
    usage: "[--keep-certificates] PASSWORD",
    least: 1,
    help: "gives your account another password, and logs its other sessions out",
    here: false,
    run: passwd,
  },
  {
    name: "devices",
    aliases: ["sessions"],
    usage: "[end ID|others]",
    least: 0,
    help: "lists the sessions of your account, or ends one, or all but this one",
    here: false,
    run: devices,
  },
  {
    name: "certs",
    aliases: ["cert", "certificates"],
    usage: "[add|del] [FINGERPRINT]",
    least: 0,
    help: "lists the certificates that log in to your account, adds one, removes one",
    here: false,
    run: ({ desk, words }) => {
      const owner = { account: desk.account, shown: desk.asker.fingerprint };
      const asked = words.split(/\s+/).filter((word) => word !== "");
      desk.draw(aboutCertificates(desk.server.accounts, owner, asked).map(note));
    },
  },
  {
    name: "ghost",
    aliases: ["regain", "recover"],
    usage: "[NICK]",
    least: 0,
    help: "takes your nick back from a guest who has it",
    here: false,
    run: ({ desk, member, words }) =>
      void desk.act({ type: "reclaim", nick: cut(words)[0] || (member.who.account?.name ?? member.nick), takes: true }),
  },
  {
    name: "drop",
    aliases: ["unregister"],
    usage: "PASSWORD",
    least: 1,
    help: "removes your account for good",
    here: false,
    run: drop,
  },
];

function register({ desk, member, secret }: Ask): void {
  const { account } = member.who;
  if (account !== undefined) return desk.note(`${accountWords({ why: "logged-in", account: account.name })}.`);
  desk.wait(desk.server.accounts.register({ name: member.nick, password: secret }, desk.asker), (outcome) => {
    if ("account" in outcome) desk.note(`${outcome.account.name} is registered, and yours.${passwordRemarks(secret)}`);
    settle(desk, outcome);
  });
}

function login({ desk, member, secret }: Ask): void {
  const { name, password } = desk.server.accounts.credentialsIn(secret, member.nick);
  desk.wait(desk.server.accounts.login(name, password, desk.asker), (outcome) => settle(desk, outcome));
}

function passwd({ desk, secret }: Ask): void {
  if (!desk.account) return desk.note(`${accountWords({ why: "not-logged-in" })}.`);
  desk.wait(
    desk.server.accounts.changePassword(() => desk.account, secret, desk.asker),
    (outcome) => {
      desk.note("refusal" in outcome ? `${accountWords(outcome.refusal)}.` : passwordWords(outcome, true));
      desk.logOutOthers();
    },
  );
}

function drop({ desk, secret }: Ask): void {
  const { account } = desk;
  if (!account) return desk.note(`${accountWords({ why: "not-logged-in" })}.`);
  desk.wait(desk.server.accounts.drop(account, secret, desk.asker), (outcome) => {
    desk.note(`${"refusal" in outcome ? accountWords(outcome.refusal) : droppedWords(account.name)}.`);
    desk.server.chat.enforceLogouts();
  });
}

function devices({ desk, member, words }: Ask): void {
  if (!member.who.account) return desk.note(`${accountWords({ why: "not-logged-in" })}.`);
  const own = desk.asker.id ?? 0;
  const all = desk.server.addresses.devicesOf(member);
  const [verb, which] = cut(words);
  if (verb === "") return desk.draw(all.map((device) => note(`${deviceWords(device, own, desk.server.steady())}.`)));
  if (verb !== "end" || !/^(?:\d+|others)$/.test(which))
    return desk.note("That is /devices, /devices end ID or /devices end others.");
  if (which !== "others") return void desk.act({ type: "end-session", id: Number(which) });
  for (const { id } of all) if (id !== own) desk.act({ type: "end-session", id });
}

/** Whose account it is takes the account's nick. */
function settle(desk: Desk, outcome: Outcome): void {
  if ("refusal" in outcome) return desk.note(`${accountWords(outcome.refusal)}.`);
  const { id, name, hash } = outcome.account;
  desk.act({ type: "identify", account: { id, name, hash } });
  if (desk.view.self !== fold(name)) desk.rename(name);
  if (desk.view.self !== fold(name)) desk.note("/ghost takes it from whoever has it.");
}
