import { dateOf } from "../text/clock.ts";
import { detached } from "../text/detached.ts";
import { lengthOf } from "../text/duration.ts";
import { fold } from "../text/fold.ts";
import { type Message, parseSource } from "../wire/message.ts";
import { OPS_HINT } from "./moderation.ts";
import { type Effect, type Inspection, type Model, note, type Step, step } from "./state.ts";

/** The answer of `/ops`: a room's operators, voices, bans and mutes, and the commands for them. */

const MOST = 500; // bans that are shown, and people of note
const LONGEST = 1500; // characters of a ban as it is shown
const SHOWN = 30; // names in one line; the others are counted

/** RPL_NAMREPLY for `/ops`: those who are something in the room are noted; `undefined` where it is for something else. */
export function notedNames(model: Model, name: string, words: readonly string[]): Inspection | undefined {
  const { inspecting } = model;
  if (inspecting === undefined || inspecting.isNamed || inspecting.room !== fold(name)) return undefined;
  const marked = words.filter((word) => model.support.marks.includes(word.charAt(0)) && word.length < 1000);
  return { ...inspecting, names: [...inspecting.names, ...marked].slice(0, MOST) };
}

/** RPL_ENDOFNAMES for `/ops`: who they are; `undefined` where it is for something else. */
export function tellNoted(model: Model, name: string, now: number): Step | undefined {
  const { inspecting } = model;
  if (inspecting === undefined || inspecting.isNamed || inspecting.room !== fold(name)) return undefined;
  const operators = inspecting.names.filter((word) => !word.startsWith("+"));
  const voiced = inspecting.names.filter((word) => word.startsWith("+"));
  const nicks = (words: readonly string[]) => words.map((word) => nickOf(word, model.support.marks));
  const next = { ...model, inspecting: { ...inspecting, names: [], isNamed: true } };
  return step(
    next,
    note("event", now, `Operators of ${name}: ${listed(nicks(operators))}`, name),
    ...(voiced.length === 0 ? [] : [note("event", now, `With a voice in ${name}: ${listed(nicks(voiced))}`, name)]),
  );
}

/** The nick of a word of RPL_NAMREPLY, without its marks and what else may stand behind it. */
export function nickOf(word: string, marks: string): string {
  let at = 0;
  while (at < word.length && marks.includes(word.charAt(at))) at++;
  return parseSource(word.slice(at)).nick;
}

function listed(nicks: readonly string[]): string {
  if (nicks.length === 0) return "nobody here";
  const more = nicks.length > SHOWN ? ` and ${nicks.length - SHOWN} more` : "";
  return nicks.slice(0, SHOWN).join(", ") + more;
}

/** RPL_BANLIST: a ban or a mute, with who set it and until when, as far as the server tells. */
export function onBan(model: Model, message: Message, now: number): Step {
  const [, name = "", mask = "", by = "", set = ""] = message.params;
  const words = detached(banWords(mask, by, Number(set) * 1000, message.tags, now).slice(0, LONGEST));
  const { inspecting } = model;
  if (inspecting === undefined || inspecting.room !== fold(name)) return step(model, note("event", now, words, name));
  const bans = [...inspecting.bans, words].slice(0, MOST);
  return step({ ...model, inspecting: { ...inspecting, bans } });
}

function banWords(mask: string, by: string, at: number, tags: ReadonlyMap<string, string>, now: number): string {
  const whom = tags.get("tcpchat/whom");
  const meant = whom === undefined ? "" : ` (${whom})`;
  const muted = (mask.startsWith("m:") ? `Muted: ${mask.slice(2)}` : `Banned: ${mask}`) + meant;
  const set = at > 0 && at < 8e15 ? ` on ${dateOf(at)}` : "";
  const until = Date.parse(tags.get("tcpchat/until") ?? "");
  const end = Number.isNaN(until) ? "" : `, until ${dateOf(until)} (${lengthOf(until - now)} left)`;
  const reason = tags.get("tcpchat/reason") ?? "";
  const who = by === "" ? "" : `, by ${parseSource(by).nick}`;
  return `${muted}${who}${set}${end}${reason === "" ? "" : `: ${reason}`}`;
}

/** RPL_ENDOFBANLIST: all are known. */
export function onBansEnd(model: Model, message: Message, now: number): Step {
  const name = message.params[1] ?? "";
  const { inspecting } = model;
  if (inspecting === undefined || inspecting.room !== fold(name)) return step(model);
  const bans = inspecting.bans.length > 0 ? inspecting.bans : [`Nobody is banned from ${name}, or muted.`];
  const shown: Effect[] = bans.map((words) => note("event", now, words, name));
  return step({ ...model, inspecting: undefined }, ...shown, note("hint", now, OPS_HINT, name));
}

/** RPL_YOUREOPER. */
export function onOperator(model: Model, _message: Message, now: number): Step {
  return step(model, note("event", now, "You are an operator of the server now; /help serverban tells more."));
}
