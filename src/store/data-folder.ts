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
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { reasonOf, StoreError } from "./database.ts";

/**
 * Key files beside the database: the key that cloaks addresses, the key by which push services know the server, the
 * TLS certificate that the server made for itself, and the SSH host key.
 */
export const KEY_FILES = ["cloak.key", "push.key", "tls.pem", "ssh.key"] as const;

/** Another server runs on the folder. */
export class FolderInUse extends StoreError {}

/**
 * The folder with everything a server stores: the database, the key files, and a lock, so that only one server uses it
 * at a time. The kernel holds the lock and releases it when the process ends, however it ends.
 */
export class DataFolder {
  readonly database: string;
  readonly #path: string;
  readonly #lock: Database;

  /**
   * Creates the folder if it does not exist. Throws `StoreError` if it cannot be used, `FolderInUse` if another server
   * uses it.
   */
  constructor(path: string) {
    this.#path = path;
    this.database = databaseIn(path);
    this.#lock = orStoreError(path, () => {
      makeFolder(path);
      return lock(join(path, "lock"), path);
    });
  }

  /** The key that cloaks addresses: 32 random bytes, created at the first use. */
  get cloakKey(): Uint8Array {
    return orStoreError(this.#path, () => readOrMakeKey(join(this.#path, "cloak.key")));
  }

  /** The private key of Web Push: 32 random bytes, created at the first use. */
  get pushKey(): Uint8Array {
    return orStoreError(this.#path, () => readOrMakeKey(join(this.#path, "push.key")));
  }

  /** Paths of all files that a server may have in the folder; some may not exist. */
  get files(): readonly string[] {
    const databases = [this.database, `${this.database}-index`, join(this.#path, "lock")];
    return [...databases.flatMap(databaseFiles), ...KEY_FILES.map((name) => join(this.#path, name))];
  }

  close(): void {
    this.#lock.close();
  }
}

/** The path of the database in a data folder. */
export function databaseIn(path: string): string {
  return join(path, "chat.db");
}

/** Paths of a database and of the files that SQLite has beside it while it is in use. */
export function databaseFiles(file: string): readonly string[] {
  return [file, `${file}-wal`, `${file}-shm`, `${file}-journal`];
}

/** The file in a data folder with the id of the cluster that it belongs to. */
export const CLUSTER_ID = "cluster.id";

/** Deletes a database that nobody has open, with its full-text index. */
export function removeDatabase(file: string): void {
  for (const each of [file, `${file}-index`].flatMap(databaseFiles)) rmSync(each, { force: true });
}

/** Creates a data folder, if it does not exist, that only its owner can read. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** The temporary name of a file that is written in full and then replaces another. */
export function temporaryPath(file: string): string {
  return `${file}.${process.pid}`;
}

/** Replaces a file by a fully written one, and returns once the change is on the disk. */
export function replaceFile(fresh: string, file: string): void {
  flushToDisk(fresh, "r+");
  renameSync(fresh, file);
  try {
    flushToDisk(dirname(file), "r");
  } catch {
    // Windows opens no folders.
  }
}

/** Writes a file that only its owner can read: completely or not at all. */
export function writeAtomically(file: string, content: Uint8Array): void {
  const fresh = temporaryPath(file);
  writeFileSync(fresh, content, { mode: 0o600 });
  replaceFile(fresh, file);
}

function flushToDisk(path: string, flags: "r" | "r+"): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Runs `work`, and turns its errors into a `StoreError` that says what is wrong with the folder. */
function orStoreError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`The data folder ${path} cannot be used: ${diagnose(path, error)}`);
  }
}

/**
 * Describes what is wrong with a data folder, and what would help. SQLite itself only reports that it cannot open a
 * file.
 */
function diagnose(path: string, error: unknown): string {
  const above = ancestors(path).find((folder) => existsSync(folder));
  if (above !== undefined && !isFolder(above)) return `${above} is not a folder; give another with --data.`;
  const inaccessible = inaccessiblePath(path);
  if (inaccessible !== undefined)
    return `this user (uid ${process.getuid?.()}) may not read and write ${inaccessible}; chown -R gives it the folder, --data takes another.`;
  const folderForFile = OWN_FILES.map((name) => join(path, name)).find(isFolder);
  if (folderForFile !== undefined) return `${folderForFile} is a folder, and should be a file.`;
  return reasonOf(error);
}

/**
 * The path that this process may not read and write: the folder itself, the one it would be created in, or a file in
 * it.
 */
function inaccessiblePath(path: string): string | undefined {
  const nearest = ancestors(path).find((folder) => mayUse(folder, constants.F_OK));
  if (nearest !== path) return nearest !== undefined && !mayUse(nearest, WRITE_INTO) ? nearest : undefined;
  if (!mayUse(path, constants.R_OK | WRITE_INTO)) return path;
  const files = OWN_FILES.map((name) => join(path, name));
  return files.find((file) => existsSync(file) && !mayUse(file, constants.R_OK | constants.W_OK));
}

const WRITE_INTO = constants.W_OK | constants.X_OK;

/** The files that `DataFolder` opens itself; `database.ts` opens the database. */
const OWN_FILES = ["lock", ...KEY_FILES];

/** A path and the folders above it, nearest first. */
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

function readOrMakeKey(file: string): Uint8Array {
  if (existsSync(file)) {
    const key = readFileSync(file);
    if (key.length === 32) return key;
  }
  const key = randomBytes(32);
  writeAtomically(file, key);
  return key;
}
