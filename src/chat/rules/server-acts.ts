import type { ServerAct } from "../model/act.ts";
import type { EventOf } from "../model/event.ts";
import { type CheckResult, happens } from "../model/refusal.ts";
import type { State } from "../model/state.ts";
import { disempowered } from "./server-operators.ts";
import { loggedOut } from "./sessions.ts";

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
