import { isUtf8 } from "node:buffer";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { AccountOutcome, AccountRefusal } from "../../chat/accounts.ts";
import type { AccountRecord, Login, ScramKeys } from "../../chat/model/account.ts";
import type { Act } from "../../chat/model/act.ts";
import type { EventOf } from "../../chat/model/event.ts";
import type { Member } from "../../chat/model/member.ts";
import type { Refusal } from "../../chat/model/refusal.ts";
import { maskOf } from "../../chat/rules/apply.ts";
import { barToLeaveAccount } from "../../chat/rules/sessions.ts";
import { accountWords, logoutWords } from "../../chat/words/accounts.ts";
import { phraseFor } from "../../chat/words/refusals.ts";
import { fold } from "../../text/fold.ts";
import { PASS_FIRST } from "../render/faults.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import { countGuess } from "../session/registration.ts";
import type { IrcSession } from "../session/session.ts";

const CHUNK = 400; // characters of a message in one AUTHENTICATE; a shorter one ends it (IRCv3 sasl-3.1)
const LONGEST = 8 * CHUNK; // characters of a whole message

/** One exchange of SASL: what the client has sent so far of a message, and what is done with it. */
export interface Exchange {
  received: string;
  /** Takes a whole message, in bytes. */
  readonly take: (session: IrcSession, message: Buffer) => void;
}

/** Every mechanism, a row each. */
const MECHANISMS: Readonly<Record<string, () => Exchange>> = {
  EXTERNAL: () => ({ received: "", take: takeExternal }),
  PLAIN: () => ({ received: "", take: takePlain }),
  "SCRAM-SHA-256": () => {
    const exchange = new ScramExchange();
    return { received: "", take: (session, message) => exchange.take(session, message) };
  },
};

/** The mechanisms, as the capability's value and RPL_SASLMECHS have them. */
export const MECHANISM_NAMES = Object.keys(MECHANISMS).join(",");

/** Logging in: AUTHENTICATE (IRCv3 sasl). */
export const SASL_COMMANDS: readonly IrcCommand[] = [
  {
    name: "AUTHENTICATE",
    minParams: 1,
    when: "any",
    usage: `${Object.keys(MECHANISMS).join("|")} | data | *`,
    help: "Logs in to an account.",
    run: (session, [word = ""]) => (session.sasl ? proceed(session, session.sasl, word) : start(session, word)),
  },
];

function start(session: IrcSession, name: string): void {
  if (!session.knowsPassword) {
    // A client that looks at SASL alone is told too.
    session.numeric("ERR_PASSWDMISMATCH");
    failWith(session, PASS_FIRST);
    return countGuess(session);
  }
  if (session.member && barToLeaveAccount(session.member)) return session.numeric("ERR_SASLALREADY");
  const mechanism = Object.hasOwn(MECHANISMS, name.toUpperCase()) ? MECHANISMS[name.toUpperCase()] : undefined;
  if (session.dropsSasl && !mechanism && name !== "*") {
    session.dropsSasl = name.length === CHUNK;
    return;
  }
  session.dropsSasl = false;
  if (name === "*") return session.numeric("ERR_SASLABORTED");
  if (name.length >= CHUNK) return overrun(session, "ERR_SASLFAIL");
  if (!mechanism) {
    session.numeric("RPL_SASLMECHS", MECHANISM_NAMES);
    return session.numeric("ERR_SASLFAIL");
  }
  session.sasl = mechanism();
  session.emit("AUTHENTICATE +");
}

function proceed(session: IrcSession, exchange: Exchange, data: string): void {
  if (data === "*") return abort(session);
  if (data.length > CHUNK) return overrun(session, "ERR_SASLTOOLONG");
  if (exchange.received.length + data.length > LONGEST) return overrun(session, "ERR_SASLFAIL");
  if (data !== "+") exchange.received += data;
  if (data.length === CHUNK) return;
  const whole = exchange.received;
  exchange.received = "";
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(whole)) return fail(session);
  exchange.take(session, Buffer.from(whole, "base64"));
}

function endWith(session: IrcSession, how: "ERR_SASLABORTED" | "ERR_SASLTOOLONG" | "ERR_SASLFAIL"): void {
  session.sasl = undefined;
  session.numeric(how);
}

/** Refuses a response that is too long, once: the rest of its chunks is dropped. */
function overrun(session: IrcSession, how: "ERR_SASLTOOLONG" | "ERR_SASLFAIL"): void {
  session.dropsSasl = true;
  endWith(session, how);
}

/** Ends the exchange without a login. */
export function abort(session: IrcSession): void {
  endWith(session, "ERR_SASLABORTED");
}

/** The credentials are not right, or not well made: nobody learns which. */
function fail(session: IrcSession): void {
  endWith(session, "ERR_SASLFAIL");
}

/** `authzid NUL authcid NUL password` (RFC 4616). */
function takePlain(session: IrcSession, message: Buffer): void {
  const [authzid, name, password, ...rest] = message.toString("utf8").split("\0");
  const wellMade = authzid !== undefined && name && password && rest.length === 0 && isUtf8(message);
  if (!wellMade || !actsAs(name, authzid)) return fail(session);
  session.wait(session.server.accounts.login(name, password, session.peer), (outcome) => settle(session, outcome));
}

/** Whether an account may act as `authzid`: as itself alone; "" is that too. */
function actsAs(name: string, authzid: string): boolean {
  return authzid === "" || fold(authzid) === fold(name);
}

/** Nothing, or the account's name: the certificate has been shown already (RFC 4422 appendix A). */
function takeExternal(session: IrcSession, message: Buffer): void {
  const name = message.toString("utf8");
  const { peer, server } = session;
  if (peer.fingerprint === undefined) return fail(session);
  const refusal = server.accounts.mayTry(name || peer.fingerprint, peer);
  if (refusal) return refuse(session, refusal);
  const account = server.accounts.withFingerprint(peer.fingerprint, name);
  if (account) return succeed(session, server.accounts.proved(account, peer));
  server.accounts.disproved(name || peer.fingerprint, peer);
  fail(session);
}

function settle(session: IrcSession, outcome: AccountOutcome): void {
  if ("account" in outcome) succeed(session, outcome.account);
  else refuse(session, outcome.refusal);
}

/** The account is not had; why is told, unless the credentials are wrong. */
function refuse(session: IrcSession, refusal: AccountRefusal): void {
  if (refusal.why === "credentials-wrong") fail(session);
  else failWith(session, accountWords(refusal));
}

/** ERR_SASLFAIL, with the reason in place of its own words. */
function failWith(session: IrcSession, words: string): void {
  session.sasl = undefined;
  session.send(session.server.name, "904", [session.nick], words);
}

/** The client is logged in: at once, or as soon as it is a member. */
function succeed(session: IrcSession, account: AccountRecord): void {
  if (!session.server.accounts.holds(account)) return fail(session);
  session.sasl = undefined;
  if (session.member) return become(session, session.member, account);
  logIn(session, account);
  session.numeric("RPL_SASLSUCCESS");
}

/** The member is that account's from now on, unless it has to stay who it is. */
function become(session: IrcSession, { who }: Member, { id, name, hash }: AccountRecord): void {
  // The chat has nothing to change, and so nothing to tell.
  if (who.account?.id === id) sayLoggedIn(session, ownMask(session), name);
  const act: Act = { type: "identify", account: { id, name, hash } };
  const refused = (refusal: Refusal) => {
    if (refusal.why === "session-shared" || refusal.why === "nick-of-account")
      return session.numeric("ERR_SASLALREADY");
    failWith(session, phraseFor(refusal, session.server.chat.limits, false));
  };
  session.ask(act, refused, (outcome) => outcome !== "refused" && session.numeric("RPL_SASLSUCCESS"));
}

/** The session is that account's from now on. */
export function logIn(session: IrcSession, { id, name, hash }: Login): void {
  const account = { id, name, hash };
  if (session.member) return session.submit({ type: "identify", account });
  session.account = account;
  sayLoggedIn(session, ownMask(session), name);
}

/** RPL_LOGGEDIN or RPL_LOGGEDOUT, when one's own account has changed. */
export function tellOwnAccount(session: IrcSession, { who, account, why }: EventOf<"account-set">): void {
  if (account) return sayLoggedIn(session, ownMask(session), account.name);
  if (why === undefined || !who.account) return session.numeric("RPL_LOGGEDOUT", ownMask(session));
  sayLoggedOut(session, `You are logged out: ${logoutWords({ account: who.account, why })}`);
}

/** RPL_LOGGEDOUT, with the reason. */
export function sayLoggedOut(session: IrcSession, words: string): void {
  session.send(session.server.name, "901", [session.nick, ownMask(session)], words);
}

function ownMask({ member, nick, registration, peer }: IrcSession): string {
  return member ? maskOf(member.who) : `${nick}!${registration?.user ?? "*"}@${peer.host}`;
}

function sayLoggedIn(session: IrcSession, mask: string, account: string): void {
  session.numeric("RPL_LOGGEDIN", mask, account, `You are now logged in as ${account}`);
}

/** For names that nobody has: their salt must be the same each time, like anyone's. */
const secret = randomBytes(32);
const ITERATIONS = 10_000; // as real verifiers have: `scramKeys` in the server's hashing

interface Challenge {
  readonly name: string;
  readonly account: AccountRecord | undefined;
  readonly keys: ScramKeys;
  readonly nonce: string;
  /** What both sides sign, but for the client's last word. */
  readonly signed: string;
  readonly gs2: string;
}

/** SCRAM-SHA-256, the server's side (RFC 5802, RFC 7677): the password itself is never sent. */
class ScramExchange {
  #challenge: Challenge | undefined;
  #proven: AccountRecord | undefined;

  take(session: IrcSession, message: Buffer): void {
    if (this.#proven) return succeed(session, this.#proven);
    if (this.#challenge) this.#verify(session, this.#challenge, message.toString("utf8"));
    else this.#begin(session, message.toString("utf8"));
  }

  #begin(session: IrcSession, text: string): void {
    const [, gs2 = "", authzid = "", bare = "", encoded = "", clientNonce = ""] =
      /^([ny],(?:a=([^,]*))?,)((?:n=)([^,]*),r=([^,]+).*)$/.exec(text) ?? [];
    const name = encoded.replaceAll("=2C", ",").replaceAll("=3D", "=");
    if (name === "" || !actsAs(name, authzid)) return fail(session);
    const refusal = session.server.accounts.mayTry(name, session.peer);
    if (refusal) return refuse(session, refusal);
    const account = session.server.accounts.find(name);
    const keys = account?.scram ?? dummyKeys(name);
    const nonce = clientNonce + randomBytes(18).toString("base64");
    const first = `r=${nonce},s=${keys.salt},i=${keys.iterations}`;
    this.#challenge = {
      name,
      account: account?.scram ? account : undefined,
      keys,
      nonce,
      signed: `${bare},${first}`,
      gs2,
    };
    say(session, first);
  }

  #verify(session: IrcSession, challenge: Challenge, text: string): void {
    const [, without = "", binding = "", nonce = "", proof = ""] =
      /^(c=([^,]*),r=([^,]*)(?:,[^p][^,]*)*),p=([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
    const { name, account, keys, signed, gs2 } = challenge;
    const { accounts } = session.server;
    // Others may have tried since this one began.
    const refusal = accounts.mayTry(name, session.peer);
    if (refusal) return refuse(session, refusal);
    const message = `${signed},${without}`;
    const isBound = Buffer.from(binding, "base64").toString("utf8") === gs2 && nonce === challenge.nonce;
    if (!isBound || !isProof(keys, message, Buffer.from(proof, "base64")) || !account) {
      accounts.disproved(name, session.peer);
      return fail(session);
    }
    const signature = createHmac("sha256", Buffer.from(keys.serverKey, "base64")).update(message).digest("base64");
    this.#proven = accounts.proved(account, session.peer);
    say(session, `v=${signature}`);
  }
}

/** Whether whoever made the proof has the key whose hash is stored. */
function isProof(keys: ScramKeys, message: string, proof: Buffer): boolean {
  const stored = Buffer.from(keys.storedKey, "base64");
  const signature = createHmac("sha256", stored).update(message).digest();
  if (proof.length !== signature.length) return false;
  const clientKey = Buffer.from(proof.map((byte, at) => byte ^ (signature[at] ?? 0)));
  return timingSafeEqual(createHash("sha256").update(clientKey).digest(), stored);
}

function dummyKeys(name: string): ScramKeys {
  const made = (what: string) => createHmac("sha256", secret).update(`${what} ${name}`).digest();
  return {
    salt: made("salt").subarray(0, 16).toString("base64"),
    iterations: ITERATIONS,
    storedKey: made("stored").toString("base64"),
    serverKey: made("server").toString("base64"),
  };
}

function say(session: IrcSession, text: string): void {
  session.emit(`AUTHENTICATE ${Buffer.from(text).toString("base64")}`);
}
