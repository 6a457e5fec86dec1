import { ptr } from "bun:ffi";
import { openLibc } from "../libc.ts";

const AF_UNIX = 1; // Linux
const SOCK_DGRAM = 2; // Linux
const SOCK_CLOEXEC = 0o2000000; // Linux
const PATIENCE = 60_000; // ms from one request for patience until the manager loses it
const FIRST = 3; // the first passed descriptor (sd_listen_fds(3))

/** The environment of a program. */
type Env = Readonly<Record<string, string | undefined>>;

/** Notifies the service manager (sd_notify(3)). Without one, does nothing. */
export class SystemdNotifier {
  readonly #send: ((text: string) => void) | undefined;
  #starting: ReturnType<typeof setInterval> | undefined;
  #watchdog: ReturnType<typeof setInterval> | undefined;

  constructor(env: Env) {
    this.#send = env.NOTIFY_SOCKET ? datagramsTo(env.NOTIFY_SOCKET) : undefined;
  }

  tell(text: string): void {
    this.#send?.(text);
  }

  /** Extends the start timeout until the server is ready, since a start may take longer than the unit's TimeoutStartSec. */
  starting(): void {
    const ask = () => this.tell(`EXTEND_TIMEOUT_USEC=${PATIENCE * 1000}`);
    ask();
    this.#starting ??= setInterval(ask, PATIENCE / 4);
  }

  /** Reports that the server is ready, and starts the watchdog messages, which stop if the event loop hangs. */
  ready(env: Env, pid: number): void {
    clearInterval(this.#starting);
    this.tell("READY=1");
    const period = watchdogPeriod(env, pid);
    if (period !== undefined) this.#watchdog = setInterval(() => this.tell("WATCHDOG=1"), period);
  }

  stopping(): void {
    this.tell("STOPPING=1");
  }

  stop(): void {
    clearInterval(this.#starting);
    clearInterval(this.#watchdog);
  }
}

/** ms between two watchdog messages: half of the manager's timeout (sd_watchdog_enabled(3)). */
export function watchdogPeriod(env: Env, pid: number): number | undefined {
  const micros = Number(env.WATCHDOG_USEC);
  const isMeant = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(pid);
  return isMeant && micros > 0 ? Math.max(1, micros / 2000) : undefined;
}

/** The sockets passed to this process, as addresses to listen on: `fd:3` and so on. */
export function handedOver(env: Env, pid: number): readonly string[] {
  const count = env.LISTEN_PID === String(pid) ? Number(env.LISTEN_FDS) : 0;
  return Number.isSafeInteger(count) && count > 0 ? Array.from({ length: count }, (_, at) => `fd:${FIRST + at}`) : [];
}

/** Sends unix datagrams through the C library, since Bun has none. */
function datagramsTo(path: string): ((text: string) => void) | undefined {
  const libc = loaded();
  if (!libc) return undefined;
  const { socket, sendto, close } = libc;
  const address = addressOf(path);
  return (text) => {
    const descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return;
    const message = Buffer.from(text);
    sendto(descriptor, ptr(message), message.length, 0, ptr(address), address.length);
    close(descriptor);
  };
}

/** Builds a `sockaddr_un`; a path that begins with "@" is an abstract name, which begins with NUL. */
function addressOf(path: string): Buffer {
  const name = path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`;
  const address = Buffer.alloc(2 + Buffer.byteLength(name));
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX;
  address.write(name, 2);
  return address;
}

function loaded() {
  return openLibc({
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  });
}
