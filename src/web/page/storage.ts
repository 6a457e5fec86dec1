import type { Clock } from "../../client/run/clock.ts";
import type { Folder } from "../../client/run/state-store.ts";
import { randomHex } from "../../text/bytes.ts";

const PREFIX = "tcpchat/";
const NICK = `${PREFIX}nick`;
const HELD = 6000; // ms after which the lock of a tab that has crashed is free
const RENEWED = 2000; // ms

export const browserClock: Clock = {
  now: () => Date.now(),
  after(delay, act) {
    const timer = setTimeout(act, delay);
    return () => clearTimeout(timer);
  },
};

/** The browser's storage as a folder: what is not confirmed yet survives a reload, and a crash. */
export class BrowserFolder implements Folder {
  readonly path = "this browser";
  readonly #claimed = new Map<string, number>();

  read(name: string): string | undefined {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  }

  write(name: string, text: string): void {
    localStorage.setItem(PREFIX + name, text);
  }

  append(name: string, text: string): void {
    this.write(name, (this.read(name) ?? "") + text);
  }

  remove(name: string): void {
    localStorage.removeItem(PREFIX + name);
  }

  /** A tab renews its lock while it lives, and releases it when it is closed or loaded again. */
  claim(name: string): boolean {
    const renewed = Number(this.read(name) ?? 0);
    if (Date.now() - renewed < HELD) return false;
    const renew = () => this.write(name, String(Date.now()));
    renew();
    this.#claimed.set(name, window.setInterval(renew, RENEWED));
    return true;
  }

  release(name: string): void {
    clearInterval(this.#claimed.get(name));
    if (this.#claimed.delete(name)) this.remove(name);
  }
}

/** The nick to begin with: this tab's, if the page is loaded again; the one asked for; or this browser's last. */
export function firstNick(asked: string | null): string | undefined {
  const [loading] = performance.getEntriesByType("navigation");
  const isAgain = loading instanceof PerformanceNavigationTiming && loading.type !== "navigate";
  const own = isAgain ? sessionStorage.getItem(NICK) : undefined;
  return own ?? asked ?? localStorage.getItem(NICK) ?? undefined;
}

export function saveNick(nick: string): void {
  for (const storage of [localStorage, sessionStorage]) storage.setItem(NICK, nick);
}

const KEY_BYTES = 32;

/** The key of this tab, by which its guest is taken over after a reload. A second tab is another guest. */
export function resumeKey(): string {
  const name = `${PREFIX}resume`;
  const key = sessionStorage.getItem(name) ?? randomHex(KEY_BYTES);
  sessionStorage.setItem(name, key);
  return key;
}
