import { forHowLong, meantWords } from "../chat/ban-words.ts";
import type { EventOf } from "../chat/event.ts";
import type { MaskChange, ModeChange, Rank } from "../chat/modes.ts";

/** One change of a room's modes as a sentence without its full stop. */
export function modeWords(change: ModeChange, { by, room }: Pick<EventOf<"modes-changed">, "by" | "room">): string {
  const who = by?.nick ?? "The server";
  if ("nick" in change) return `${who} ${rankWords(change, room)}`;
  if ("mask" in change) return `${who} ${maskWords(change, room)}`;
  if (change.mode === "key") {
    return change.on ? `${who} set the key of ${room}: ${change.key}` : `${who} took the key of ${room} away`;
  }
  if (change.mode === "limit") {
    return change.on ? `${who} limited ${room} to ${change.limit} people` : `${who} took the limit of ${room} away`;
  }
  return `${who} switched ${change.mode} ${change.on ? "on" : "off"} in ${room}`;
}

function rankWords({ mode, on, nick }: { mode: Rank; on: boolean; nick: string }, room: string): string {
  if (mode === "voice") return on ? `gave ${nick} a voice in ${room}` : `took ${nick}'s voice in ${room} away`;
  return on ? `made ${nick} an operator of ${room}` : `made ${nick} an operator of ${room} no more`;
}

function maskWords({ mode, on, mask, whom, lasts, reason = "" }: MaskChange, room: string): string {
  const muted = mask.startsWith("m:") ? meantWords(mask.slice(2), whom) : undefined;
  const details = `${forHowLong(lasts)}${reason === "" ? "" : `: ${reason}`}`;
  switch (mode) {
    case "ban":
      if (muted !== undefined) return on ? `muted ${muted} in ${room}${details}` : `unmuted ${muted} in ${room}`;
      return on
        ? `banned ${meantWords(mask, whom)} from ${room}${details}`
        : `lifted the ban on ${meantWords(mask, whom)} from ${room}`;
    case "exception":
      return on ? `exempted ${mask} from the bans of ${room}` : `exempted ${mask} from the bans of ${room} no more`;
    case "invitation":
      return on ? `invited ${mask} to ${room} for good` : `invited ${mask} to ${room} no more`;
  }
}
