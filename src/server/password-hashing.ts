import { createHash, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import type { Hashing } from "../chat/accounts.ts";
import type { CodeSource } from "../chat/link-codes.ts";
import type { AccountId, ScramKeys } from "../chat/model/account.ts";
import type { TokenMaker } from "../chat/model/token.ts";
import { isSameSecret } from "../wire/secrets.ts";
import { yieldThreads } from "./ops/threads.ts";

// Concurrent hashes: each takes 64 MB, and a processor for a moment.
const AT_ONCE = Math.min(4, availableParallelism());
const ITERATIONS = 10_000; // of PBKDF2 for SCRAM; RFC 7677 asks for 4096 at least

const derive = promisify(pbkdf2);

/** Hashes passwords with argon2id and derives SCRAM keys, off the event loop. */
export class PasswordHashing implements Hashing {
  readonly #waiting: (() => void)[] = [];
  #working = 0;
  #dummy: Promise<string> | undefined;

  get dummy(): Promise<string> {
    this.#dummy ??= Bun.password.hash(randomBytes(16).toString("hex"));
    return this.#dummy;
  }

  hash(password: string): Promise<{ hash: string; scram: ScramKeys }> {
    return this.#enqueue(async () => ({
      hash: await Bun.password.hash(prepared(password)),
      scram: await scramKeys(password),
    }));
  }

  verify(password: string, hash: string): Promise<boolean> {
    // A hash made by another program may be of the password as typed.
    const forms = new Set([prepared(password), password]);
    return this.#enqueue(async () => {
      for (const form of forms) if (await Bun.password.verify(form, hash).catch(() => false)) return true;
      return false;
    });
  }

  async #enqueue<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#working++;
    try {
      const result = work();
      yieldThreads(); // before the threads that do it
      return await result;
    } finally {
      yieldThreads(); // by then they have their names
      const next = this.#waiting.shift();
      if (next) next();
      else this.#working--;
    }
  }
}

/** A password in normalized form: some devices type é as one character, some as two (RFC 4013). */
function prepared(password: string): string {
  return password.normalize("NFKC");
}

/** The verifier of a password for SCRAM-SHA-256 (RFC 5802, 3). */
export async function scramKeys(password: string): Promise<ScramKeys> {
  const salt = randomBytes(16);
  const salted = await derive(prepared(password), salt, ITERATIONS, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  return {
    salt: salt.toString("base64"),
    iterations: ITERATIONS,
    storedKey: createHash("sha256").update(clientKey).digest("base64"),
    serverKey: createHmac("sha256", salted).update("Server Key").digest("base64"),
  };
}

const CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"; // 32: 5 bits each; none looks like I, O, 0 or 1

/** Codes by which devices are added: 40 bits from the system's random source. */
export const LINK_CODES: CodeSource = {
  next: () => {
    const letters = Array.from(randomBytes(8), (byte) => CODE_LETTERS[byte % CODE_LETTERS.length]).join("");
    return `${letters.slice(0, 4)}-${letters.slice(4)}`;
  },
  isSame: isSameSecret,
};

const ID_BYTES = 10; // as the database makes them (`migrations.ts`): 80 bits are unique among all accounts ever made

/** Makes tokens of 256 bits in base64url, and hashes them. */
export const TOKENS: TokenMaker = {
  make: () => randomBytes(32).toString("base64url"),
  hash: (token) => createHash("sha256").update(token).digest("hex"),
};

/** The id of a new account. */
export function newAccountId(): AccountId {
  return randomBytes(ID_BYTES).toString("hex") as AccountId;
}
