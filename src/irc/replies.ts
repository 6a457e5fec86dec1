/**
 * Gathers what one labelled command causes for the session that sent it, and labels it in one place: nothing is an
 * ACK, one line carries the label itself, several are a batch (IRCv3 labeled-response).
 */
export class Replies {
  readonly #label: string;
  readonly #server: string;
  readonly #batch: string;
  readonly #lines: string[] = [];

  /** `label` as it stands on the wire; `batch` is a name that no other open batch of the session has. */
  constructor(label: string, server: string, batch: string) {
    this.#label = label;
    this.#server = server;
    this.#batch = batch;
  }

  /** Takes lines, CR LF included. */
  add(lines: string): void {
    for (const line of lines.split("\r\n")) if (line !== "") this.#lines.push(line);
  }

  /** Everything gathered, labelled, CR LF included. */
  labelled(): string {
    const [first] = this.#lines;
    const label = `label=${this.#label}`;
    if (first === undefined) return `@${label} :${this.#server} ACK\r\n`;
    if (this.#lines.length === 1) return `${tagged(first, label)}\r\n`;
    if (this.#isOneBatch(first)) return [tagged(first, label), ...this.#lines.slice(1), ""].join("\r\n");
    let text = `@${label} :${this.#server} BATCH +${this.#batch} labeled-response\r\n`;
    for (const line of this.#lines) text += `${tagged(line, `batch=${this.#batch}`)}\r\n`;
    return `${text}:${this.#server} BATCH -${this.#batch}\r\n`;
  }

  /** Everything is within one batch already: that one carries the label. */
  #isOneBatch(first: string): boolean {
    const name = /(?:^| )BATCH \+(\S+) /.exec(first)?.[1];
    const last = this.#lines[this.#lines.length - 1];
    return name !== undefined && last !== undefined && new RegExp(`(?:^| )BATCH -${RegExp.escape(name)}$`).test(last);
  }
}

/** The line, CR LF apart, with one more tag. A line that is in a batch already stays in that one. */
export function tagged(line: string, tag: string): string {
  if (!line.startsWith("@")) return `@${tag} ${line}`;
  if (tag.startsWith("batch=") && /^@(?:[^ ]*;)?batch=/.test(line)) return line;
  return `@${tag};${line.slice(1)}`;
}
