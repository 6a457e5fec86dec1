import { maskOf } from "../chat/apply.ts";
import type { Member } from "../chat/member.ts";
import type { Room } from "../chat/room.ts";
import { LINE } from "../wire/limits.ts";
import { CAP } from "./caps.ts";
import { signsOf } from "./letters.ts";
import type { IrcSession } from "./session.ts";

/** RPL_NAMREPLY for everyone who is known to be in the room, in as few lines as hold them, and RPL_ENDOFNAMES. */
export function sendNames(session: IrcSession, room: Room): void {
  const sign = room.isSecret ? "@" : "=";
  const head = `:${session.server.name} 353 ${session.nick} ${sign} ${room.name} :`;
  let line = head;
  let text = "";
  for (const [member, place] of room.members) {
    if (!place.announced && member !== session.member) continue;
    const name = nameOf(session, room, member);
    if (line !== head && line.length + 1 + name.length > LINE - 2) {
      text += `${line}\r\n`;
      line = head;
    }
    line += line === head ? name : ` ${name}`;
  }
  if (line !== head) text += `${line}\r\n`;
  session.emitAll(text);
  session.numeric("RPL_ENDOFNAMES", room.name);
}

function nameOf(session: IrcSession, room: Room, member: Member): string {
  const signs = signsOf(room, member, session.has(CAP.multiPrefix));
  return signs + (session.has(CAP.userhostInNames) ? maskOf(member.who) : member.nick);
}
