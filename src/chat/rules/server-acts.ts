import type { ServerAct } from "../act.ts";
import { type CheckResult, happens } from "../check-result.ts";
import type { EventOf } from "../event.ts";
import { loggedOut } from "../logout.ts";
import { disempowered } from "../power.ts";
import type { State } from "../state.ts";

/** Checks an act of the server itself. It is never refused, but may be without effect. */
export function checkServerAct(state: State, act: ServerAct): CheckResult {
  switch (act.type) {
    case "configure":
      return happens({ type: "configured", rules: act.rules });
    case "log-out":
      return { events: loggedOut(state, act) };
    case "disempower":
      return { events: disempowered(state, new Set(act.names), act.why) };
  }
}

export function applyConfigured(state: State, { rules }: EventOf<"configured">): void {
  state.rules = rules;
}
