import { isUtf8 } from "node:buffer";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { AccountOutcome } from "../../chat/accounts.ts";
import type { AccountRecord, Login, ScramKeys } from "../../chat/model/account.ts";
import type { Act } from "../../chat/model/act.ts";
import type { EventOf } from "../../chat/model/event.ts";
import { maskOf } from "../../chat/model/masks.ts";
import type { Member } from "../../chat/model/member.ts";
import type { AccountRefusal, Refusal } from "../../chat/model/refusal.ts";
import type { ActOutcome } from "../../chat/model/session.ts";
import { accountChangeRefusal } from "../../chat/rules/sessions.ts";
import { accountWords, keyRefusedWords, logoutWords } from "../../chat/words/accounts.ts";
import { phraseFor } from "../../chat/words/refusals.ts";
import { fold } from "../../text/fold.ts";
import { tellNumeric } from "../render/line.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import { countWrongPassword } from "../session/registration.ts";
import type { IrcSession } from "../session/session.ts";

const CHUNK = 400; // characters of a message in one AUTHENTICATE; a shorter one ends it (IRCv3 sasl-3.1)
const LONGEST_MESSAGE = 8 * CHUNK; // characters of a whole message

/** The refusal of a login or a registration without the server's password. */
export const PASS_FIRST = "Give the server's password first (PASS)";

/** A SASL exchange in progress: the chunks of the client's current message, and the handler of complete messages. */
export interface Exchange {
  /** The chunks received so far, in base64. */
  received: string;
  /** The nick that the client wants with the login. */
  nick?: string | undefined;
  /** Handles a complete message, decoded. */
  readonly take: (session: IrcSession, message: Buffer) => void;
}

/** Every mechanism, with a function that starts an exchange. */
const MECHANISMS: Readonly<Record<string, () => Exchange>> = {
  EXTERNAL: () => ({ received: "", take: takeExternal }),
  PLAIN: () => ({ received: "", take: takePlain }),
  "SCRAM-SHA-256": () => {
    const exchange = new ScramExchange();
    return { received: "", take: (session, message) => exchange.take(session, message) };
  },
};

/** The names of all mechanisms, as in the value of the capability and in RPL_SASLMECHS. */
export const MECHANISM_NAMES = Object.keys(MECHANISMS).join(",");

/** AUTHENTICATE (IRCv3 sasl-3.1). */
export const SASL_COMMANDS: readonly IrcCommand[] = [
  {
    name: "AUTHENTICATE",
    minParams: 1,
    when: "any",
    usage: `${Object.keys(MECHANISMS).join("|")} | data | *`,
    help: "Logs in to an account.",
    run: (session, [param = ""], { tags }) =>
      session.sasl ? proceed(session, session.sasl, param) : start(session, param, tags.get(NICK_TAG)),
  },
];

/** The tag of an AUTHENTICATE after registration, with the nick to take in the same step: others see one change and not two. */
const NICK_TAG = "+tcpchat/nick";

/** Starts an exchange with the mechanism of this name, or refuses it. */
function start(session: IrcSession, name: string, nick: string | undefined): void {
  if (!session.knowsPassword) {
    session.numeric("ERR_PASSWDMISMATCH");
    // A client in the middle of SASL may only look at numerics of SASL.
    failWith(session, PASS_FIRST);
    return countWrongPassword(session);
  }
  if (session.member && accountChangeRefusal(session.member)) return session.numeric("ERR_SASLALREADY");
  const mechanism = Object.hasOwn(MECHANISMS, name.toUpperCase()) ? MECHANISMS[name.toUpperCase()] : undefined;
  if (session.dropsSasl && !mechanism && name !== "*") {
    session.dropsSasl = name.length === CHUNK;
    return;
  }
  session.dropsSasl = false;
  if (name === "*") return session.numeric("ERR_SASLABORTED");
  if (name.length >= CHUNK) return failTooLong(session, name.length > CHUNK ? "ERR_SASLTOOLONG" : "ERR_SASLFAIL");
  if (!mechanism) {
    session.numeric("RPL_SASLMECHS", MECHANISM_NAMES);
    return session.numeric("ERR_SASLFAIL");
  }
  session.sasl = { ...mechanism(), nick };
  session.emit("AUTHENTICATE +");
}

/** Takes a chunk of the client's message, `+` for an empty one, or `*` to abort. */
function proceed(session: IrcSession, exchange: Exchange, data: string): void {
  if (data === "*") return abort(session);
  if (data.length > CHUNK) return failTooLong(session, "ERR_SASLTOOLONG");
  if (exchange.received.length + data.length > LONGEST_MESSAGE) return failTooLong(session, "ERR_SASLFAIL");
  if (data !== "+") exchange.received += data;
  if (data.length === CHUNK) return;
  const message = exchange.received;
  exchange.received = "";
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(message)) return fail(session);
  exchange.take(session, Buffer.from(message, "base64"));
}

function endWith(session: IrcSession, numeric: "ERR_SASLABORTED" | "ERR_SASLTOOLONG" | "ERR_SASLFAIL"): void {
  session.sasl = undefined;
  session.numeric(numeric);
}

/** Refuses a message that is too long, once; its remaining chunks are dropped. */
function failTooLong(session: IrcSession, numeric: "ERR_SASLTOOLONG" | "ERR_SASLFAIL"): void {
  session.dropsSasl = true;
  endWith(session, numeric);
}

/** Ends the exchange without a login. */
export function abort(session: IrcSession): void {
  endWith(session, "ERR_SASLABORTED");
}

/** Ends the exchange: the credentials are wrong or malformed, and the client does not learn which. */
function fail(session: IrcSession): void {
  endWith(session, "ERR_SASLFAIL");
}

/** `authzid NUL authcid NUL password` (RFC 4616). */
function takePlain(session: IrcSession, message: Buffer): void {
  const [authzid, name, password, ...rest] = message.toString("utf8").split("\0");
  const isWellFormed = authzid !== undefined && name && password && rest.length === 0 && isUtf8(message);
  if (!isWellFormed || !actsAs(name, authzid)) return fail(session);
  session.wait(session.server.accounts.login(name, password, session.peer), (outcome) => settle(session, outcome));
}

/** Whether an account may act as `authzid`: only as itself, which "" means too. */
function actsAs(name: string, authzid: string): boolean {
  return authzid === "" || fold(authzid) === fold(name);
}

/** An empty message or the account's name: the handshake has verified the key already (RFC 4422, appendix A). */
function takeExternal(session: IrcSession, message: Buffer): void {
  const name = message.toString("utf8");
  const { peer, server } = session;
  const key = peer.fingerprint;
  if (key === undefined) return fail(session);
  // Without a name nothing is guessed: a key is an account's or not.
  const refusal = name === "" ? undefined : server.accounts.attemptRefusal(name, peer);
  if (refusal) return refuse(session, refusal);
  const account = server.accounts.withFingerprint(key, name);
  if (account) return succeed(session, { ...server.accounts.loginSucceeded(account, peer), key });
  if (name !== "") server.accounts.loginFailed(name, peer);
  failWith(session, keyRefusedWords(key));
}

function settle(session: IrcSession, outcome: AccountOutcome): void {
  if ("account" in outcome) {
    session.peer.device = outcome.token;
    succeed(session, outcome.account);
  } else refuse(session, outcome.refusal);
}

/** Refuses the login, with the reason unless the credentials are wrong. */
function refuse(session: IrcSession, refusal: AccountRefusal): void {
  if (refusal.why === "credentials-wrong") fail(session);
  else failWith(session, accountWords(refusal));
}

/** ERR_SASLFAIL with a reason as its text. */
function failWith(session: IrcSession, words: string): void {
  session.sasl = undefined;
  tellNumeric(session, "ERR_SASLFAIL", [], words);
}

/** Logs the client in: now if it is a member, else once it enters the chat. */
function succeed(session: IrcSession, account: Login): void {
  if (!session.server.accounts.holds(account)) return fail(session);
  const nick = session.sasl?.nick;
  session.sasl = undefined;
  if (session.member) return identify(session, session.member, account, nick);
  logIn(session, account);
  session.numeric("RPL_SASLSUCCESS");
}

/** Submits the login of a member, and reports its outcome with the numerics of SASL. */
function identify(
  session: IrcSession,
  { who }: Member,
  { id, name, hash, key }: Login,
  nick: string | undefined,
): void {
  // The chat sends no event for the account that the member has already.
  if (who.account?.id === id) sayLoggedIn(session, ownMask(session), name);
  const act: Act = { type: "identify", account: { id, name, hash, key }, nick };
  const refused = (refusal: Refusal) => {
    // The login has happened: the nick is refused.
    if (nick !== undefined && session.member?.who.account?.id === id)
      return session.refuse(refusal, { type: "rename", nick });
    if (refusal.why === "session-shared" || refusal.why === "nick-of-account")
      return session.numeric("ERR_SASLALREADY");
    failWith(session, phraseFor(refusal, session.server.chat.limits, false));
  };
  const then = (outcome: ActOutcome) => outcome !== "refused" && session.numeric("RPL_SASLSUCCESS");
  session.server.chat.submit(session, act, then, refused);
}

/** Logs the session in to an account: now if it is a member, else once it enters the chat. */
export function logIn(session: IrcSession, { id, name, hash, key }: Login): void {
  const account = { id, name, hash, key };
  if (session.member) return session.submit({ type: "identify", account });
  session.account = account;
  sayLoggedIn(session, ownMask(session), name);
}

/** Sends RPL_LOGGEDIN or RPL_LOGGEDOUT, after the session's own account has changed. */
export function tellOwnAccount(session: IrcSession, { who, account, why }: EventOf<"account-set">): void {
  if (account) return sayLoggedIn(session, ownMask(session), account.name);
  if (why === undefined || !who.account) return session.numeric("RPL_LOGGEDOUT", ownMask(session));
  sayLoggedOut(session, `You are logged out: ${logoutWords({ account: who.account, why })}`);
}

/** Sends RPL_LOGGEDOUT with a reason. */
export function sayLoggedOut(session: IrcSession, words: string): void {
  tellNumeric(session, "RPL_LOGGEDOUT", [ownMask(session)], words);
}

function ownMask({ member, nick, registration, peer }: IrcSession): string {
  return member ? maskOf(member.who) : `${nick}!${registration?.user ?? "*"}@${peer.host}`;
}

function sayLoggedIn(session: IrcSession, mask: string, account: string): void {
  session.numeric("RPL_LOGGEDIN", mask, account, `You are now logged in as ${account}`);
}

const ITERATIONS = 10_000; // the same as in real verifiers: `scramKeys` in the server's password hashing

/** The state of a SCRAM exchange after the server's first message. */
interface Challenge {
  readonly name: string;
  readonly account: AccountRecord | undefined;
  readonly keys: ScramKeys;
  readonly nonce: string;
  /** The beginning of RFC 5802's AuthMessage; the client's final message without its proof is the rest. */
  readonly signed: string;
  /** The GS2 header, which the client's channel binding must repeat. */
  readonly gs2: string;
}

/** The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), which never sends the password itself. */
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
    const refusal = session.server.accounts.attemptRefusal(name, session.peer);
    if (refusal) return refuse(session, refusal);
    const account = session.server.accounts.find(name);
    const keys = account?.scram ?? dummyKeys(name, session.server.scramSecret);
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
    sendChallenge(session, first);
  }

  #verify(session: IrcSession, challenge: Challenge, text: string): void {
    const [, withoutProof = "", binding = "", nonce = "", proof = ""] =
      /^(c=([^,]*),r=([^,]*)(?:,[^p][^,]*)*),p=([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
    const { name, account, keys, signed, gs2 } = challenge;
    const { accounts } = session.server;
    // The limit may have been reached since the exchange began.
    const refusal = accounts.attemptRefusal(name, session.peer);
    if (refusal) return refuse(session, refusal);
    const authMessage = `${signed},${withoutProof}`;
    const isBound = Buffer.from(binding, "base64").toString("utf8") === gs2 && nonce === challenge.nonce;
    if (!isBound || !isProof(keys, authMessage, Buffer.from(proof, "base64")) || !account) {
      accounts.loginFailed(name, session.peer);
      return fail(session);
    }
    const signature = createHmac("sha256", Buffer.from(keys.serverKey, "base64")).update(authMessage).digest("base64");
    this.#proven = accounts.loginSucceeded(account, session.peer);
    sendChallenge(session, `v=${signature}`);
  }
}

/** Whether the proof was made with the client key whose hash is stored. */
function isProof(keys: ScramKeys, authMessage: string, proof: Buffer): boolean {
  const stored = Buffer.from(keys.storedKey, "base64");
  const signature = createHmac("sha256", stored).update(authMessage).digest();
  if (proof.length !== signature.length) return false;
  const clientKey = Buffer.from(proof.map((byte, at) => byte ^ (signature[at] ?? 0)));
  return timingSafeEqual(createHash("sha256").update(clientKey).digest(), stored);
}

/** Keys for a name without an account, so that the exchange does not show whether there is one. */
function dummyKeys(name: string, secret: Uint8Array): ScramKeys {
  const derive = (key: string) =>
    createHmac("sha256", secret)
      .update(`${key} ${fold(name)}`)
      .digest();
  return {
    salt: derive("salt").subarray(0, 16).toString("base64"),
    iterations: ITERATIONS,
    storedKey: derive("stored").toString("base64"),
    serverKey: derive("server").toString("base64"),
  };
}

function sendChallenge(session: IrcSession, text: string): void {
  session.emit(`AUTHENTICATE ${Buffer.from(text).toString("base64")}`);
}
