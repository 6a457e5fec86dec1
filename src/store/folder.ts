import { Database } from "bun:sqlite";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "./database.ts";

/**
 * The folder that holds all that a server keeps: the database, the key of the cloaks, and a lock, so that one server
 * has it at a time. The lock is the kernel's: it goes with the process, however that ends.
 */
export class DataFolder {
  readonly database: string;
  /** 32 random bytes, made once. */
  readonly cloakKey: Uint8Array;
  readonly #lock: Database;

  /** Makes the folder if there is none. Throws `StoreError` where it cannot be used, or is in use. */
  constructor(path: string) {
    try {
      makeFolder(path);
      this.#lock = lock(join(path, "lock"), path);
      this.database = databaseIn(path);
      this.cloakKey = keyIn(join(path, "cloak.key"));
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new StoreError(`The data folder ${path} cannot be used: ${error instanceof Error ? error.message : error}`);
    }
  }

  close(): void {
    this.#lock.close();
  }
}

/** The database in a data folder. */
export function databaseIn(path: string): string {
  return join(path, "chat.db");
}

/** Makes a data folder, if there is none, that only its owner can look into. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

function lock(file: string, folder: string): Database {
  const db = new Database(file, { create: true, readwrite: true });
  try {
    db.run("PRAGMA locking_mode = EXCLUSIVE");
    db.run("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db.close();
    if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") {
      throw new StoreError(`The data folder ${folder} is in use by another server.`);
    }
    throw error;
  }
}

function keyIn(file: string): Uint8Array {
  if (existsSync(file)) {
    const key = readFileSync(file);
    if (key.length === 32) return key;
  }
  const key = randomBytes(32);
  writeFileSync(file, key, { mode: 0o600 });
  return key;
}
