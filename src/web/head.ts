import { decode } from "../text/bytes.ts";

/** The head of an HTTP request: its request line and its fields (RFC 9112). */

/** Bytes of a head, at most. */
export const HEAD = 16_384;

/** A request's head. */
export interface RequestHead {
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  readonly version: "1.0" | "1.1";
  /** The Host field, in lower case; "" if HTTP/1.0 has none. */
  readonly host: string;
  /** The values of each field, by its name in lower case. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** Bytes of the body. */
  readonly length: number;
}

/** Why a request is refused, in words for its sender. */
export interface RequestFault {
  readonly status: number;
  readonly words: string;
}

/** Why a request is refused, and further fields of the answer. */
export interface HttpFault extends RequestFault {
  readonly fields?: readonly string[];
}

/** The request has no Host field, or several. */
export const NO_HOST: RequestFault = { status: 400, words: "A request to this chat has one Host field." };

const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
const REQUEST = /^([A-Z]{1,20}) (\S+) (HTTP|RTSP|SIP)\/(\d(?:\.\d)?)$/;
const TARGET = /^\/[!-~]*$/;
/** Visible characters, blanks, tabs, and bytes above ASCII (RFC 9110 5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\uffff]*$/;

/**
 * Reads heads line by line. It is strict: what two readers could understand differently is refused, so that a proxy in
 * front and this server always see the same requests.
 */
export class HeadReader {
  #lines: string[] = [];
  #size = 0;

  /** No line of a head has come. */
  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** Takes the next line, without its end. Returns the head once it is complete, or what is wrong with it. */
  read(bytes: Uint8Array): RequestHead | RequestFault | undefined {
    this.#size += bytes.length + 2;
    if (this.#size > HEAD) return fault(431, `The head of a request has at most ${HEAD} bytes.`);
    // Blank lines before a request line are ignored (RFC 9112 2.2).
    if (bytes.length > 0) {
      this.#lines.push(decode(bytes));
      return undefined;
    }
    const lines = this.#lines;
    this.#lines = [];
    this.#size = 0;
    return lines.length === 0 ? undefined : parse(lines);
  }
}

function fault(status: number, words: string): RequestFault {
  return { status, words };
}

function parse([first = "", ...rest]: readonly string[]): RequestHead | RequestFault {
  const [, method, target = "", protocol, version] = REQUEST.exec(first) ?? [];
  if (method === undefined || protocol !== "HTTP")
    return fault(400, "The first line of a request is: GET /path HTTP/1.1");
  if (version !== "1.0" && version !== "1.1") return fault(400, "This server speaks HTTP/1.1 and HTTP/1.0.");
  if (!TARGET.test(target)) return fault(400, "The target of a request is a path that begins with a slash.");
  const fields = fieldsOf(rest);
  if (!(fields instanceof Map)) return fields;
  const length = lengthIn(fields);
  if (typeof length !== "number") return length;
  return withHost({ method, path: target.replace(/\?.*/, ""), version, fields, length });
}

function fieldsOf(lines: readonly string[]): Map<string, readonly string[]> | RequestFault {
  const fields = new Map<string, readonly string[]>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1);
    if (/^[ \t]/.test(line))
      return fault(400, "A field of the head is continued on a second line, which HTTP has given up.");
    if (!TOKEN.test(name)) return fault(400, "A field of the head is written as name, colon, value.");
    if (!VALUE.test(value)) return fault(400, `The field ${name} has control characters.`);
    const key = name.toLowerCase();
    fields.set(key, [...(fields.get(key) ?? []), value.replace(/^[ \t]+|[ \t]+$/g, "")]);
  }
  return fields;
}

/** The length of the body, which only Content-Length gives. */
function lengthIn(fields: ReadonlyMap<string, readonly string[]>): number | RequestFault {
  if (fields.has("transfer-encoding")) return fault(400, "Requests with Transfer-Encoding are not accepted.");
  const lengths = fields.get("content-length") ?? [];
  const [length = "0"] = lengths;
  if (lengths.length > 1 || !/^\d{1,15}$/.test(length)) return fault(400, "Content-Length is a number of bytes.");
  return Number(length);
}

function withHost(head: Omit<RequestHead, "host">): RequestHead | RequestFault {
  const hosts = head.fields.get("host") ?? [];
  const [host = ""] = hosts;
  const isOld = head.version === "1.0" && hosts.length === 0; // a balancer's, perhaps (RFC 9112 3.2)
  if (!isOld && (hosts.length !== 1 || host === "")) return NO_HOST;
  return { ...head, host: host.toLowerCase() };
}

/** The comma-separated words of a field, in lower case. */
export function wordsOf({ fields }: RequestHead, name: string): readonly string[] {
  return listOf(fields, name).map((word) => word.toLowerCase());
}

/** The comma-separated values of a field. */
export function listOf(fields: RequestHead["fields"], name: string): readonly string[] {
  const values = (fields.get(name) ?? []).flatMap((value) => value.split(","));
  return values.map((value) => value.trim()).filter((value) => value !== "");
}
