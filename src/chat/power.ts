import type { AnnounceAct, ChangeTraitsAct, EmpowerAct, ExpelAct } from "./act.ts";
import type { Member } from "./member.ts";
import type { State } from "./state.ts";
import type { TraitChange } from "./traits.ts";
import { happens, NOTHING, refused, type Verdict } from "./verdict.ts";

/** Whoever asked has made sure that this one may: here is only the act. */
export function checkEmpower(_state: State, by: Member, _act: EmpowerAct): Verdict {
  return traitsChange(by, [{ trait: "operator", on: true }]);
}

/** One may change what one is oneself; but nobody becomes an operator by saying so. */
export function checkChangeTraits(_state: State, by: Member, act: ChangeTraitsAct): Verdict {
  return traitsChange(
    by,
    act.changes.filter(({ trait, on }) => trait !== "operator" || !on),
  );
}

/** The last word on each trait counts, and only where it differs from what is. */
function traitsChange(by: Member, wanted: readonly TraitChange[]): Verdict {
  const last = new Map(wanted.map((change) => [change.trait, change]));
  const changes = [...last.values()].filter(({ trait, on }) => by.traits.has(trait) !== on);
  return changes.length === 0 ? NOTHING : happens({ type: "traits-changed", who: by.who, changes });
}

export function checkAnnounce(_state: State, by: Member, act: AnnounceAct): Verdict {
  if (!by.traits.has("operator")) return refused({ why: "not-server-operator" });
  return happens({ type: "announced", by: by.who, text: act.text });
}

export function checkExpel(state: State, by: Member, act: ExpelAct): Verdict {
  if (!by.traits.has("operator")) return refused({ why: "not-server-operator" });
  const target = state.member(act.nick);
  if (!target) return refused({ why: "no-such-nick", nick: act.nick });
  return happens({ type: "expelled", by: by.who, who: target.who, reason: act.reason });
}
