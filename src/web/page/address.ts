import { isRoomName } from "../../client/model/rooms.ts";

/** The addresses of the page: `/?nick=ann#room`, and `/?msgid=ID#room` of a message. */

/** The room that an address names behind its `#`. */
export function roomIn({ hash }: Pick<Location, "hash">): string | undefined {
  const name = decoded(hash);
  return isRoomName(name) && name.length > 1 ? name : undefined;
}

/** A hash may have been typed by hand. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of the page over TLS, which the server may not have. */
export function httpsAddress(): string {
  return `https://${location.host}/${location.hash}`;
}

/** The address of a message in a room, or with someone. */
export function linkTo(place: string, msgid: string): string {
  const name = encodeURIComponent(place.replace(/^#/, ""));
  return `${location.origin}/?msgid=${encodeURIComponent(msgid)}${isRoomName(place) ? `#${name}` : ""}`;
}
