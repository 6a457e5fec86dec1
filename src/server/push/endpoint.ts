import { lookup } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { addressSet } from "../net/networks.ts";

/**
 * Requests to push services. Their addresses come from users, so each is checked after it was resolved, and the connection
 * goes to the address that was checked: the server cannot be made to reach its own network.
 */

const BRACKETS = /^\[|\]$/g; // around an IPv6 address in a URL
const LONGEST = 400; // characters of an endpoint: it must fit into a line of IRC with its keys

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

/** The endpoint of a subscription as a URL; `undefined` if it cannot be one: it is https, without a user. */
export function endpointOf(text: string): URL | undefined {
  const url = text.length <= LONGEST && URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.protocol === "https:" && url.username === "" && url.password === "" && url.hostname !== "";
  return isPlain ? url : undefined;
}

/** A name that means this machine, or one of its own network. */
const LOCAL_NAME = /^(?:[^.]*|.*\.(?:localhost|local|internal))$/i;

/** Whether this can be an endpoint: its host is a name of the internet, or an address that is public or allowed. */
export function isEndpoint(text: string, isAllowed: PostSetup["isAllowed"]): boolean {
  const host = endpointOf(text)?.hostname.replace(BRACKETS, "").replace(/\.$/, "");
  if (host === undefined) return false;
  return isIP(host) === 0 ? !LOCAL_NAME.test(host) : isPublicAddress(host) || isAllowed(host);
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
  /** Addresses that are allowed though they are not public. */
  readonly isAllowed: (address: string) => boolean;
  /** The certificate authority that endpoints are checked with, in PEM; by default, those of the system. */
  readonly authority?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Posts a body to an endpoint and answers the status. Follows no redirect, and reads no more than the head of the answer.
 * Rejects if the host has no allowed address, if the connection fails, or when `signal` aborts.
 */
export async function post(
  endpoint: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  { resolve, isAllowed, authority, signal }: PostSetup,
): Promise<number> {
  const host = endpoint.hostname.replace(BRACKETS, "");
  const known = isIP(host) !== 0;
  const addresses = known ? [host] : await orAborted(resolve(host), signal);
  const address = addresses.find((each) => isPublicAddress(each) || isAllowed(each));
  if (address === undefined) throw new Error(`${host} has no public address`);
  // Imported lazily: loading it takes time, and few servers send notifications.
  const { request } = await import("node:https");
  const answer = await new Promise<IncomingMessage>((done, failed) => {
    const posted = request(
      {
        method: "POST",
        host: address,
        port: endpoint.port || 443,
        path: endpoint.pathname + endpoint.search,
        headers: { ...headers, host: endpoint.host, "content-length": body.length },
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
