import { fromPercents } from "../../text/address.ts";

/** The addresses of a server's page that lead to a room or a message: `https://HOST:PORT/?msgid=ID#dev`. */

/** The parts of an address of the page: room or person, and message. */
export interface PageLink {
  /** As the address has it: `HOST:PORT`, or `HOST` with the scheme's port. */
  readonly server: string;
  /** With its `#`. */
  readonly room: string | undefined;
  /** The nick of a direct conversation. */
  readonly partner: string | undefined;
  readonly msgid: string | undefined;
}

/** The address of a message in a room, or with someone. `origin`: `https://HOST:PORT`. */
export function permalinkOf(origin: string, place: string, msgid: string): string {
  const id = encodeURIComponent(msgid);
  if (!place.startsWith("#")) return `${origin}/?msgid=${id}&with=${encodeURIComponent(place)}`;
  return `${origin}/?msgid=${id}#${encodeURIComponent(place.slice(1))}`;
}

/** Reads an address of the page; `undefined` if it is none, or names neither a room nor a message. */
export function pageLinkIn(word: string): PageLink | undefined {
  const [, server = "", query = "", hash = ""] = /^https?:\/\/([^/?#\s]+)\/?(\?[^#\s]*)?(#\S*)?$/i.exec(word) ?? [];
  const asked = new URLSearchParams(query);
  const room = hash.length > 1 ? fromPercents(hash) : undefined;
  const msgid = asked.get("msgid") ?? undefined;
  if (server === "" || (room === undefined && msgid === undefined)) return undefined;
  return { server, room, partner: asked.get("with") ?? undefined, msgid };
}
