import { isToken } from "../../text/address.ts";
import { base64 } from "../../text/bytes.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { NUMERICS } from "../../wire/numerics.ts";
import { adviceFor } from "../commands/features.ts";
import {
  anytime,
  type ClientCommand,
  COMMANDS,
  type CommandInfo,
  needing,
  online,
  runAtServer,
} from "../commands/slash.ts";
import { nickFree } from "./nicks.ts";
import { ROOMS } from "./read-markers.ts";
import { request } from "./requests.ts";
import { lastParam, type ServerMessage } from "./server-message.ts";
import {
  andThen,
  type ClientIdentity,
  currentName,
  type Effect,
  giveUp,
  type Model,
  note,
  offerOf,
  type Step,
  same,
  send,
  step,
  trouble,
} from "./state.ts";

/** Accounts: making one, logging in by SASL PLAIN or by our key, passwords; and the slash commands for that. */

/** An account command that the server has not answered: register, log in, change the password, or remove the account. */
export interface PendingLogin {
  readonly type: "register" | "login" | "passwd" | "drop";
  readonly account: string;
  readonly password: string;
}

/** Whether an account and its password were given. */
export function hasLogin({ account, password }: ClientIdentity): boolean {
  return account !== undefined && password !== undefined;
}

/** The SASL mechanism of the login at the start; `undefined` for a guest. A given password takes precedence over a key. */
export function mechanismOf(model: Model): "PLAIN" | "EXTERNAL" | undefined {
  if (hasLogin(model.identity)) return "PLAIN";
  const offersExternal = /(?:^|,)EXTERNAL(?:,|$)/i.test(offerOf(model, "sasl") ?? "");
  return presentsKey(model) && offersExternal ? "EXTERNAL" : undefined;
}

/** Whether we present a key on this connection: an SSH key always, a TLS certificate over TLS only. */
function presentsKey({ identity, secrecy }: Model): boolean {
  return identity.key === "SSH" || (identity.key === "TLS" && secrecy === "tls");
}

const [WRONG, WRONG_WORDS] = NUMERICS.ERR_SASLFAIL; // a server may give another reason by the same numeric
const SASL_CHUNK = 400; // IRCv3 sasl-3.1, "The AUTHENTICATE command"

/** Whether the server requires an e-mail address for an account (IRCv3 draft/account-registration). */
function wantsEmail(model: Model): boolean {
  return /(?:^|,)email-required(?:,|$)/.test(offerOf(model, "draft/account-registration") ?? "");
}

/** Makes an account of the current nick (IRCv3 draft/account-registration). `email` is `*` for none. */
function register(model: Model, password: string, email: string, now: number): Step {
  if (!model.caps.has("draft/account-registration"))
    return trouble(model, now, "This server makes no accounts (draft/account-registration).");
  const login: PendingLogin = { type: "register", account: model.nick, password };
  return step({ ...model, login }, send("REGISTER", "*", email, password));
}

/** Logs in to an account while connected. */
function logIn(model: Model, account: string, password: string, now: number): Step {
  if (offerOf(model, "sasl") === undefined)
    return trouble(model, now, "This server has no accounts to log in to (SASL).");
  const login: PendingLogin = { type: "login", account, password };
  const ask = model.caps.has("sasl") ? [] : [send("CAP", "REQ", "sasl")];
  const wanted = wantedWith(model, account);
  const isRenamed = model.caps.has(COMMANDS) && model.caps.has("message-tags") && !same(wanted, model.nick);
  const tags = isRenamed ? { tags: new Map([[NICK_TAG, wanted]]) } : {};
  return step({ ...model, login, isAuthenticating: true }, ...ask, { ...send("AUTHENTICATE", "PLAIN"), ...tags });
}

/** The tag of an AUTHENTICATE with the nick that a tcpchat server gives us with the login. */
const NICK_TAG = "+tcpchat/nick";

/** The nick to request with a login: the account's name if the user has not chosen a nick, since others write to that. */
function wantedWith({ identity, wanted }: Model, account: string): string {
  return identity.keepsNick === false && same(wanted, identity.nick) ? account : wanted;
}

/** Changes the account's password: by PASSWD on a tcpchat server, elsewhere by NickServ. */
function changePassword(model: Model, account: string, password: string, options: readonly string[]): Step {
  const login: PendingLogin = { type: "passwd", account, password };
  if (!model.deduplicates) return step(model, send("NS", "SET", "PASSWORD", password));
  return step({ ...model, login }, send("PASSWD", ...options, password));
}

/** PASSWD: the account's password has changed. */
export function onPasswordChanged(model: Model, message: ServerMessage, now: number): Step {
  const { login } = model;
  const words = note("event", now, lastParam(message));
  if (login?.type !== "passwd") return step(model, words);
  // A new password has ended all tokens.
  const { identity, ...rest } = withLogin(model, login);
  const changed = { ...rest, identity: { ...identity, savedToken: undefined } };
  return andThen(keepLogin(changed, login), (next) => step(next, words));
}

/** The credentials to log in with: those of `/login`, or else those given at the start. */
function credentialsOf(model: Model): { readonly account: string; readonly password: string } | undefined {
  const { account, password } = model.identity;
  if (model.login?.type === "login") return model.login;
  return account === undefined || password === undefined ? undefined : { account, password };
}

/**
 * AUTHENTICATE +: sends account and password by SASL PLAIN, in chunks of 400 characters; or nothing by EXTERNAL, since the
 * connection has shown the key.
 */
export function onAuthenticate(model: Model, message: ServerMessage): Step {
  if (message.params[0] !== "+" || !model.isAuthenticating) return step(model);
  const login = credentialsOf(model);
  if (login === undefined) return step({ ...model, isAuthenticating: false }, send("AUTHENTICATE", "+"));
  const secret = base64(`\0${login.account}\0${login.password}`);
  const chunks: Effect[] = [];
  for (let at = 0; at < secret.length; at += SASL_CHUNK) {
    chunks.push(send("AUTHENTICATE", secret.slice(at, at + SASL_CHUNK)));
  }
  if (secret.length % SASL_CHUNK === 0) chunks.push(send("AUTHENTICATE", "+"));
  return step({ ...model, isAuthenticating: false }, ...chunks);
}

/** RPL_LOGGEDIN. After the welcome, a server that keeps the rooms of accounts puts us back in them now. */
export function onAccount(model: Model, message: ServerMessage): Step {
  const isRestored = model.phase === "here" && model.account === undefined && model.caps.has(ROOMS);
  const restoring = isRestored ? new Set<Folded>() : model.restoring;
  const account = message.params[2];
  // /register or /link has just attached this connection's key to the account.
  const isByKey =
    model.phase === "here" && model.login === undefined && presentsKey(model) && !hasLogin(model.identity);
  const identity = isByKey ? { ...model.identity, account } : model.identity;
  return step({ ...model, identity, account, restoring });
}

/** RPL_LOGGEDOUT: shown in the server's words. After `/drop`, the login is forgotten. */
export function onLoggedOut(model: Model, message: ServerMessage, now: number): Step {
  const next = { ...model, account: undefined };
  const shown = note("event", now, `${lastParam(message)}.`);
  if (model.login?.type !== "drop") return step(next, shown);
  const identity = { ...model.identity, account: undefined, password: undefined };
  return step(
    { ...next, login: undefined, identity },
    { type: "forget-login", account: model.identity.account },
    shown,
  );
}

/** RPL_SASLSUCCESS: registration continues; or `/login` has worked, and the login is saved. */
export function onLoggedIn(model: Model, _message: ServerMessage, now: number): Step {
  if (model.phase !== "here") return loggedInAtStart(model);
  const { login } = model;
  if (login?.type !== "login") return step(model);
  const wanted = wantedWith(model, login.account);
  const next = { ...withLogin(model, login), account: login.account, wanted };
  const kept = andThen(keepLogin(next, login), (last) => tellKept(last, now));
  return andThen(kept, (last) => nickFree(last, last.wanted));
}

/** After our key has logged in, takes the account's name as nick, unless the user has chosen a nick. */
function loggedInAtStart(model: Model): Step {
  const { account, identity, nick } = model;
  if (hasLogin(identity) || account === undefined) return step(model, send("CAP", "END"));
  const next = { ...model, identity: { ...identity, account } };
  if (identity.keepsNick || same(nick, account)) return step(next, send("CAP", "END"));
  return step({ ...next, wanted: account, nick: account, nickTries: 0 }, send("NICK", account), send("CAP", "END"));
}

/** No account has our key: we go on as a guest. If an account had it before, tells the user so, and how to log in. */
function keyRefused(model: Model, now: number): Step {
  const { account, key } = model.identity;
  if (account === undefined) return step(model, send("CAP", "END"));
  const ways = `/login ${account} PASSWORD logs in, or /link ${account} CODE with a code that /devices add shows on another device`;
  const why = `Your ${key} key does not log in to ${account} any more. You go on as a guest; ${ways}.`;
  return step(
    { ...model, identity: { ...model.identity, account: undefined } },
    note("trouble", now, why),
    send("CAP", "END"),
  );
}

/**
 * ERR_SASLFAIL and similar. At the start, a saved login that is refused makes us a guest; a given one ends the client.
 */
export function onLoginRefused(model: Model, message: ServerMessage, now: number): Step {
  if (model.phase !== "here" && !hasLogin(model.identity)) return keyRefused(model, now);
  const isWrong = message.command === WRONG && lastParam(message).startsWith(WRONG_WORDS);
  const words = isWrong ? "that is not the account's password, or there is no such account" : lastParam(message);
  if (model.phase === "here") return trouble({ ...model, login: undefined }, now, `Not logged in: ${words}`);
  const { account = "us", isSavedLogin, password = "" } = model.identity;
  if (isWrong && isSavedLogin && isToken(password)) return tokenEnded(model, account, now);
  const why = `The server does not log ${account} in: ${words}`;
  if (!isSavedLogin) return giveUp(model, 4, why, "password");
  return step(model, note("trouble", now, `${why}. You go on as a guest; /login tries again.`), send("CAP", "END"));
}

/** The saved token is no longer valid: forgets it, and goes on as a guest. */
function tokenEnded(model: Model, account: string, now: number): Step {
  const words = `The login to ${account} that was kept here has ended. You go on as a guest; /login ${account} logs in again.`;
  return step(withoutLogin(model), { type: "forget-login", account }, note("trouble", now, words), send("CAP", "END"));
}

/** The model without a login for the connections to come. */
function withoutLogin(model: Model): Model {
  const { identity } = model;
  return { ...model, identity: { ...identity, account: undefined, password: undefined, savedToken: undefined } };
}

/** ERR_SASLALREADY: this server allows one login per connection. */
export function onAlreadyLoggedIn(model: Model, message: ServerMessage, now: number): Step {
  const words = model.account === undefined ? lastParam(message) : `You are logged in to ${model.account} already.`;
  return trouble({ ...model, login: undefined, isAuthenticating: false }, now, words);
}

/** REGISTER or VERIFY: the account is made, or the server says what is missing. */
export function onRegistered(model: Model, message: ServerMessage, now: number): Step {
  const [outcome = ""] = message.params;
  const { login } = model;
  const words = lastParam(message);
  if (login?.type !== "register") return step(model, note("hint", now, words));
  if (outcome.toUpperCase() !== "SUCCESS") return step({ ...model, login: undefined }, note("event", now, words));
  const done = { ...withLogin(model, login), account: login.account };
  const remarks = words.replace(/^Account successfully registered\.?\s*/i, "");
  const saved = `${login.account} is yours now; ${keptWords(model)}${remarks === "" ? "" : ` ${remarks}`}`;
  return andThen(keepLogin(done, login), (last) => step(last, note("event", now, saved)));
}

/** FAIL REGISTER. */
export function onRegisterRefused(model: Model, message: ServerMessage, now: number): Step {
  return trouble({ ...model, login: undefined }, now, `No account was made: ${lastParam(message)}`);
}

const TOKEN_NAME = 20; // characters

/** The name for a token that is saved on this computer, made from the computer's name. */
export function tokenName(device: string): string {
  const name = device.replace(/[^\w-]/g, "").replace(/^[^A-Za-z]+/, "");
  return name.slice(0, TOKEN_NAME) || "client";
}

/** Whether a login is saved as a token from the server instead of the password. */
function keepsToken({ identity, caps }: Model): boolean {
  return identity.tokenName !== undefined && caps.has(COMMANDS);
}

/** Tells whether a next run knows the password. */
function keptWords(model: Model): string {
  if (keepsToken(model)) return "a token is kept here for the next time, and not the password.";
  return adviceFor(model.identity).passwordKept;
}

/** Tells the user that the login is saved. */
function tellKept(model: Model, now: number): Step {
  return step(model, note("event", now, `You are logged in to ${model.account}; ${keptWords(model)}`));
}

/** Saves a login for the next run: as a token requested from the server, or without tokens, as the password. */
function keepLogin(model: Model, { account, password }: Pick<PendingLogin, "account" | "password">): Step {
  if (!keepsToken(model)) return step(model, { type: "keep-login", account, password });
  return request(model, ["SLASH", "*", `/token add ${model.identity.tokenName}`], { tokenFor: account, silent: true });
}

/**
 * After the login at the start: saves it if its password was typed. If an earlier version saved a password, replaces that
 * with a token.
 */
export function keepFirstLogin(model: Model, now: number): Step {
  const { account, password, isSavedLogin, keepsLogin, savedToken } = model.identity;
  if (account === undefined || password === undefined || savedToken !== undefined) return step(model);
  if (model.account === undefined || !same(model.account, account)) return step(model);
  if (keepsLogin) {
    const next = { ...model, identity: { ...model.identity, isSavedLogin: true, keepsLogin: false } };
    return andThen(keepLogin(next, { account, password }), (last) => tellKept(last, now));
  }
  const isReplaced = isSavedLogin && keepsToken(model) && !isToken(password);
  return isReplaced ? keepLogin(model, { account, password }) : step(model);
}

const TOKEN = /^The token \S+ is (\S+)$/;
const TOKEN_ID = /\/token remove (\S+) ends it/;

/**
 * A line of the answer to a token request: the first has the token, which replaces the password, the second its id.
 * Neither is shown.
 */
export function onToken(model: Model, account: string, message: ServerMessage, now: number): Step {
  const words = lastParam(message);
  if (message.command.toUpperCase() === "FAIL") {
    const here = currentName(model);
    const refused = `The login is not kept for the next time: ${words}`;
    return step(model, note("trouble", now, refused, ...(here === undefined ? [] : [here])));
  }
  const { identity } = model;
  const token = TOKEN.exec(words)?.[1];
  if (token !== undefined && isToken(token))
    return step({ ...model, identity: { ...identity, account, password: token, isSavedLogin: true } });
  const id = TOKEN_ID.exec(words)?.[1];
  const { password, savedToken: before } = identity;
  if (id === undefined || password === undefined) return step(model);
  const next = { ...model, identity: { ...identity, savedToken: id } };
  const kept = step(next, { type: "keep-login", account, password, token: id });
  return before === undefined ? kept : andThen(kept, (last) => endToken(last, before));
}

/** Revokes one of our tokens; `endsLogin` if we are logged in with it. */
function endToken(model: Model, id: string, endsLogin = false): Step {
  return request(model, ["SLASH", "*", `/token remove ${id}`], { silent: true, endsLogin });
}

/**
 * `/logout`: forgets the saved login and revokes its token. Then reconnects as a guest, so that others do not take this
 * connection for the account.
 */
function logOut(model: Model, _words: string, now: number): Step {
  const { account, savedToken, password, key } = model.identity;
  const isLoggedIn = model.phase === "here" && model.account !== undefined;
  const canEnd = isLoggedIn && keepsToken(model);
  const forgotten = "The login is forgotten here";
  const end =
    savedToken === undefined
      ? ""
      : canEnd
        ? ", and its token has ended"
        : `; /token remove ${savedToken} ends its token, once you are logged in`;
  const guest = isLoggedIn ? " You go on as a guest." : "";
  const byKey = isLoggedIn && key !== undefined && password === undefined;
  const next = byKey ? ` Your ${key} key still logs in to ${model.account} at the next start.` : "";
  const left = withoutLogin(model);
  const done = step(
    byKey ? { ...left, identity: { ...left.identity, key: undefined } } : left,
    { type: "forget-login", account },
    note("event", now, `${forgotten}${end}.${guest}${next}`),
  );
  if (canEnd && savedToken !== undefined) return andThen(done, (next) => endToken(next, savedToken, true));
  return isLoggedIn ? andThen(done, (next) => step(next, { type: "logged-out" })) : done;
}

/** The model with a login that is used from now on, including after a reconnect. */
function withLogin(model: Model, { account, password }: PendingLogin): Model {
  const isOther = model.identity.account === undefined || !same(model.identity.account, account);
  const savedToken = isOther ? undefined : model.identity.savedToken;
  const identity = { ...model.identity, account, password, isSavedLogin: true, savedToken };
  return { ...model, login: undefined, identity };
}

const KEEP_CERTIFICATES = "--keep-certificates";

/**
 * The commands that take a password. The client runs them itself, by SASL and IRC commands, so that no password travels
 * in a slash command.
 */
export const ACCOUNT_COMMANDS: readonly ClientCommand[] = [
  online("register", [], "[PASSWORD]", "registers your nick as your account", 0, makeAccount),
  // A single word is the password, as over nc, and is never shown; if it is the user's own name, we ask for the password.
  online("login", ["identify"], "[NICK] [PASSWORD]", "logs in to your account", 0, (model, _words, now, raw) => {
    const [word, password] = wordAndPassword(raw);
    if (word !== undefined && password.trim() !== "") return logIn(model, word, password, now);
    const own = word === undefined ? model.wanted : ownName(model, word);
    if (own === undefined) return logIn(model, model.wanted, word ?? "", now);
    return ask(model, `The password of ${own}`, `/login ${own} `);
  }),
  needing(
    "saved-login",
    anytime("logout", [], "", "forgets the login that is kept on this computer, and goes on as a guest", 0, logOut),
  ),
  online(
    "passwd",
    ["password"],
    "[--keep-certificates] [PASSWORD]",
    "changes your password and logs out your other sessions",
    0,
    loggedIn((model, account, raw) => {
      const keeps = raw === KEEP_CERTIFICATES || raw.startsWith(`${KEEP_CERTIFICATES} `);
      const password = keeps ? raw.slice(KEEP_CERTIFICATES.length + 1) : raw;
      if (password.trim() !== "") return changePassword(model, account, password, keeps ? [KEEP_CERTIFICATES] : []);
      return ask(model, `The new password of ${account}`, `/passwd ${keeps ? `${KEEP_CERTIFICATES} ` : ""}`);
    }),
  ),
  online(
    "drop",
    ["unregister"],
    "[PASSWORD]",
    "removes your account for good",
    0,
    loggedIn((model, account, raw) =>
      raw.trim() === ""
        ? ask(model, `The password of ${account}, to remove the account for good`, "/drop ")
        : step({ ...model, login: { type: "drop", account, password: raw } }, send("NS", "DROP", raw)),
    ),
  ),
  online("oper", [], "NAME [PASSWORD]", "makes you an operator of the server", 1, (model, _words, _now, raw) => {
    const [name = "", password] = wordAndPassword(raw);
    if (password.trim() !== "") return request(model, ["OPER", name, password]);
    return ask(model, `The password of the operator ${name}`, `/oper ${name} `);
  }),
];

/** The word in the user's own spelling if it is the user's nick, wanted nick or account; `undefined` for other words. */
function ownName({ wanted, nick, account, identity }: Model, word: string): string | undefined {
  return [wanted, nick, account, identity.account].find((name) => name !== undefined && fold(name) === fold(word));
}

const EMAIL = /^[^\s@]+@[^\s@]+$/;

const NO_EMAIL =
  "No account was made: this server takes no e-mail address, and it would be part of your password. /register PASSWORD";

/** A command's row, adapted to the server: `/register` takes an e-mail address if the server requires one. */
export function rowFor<T extends CommandInfo>(model: Model, row: T): T {
  if (row.name !== "register" || !wantsEmail(model)) return row;
  return { ...row, usage: "EMAIL [PASSWORD]", help: `${row.help}; this server wants an e-mail address` };
}

/**
 * `/register`: without a password, registers our key if we present one, else asks for a password. If the server requires
 * an e-mail address, it is the first or the last word.
 */
function makeAccount(model: Model, _words: string, now: number, raw: string): Step {
  if (model.account !== undefined) return trouble(model, now, `You are logged in as ${model.account} already.`);
  // A password travels by REGISTER; without one, the server registers our key.
  if (raw.trim() === "" && presentsKey(model) && model.caps.has(COMMANDS))
    return runAtServer(model, "/register", undefined, now);
  if (!wantsEmail(model)) {
    if (raw.trim() === "") return ask(model, `A password for ${model.nick}`, "/register ");
    if (
      raw
        .trim()
        .split(/\s+/)
        .some((word) => EMAIL.test(word))
    )
      return trouble(model, now, NO_EMAIL);
    return register(model, raw, "*", now);
  }
  const [first = "", rest] = wordAndPassword(raw);
  if (EMAIL.test(first) && rest.trim() === "") return ask(model, `A password for ${model.nick}`, `/register ${first} `);
  if (EMAIL.test(first)) return register(model, rest, first, now);
  const [, password = "", last = ""] = /^(.*) (\S+)$/.exec(raw.trimEnd()) ?? [];
  if (EMAIL.test(last)) return register(model, password, last, now);
  const words =
    "This server makes no account without an e-mail address: /register EMAIL, and then it asks for a password.";
  return trouble(model, now, words);
}

/** The first word, and the text after it and one blank, so that a password keeps its own blanks. */
function wordAndPassword(raw: string): readonly [word: string | undefined, password: string] {
  const [, word, password = ""] = /^\s*(\S+)\s?(.*)$/.exec(raw) ?? [];
  return [word, password];
}

/** A command that needs a login. */
function loggedIn(run: (model: Model, account: string, raw: string) => Step): ClientCommand["run"] {
  return (model, _words, now, raw) =>
    model.account === undefined
      ? trouble(model, now, "Log in first: /login NICK PASSWORD.")
      : run(model, model.account, raw);
}

function ask(model: Model, words: string, command: string): Step {
  return step(model, { type: "ask-password", words, command });
}
