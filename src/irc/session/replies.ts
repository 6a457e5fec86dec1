const GATHERED = 8192; // characters of a reply that are held back, until a batch is begun for what follows

/**
 * Labels what one labelled command causes for the session that sent it: nothing is an ACK, one line carries the label
 * itself, several are a batch (IRCv3 labeled-response). A short reply is gathered to see which of these it is; of a
 * long one the batch's opening line leaves with the label, and all that follows leaves as it comes.
 */
export class Replies {
  readonly #label: string;
  readonly #server: string;
  readonly #batch: string;
  #lines: string[] = [];
  #size = 0;
  /** How lines leave: not yet, in a batch of the reply's own, or as they are, since they are one batch already. */
  #stage: "gathering" | "batch" | "whole" = "gathering";

  /** `label` as it stands on the wire; `batch` is a name that no other open batch of the session has. */
  constructor(label: string, server: string, batch: string) {
    this.#label = `label=${label}`;
    this.#server = server;
    this.#batch = batch;
  }

  /** Takes lines, CR LF included, and answers those that leave now, labelled. */
  add(lines: string): string {
    let leaving = "";
    for (const line of lines.split("\r\n")) if (line !== "") leaving += this.#take(line);
    return leaving;
  }

  /** The reply goes on later: answers the lines gathered so far, so that they come before lines that others cause meanwhile. */
  release(): string {
    return this.#stage === "gathering" && this.#lines.length > 0 ? this.#begin() : "";
  }

  /** The reply is complete: answers what leaves now. */
  end(): string {
    if (this.#stage === "batch") return `:${this.#server} BATCH -${this.#batch}\r\n`;
    if (this.#stage === "whole") return "";
    const [first] = this.#lines;
    if (first === undefined) return `@${this.#label} :${this.#server} ACK\r\n`;
    if (this.#lines.length === 1) return `${tagged(first, this.#label)}\r\n`;
    const name = batchBegunBy(first);
    const last = this.#lines[this.#lines.length - 1];
    if (name !== undefined && last !== undefined && endsBatch(last, name)) return this.#leaveAsTheyAre();
    return this.#begin() + this.end();
  }

  #take(line: string): string {
    if (this.#stage === "batch") return `${tagged(line, `batch=${this.#batch}`)}\r\n`;
    if (this.#stage === "whole") return `${line}\r\n`;
    this.#lines.push(line);
    this.#size += line.length;
    return this.#size < GATHERED ? "" : this.#begin();
  }

  /** Begins a batch; where a batch is all there is so far, and goes on, that one has the label. */
  #begin(): string {
    const [first = ""] = this.#lines;
    const name = batchBegunBy(first);
    if (name !== undefined && !this.#lines.some((line) => endsBatch(line, name))) {
      this.#stage = "whole";
      return this.#leaveAsTheyAre();
    }
    this.#stage = "batch";
    const lines = this.#lines;
    this.#lines = [];
    let text = `@${this.#label} :${this.#server} BATCH +${this.#batch} labeled-response\r\n`;
    for (const line of lines) text += this.#take(line);
    return text;
  }

  #leaveAsTheyAre(): string {
    const [first = "", ...rest] = this.#lines;
    this.#lines = [];
    return [tagged(first, this.#label), ...rest, ""].join("\r\n");
  }
}

/** The name of the batch that the line begins, if it does. */
function batchBegunBy(line: string): string | undefined {
  return /^(?:@\S+ )?(?::\S+ )?BATCH \+(\S+)/.exec(line)?.[1];
}

function endsBatch(line: string, name: string): boolean {
  return /^(?:@\S+ )?(?::\S+ )?BATCH -(\S+)$/.exec(line)?.[1] === name;
}

/** The line, CR LF apart, with one more tag. A line that is in a batch already stays in that one. */
export function tagged(line: string, tag: string): string {
  if (!line.startsWith("@")) return `@${tag} ${line}`;
  if (tag.startsWith("batch=") && /^@(?:[^ ]*;)?batch=/.test(line)) return line;
  return `@${tag};${line.slice(1)}`;
}
