import { Database } from "bun:sqlite";
import { randomBytes } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { reasonOf, StoreError } from "./database.ts";

/** The keys beside the database: of the cloaks, and of the TLS certificate that the server has made for itself. */
export const KEY_FILES = ["cloak.key", "tls.pem"] as const;

/** A server runs on the folder. */
export class FolderInUse extends StoreError {}

/**
 * The folder that holds all that a server keeps: the database, the key of the cloaks, and a lock, so that one server
 * has it at a time. The lock is the kernel's: it goes with the process, however that ends.
 */
export class DataFolder {
  readonly database: string;
  readonly #path: string;
  readonly #lock: Database;

  /** Makes the folder if there is none. Throws `StoreError` where it cannot be used, or is in use. */
  constructor(path: string) {
    this.#path = path;
    this.database = databaseIn(path);
    this.#lock = usable(path, () => {
      makeFolder(path);
      return lock(join(path, "lock"), path);
    });
  }

  /** 32 random bytes, made once. */
  get cloakKey(): Uint8Array {
    return usable(this.#path, () => keyIn(join(this.#path, "cloak.key")));
  }

  /** The files that a server keeps in the folder; some of them may not be there. */
  get files(): readonly string[] {
    const databases = [this.database, `${this.database}-index`, join(this.#path, "lock")];
    return [...databases.flatMap(databaseFiles), ...KEY_FILES.map((name) => join(this.#path, name))];
  }

  close(): void {
    this.#lock.close();
  }
}

/** The database in a data folder. */
export function databaseIn(path: string): string {
  return join(path, "chat.db");
}

/** The files of which a database consists while it is in use. */
export function databaseFiles(file: string): readonly string[] {
  return [file, `${file}-wal`, `${file}-shm`, `${file}-journal`];
}

/** Makes a data folder, if there is none, that only its owner can look into. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** A file that is written beside another, to take its place as a whole or not at all. */
export function besides(file: string): string {
  return `${file}.${process.pid}`;
}

/** Has a file that was written beside another take its place, and returns once that is on the disk. */
export function takePlace(fresh: string, file: string): void {
  sync(fresh, "r+");
  renameSync(fresh, file);
  try {
    sync(dirname(file), "r");
  } catch {
    // Windows opens no folders.
  }
}

/** Writes a file for its owner alone, as a whole or not at all. */
export function writeWhole(file: string, content: Uint8Array): void {
  const fresh = besides(file);
  writeFileSync(fresh, content, { mode: 0o600 });
  takePlace(fresh, file);
}

function sync(path: string, flags: "r" | "r+"): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function usable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`The data folder ${path} cannot be used: ${troubleWith(path, error)}`);
  }
}

/** What is wrong with a data folder, and what would be right. The database only says that it cannot be opened. */
function troubleWith(path: string, error: unknown): string {
  const above = ancestors(path).find((folder) => existsSync(folder));
  if (above !== undefined && !isFolder(above)) return `${above} is no folder; give another with --data.`;
  const shut = closedPath(path);
  if (shut !== undefined)
    return `this user (uid ${process.getuid?.()}) may not read and write ${shut}; chown -R gives it the folder, --data takes another.`;
  const odd = OWN_FILES.map((name) => join(path, name)).find(isFolder);
  if (odd !== undefined) return `${odd} is a folder, and should be a file.`;
  return reasonOf(error);
}

/** What of a data folder this process may not read and write: the folder itself, the one it would be made in, or a file. */
function closedPath(path: string): string | undefined {
  const nearest = ancestors(path).find((folder) => mayUse(folder, constants.F_OK));
  if (nearest !== path) return nearest !== undefined && !mayUse(nearest, WRITE_INTO) ? nearest : undefined;
  if (!mayUse(path, constants.R_OK | WRITE_INTO)) return path;
  const files = OWN_FILES.map((name) => join(path, name));
  return files.find((file) => existsSync(file) && !mayUse(file, constants.R_OK | constants.W_OK));
}

const WRITE_INTO = constants.W_OK | constants.X_OK;

/** The files that are opened here; the database is opened elsewhere. */
const OWN_FILES = ["lock", ...KEY_FILES];

/** A path and the folders above it, the nearest first. */
function ancestors(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [path] : [path, ...ancestors(above)];
}

function mayUse(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
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
      throw new FolderInUse(`The data folder ${folder} is in use by another server.`);
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
  writeWhole(file, key);
  return key;
}
