import type { Message } from "../../wire/message.ts";
import { request } from "./requests.ts";
import { type Model, type Step, senderOf, step } from "./state.ts";

/** Who is away: AWAY of people in our rooms, and WHO for those who were away before we came. */

const SMALL = 100; // members of a room up to which the server is asked who is away

/** AWAY (IRCv3 away-notify): someone in a room of ours goes away or comes back. */
export function onAwayNotify(model: Model, message: Message): Step {
  const [reason = ""] = message.params;
  model.away.set(senderOf(message), reason === "" ? undefined : reason);
  return step(model);
}

/** RPL_WHOREPLY: somebody's flags, `G` for away. As the answer to a command of the user, it is shown besides. */
export function onWhoReply(model: Model, { params }: Message): undefined {
  const [, , , , , nick = "", flags = ""] = params;
  if (flags.startsWith("G") && model.away.get(nick) === undefined) model.away.set(nick, "");
}

/** Asks who is away in a room just joined, if it is small: changes are told by away-notify, the present state is not. */
export function askAway(model: Model, room: string, members: number): Step {
  if (!model.identity.interactive || !model.caps.has("away-notify") || members > SMALL) return step(model);
  return request(model, ["WHO", room], { silent: true });
}
