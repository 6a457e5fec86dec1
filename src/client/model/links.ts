import { fromPercents } from "../../text/address.ts";
import { PORT } from "../../wire/limits.ts";
import { roomName } from "./rooms.ts";
import type { Model } from "./state.ts";

/**
 * Links to a server, `irc://HOST[:PORT]/ROOM`, and the addresses of its page that lead to a room or a message,
 * `https://HOST:PORT/?msgid=ID#dev`.
 */

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

/** Parses an address of the page; `undefined` for other words, and if it names neither a room nor a message. */
export function pageLinkIn(word: string): PageLink | undefined {
  const [, server = "", query = "", hash = ""] = /^https?:\/\/([^/?#\s]+)\/?(\?[^#\s]*)?(#\S*)?$/i.exec(word) ?? [];
  const asked = new URLSearchParams(query);
  const room = hash.length > 1 ? fromPercents(hash) : undefined;
  const msgid = asked.get("msgid") ?? undefined;
  if (server === "" || (room === undefined && msgid === undefined)) return undefined;
  return { server, room, partner: asked.get("with") ?? undefined, msgid };
}

/** Whether a word is a link to a server, such as `irc://chat.example.org:9000/dev`. */
export function isLink(word: string): boolean {
  return /^ircs?:\/\//i.test(word);
}

const LINK_PORTS: Readonly<Record<string, number>> = { irc: 6667, ircs: 6697, http: 80, https: 443 };

/** The port of a link without one, by its scheme. */
export function linkPort(scheme: string): number {
  return LINK_PORTS[scheme] ?? PORT;
}

/** Parses `work/#dev`, the name of a room on another server of the client; `undefined` for other words. */
export function placeElsewhere(words: string): { readonly server: string; readonly room: string } | undefined {
  const [, server, room] = /^([^#&/\s][^/\s]*)\/(#[^\s,]+)$/.exec(words) ?? [];
  return server === undefined || room === undefined ? undefined : { server, room };
}

/**
 * The room of a link to our own server, `irc://HOST[:PORT]/ROOM` or an address of its page. Returns `why` if the link is
 * to another server or names no room, and `undefined` if the words are not a link.
 */
export function linkedRoom(
  { identity: { address, severalServers } }: Model,
  words: string,
): { readonly room: string } | { readonly why: string } | undefined {
  const page = pageLinkIn(words);
  if (!page && !isLink(words)) return undefined;
  const [, host = "", written = ""] = /^ircs?:\/\/(?:[^@/]*@)?([^/?#]*)\/?([^?,\s]*)/i.exec(words) ?? [];
  const { server, path } = page ? { server: page.server, path: page.room ?? "" } : { server: host, path: written };
  if (address !== undefined && server.toLowerCase() !== address.toLowerCase())
    return {
      why: `That room is on another server: ${severalServers ? "/connect" : "tcpchat client"} ${words} goes there.`,
    };
  if (path === "") return { why: "That link names no room: /join ROOM goes into one." };
  return { room: roomName(fromPercents(path)) };
}
