import { accessSync, constants, existsSync, lstatSync } from "node:fs";
import { dirname } from "node:path";
import { ConfigError } from "../config/checks.ts";
import { noPlace, type Place, placeOf } from "../net/listen.ts";
import { listenTrouble } from "./startup.ts";

const LONGEST = 107; // bytes of a socket's path: 108 with the NUL (unix(7))

/**
 * Looks whether a server could listen on all of these, and leaves nothing behind. A port that is in use is no mistake,
 * since the server itself may run; answers those. Throws `ConfigError` with what is wrong, and what would work.
 */
export function checkListen(listen: readonly string[]): readonly string[] {
  const opened: { readonly entry: string; readonly stop: (() => void) | undefined }[] = [];
  try {
    const seen = new Set<string>();
    for (const entry of listen) {
      const place = placeOf(entry);
      if (!place) throw new ConfigError(noPlace(entry));
      if (seen.has(entry) && !entry.endsWith(":0")) throw new ConfigError(`listen has ${entry} twice: once is enough`);
      seen.add(entry);
      if ("unix" in place) checkPath(place.unix);
      else if ("hostname" in place) opened.push({ entry, stop: tryPort(entry, place, opened) });
    }
  } finally {
    for (const { stop } of opened) stop?.();
  }
  return opened.filter(({ stop }) => stop === undefined).map(({ entry }) => entry);
}

/** Listens there: answers what ends that, or nothing where the port is in use. */
function tryPort(
  entry: string,
  { hostname, port }: Extract<Place, { readonly hostname: string }>,
  others: readonly { readonly entry: string }[],
): (() => void) | undefined {
  try {
    const socket = Bun.listen({ hostname, port, socket: { data() {}, open: (peer) => void peer.end() } });
    return () => socket.stop(true);
  } catch (error) {
    const words = listenTrouble(error, [entry]);
    if (words === undefined) throw error;
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw new ConfigError(words);
    const other = others.find((one) => one.entry.endsWith(`:${port}`));
    if (other) throw new ConfigError(`listen has ${other.entry} and ${entry}: the first takes the port of both`);
    return undefined;
  }
}

function checkPath(path: string): void {
  const folder = dirname(path);
  if (Buffer.byteLength(path) > LONGEST)
    throw new ConfigError(`unix:${path} is too long: the path of a socket has at most ${LONGEST} bytes`);
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (file && !file.isSocket())
    throw new ConfigError(`unix:${path}: that is there, and is no socket; name another path`);
  if (!existsSync(folder)) throw new ConfigError(`unix:${path}: there is no folder ${folder}; make it first`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw new ConfigError(`unix:${path}: this user may not write in ${folder}`);
  }
}
