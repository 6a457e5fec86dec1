import { fold } from "../../text/fold.ts";
import { request } from "./requests.ts";
import { currentRoom } from "./rooms.ts";
import type { ServerMessage } from "./server-message.ts";
import { type Model, type Step, senderOf, step } from "./state.ts";

/** Learns who is away: by AWAY of people in our rooms, and by WHO for those who were away before we came. */

const SMALL = 100; // members of a room up to which the server is asked who is away

/** AWAY (IRCv3 away-notify): someone in a room of ours goes away or comes back. */
export function onAwayNotify(model: Model, message: ServerMessage): Step {
  const [reason = ""] = message.params;
  model.away.set(senderOf(message), reason === "" ? undefined : reason);
  return step(model);
}

/** RPL_WHOREPLY: somebody's flags, `G` for away. As the answer to a command of the user, it is shown besides. */
export function onWhoReply(model: Model, { params }: ServerMessage): undefined {
  const [, , , , , nick = "", flags = ""] = params;
  if (flags.startsWith("G") && model.away.get(nick) === undefined) model.away.set(nick, "");
}

/**
 * Asks once who is away in the room on the screen, if it is small: changes are told by away-notify, but not the state
 * before we came.
 */
export function askAway(model: Model): Step {
  const room = currentRoom(model);
  const { identity, caps, phase } = model;
  if (room === undefined || !identity.interactive || !caps.has("away-notify") || phase !== "here") return step(model);
  // Without members, their list is still to come.
  if (room.members.size === 0 || room.members.size > SMALL || !model.away.ask(fold(room.name))) return step(model);
  return request(model, ["WHO", room.name], { silent: true });
}
