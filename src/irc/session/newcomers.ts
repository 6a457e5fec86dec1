import type { ChatEvent, EventOf } from "../../chat/model/event.ts";
import type { Member } from "../../chat/model/member.ts";
import type { Room } from "../../chat/model/room.ts";
import { speechBar } from "../../chat/rules/messages.ts";
import { subscribedPart } from "../commands/metadata.ts";
import type { IrcServer } from "../server.ts";
import { IrcSession } from "./session.ts";

/**
 * Sends a newcomer's metadata to the sessions in the room that have subscribed to its keys. A newcomer without metadata
 * costs nothing; nothing is sent for a newcomer that may not speak in the room.
 */
export function sendNewcomerMetadata(server: IrcServer, event: ChatEvent): void {
  if (event.type !== "joined" && event.type !== "appeared") return;
  const member = server.chat.member(event.who.nick);
  const room = server.chat.room(event.room);
  if (!member || !room || member.metadata.size === 0 || !room.members.get(member)?.announced) return;
  if (speechBar(room, member, "words")) return;
  for (const [key, value] of member.metadata) {
    const { seq, msgid, time, origin } = event;
    const of = { by: undefined, target: member.nick, inRoom: false };
    sendToOthers(server, room, member, { type: "metadata-changed", seq, msgid, time, origin, ...of, key, value });
  }
}

function sendToOthers(server: IrcServer, room: Room, member: Member, event: EventOf<"metadata-changed">): void {
  for (const other of room.members.keys()) {
    if (other === member) continue;
    for (const session of room.sessionsOf(other))
      if (session instanceof IrcSession && subscribedPart(session, event))
        session.deliver(server.renderCache.bytes(event, session.form), false);
  }
}
