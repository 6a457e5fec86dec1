const GATHERED = 8192; // characters of a reply that are held back before a batch is opened

/**
 * Labels the reply to one command (IRCv3 labeled-response): an empty reply becomes an ACK, one line carries the label
 * itself, several lines become a batch. A short reply is gathered until it is complete; a longer one opens its batch
 * early, and further lines leave at once.
 */
export class Replies {
  readonly #label: string;
  readonly #server: string;
  readonly #batch: string;
  #lines: string[] = [];
  #size = 0;
  /** `batch`: lines leave in the reply's batch. `whole`: they leave unchanged, since the reply is one batch already. */
  #stage: "gathering" | "batch" | "whole" = "gathering";

  /** `label` is escaped already; `batch` is a reference that no other open batch of the session has. */
  constructor(label: string, server: string, batch: string) {
    this.#label = `label=${label}`;
    this.#server = server;
    this.#batch = batch;
  }

  /** Takes lines, CR LF included. Answers the lines to send now, labelled. */
  add(lines: string): string {
    let leaving = "";
    for (const line of lines.split("\r\n")) if (line !== "") leaving += this.#take(line);
    return leaving;
  }

  /** Answers the lines gathered so far, for a reply that continues later: other lines may be sent in between. */
  release(): string {
    return this.#stage === "gathering" && this.#lines.length > 0 ? this.#begin() : "";
  }

  /** Completes the reply. Answers the lines to send now. */
  end(): string {
    if (this.#stage === "batch") return `:${this.#server} BATCH -${this.#batch}\r\n`;
    if (this.#stage === "whole") return "";
    const [first] = this.#lines;
    if (first === undefined) return `@${this.#label} :${this.#server} ACK\r\n`;
    if (this.#lines.length === 1) return `${tagged(first, this.#label)}\r\n`;
    const name = batchOpenedBy(first);
    const last = this.#lines[this.#lines.length - 1];
    if (name !== undefined && last !== undefined && endsBatch(last, name)) return this.#releaseUnchanged();
    return this.#begin() + this.end();
  }

  #take(line: string): string {
    if (this.#stage === "batch") return `${tagged(line, `batch=${this.#batch}`)}\r\n`;
    if (this.#stage === "whole") return `${line}\r\n`;
    this.#lines.push(line);
    this.#size += line.length;
    return this.#size < GATHERED ? "" : this.#begin();
  }

  /** Opens a batch; but if the reply so far is one unfinished batch, labels that. */
  #begin(): string {
    const [first = ""] = this.#lines;
    const name = batchOpenedBy(first);
    if (name !== undefined && !this.#lines.some((line) => endsBatch(line, name))) {
      this.#stage = "whole";
      return this.#releaseUnchanged();
    }
    this.#stage = "batch";
    const lines = this.#lines;
    this.#lines = [];
    let text = `@${this.#label} :${this.#server} BATCH +${this.#batch} labeled-response\r\n`;
    for (const line of lines) text += this.#take(line);
    return text;
  }

  /** The gathered lines, with the label on the first. */
  #releaseUnchanged(): string {
    const [first = "", ...rest] = this.#lines;
    this.#lines = [];
    return [tagged(first, this.#label), ...rest, ""].join("\r\n");
  }
}

/** The reference of the batch that the line opens, if it does. */
function batchOpenedBy(line: string): string | undefined {
  return /^(?:@\S+ )?(?::\S+ )?BATCH \+(\S+)/.exec(line)?.[1];
}

function endsBatch(line: string, name: string): boolean {
  return /^(?:@\S+ )?(?::\S+ )?BATCH -(\S+)$/.exec(line)?.[1] === name;
}

/** The line, given without CR LF, with one more tag. A line that is in a batch already stays in that one. */
export function tagged(line: string, tag: string): string {
  if (!line.startsWith("@")) return `@${tag} ${line}`;
  if (tag.startsWith("batch=") && /^@(?:[^ ]*;)?batch=/.test(line)) return line;
  return `@${tag};${line.slice(1)}`;
}
