import { chmodSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A file that was named could not be read: exit code 2, like any bad value. */
export class FileError extends Error {}

/** The text of a file; `what` says what it is, for the error. Throws `FileError`. */
export function contentOf(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FileError(
      `tcpchat: ${what} in ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** A secret is a file's first line. Throws `FileError`. */
export function secretIn(file: string): string {
  const [secret = ""] = contentOf(file, "the password").split(/\r?\n/);
  if (secret !== "") return secret;
  throw new FileError(`tcpchat: the first line of ${file} is empty; it should be the password`);
}

const OTHERS = 0o077; // the permissions of everyone but a file's owner

/**
 * Takes files that are there from everyone but their owner; links are left alone, since they lead to what others keep.
 * Answers those that others can still get at.
 */
export function tighten(files: Iterable<string>): readonly string[] {
  return [...files].filter((file) => {
    try {
      const status = lstatSync(file, { throwIfNoEntry: false });
      if (status?.isFile() && (status.mode & OTHERS) !== 0) chmodSync(file, status.mode & ~OTHERS & 0o777);
      return false;
    } catch {
      return true;
    }
  });
}

/** All that lies in a folder, at whatever depth; nothing, if it is not there. */
export function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
