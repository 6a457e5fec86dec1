import { base64 } from "../../text/bytes.ts";
import type { Message } from "../../wire/message.ts";
import { anytime, type ClientCommand, online } from "./command.ts";
import { nickFree } from "./nicks.ts";
import { request } from "./requests.ts";
import { type Effect, type Model, note, type PendingLogin, type Step, send, step } from "./state.ts";

const SASL_CHUNK = 400; // IRCv3 sasl-3.1, "The AUTHENTICATE command"

/** Whether the server makes accounts only for people who give an e-mail address. */
export function wantsEmail({ offered }: Model): boolean {
  return [...offered].some((name) => /^draft\/account-registration=(?:.*,)?email-required(?:,|$)/.test(name));
}

/** The user wants an account of the present nick (IRCv3 draft/account-registration); an e-mail of `*` is none. */
export function register(model: Model, password: string, email: string, now: number): Step {
  if (!model.caps.has("draft/account-registration"))
    return step(model, note("trouble", now, "This server makes no accounts (draft/account-registration)."));
  const login: PendingLogin = { type: "register", account: model.nick, password };
  return step({ ...model, login }, send("REGISTER", "*", email, password));
}

/** The user wants to be logged in to an account. */
export function logIn(model: Model, account: string, password: string, now: number): Step {
  const offered = [...model.offered].some((name) => name === "sasl" || name.startsWith("sasl="));
  if (!offered) return step(model, note("trouble", now, "This server has no accounts to log in to (SASL)."));
  const login: PendingLogin = { type: "login", account, password };
  const ask = model.caps.has("sasl") ? [] : [send("CAP", "REQ", "sasl")];
  return step({ ...model, login, isProving: true }, ...ask, send("AUTHENTICATE", "PLAIN"));
}

/** The user wants another password. Our own server has a command for it, others have NickServ. */
export function changePassword(model: Model, account: string, password: string, options: readonly string[]): Step {
  const login: PendingLogin = { type: "passwd", account, password };
  if (!model.exact) return step(model, send("NS", "SET", "PASSWORD", password));
  return step({ ...model, login }, send("PASSWD", ...options, password));
}

/** PASSWD: the account has another password. */
export function onPasswordChanged(model: Model, message: Message, now: number): Step {
  const { login } = model;
  const words = note("event", now, message.params.at(-1) ?? "");
  if (login?.type !== "passwd") return step(model, words);
  return step(withLogin(model, login), kept(login), words);
}

/** The user wants the account to be no more. */
export function dropAccount(model: Model, account: string, password: string): Step {
  return step({ ...model, login: { type: "drop", account, password } }, send("NS", "DROP", password));
}

/** The credentials to log in with: those just typed, or else those given at the start. */
function secretOf(model: Model): { readonly account: string; readonly password: string } | undefined {
  const { account, password } = model.identity;
  if (model.login?.type === "login") return model.login;
  return account === undefined || password === undefined ? undefined : { account, password };
}

/** AUTHENTICATE +: the account and its password, by SASL PLAIN, in pieces of 400. */
export function onAuthenticate(model: Model, message: Message): Step {
  const login = secretOf(model);
  if (message.params[0] !== "+" || login === undefined || !model.isProving) return step(model);
  const secret = base64(`\0${login.account}\0${login.password}`);
  const pieces: Effect[] = [];
  for (let at = 0; at < secret.length; at += SASL_CHUNK) {
    pieces.push(send("AUTHENTICATE", secret.slice(at, at + SASL_CHUNK)));
  }
  if (secret.length % SASL_CHUNK === 0) pieces.push(send("AUTHENTICATE", "+"));
  return step({ ...model, isProving: false }, ...pieces);
}

/** RPL_LOGGEDIN. */
export function onAccount(model: Model, message: Message): Step {
  return step({ ...model, account: message.params[2] });
}

/** RPL_LOGGEDOUT: by our own wish, or the server says why. An account that was dropped is not logged in to again. */
export function onNoAccount(model: Model, message: Message, now: number): Step {
  const next = { ...model, account: undefined };
  const told = note("event", now, `${message.params.at(-1)}.`);
  if (model.login?.type !== "drop") return step(next, told);
  const identity = { ...model.identity, account: undefined, password: undefined };
  return step({ ...next, login: undefined, identity }, { type: "forget-login", account: model.identity.account }, told);
}

/** RPL_SASLSUCCESS: while we come in, that goes on; later it was the user's wish. */
export function onLoggedIn(model: Model, _message: Message, now: number): Step {
  if (model.phase !== "here") return step(model, send("CAP", "END"));
  const { login } = model;
  if (login?.type !== "login") return step(model);
  const nick = nickFree({ ...withLogin(model, login), account: login.account }, model.wanted);
  const words = `You are logged in to ${login.account}; the password is kept for the next time.`;
  return step(nick.model, kept(login), note("event", now, words), ...nick.effects);
}

/** ERR_SASLFAIL and its kin. */
export function onLoginRefused(model: Model, message: Message, now: number): Step {
  const words = message.params.at(-1) ?? "";
  if (model.phase === "here")
    return step({ ...model, login: undefined }, note("trouble", now, `Not logged in: ${words}`));
  const { account = "us", keptLogin } = model.identity;
  const why = `The server does not log ${account} in: ${words}`;
  if (!keptLogin) return step(model, { type: "give-up", code: 4, why, asks: "password" });
  return step(model, note("trouble", now, `${why}. You go on as a guest; /login tries again.`), send("CAP", "END"));
}

/** ERR_SASLALREADY: this server has nobody log in twice. */
export function onLoggedInAlready(model: Model, message: Message, now: number): Step {
  const words = model.account === undefined ? message.params.at(-1) : `You are logged in to ${model.account} already.`;
  return step({ ...model, login: undefined, isProving: false }, note("trouble", now, words ?? ""));
}

/** REGISTER or VERIFY: what has come of an account that we asked for. */
export function onRegistered(model: Model, message: Message, now: number): Step {
  const [outcome = ""] = message.params;
  const { login } = model;
  const words = message.params.at(-1) ?? "";
  if (login?.type !== "register") return step(model, note("hint", now, words));
  if (outcome.toUpperCase() !== "SUCCESS") return step({ ...model, login: undefined }, note("event", now, words));
  const done = { ...withLogin(model, login), account: login.account };
  const told = `${login.account} is yours now; the password is kept for the next time.`;
  return step(done, kept(login), note("event", now, words), note("event", now, told));
}

/** FAIL REGISTER. */
export function onRegisterRefused(model: Model, message: Message, now: number): Step {
  const words = note("trouble", now, `No account was made: ${message.params.at(-1) ?? ""}`);
  return step({ ...model, login: undefined }, words);
}

function kept({ account, password }: PendingLogin): Effect {
  return { type: "keep-login", account, password };
}

/** From now on we log in with this, after a reconnect too. */
function withLogin(model: Model, { account, password }: PendingLogin): Model {
  return { ...model, login: undefined, identity: { ...model.identity, account, password, keptLogin: true } };
}

const KEEP = "--keep-certificates";

/** Commands that take a password: the client runs them itself, by SASL and commands of IRC. */
export const ACCOUNT_COMMANDS: readonly ClientCommand[] = [
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
function owned(run: (model: Model, account: string, secret: string) => Step): ClientCommand["run"] {
  return (model, _words, now, secret) =>
    model.account === undefined
      ? step(model, note("trouble", now, "Log in first: /login ACCOUNT."))
      : run(model, model.account, secret);
}

function ask(model: Model, words: string, command: string): Step {
  return step(model, { type: "ask-password", words, command });
}
