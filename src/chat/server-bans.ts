import { fold } from "../text/fold.ts";
import type { BanAct, LiftBanAct } from "./act.ts";
import { expelWords } from "./ban-words.ts";
import { isNobody, isTooWide, maskAgainst, type ServerBan } from "./bans.ts";
import { type CheckResult, happens, refused } from "./check-result.ts";
import type { Banned, EventOf, NewEvent, Who } from "./event.ts";
import { type Mask, parseMask } from "./masks.ts";
import type { Member } from "./member.ts";
import type { Refusal } from "./refusal.ts";
import { accountNamed, type State } from "./state.ts";
import { tellEach } from "./tell.ts";

/** Bans of the whole server, by what someone is in the chat. Addresses are banned where they are known. */

export function checkBan(state: State, by: Member, act: BanAct): CheckResult {
  if (!by.traits.has("operator")) return refused({ why: "not-server-operator" });
  const mask = parseMask(maskMeant(state, act.target), accountNamed(state));
  if (!mask || mask.muting || isNobody(act.target)) return refused({ why: "server-ban-bad", target: act.target });
  if (isTooWide(mask)) return refused({ why: "server-ban-wide", target: mask.text });
  if (mask.matches(by.who)) return refused({ why: "server-ban-own", target: mask.text });
  const isNew = !state.bans.has(fold(mask.text));
  const limit = state.limits.maskBans;
  if (isNew && limit > 0 && state.bans.size >= limit) return refused({ why: "server-bans-full", limit });
  const { lasts, reason } = act;
  const banned = { type: "banned", by: by.who, target: mask.text, account: mask.account, lasts, reason } as const;
  return { events: banning(state, mask, banned) };
}

/** Puts out the present members that a ban of the server matches. */
function* banning(state: State, mask: Mask, banned: Banned): Generator<NewEvent, void> {
  yield banned;
  const { by } = banned;
  const reason = expelWords(banned);
  for (const { who } of [...state.members.values()]) if (mask.matches(who)) yield { type: "expelled", by, who, reason };
}

export function checkLiftBan(state: State, by: Member, act: LiftBanAct): CheckResult {
  if (!by.traits.has("operator")) return refused({ why: "not-server-operator" });
  const texts = [act.target, `a:${act.target}`, maskMeant(state, act.target)];
  for (const text of texts) {
    const mask = parseMask(text);
    const known = mask && state.bans.get(fold(mask.text));
    if (known) return happens({ type: "ban-lifted", by: by.who, target: known.ban.target });
  }
  return refused({ why: "server-ban-unknown", target: act.target });
}

/** A nick, or an account's name, means whoever has it, under any nick; all else is a mask already. */
function maskMeant(state: State, target: string): string {
  if (/[!@*?:]/.test(target)) return target;
  const member = state.member(target);
  if (member) return maskAgainst(member.who);
  const account = state.store.loadAccount(fold(target));
  return account ? `a:${account.name}` : target;
}

/** Why the server does not have someone who would be this. */
export function banRefusal(state: State, who: Who): Refusal | undefined {
  const ban = state.banOn(who);
  return ban && { why: "server-banned", until: ban.until, reason: ban.reason };
}

/** Takes up a ban, of the store's or a new one; the server's bans of addresses are not the chat's. */
export function keepBan(state: State, ban: ServerBan): void {
  const mask = ban.kind === "mask" ? parseMask(ban.target, () => ban.account) : undefined;
  if (!mask) return;
  // The latest is the last, as it is after a restart: the first that means someone says why.
  state.bans.delete(fold(ban.target));
  state.bans.set(fold(ban.target), { ban, mask });
}

export function applyBanned(state: State, event: EventOf<"banned">): void {
  const { by, target, account, lasts, reason, time: at } = event;
  const until = lasts === undefined ? undefined : state.now + lasts;
  const ban: ServerBan = { kind: "mask", target, account, by: by.nick, at, until, reason };
  keepBan(state, ban);
  state.store.saveBan(fold(target), ban);
  state.nextEnd = Math.min(state.nextEnd, until ?? state.nextEnd);
  tellOperators(state, event);
}

export function applyBanLifted(state: State, event: EventOf<"ban-lifted">): void {
  state.bans.delete(fold(event.target));
  state.store.removeBan(fold(event.target));
  tellOperators(state, event);
}

/** The server's operators, whoever of them is here. */
export function tellOperators(state: State, event: EventOf<"banned" | "ban-lifted" | "room-dropped">): void {
  for (const member of state.having.operator) tellEach(member.sessions, event);
}
