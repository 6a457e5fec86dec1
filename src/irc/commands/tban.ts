import type { ModeChange } from "../../chat/model/modes.ts";
import type { Entry, Room } from "../../chat/model/room.ts";
import { banOrderOf, bansOn, nickIn } from "../../chat/rules/bans.ts";
import { durationWords, meantWords } from "../../chat/words/moderation.ts";
import { clip } from "../../text/clip.ts";
import { lengthOf } from "../../text/duration.ts";
import { showLine } from "../../text/filter.ts";
import { dateOf } from "../../text/time.ts";
import { KICK_LENGTH } from "../../wire/lengths.ts";
import { tellNotice } from "../render/notice.ts";
import { explain } from "../render/refusals.ts";
import type { Command } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";

/** TBAN: a ban of a room that ends by itself (as InspIRCd has it), and puts out those whom it means. A nick means the account or the host of its holder. */
export const TBAN_COMMAND: Command = {
  name: "TBAN",
  fewest: 1,
  when: "after",
  usage: "#room [duration nickname|mask [:reason]]",
  help: "Keeps out and puts out for a while, such as 10m, 2h or 7d (0 is for good; m: before the mask only mutes), or lists such bans.",
  run: (session, [name = "", duration, target, reason = ""]) => {
    const { member } = session;
    const room = session.server.chat.roomFor(member, name);
    if (!room || !member) return explain(session, { why: "no-such-room", room: name });
    if (duration === undefined) return listEnds(session, room);
    if (target === undefined || target === "") return session.numeric("ERR_NEEDMOREPARAMS", "TBAN");
    const order = banOrderOf(`x ${duration}`);
    if ("badDuration" in order || order.reason !== "") {
      return session.fail("TBAN", "INVALID_DURATION", [room.name], durationWords(duration));
    }
    const why = clip(showLine(reason), KICK_LENGTH);
    const before = room.members.size;
    const act = { type: "ban-from-room", room: room.name, target, lasts: order.lasts, reason: why } as const;
    session.server.chat.submit(session, act, () => session.weigh(Math.max(0, before - room.members.size)));
  },
};

function listEnds(session: IrcSession, room: Room): void {
  const now = session.server.steady();
  const timed = [...room.lists.ban.values()].filter(({ until }) => until !== undefined);
  if (timed.length === 0) return tellNotice(session, `${room.name} has no ban that ends by itself`);
  for (const { mask, whom, until = now, reason } of timed) {
    const why = reason === "" ? "" : `: ${reason}`;
    tellNotice(
      session,
      `${room.name} ${meantWords(mask.text, whom)} until ${dateOf(until)} (${lengthOf(until - now)} left)${why}`,
    );
  }
}

/** `-b` of a nick that is no mask on the list lifts the bans on whoever has it. */
export function withLifted(session: IrcSession, room: Room, changes: readonly ModeChange[]): readonly ModeChange[] {
  const lifted = new Set<Entry>();
  return changes.flatMap((change): readonly ModeChange[] => {
    if (change.mode !== "ban" || change.on) return [change];
    const entries = bansOn(room, change.mask, session.server.chat.member(nickIn(change.mask)));
    if (entries.length === 0) return [change];
    const news = entries.filter((entry) => !lifted.has(entry));
    for (const entry of news) lifted.add(entry);
    return news.map(({ mask, whom }) => ({ ...change, mask: mask.text, whom }));
  });
}
