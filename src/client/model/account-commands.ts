import { changePassword, dropAccount, logIn, register, wantsEmail } from "./accounts.ts";
import { anytime, type Command, online } from "./command.ts";
import { request } from "./requests.ts";
import { type Model, note, type Step, step } from "./state.ts";

const KEEP = "--keep-certificates";

/** Commands that take a password: the client runs them itself, by SASL and commands of IRC. */
export const ACCOUNT_COMMANDS: readonly Command[] = [
  online(
    "register",
    [],
    "[EMAIL] [PASSWORD]",
    "makes your nick an account of yours; EMAIL is for servers that want one",
    0,
    makeAccount,
  ),
  online("login", ["identify"], "[ACCOUNT [PASSWORD]]", "logs in to your account", 0, (model, _words, now, secret) => {
    const [, account = model.wanted, password = ""] = /^\s*(\S+)\s?(.*)$/.exec(secret) ?? [];
    if (password.trim() !== "") return logIn(model, account, password, now);
    return ask(model, `The password of ${account}`, `/login ${account} `);
  }),
  anytime("logout", [], "", "forgets the password that is kept on this computer", 0, (model, _words, now) => {
    const identity = { ...model.identity, account: undefined, password: undefined };
    const told = note("event", now, "The password is forgotten here.");
    return step({ ...model, identity }, { type: "forget-login", account: model.identity.account }, told);
  }),
  online(
    "passwd",
    ["password"],
    "[--keep-certificates] [PASSWORD]",
    "gives your account another password, and logs its other sessions out",
    0,
    owned((model, account, secret) => {
      const keeps = secret === KEEP || secret.startsWith(`${KEEP} `);
      const password = keeps ? secret.slice(KEEP.length + 1) : secret;
      if (password.trim() !== "") return changePassword(model, account, password, keeps ? [KEEP] : []);
      return ask(model, `The new password of ${account}`, `/passwd ${keeps ? `${KEEP} ` : ""}`);
    }),
  ),
  online(
    "drop",
    ["unregister"],
    "[PASSWORD]",
    "removes your account for good",
    0,
    owned((model, account, secret) =>
      secret.trim() === ""
        ? ask(model, `The password of ${account}, to remove the account for good`, "/drop ")
        : dropAccount(model, account, secret),
    ),
  ),
  online("oper", [], "NAME [PASSWORD]", "makes you an operator of the server", 1, (model, _words, _now, secret) => {
    const [, name = "", password = ""] = /^\s*(\S+)\s?(.*)$/.exec(secret) ?? [];
    if (password.trim() !== "") return request(model, ["OPER", name, password]);
    return ask(model, `The password of the operator ${name}`, `/oper ${name} `);
  }),
];

const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** A server that wants an e-mail address is told the first word, or the last as people with nc give it. */
function makeAccount(model: Model, _words: string, now: number, secret: string): Step {
  if (!wantsEmail(model)) {
    if (secret.trim() === "") return ask(model, `A password for ${model.nick}`, "/register ");
    return register(model, secret, "*", now);
  }
  const [, first = "", rest = ""] = /^\s*(\S+)\s?(.*)$/.exec(secret) ?? [];
  if (EMAIL.test(first) && rest.trim() === "") return ask(model, `A password for ${model.nick}`, `/register ${first} `);
  if (EMAIL.test(first)) return register(model, rest, first, now);
  const [, password = "", last = ""] = /^(.*) (\S+)$/.exec(secret.trimEnd()) ?? [];
  if (EMAIL.test(last)) return register(model, password, last, now);
  const words =
    "This server makes no account without an e-mail address: /register EMAIL, and then it asks for a password.";
  return step(model, note("trouble", now, words));
}

/** For one who is logged in. */
function owned(run: (model: Model, account: string, secret: string) => Step): Command["run"] {
  return (model, _words, now, secret) =>
    model.account === undefined
      ? step(model, note("trouble", now, "Log in first: /login ACCOUNT."))
      : run(model, model.account, secret);
}

function ask(model: Model, words: string, command: string): Step {
  return step(model, { type: "ask-password", words, command });
}
