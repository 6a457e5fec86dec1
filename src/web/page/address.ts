import { isRoomName } from "../../client/model/rooms.ts";
import { fromPercents } from "../../text/percent.ts";

/** The addresses of the page: `/?nick=ann#room`, and `/?msgid=ID#room` of a message. */

/** The room that an address names behind its `#`. */
export function roomIn({ hash }: Pick<Location, "hash">): string | undefined {
  const name = fromPercents(hash);
  return isRoomName(name) && name.length > 1 ? name : undefined;
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
