import type { AnnounceAct, ChangeUserModesAct, EmpowerAct, ExpelAct } from "../model/act.ts";
import type { Identity, NewEvent } from "../model/event.ts";
import { inOrder, type Member } from "../model/member.ts";
import type { OperatorLoss, UserModeChange } from "../model/modes.ts";
import { accepted, type CheckResult, NOTHING, refused } from "../model/refusal.ts";
import type { State } from "../model/state.ts";

/** The caller has verified the operator's password. */
export function checkEmpower(_state: State, by: Member, { as }: EmpowerAct): CheckResult {
  if (by.userModes.has("operator") && by.operatesAs === as) return NOTHING;
  return accepted({ type: "user-modes-changed", who: by.who, changes: [{ userMode: "operator", on: true }], as });
}

/** Removes operator rights from the members that have them under one of these names. */
export function* disempowered(
  { byUserMode }: State,
  names: ReadonlySet<string>,
  why: OperatorLoss,
): Generator<NewEvent, void> {
  for (const { who, operatesAs } of inOrder(byUserMode.operator)) {
    if (operatesAs !== undefined && names.has(operatesAs)) yield operatorLost(who, why);
  }
}

/** The event by which a member stops being a server operator. */
export function operatorLost(who: Identity, why: OperatorLoss): NewEvent {
  return { type: "user-modes-changed", who, changes: [{ userMode: "operator", on: false }], why };
}

/** Says why a member is no longer a server operator; without a full stop. */
export function operatorLossWords(why: OperatorLoss): string {
  const words = "You are no operator of this server any more";
  switch (why) {
    case "operator-removed":
      return `${words}: its configuration does not name you now`;
    case "operator-password":
      return `${words}: your operator password has changed; /oper with the new one makes you one again`;
    case "logged-out":
      return `${words}: your sessions were separated, and each is a guest now`;
  }
}

/** A member may change all its own user modes, except becoming an operator. */
export function checkChangeUserModes(_state: State, by: Member, act: ChangeUserModesAct): CheckResult {
  return userModesChange(
    by,
    act.changes.filter(({ userMode, on }) => userMode !== "operator" || !on),
  );
}

/** The event of the last change of each user mode, where it differs from the present one. */
function userModesChange(by: Member, wanted: readonly UserModeChange[]): CheckResult {
  const last = new Map(wanted.map((change) => [change.userMode, change]));
  const changes = [...last.values()].filter(({ userMode, on }) => by.userModes.has(userMode) !== on);
  return changes.length === 0 ? NOTHING : accepted({ type: "user-modes-changed", who: by.who, changes });
}

export function checkAnnounce(_state: State, by: Member, act: AnnounceAct): CheckResult {
  if (!by.userModes.has("operator")) return refused({ why: "not-server-operator" });
  return accepted({ type: "announced", by: by.who, text: act.text });
}

export function checkExpel(state: State, by: Member, act: ExpelAct): CheckResult {
  if (!by.userModes.has("operator")) return refused({ why: "not-server-operator" });
  const target = state.member(act.nick);
  if (!target) return refused({ why: "no-such-nick", nick: act.nick });
  return accepted({ type: "expelled", by: by.who, who: target.who, reason: act.reason });
}
