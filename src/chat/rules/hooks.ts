import type { PostAct } from "../model/act.ts";
import type { Identity } from "../model/event.ts";
import { accepted, type CheckResult, refused } from "../model/refusal.ts";
import type { State } from "../model/state.ts";
import { checkRepeat } from "./idempotency.ts";
import { checkText } from "./messages.ts";
import { roomOpenedBy } from "./tokens.ts";

/** The user name and the host of every webhook. */
const WEBHOOK = "webhook";

/**
 * Incoming webhooks: a program says something in a room without being in it. Its nick has a slash, which no member's nick
 * can have, and it counts as a bot's.
 */
export function checkPost(state: State, act: PostAct): CheckResult {
  const { hash, nick, text, tags } = act;
  const opened = roomOpenedBy(state, "hook", hash);
  if (!opened) return refused({ why: "hook-unknown" });
  const [room, { name }] = opened;
  const textRefusal = checkText(state, { to: room.name, text });
  if (textRefusal) return refused(textRefusal);
  const who = identityOf(name, nick);
  // Ids of different webhooks, and of people, do not meet.
  const id = act.id === undefined ? undefined : `${hash}:${act.id}`;
  const repeat = checkRepeat(state, { who }, { type: "say", to: room.name, kind: "words", text, id });
  if (repeat) return repeat;
  if (state.isDown) return refused({ why: "not-stored", what: "message" });
  return accepted({
    type: "said",
    from: who,
    to: room.name,
    inRoom: true,
    rank: undefined,
    kind: "words",
    text,
    tags,
    id,
    away: undefined,
    ephemeral: room.keeps === 0 ? "by-rule" : undefined,
  });
}

/** How the members see a webhook. */
function identityOf(name: string, nick: string): Identity {
  const realname = `The webhook ${name}`;
  return { nick: `${name}/${nick}`, user: WEBHOOK, host: WEBHOOK, realname, account: undefined, bot: true };
}
