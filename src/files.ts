import { readFileSync } from "node:fs";

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
