import { isLink, linkPort, pageLinkIn } from "../client/model/links.ts";
import { bareHost, type ServerAddress, UNIX } from "../client/net/address.ts";
import { fromPercents } from "../text/address.ts";
import { PORT } from "../wire/limits.ts";
import { readAddress, readPort, UsageError } from "./options.ts";

/** A server as the user names it, and what a link says besides. */
export interface ServerReference extends ServerAddress {
  /** The link is `ircs://`. */
  readonly needsTls: boolean;
  /** The rooms of a link, as it writes them. */
  readonly rooms: readonly string[];
  /** The nick of a link. */
  readonly nick: string | undefined;
  /** The token of an invitation link. */
  readonly invitation?: string | undefined;
  /** Further addresses of the same chat. */
  readonly others?: readonly ServerAddress[];
}

/**
 * Parses `HOST[:PORT]`, `unix:PATH`, several of these with commas between them, `irc://[NICK@]HOST[:PORT][/ROOM,...]`, `ircs://…`, or a link
 * to the page: an invitation, `https://HOST[:PORT]/j/TOKEN`, or a room, `https://HOST[:PORT]/#ROOM`. Throws `UsageError`.
 */
export function readServer(given: string): ServerReference {
  if (isLink(given)) return readLink(given);
  if (/^https?:\/\//i.test(given)) return readPageLink(given);
  const [first = given, ...more] = given.split(",");
  const others = more.length === 0 ? {} : { others: more.map(readPlain) };
  return { ...readPlain(first), needsTls: false, rooms: [], nick: undefined, ...others };
}

function readPlain(given: string): ServerAddress {
  if (!given.startsWith(UNIX)) return readAddress(given, PORT);
  if (given.length > UNIX.length) return { host: given, port: 0 };
  throw new UsageError(`tcpchat: "${given}" names no socket, such as unix:/run/tcpchat.sock`);
}

const LINK = /^(ircs?):\/\/(?:([^@/]*)@)?(\[[^\]]+\]|[^:/#?[\]\s]+)(?::(\d*))?(?:\/([^?]*))?(?:\?.*)?$/i;

function readLink(given: string): ServerReference {
  const [, scheme = "", nick = "", host = "", port = "", path = ""] = LINK.exec(given) ?? [];
  if (host === "")
    throw new UsageError(`tcpchat: "${given}" is not a link to a server, such as irc://chat.example.org:${PORT}/dev`);
  const kind = scheme.toLowerCase();
  return {
    host: bareHost(host),
    port: port === "" ? linkPort(kind) : readPort(port, "a server", 1),
    needsTls: kind === "ircs",
    rooms: path
      .split(",")
      .map(fromPercents)
      .filter((room) => room !== ""),
    nick: fromPercents(nick) || undefined,
  };
}

const PAGE = /^(https?):\/\/(\[[^\]]+\]|[^:/#?[\]\s]+)(?::(\d+))?\/(?:j\/([\w-]{43})$|[?#])/i;

function readPageLink(given: string): ServerReference {
  const [, scheme = "", host = "", port, invitation] = PAGE.exec(given) ?? [];
  const link = pageLinkIn(given);
  if (host === "" || (invitation === undefined && link?.room === undefined)) {
    const words = `is no link to a room, such as https://chat.example.org:${PORT}/#dev, and no invitation, such as https://chat.example.org:${PORT}/j/TOKEN`;
    throw new UsageError(`tcpchat: "${given}" ${words}`);
  }
  const kind = scheme.toLowerCase();
  return {
    host: bareHost(host),
    port: port === undefined ? linkPort(kind) : readPort(port, "a server", 1),
    needsTls: kind === "https",
    rooms: link?.room === undefined ? [] : [link.room],
    nick: undefined,
    ...(invitation === undefined ? {} : { invitation }),
  };
}
