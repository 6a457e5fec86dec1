/**
 * Files that outlive a client and that its user alone can read. A name may lie in a folder of its own: `a/b`. What
 * cannot be done throws.
 */
export interface Folder {
  /** Where it is, for people. */
  readonly path: string;
  /** The text of a file; `undefined` where there is none. */
  read(name: string): string | undefined;
  /** Replaces a file as a whole, so that a crash leaves the one before. */
  write(name: string, text: string): void;
  append(name: string, text: string): void;
  remove(name: string): void;
  /** Takes a name for this client until `release`; false while another client has it. */
  claim(name: string): boolean;
  release(name: string): void;
}
