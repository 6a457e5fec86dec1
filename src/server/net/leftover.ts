import { lstatSync, readFileSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { placeOf } from "./listen.ts";

/**
 * Removes the files of unix sockets that a server has left behind which was killed, so that one can be opened there
 * again. What is no socket stays, and so does one that anybody listens on: then opening it fails, and says so.
 */
export async function removeLeftovers(listen: readonly string[]): Promise<void> {
  for (const entry of listen) {
    const place = placeOf(entry);
    if (!place || !("unix" in place) || !isSocket(place.unix)) continue;
    if (!isListenedOn(place.unix) && !(await answers(place.unix))) unlinkSync(place.unix);
  }
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** By Linux's list: where a server is too busy to answer, Bun calls it refused. */
function isListenedOn(path: string): boolean {
  try {
    return readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .some((line) => line.endsWith(` ${path}`));
  } catch {
    return false;
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", (error) => resolve(!("code" in error) || error.code !== "ECONNREFUSED"));
  });
}
