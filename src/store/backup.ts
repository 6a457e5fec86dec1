import { Database } from "bun:sqlite";
import { existsSync, rmSync } from "node:fs";
import { StoreError } from "./database.ts";

/**
 * Copies a database into a file that is not there yet, whole and as of one moment, while a server may be using it.
 * Throws `StoreError`.
 */
export function backup(database: string, file: string): void {
  if (!existsSync(database)) throw new StoreError(`There is no database ${database}; has a server run there?`);
  if (existsSync(file)) throw new StoreError(`${file} is there already, and is not overwritten.`);
  try {
    const db = new Database(database, { readonly: true });
    db.run("PRAGMA busy_timeout = 5000");
    db.run("VACUUM INTO ?", [file]);
    db.close();
  } catch (error) {
    rmSync(file, { force: true });
    throw new StoreError(
      `The database ${database} cannot be copied to ${file}: ${error instanceof Error ? error.message : error}`,
    );
  }
}
