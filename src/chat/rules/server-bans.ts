import { type Folded, fold } from "../../text/fold.ts";
import type { BanAct, LiftBanAct, NetworkNamed } from "../model/act.ts";
import { type CheckResult, happens, refused } from "../model/check-result.ts";
import type { Banned, EventOf, NewEvent, Who } from "../model/event.ts";
import { parseMask } from "../model/masks.ts";
import type { Member } from "../model/member.ts";
import type { Refusal } from "../model/refusal.ts";
import { accountNamed, type State } from "../model/state.ts";
import { tellEach } from "../model/tell.ts";
import { expelWords } from "../words/moderation.ts";
import { isNobody, isTooWide, maskAgainst, type ServerBan } from "./bans.ts";

/** Bans of the whole server: by what someone is in the chat, or by an address, which the server knows. */

export function checkBan(state: State, by: Member, act: BanAct): CheckResult {
  if (!by.traits.has("operator")) return refused({ why: "not-server-operator" });
  if (act.network) return checkBanNetwork(state, by, act, act.network);
  const mask = parseMask(maskMeant(state, act.target), accountNamed(state));
  if (!mask || mask.muting || isNobody(act.target)) return refused({ why: "server-ban-bad", target: act.target });
  if (isTooWide(mask)) return refused({ why: "server-ban-wide", target: mask.text });
  if (mask.matches(by.who)) return refused({ why: "server-ban-own", target: mask.text });
  const { lasts, reason } = act;
  const { text: target, account } = mask;
  const banned: Banned = { type: "banned", by: by.who, kind: "mask", target, account, lasts, reason };
  return (
    refusedFull(state.bans, state.limits.maskBans, banned) ?? {
      events: banning(state, banned, ({ who }) => mask.matches(who)),
    }
  );
}

function checkBanNetwork(state: State, by: Member, act: BanAct, network: NetworkNamed): CheckResult {
  const { target: given, lasts, reason } = act;
  const { text: target, isWide, isOwn } = network;
  if (target === undefined) return refused({ why: "server-ban-bad", target: given });
  if (isWide) return refused({ why: "server-ban-wide", target: given });
  if (isOwn) return refused({ why: "server-ban-own", target: given });
  const banned: Banned = { type: "banned", by: by.who, kind: "address", target, lasts, reason };
  const from = new Set(network.sessions);
  const isFrom = ({ sessions }: Member) => sessions.size > 0 && [...sessions].every(({ id }) => from.has(id));
  return refusedFull(state.addressBans, state.limits.addressBans, banned) ?? { events: banning(state, banned, isFrom) };
}

/** Refuses a new ban where there are as many as there may be. */
function refusedFull(bans: ReadonlyMap<Folded, unknown>, limit: number, { target }: Banned): CheckResult | undefined {
  const isFull = limit > 0 && bans.size >= limit && !bans.has(fold(target));
  return isFull ? refused({ why: "server-bans-full", limit }) : undefined;
}

/** Puts out the present members that a ban of the server means. */
function* banning(state: State, banned: Banned, means: (member: Member) => boolean): Generator<NewEvent, void> {
  yield banned;
  const { by } = banned;
  const reason = expelWords(banned);
  for (const member of [...state.members.values()])
    if (means(member)) yield { type: "expelled", by, who: member.who, reason };
}

export function checkLiftBan(state: State, by: Member, act: LiftBanAct): CheckResult {
  if (!by.traits.has("operator")) return refused({ why: "not-server-operator" });
  if (act.networks) return checkLiftNetwork(state, by, act.target, act.networks);
  const texts = [act.target, `a:${act.target}`, maskMeant(state, act.target)];
  for (const text of texts) {
    const mask = parseMask(text);
    const known = mask && state.bans.get(fold(mask.text));
    if (known) return happens({ type: "ban-lifted", by: by.who, kind: "mask", target: known.ban.target });
  }
  return refused({ why: "server-ban-unknown", target: act.target });
}

function checkLiftNetwork(state: State, by: Member, target: string, networks: readonly string[]): CheckResult {
  const banned = networks.find((network) => state.addressBans.has(fold(network)));
  if (banned === undefined) return refused({ why: "server-ban-unknown", target });
  return happens({ type: "ban-lifted", by: by.who, kind: "address", target: banned });
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

/** Takes up the bans that the store has, in the order in which they were set: the first that means someone says why. */
export function openBans(state: State): void {
  const bans = [...state.store.bans()].sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0) || one.at - other.at);
  for (const ban of bans) keepBan(state, ban);
}

/** Takes up a ban, of the store's or a new one. */
function keepBan(state: State, ban: ServerBan): void {
  if (ban.kind === "address") {
    state.addressBans.delete(fold(ban.target));
    state.addressBans.set(fold(ban.target), ban);
    return;
  }
  const mask = parseMask(ban.target, () => ban.account);
  if (!mask) return;
  // The latest is the last, as it is after a restart.
  state.bans.delete(fold(ban.target));
  state.bans.set(fold(ban.target), { ban, mask });
}

export function applyBanned(state: State, event: EventOf<"banned">): void {
  const { by, kind, target, account, lasts, reason, seq, time: at } = event;
  const until = lasts === undefined ? undefined : state.now + lasts;
  const ban: ServerBan = { kind, target, account, by: by.nick, seq, at, until, reason };
  keepBan(state, ban);
  state.store.saveBan(fold(target), ban);
  state.nextEnd = Math.min(state.nextEnd, until ?? state.nextEnd);
  tellOperators(state, event);
}

export function applyBanLifted(state: State, event: EventOf<"ban-lifted">): void {
  const bans = event.kind === "mask" ? state.bans : state.addressBans;
  bans.delete(fold(event.target));
  state.store.removeBan(fold(event.target));
  tellOperators(state, event);
}

/** The server's operators, whoever of them is here. */
export function tellOperators(state: State, event: EventOf<"banned" | "ban-lifted" | "room-dropped">): void {
  for (const member of state.having.operator) tellEach(member.sessions, event);
}
