import { commandIn, isCommand, synopsis } from "../model/commands.ts";
import { drawable, padded } from "./cells.ts";
import type { Row } from "./layout.ts";
import type { Scene } from "./screen.ts";
import { places } from "./view.ts";

const SECRET = "What you type is not shown. Enter gives it, Ctrl-C goes back.";

/** The row above the input: a question, what is wrong, or who and where we are. `activity` tells of other rooms too. */
export function statusRow(scene: Scene, columns: number, activity: boolean): Row {
  const { typing, hint } = scene;
  if (typing.question?.type === "lines") {
    const words = ` Send these ${typing.question.count} lines as one message? Enter sends, another key goes back.`;
    return [{ text: padded(words, columns), tone: "alarm" }];
  }
  const offline = offlineWords(scene);
  const quiet = typing.question?.type === "password" ? SECRET : (usageWords(scene) ?? quietWords(scene, activity));
  const words = hint !== "" ? hint : offline !== "" ? offline : quiet;
  return [{ text: padded(` ${drawable(words)}`, columns), tone: offline !== "" && hint === "" ? "alarm" : "bar" }];
}

/** How the command is used that is being typed. */
function usageWords({ typing, model }: Scene): string | undefined {
  const { text } = typing.editor;
  const command = isCommand(text) && /\S\s/.test(text) ? commandIn(model, text) : undefined;
  return command && `${synopsis(command)}: ${command.help}`;
}

function offlineWords({ offline, model }: Scene): string {
  if (offline === undefined) return "";
  if (!model.known) return "Connecting…";
  const waiting = model.outbox.filter((own) => own.state === "waiting").length;
  const kept = waiting === 0 ? "" : ` · ${waiting} ${waiting === 1 ? "message waits" : "messages wait"}`;
  const next = offline.seconds;
  const when = next === undefined || next <= 0 ? "trying now" : `next try in ${next} s (Alt-C: now)`;
  return `Not connected: ${offline.why || "the connection was lost"} · ${when}${kept}`;
}

function quietWords(scene: Scene, activity: boolean): string {
  const { model, view } = scene;
  const room = model.rooms.get(view.here);
  const log = view.logs.get(view.here);
  const people = room === undefined ? "" : ` (${room.members.size})`;
  const failed = model.outbox.filter((own) => own.state === "failed").length;
  const parts = [
    model.account === undefined ? model.nick : `${model.nick} ✓`,
    `${room?.name ?? log?.name ?? ""}${people}`,
    failed === 0 ? "" : `${failed} not sent: Alt-R`,
    view.anchor === undefined ? "" : `scrolled back: ${log?.unread ? `${log.unread} new, ` : ""}PgDn`,
    activity ? activityOf(scene) : "",
    view.mouse ? "" : "mouse selects: Alt-M",
    "/help",
  ];
  return parts.filter((part) => part !== "").join(" │ ");
}

/** Where something is unread, for a screen without the list of rooms. */
function activityOf({ view, model }: Scene): string {
  const words = places(view, model).flatMap((key, i) => {
    const log = view.logs.get(key);
    if (log === undefined || log.unread === 0 || key === view.here) return [];
    return `${i + 1}:${log.name} ${countOf(log.unread, log.mentions)}`;
  });
  return words.join(" ");
}

/** `3`, or `3!` where somebody names us. */
export function countOf(unread: number, mentions: number): string {
  if (unread === 0) return "";
  return `${unread > 999 ? "999+" : unread}${mentions > 0 ? "!" : ""}`;
}
