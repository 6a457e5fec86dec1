import type { Member } from "../../chat/model/member.ts";
import { CAP } from "../capabilities.ts";
import { fault } from "../render/faults.ts";
import { timeTag } from "../render/render.ts";
import type { Command } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { timeOf } from "./history.ts";

/** How far one has read: MARKREAD (IRCv3 draft/read-marker). */
export const MARKER_COMMANDS: readonly Command[] = [
  {
    name: "MARKREAD",
    fewest: 0,
    when: "after",
    usage: "target [timestamp=…]",
    help: "Shows or says how far you have read.",
    run: (session, [target, timestamp]) => runMarkRead(session, target, timestamp),
  },
];

function runMarkRead(session: IrcSession, target: string | undefined, timestamp: string | undefined): void {
  const { member } = session;
  if (!target || !member) return fault(session, "marker-short");
  if (timestamp === undefined) return sendMarker(session, member, target);
  const time = timestamp.startsWith("timestamp=") ? timeOf(timestamp.slice("timestamp=".length)) : undefined;
  if (time === undefined) return fault(session, "marker-time", [target, timestamp]);
  session.submit({ type: "mark-read", target, time });
}

/** MARKREAD as the server sends it: after a JOIN, and whenever one is asked for or changes. */
export function sendMarker(session: IrcSession, member: Member, target: string): void {
  const time = session.server.chat.marker(member, target);
  session.send(session.server.name, "MARKREAD", [target, time === 0 ? "*" : `timestamp=${timeTag(time)}`]);
}

/** The marker after a JOIN, for those who want it. */
export function markerOnJoin(session: IrcSession, room: string): void {
  if (session.member && session.has(CAP.readMarker)) sendMarker(session, session.member, room);
}
