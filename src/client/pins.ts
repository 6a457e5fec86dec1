import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type Place, placeName } from "./place.ts";

/** A server's certificate as it was when it was first seen, and where that is written. */
export interface Pin {
  /** SHA-256: `AB:CD:…`. */
  readonly fingerprint: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The servers whose certificates nobody vouches for, each with the one it is known by: a line each, in a file. */
export class Pins {
  readonly #file: string;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    const data = env.XDG_DATA_HOME || join(env.HOME || homedir(), ".local", "share");
    this.#file = join(data, "tcpchat", "known_servers");
  }

  find(place: Place): Pin | undefined {
    const name = placeName(place).toLowerCase();
    for (const [at, text] of this.#lines().entries()) {
      const [server, fingerprint] = text.trim().split(/\s+/);
      if (server === name && fingerprint !== undefined) return { fingerprint, file: this.#file, line: at + 1 };
    }
    return undefined;
  }

  /** Writes down a server's certificate. Throws where that cannot be done. */
  add(place: Place, fingerprint: string): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const begins = this.#lines().at(-1) === "" ? "" : "\n";
    appendFileSync(this.#file, `${begins}${placeName(place).toLowerCase()} ${fingerprint}\n`, { mode: 0o600 });
  }

  #lines(): readonly string[] {
    try {
      return readFileSync(this.#file, "utf8").split("\n");
    } catch (error) {
      // One that is there and cannot be read must not count as one that knows nobody.
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [""];
      throw error;
    }
  }
}
