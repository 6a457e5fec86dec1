import type { Member } from "../../chat/model/member.ts";
import type { Room } from "../../chat/model/room.ts";
import { maskOf } from "../../chat/rules/apply.ts";
import { seenIn } from "../../chat/sight.ts";
import { showLine } from "../../text/filter.ts";
import { LINE } from "../../wire/limits.ts";
import { CAP } from "../capabilities.ts";
import { linesOf, numericLine, packed } from "../render/line.ts";
import { signsOf } from "../render/mode-letters.ts";
import type { IrcSession } from "../session/session.ts";

const CRLF = 2; // bytes

/** RPL_NAMREPLY for everyone who may be seen in the room, in as few lines as hold them, and RPL_ENDOFNAMES. */
export function sendNames(session: IrcSession, room: Room): void {
  session.emitLong(lines(session, room));
}

function* lines(session: IrcSession, room: Room): Generator<string> {
  const head = showLine(`:${session.server.name} 353 ${session.nick} ${room.isSecret ? "@" : "="} ${room.name} :`);
  const names = seenIn(session.member, room).map((member) => nameOf(session, room, member));
  for (const line of packed(names, LINE - CRLF - Buffer.byteLength(head), " ")) yield `${head}${line}`;
  yield* linesOf(numericLine(session.server.name, session.nick, "RPL_ENDOFNAMES", room.name));
}

function nameOf(session: IrcSession, room: Room, member: Member): string {
  const signs = signsOf(room, member, session.has(CAP.multiPrefix));
  return signs + (session.has(CAP.userhostInNames) ? maskOf(member.who) : member.nick);
}
