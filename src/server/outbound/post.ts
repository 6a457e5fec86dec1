import { lookup } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { addressSet } from "../net/networks.ts";

/**
 * Requests to push services and to the receivers of webhooks, and the queue in which they wait. Their URLs come from users,
 * so each address is checked after it was resolved, and the connection goes to the address that was checked: the server
 * cannot be made to reach its own network.
 */

const BRACKETS = /^\[|\]$/g; // around an IPv6 address in a URL
const LONGEST = 400; // characters of a URL: it must fit into a line of IRC

/** Addresses that are not on the public internet, or lead to such ones (IANA's special-purpose registries). */
const SPECIAL = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
];

const isSpecial = addressSet(SPECIAL);
const isUnicast = addressSet(["0.0.0.0/0", "2000::/3"]);

/** Whether an address is public: neither private, local, shared, mapped to such a one, nor reserved. */
export function isPublicAddress(address: string): boolean {
  return isUnicast(address) && !isSpecial(address);
}

/** Whether an address is one of this machine's own. */
function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((each) => each?.some((own) => own.address === address));
}

/** Where requests of one kind may go. */
export interface Destinations {
  /** Addresses that may be reached though they are not public. */
  readonly isAllowed: (address: string) => boolean;
  /** Whether there are such addresses. */
  readonly allowsSome: boolean;
  /** Whether this is a name of the server itself, in small letters. */
  readonly isOwnName: (host: string) => boolean;
  /** Whether an allowed address may be reached without TLS, and by a name of the local network. */
  readonly isLocal: boolean;
  /** Whether a public address may be reached on another port than 443. */
  readonly anyPort: boolean;
}

/** The fault of a URL: it is none, or its scheme, its host or its port is refused. */
export type UrlFault = "form" | "scheme" | "host" | "port";

/** A name that means this machine, or one of its own network. */
const LOCAL_NAME = /^(?:[^.]*|.*\.(?:localhost|local|internal))$/i;

/**
 * Why no request may go to a URL; `undefined` if one may, as far as can be told before its host is looked up. It is https,
 * without a user, and its host is a name of the internet, or an address that is public or allowed.
 */
export function urlFault(text: string, to: Destinations): UrlFault | undefined {
  const url = text.length <= LONGEST && URL.canParse(text) ? new URL(text) : undefined;
  if (url?.username !== "" || url.password !== "" || url.hostname === "") return "form";
  const mayBeLocal = to.isLocal && to.allowsSome;
  if (url.protocol !== "https:" && !(url.protocol === "http:" && mayBeLocal)) return "scheme";
  const host = hostOf(url).replace(/\.$/, "").toLowerCase();
  if (isIP(host) !== 0) {
    if (to.isAllowed(host)) return undefined;
    if (!isPublicAddress(host) || isOwnAddress(host)) return "host";
  } else if (to.isOwnName(host) || (LOCAL_NAME.test(host) && !mayBeLocal)) return "host";
  return mayUsePort(url, to) || (to.allowsSome && isIP(host) === 0) ? undefined : "port";
}

function mayUsePort({ protocol, port }: URL, { anyPort }: Destinations): boolean {
  return anyPort || (protocol === "https:" && port === "");
}

/** Whether a request to a URL may go to this address of its host. */
function mayReach(url: URL, address: string, to: Destinations): boolean {
  if (to.isAllowed(address)) return true;
  return url.protocol === "https:" && isPublicAddress(address) && !isOwnAddress(address) && mayUsePort(url, to);
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(BRACKETS, "");
}

/** Finds the addresses of a host. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Asks the system's resolver. */
export async function resolveHost(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** The surroundings of a request. */
export interface PostSetup {
  readonly resolve: Resolve;
  readonly to: Destinations;
  /** The certificate authority that endpoints are checked with, in PEM; by default, those of the system. */
  readonly authority?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Posts a body to a URL and answers the status. Follows no redirect, and reads no more than the head of the answer.
 * Rejects if the host has no allowed address, if the connection fails, or when `signal` aborts.
 */
export async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  { resolve, to, authority, signal }: PostSetup,
): Promise<number> {
  const host = hostOf(url);
  const known = isIP(host) !== 0;
  const addresses = known ? [host] : await orAborted(resolve(host), signal);
  const address = addresses.find((each) => mayReach(url, each, to));
  if (address === undefined) throw new Error(`${host} has no address that may be reached`);
  const isSecure = url.protocol === "https:";
  // Imported lazily: loading it takes time, and few servers post anything.
  const { request } = isSecure ? await import("node:https") : await import("node:http");
  const answer = await new Promise<IncomingMessage>((done, failed) => {
    const posted = request(
      {
        method: "POST",
        host: address,
        port: url.port || (isSecure ? 443 : 80),
        path: url.pathname + url.search,
        headers: { ...headers, host: url.host, "content-length": body.length },
        // The name is what the certificate is for; an address has none.
        ...(known ? {} : { servername: host }),
        ...(authority === undefined ? {} : { ca: authority }),
        agent: false,
        signal,
      },
      done,
    );
    posted.on("error", failed);
    posted.end(body);
  });
  answer.destroy();
  return answer.statusCode ?? 0;
}

/** The result of some work, unless the signal aborts first. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, failed) => {
    signal.addEventListener("abort", () => failed(signal.reason), { once: true });
    work.then(done, failed);
  });
}

/** The bounds of a queue. */
interface QueueLimits {
  /** Jobs that wait, of all owners and of one: further ones are dropped. */
  readonly waiting: number;
  readonly waitingEach: number;
  /** Jobs that run at once, of all owners and of one. */
  readonly running: number;
  readonly runningEach: number;
  /** Milliseconds after which a job's signal aborts. */
  readonly timeout: number;
}

const LIMITS: QueueLimits = { waiting: 1000, waitingEach: 20, running: 32, runningEach: 2, timeout: 10_000 };

/** Asynchronous work; it ends soon after its signal aborts, and never rejects but by a bug. */
type Job = (signal: AbortSignal) => Promise<void>;

/** The number of an owner's jobs. */
interface Counts {
  waiting: number;
  running: number;
}

/**
 * Runs jobs that take long, such as requests: a few at once, the others wait. The jobs of one owner run in order of their
 * arrival, at most two at a time, so an owner whose requests hang delays nobody else. What does not fit is dropped.
 */
export class RequestQueue {
  readonly #limits: QueueLimits;
  readonly #waiting: { readonly owner: string; readonly job: Job }[] = [];
  readonly #counts = new Map<string, Counts>();
  readonly #running = new Set<AbortController>();
  #isStopped = false;

  constructor(limits: Partial<QueueLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Queues a job; false if there is no room for it. */
  add(owner: string, job: Job): boolean {
    const counts = this.#counts.get(owner) ?? { waiting: 0, running: 0 };
    if (this.#isStopped || this.#waiting.length >= this.#limits.waiting) return false;
    if (counts.waiting >= this.#limits.waitingEach) return false;
    this.#counts.set(owner, counts);
    counts.waiting++;
    this.#waiting.push({ owner, job });
    this.#startNext();
    return true;
  }

  /** Drops the jobs that wait, and aborts those that run. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
    for (const running of this.#running) running.abort();
  }

  #startNext(): void {
    while (this.#running.size < this.#limits.running) {
      const at = this.#waiting.findIndex(({ owner }) => this.#mayRun(owner));
      const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
      if (!next) return;
      void this.#run(next.owner, next.job);
    }
  }

  #mayRun(owner: string): boolean {
    return (this.#counts.get(owner)?.running ?? 0) < this.#limits.runningEach;
  }

  async #run(owner: string, job: Job): Promise<void> {
    const running = new AbortController();
    const timer = setTimeout(() => running.abort(), this.#limits.timeout);
    this.#running.add(running);
    const counts = this.#counts.get(owner) ?? { waiting: 1, running: 0 };
    counts.waiting--;
    counts.running++;
    try {
      await job(running.signal);
    } finally {
      clearTimeout(timer);
      this.#running.delete(running);
      counts.running--;
      if (counts.running + counts.waiting === 0) this.#counts.delete(owner);
      this.#startNext();
    }
  }
}
