/** A message as the client's model has it. */

import type { Talk } from "../../../src/client/model/state.ts";

/** `hi` by bob in #lobby. */
export function aMessage(changes: Partial<Talk> = {}): Talk {
  return {
    kind: "said",
    time: 0,
    room: "#lobby",
    nick: "bob",
    to: undefined,
    text: "hi",
    msgid: "m1",
    account: undefined,
    mention: false,
    replayed: false,
    ...changes,
  };
}
