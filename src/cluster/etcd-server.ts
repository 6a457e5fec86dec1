import { messageOf } from "../text/filter.ts";

/** Certificates for the connection to etcd, in PEM. */
export interface EtcdTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** etcd did not answer, or refused. The message is a sentence that names the server. */
export class EtcdError extends Error {
  /** The gRPC status code, if etcd itself answered; or the name of a network error. */
  readonly code: number | string | undefined;

  constructor(message: string, code?: number | string) {
    super(message);
    this.code = code;
  }
}

/** One etcd server, spoken to over its JSON gateway (`/v3/…`). */
export class EtcdServer {
  readonly url: string;
  readonly #tls: EtcdTls | undefined;

  /** The URL is `http://HOST:PORT` or `https://HOST:PORT`. */
  constructor(url: string, tls?: EtcdTls) {
    this.url = url.replace(/\/+$/, "");
    this.#tls = tls;
  }

  /** Calls a method, such as `kv/txn`, and returns its answer. Throws `EtcdError`. */
  async call(method: string, request: unknown, signal: AbortSignal): Promise<unknown> {
    const response = await this.#fetch(`/v3/${method}`, { method: "POST", body: JSON.stringify(request), signal });
    return await this.#orFail(() => response.json());
  }

  /** Calls a streaming method, such as `watch`, and yields its answers as they come. Throws `EtcdError`. */
  async *stream(method: string, request: unknown, signal: AbortSignal): AsyncGenerator<unknown> {
    const response = await this.#fetch(`/v3/${method}`, { method: "POST", body: JSON.stringify(request), signal });
    if (!response.body) return;
    const reader = response.body.getReader();
    let rest: Uint8Array[] = [];
    for (;;) {
      const { done, value } = await this.#orFail(() => reader.read());
      if (done) return;
      let from = 0;
      for (let end = value.indexOf(LF); end !== -1; end = value.indexOf(LF, from)) {
        rest.push(value.subarray(from, end));
        const line = Buffer.concat(rest).toString();
        rest = [];
        from = end + 1;
        if (line !== "") yield await this.#orFail(() => JSON.parse(line));
      }
      if (from < value.length) rest.push(value.subarray(from));
    }
  }

  /** The version of the server, such as `3.5.16`. Throws `EtcdError`. */
  async version(signal: AbortSignal): Promise<string> {
    const response = await this.#fetch("/version", { signal });
    const answer: unknown = await this.#orFail(() => response.json());
    const version = isRecord(answer) ? answer.etcdserver : undefined;
    if (typeof version !== "string") throw new EtcdError(`${this.url} is no etcd: it does not tell its version`);
    return version;
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const tls = this.#tls && { tls: this.#tls };
    const response = await this.#orFail(() => fetch(this.url + path, { ...init, ...tls, redirect: "error" }));
    if (response.ok) return response;
    const text = await this.#orFail(() => response.text());
    throw this.refusal(parsed(text), `status ${response.status}`);
  }

  /** An answer that says what is wrong, as an error. */
  refusal(answer: unknown, otherwise: string): EtcdError {
    const inner = isRecord(answer) && isRecord(answer.error) ? answer.error : answer;
    if (!isRecord(inner)) return new EtcdError(`${this.url} answered with ${otherwise}`);
    const code = typeof inner.code === "number" ? inner.code : undefined;
    return new EtcdError(`${this.url} answered: ${String(inner.message ?? inner.error ?? otherwise)}`, code);
  }

  async #orFail<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = isRecord(error) && typeof error.code === "string" ? error.code : undefined;
      const isLate = error instanceof DOMException && error.name === "AbortError";
      const isClosed = code === "ECONNRESET" && this.url.startsWith("https:");
      const why = isLate ? SILENT : isClosed ? "it closes the connection" : (WORDS[code ?? ""] ?? messageOf(error));
      throw new EtcdError(`${this.url}: ${why}`, isLate ? "ETIMEDOUT" : code);
    }
  }
}

const LF = 10;

/** The reason if a server has not answered in time. */
export const SILENT = "it does not answer";

/** The codes of network errors, in words. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "it closes the connection; does it speak TLS, so that the address begins with https?",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name cannot be looked up",
  EHOSTUNREACH: "that host is unreachable",
  ENETUNREACH: "that network is unreachable",
  EPROTO: "the TLS handshake fails; it does not speak TLS, or does not accept the certificate of this server",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is of another authority",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is of another authority",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is of another authority",
  CERT_SIGNATURE_FAILURE: "its certificate is of another authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
  CERT_HAS_EXPIRED: "its certificate has expired",
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
