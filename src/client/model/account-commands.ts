import { changePassword, dropAccount, logIn, register } from "../accounts.ts";
import type { Command } from "../commands.ts";
import { type Model, note, type Step, step } from "../state.ts";
import { request } from "./requests.ts";

const KEEP = "--keep-certificates";

/** Commands that take a password: the client runs them itself, by SASL and commands of IRC. */
export const ACCOUNT_COMMANDS: readonly Command[] = [
  {
    name: "register",
    aliases: [],
    usage: "[PASSWORD]",
    help: "makes your nick an account of yours",
    least: 0,
    online: true,
    run: (model, _words, now, secret) =>
      secret.trim() === "" ? ask(model, `A password for ${model.nick}`, "/register ") : register(model, secret, now),
  },
  {
    name: "login",
    aliases: ["identify"],
    usage: "[ACCOUNT [PASSWORD]]",
    help: "logs in to your account",
    least: 0,
    online: true,
    run: (model, _words, now, secret) => {
      const [, account = model.wanted, password = ""] = /^\s*(\S+)\s?(.*)$/.exec(secret) ?? [];
      if (password.trim() !== "") return logIn(model, account, password, now);
      return ask(model, `The password of ${account}`, `/login ${account} `);
    },
  },
  {
    name: "logout",
    aliases: [],
    usage: "",
    help: "forgets the password that is kept on this computer",
    least: 0,
    online: false,
    run: (model, _words, now) => {
      const identity = { ...model.identity, account: undefined, password: undefined };
      const told = note("event", now, "The password is forgotten here.");
      return step({ ...model, identity }, { type: "forget-login", account: model.identity.account }, told);
    },
  },
  {
    name: "passwd",
    aliases: ["password"],
    usage: "[--keep-certificates] [PASSWORD]",
    help: "gives your account another password, and logs its other sessions out",
    least: 0,
    online: true,
    run: owned((model, account, secret) => {
      const keeps = secret === KEEP || secret.startsWith(`${KEEP} `);
      const password = keeps ? secret.slice(KEEP.length + 1) : secret;
      if (password.trim() !== "") return changePassword(model, account, password, keeps ? [KEEP] : []);
      return ask(model, `The new password of ${account}`, `/passwd ${keeps ? `${KEEP} ` : ""}`);
    }),
  },
  {
    name: "drop",
    aliases: ["unregister"],
    usage: "[PASSWORD]",
    help: "removes your account for good",
    least: 0,
    online: true,
    run: owned((model, account, secret) =>
      secret.trim() === ""
        ? ask(model, `The password of ${account}, to remove the account for good`, "/drop ")
        : dropAccount(model, account, secret),
    ),
  },
  {
    name: "oper",
    aliases: [],
    usage: "NAME [PASSWORD]",
    help: "makes you an operator of the server",
    least: 1,
    online: true,
    run: (model, _words, _now, secret) => {
      const [, name = "", password = ""] = /^\s*(\S+)\s?(.*)$/.exec(secret) ?? [];
      if (password.trim() !== "") return request(model, ["OPER", name, password]);
      return ask(model, `The password of the operator ${name}`, `/oper ${name} `);
    },
  },
];

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
