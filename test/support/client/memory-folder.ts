/** The client's state folder, in memory. */

import type { Folder } from "../../../src/client/run/state-store.ts";

/** A folder whose files are strings. */
export class MemoryFolder implements Folder {
  readonly path = "/memory";
  readonly files = new Map<string, string>();
  readonly #claimed = new Set<string>();

  read(name: string): string | undefined {
    return this.files.get(name);
  }

  write(name: string, text: string): void {
    this.files.set(name, text);
  }

  append(name: string, text: string): void {
    this.files.set(name, (this.files.get(name) ?? "") + text);
  }

  remove(name: string): void {
    this.files.delete(name);
  }

  claim(name: string): boolean {
    if (this.#claimed.has(name)) return false;
    this.#claimed.add(name);
    return true;
  }

  release(name: string): void {
    this.#claimed.delete(name);
  }
}
