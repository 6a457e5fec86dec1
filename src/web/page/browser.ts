import { bareHost } from "../../client/net/address.ts";
import type { ClientTransport, ClientTransportListener, Secrecy } from "../../client/net/transport.ts";
import type { Clock } from "../../client/run/clock.ts";
import type { Folder } from "../../client/run/state-store.ts";
import { isLoopback } from "../../text/address.ts";
import { decode, encode, randomHex } from "../../text/bytes.ts";

/** The parts of the browser that the page uses: storage, with a slot for each tab, the clock, and the WebSocket. */

const PREFIX = "tcpchat/";
const NICK = `${PREFIX}nick`;
const SLOT = `${PREFIX}slot`;
const SLOTS = 20; // tabs of a browser that have a slot of the storage each; further tabs share one
const CLAIM = 2000; // ms that a page waits for the document before it to release its slot
// Browsers may let a hidden page's timers run once a minute.
const HELD = 70_000; // ms without a renewal, after which a lock is free: its tab has crashed
const RENEWED = 2000; // ms between two renewals of a lock

type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** A storage of the browser; if the user has blocked it, one in memory, which ends with the page. */
function storage(name: "localStorage" | "sessionStorage"): Kept {
  try {
    return window[name];
  } catch {
    const items = new Map<string, string>();
    return {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, text) => void items.set(key, text),
      removeItem: (key) => void items.delete(key),
    };
  }
}

/** The browser's storage: entries of this browser, and entries of this tab. */
const [local, session] = [storage("localStorage"), storage("sessionStorage")];

export const browserClock: Clock = {
  now: () => Date.now(),
  after(delay, act) {
    const timer = setTimeout(act, delay);
    return () => clearTimeout(timer);
  },
};

/** The browser's storage as a folder: unconfirmed messages survive a reload, and a crash. */
export class BrowserFolder implements Folder {
  readonly path = "this browser";

  read(name: string): string | undefined {
    return local.getItem(PREFIX + name) ?? undefined;
  }

  write(name: string, text: string): void {
    local.setItem(PREFIX + name, text);
  }

  append(name: string, text: string): void {
    this.write(name, (this.read(name) ?? "") + text);
  }

  remove(name: string): void {
    local.removeItem(PREFIX + name);
  }

  /** Always true: the lock of the slot excludes other tabs already. */
  claim(): boolean {
    return true;
  }

  release(): void {}
}

/** A part of the browser's storage that only one tab uses at a time. */
export interface Slot {
  readonly name: string;
  /** The tab used it before a reload. */
  readonly isOwn: boolean;
  readonly release: () => void;
}

const slotName = (number: number) => (number === 1 ? "page" : `page-${number}`);

/** Claims the slot that this tab used before a reload, or else the first free one. */
export async function claimSlot(): Promise<Slot> {
  const own = session.getItem(SLOT);
  const kept = own === null ? undefined : await lock(own, CLAIM);
  if (own !== null && kept) return { name: own, isOwn: true, release: kept };
  for (let number = 1; ; number++) {
    const name = slotName(number);
    const release = number > SLOTS ? () => {} : await lock(name, 0);
    if (!release) continue;
    session.setItem(SLOT, name);
    return { name, isOwn: false, release };
  }
}

/** Calls `take` with each slot that no tab uses and that `isWanted` accepts. */
export async function eachFreeSlot(isWanted: (name: string) => boolean, take: (name: string) => void): Promise<void> {
  for (let number = 1; number <= SLOTS; number++) {
    const name = slotName(number);
    const release = isWanted(name) ? await lock(name, 0) : undefined;
    if (release) take(name);
    release?.();
  }
}

/**
 * Locks a name among this browser's tabs. Waits at most `patience` ms for the tab that holds it. Resolves with a function
 * that releases the lock, or `undefined` if another tab keeps it. The browser releases it when the tab ends.
 */
async function lock(name: string, patience: number): Promise<(() => void) | undefined> {
  // Over plain http from another machine, browsers have no locks.
  if (!navigator.locks) return lockByTime(name);
  const waiting = patience > 0 ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
  const held = Promise.withResolvers<void>();
  const got = Promise.withResolvers<boolean>();
  const asked = navigator.locks.request(PREFIX + name, waiting, (granted) => {
    got.resolve(granted !== null);
    return granted && held.promise;
  });
  asked.catch(() => got.resolve(false));
  // A browser that does not answer must not keep the page from starting.
  if (patience === 0) setTimeout(() => got.resolve(true), CLAIM);
  return (await got.promise) ? held.resolve : undefined;
}

/** Locks a name by an entry in the storage, which is renewed as long as the tab is open. */
function lockByTime(name: string): (() => void) | undefined {
  const key = `${PREFIX}${name}.lock`;
  if (Date.now() - Number(local.getItem(key) ?? 0) < HELD) return undefined;
  const renew = () => local.setItem(key, String(Date.now()));
  renew();
  const renewing = setInterval(renew, RENEWED);
  return () => {
    clearInterval(renewing);
    local.removeItem(key);
  };
}

/** The nick to begin with: this tab's, if the page is loaded again; the one asked for; or this browser's last. */
export function firstNick(asked: string | null): string | undefined {
  const [loading] = performance.getEntriesByType("navigation");
  const isAgain = loading instanceof PerformanceNavigationTiming && loading.type !== "navigate";
  const own = isAgain ? session.getItem(NICK) : undefined;
  return own ?? asked ?? local.getItem(NICK) ?? undefined;
}

export function saveNick(nick: string | undefined): void {
  for (const storage of [local, session])
    if (nick === undefined) storage.removeItem(NICK);
    else storage.setItem(NICK, nick);
}

const KEY_BYTES = 32;

/**
 * The key of this tab: with it, a reloaded page takes over its guest. Another tab gets another key, even a duplicated tab
 * whose storage the browser has copied.
 */
export function resumeKey({ isOwn }: Slot): string {
  const name = `${PREFIX}resume`;
  const key = (isOwn ? session.getItem(name) : undefined) ?? randomHex(KEY_BYTES);
  session.setItem(name, key);
  return key;
}

const SUBPROTOCOL = "text.ircv3.net";
const WAITING = 65_536; // bytes that the browser may hold; beyond that, writes are short
const CHECK = 50; // ms between two checks of the bytes that it holds
const NORMAL = 1000; // RFC 6455 7.4.1

/** How private the page's connection is: as private as the page itself. */
export function secrecyOf({ protocol, hostname }: Location): Secrecy {
  if (protocol === "https:") return "tls";
  return isLoopback(bareHost(hostname)) ? "accepted" : "exposed";
}

/** The address of the page over HTTPS. The server may not serve it. */
export function httpsAddress(): string {
  return `https://${location.host}/${location.hash}`;
}

/** Connects to the server that the page came from, over a WebSocket: a message is a line. */
export function connectHere(listener: ClientTransportListener): void {
  const { protocol, host } = location;
  const socket = new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}/`, [SUBPROTOCOL]);
  socket.addEventListener("open", () => listener.opened(transportOf(socket, listener), secrecyOf(location)));
  socket.addEventListener("message", ({ data }) => listener.received(encode(`${data}\n`)));
  socket.addEventListener("close", ({ code, reason }) => {
    listener.closed(code === NORMAL ? undefined : new Error(reason === "" ? "the connection was lost" : reason));
  });
}

function transportOf(socket: WebSocket, listener: ClientTransportListener): ClientTransport {
  const checkSpace = () => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount < WAITING) listener.drained();
    else setTimeout(checkSpace, CHECK);
  };
  return {
    write(bytes) {
      if (socket.readyState !== WebSocket.OPEN) return -1;
      if (socket.bufferedAmount >= WAITING) {
        setTimeout(checkSpace, CHECK);
        return 0;
      }
      // Whole lines are written: the link ends each with CR LF.
      for (const line of decode(bytes).split("\r\n")) if (line !== "") socket.send(line);
      return bytes.length;
    },
    // A browser's WebSocket cannot be paused; the page draws what comes at most once a frame.
    pause: () => {},
    resume: () => {},
    finish: () => socket.close(NORMAL),
    close: () => socket.close(NORMAL),
    terminate: () => socket.close(NORMAL),
  };
}
