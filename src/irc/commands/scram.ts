import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { AccountRecord, ScramKeys } from "../../chat/accounts.ts";
import type { IrcSession } from "../session/session.ts";
import { actsAs, fail, refuse, succeed } from "./sasl.ts";

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
export class ScramExchange {
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
