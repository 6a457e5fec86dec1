import type { EventOf } from "../chat/model/event.ts";
import type { ModeChange } from "../chat/model/modes.ts";
import { nickIn } from "../chat/rules/bans.ts";
import { forHowLong, meantWords } from "../chat/words/moderation.ts";
import { roomChangeWords } from "../text/mode-words.ts";

/** One change of a room's modes as a sentence without its full stop. */
export function modeWords(change: ModeChange, { by, room }: Pick<EventOf<"modes-changed">, "by" | "room">): string {
  const { mode, on } = change;
  const words = (value: string, name: string = mode) =>
    roomChangeWords({ by: by?.nick ?? "The server", room, mode: name, on, value });
  if ("nick" in change) return words(change.nick);
  if ("key" in change) return words(change.key);
  if ("limit" in change) return words(String(change.limit));
  if (!("mask" in change)) return words("");
  const { mask, whom, lasts, reason = "" } = change;
  if (mode !== "ban") return words(mask);
  const name = mask.startsWith("m:") ? "mute" : "ban";
  const details = on ? `${forHowLong(lasts)}${reason === "" ? "" : `: ${reason}`}` : "";
  return words(meantWords(nickIn(mask), whom), name) + details;
}
