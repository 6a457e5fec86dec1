import { fold } from "../../text/fold.ts";
import { localTimes } from "../../text/time.ts";
import { NUMERICS } from "../../wire/numerics.ts";
import { onRegisterRefused, onToken } from "./accounts.ts";
import { onHistoryRefused } from "./history.ts";
import { refused } from "./outbox.ts";
import { goHome, onRestored } from "./read-markers.ts";
import { refusalWords } from "./refusal-words.ts";
import { labelOf, requestFor } from "./requests.ts";
import { removedFrom } from "./rooms.ts";
import type { ServerMessage } from "./server-message.ts";
import { onSlash } from "./slash.ts";
import {
  andThen,
  LINKED,
  lastParam,
  type Model,
  note,
  type Step,
  step,
  trouble,
  without,
  withSubject,
} from "./state.ts";

/** Replies of a server about itself and about our commands: refusals, standard replies, MOTD, away, ERROR. */

const [NO_ROOM] = NUMERICS.ERR_NOSUCHCHANNEL;

/** Errors that never answer a message: about nicks, modes, bans and operators' commands. */
const NOT_OF_MESSAGES = /^(?:43\d|44[1-3]|467|47[1-68]|482|696)$/;

/** RPL_MOTD. */
export function onMotd(model: Model, message: ServerMessage, now: number): Step {
  return step(model, note("hint", now, lastParam(message).replace(/^- ?/, "")));
}

/** RPL_AWAY. */
export function onAway(model: Model, message: ServerMessage, now: number): Step {
  const [, nick = "", words = ""] = message.params;
  model.away.set(nick, words);
  return step(model, note("event", now, `${nick} is away: ${words}`));
}

/** RPL_NOWAWAY and RPL_UNAWAY: our own away state. */
export function onOwnAway(model: Model, message: ServerMessage, now: number): Step {
  const isAway = message.command === NOW_AWAY;
  model.away.set(model.nick, isAway ? "" : undefined);
  return step(model, note("event", now, isAway ? "You are away." : "You are back."));
}

const [NOW_AWAY] = NUMERICS.RPL_NOWAWAY;

/** ERROR: the server is about to close the connection. */
export function onError(model: Model, message: ServerMessage): Step {
  return step(model, { type: "closing", why: message.params[0] ?? "" });
}

/** FAIL, WARN, NOTE (IRCv3 standard replies). A refused history request is only a hint. */
export function onStandardReply(model: Model, message: ServerMessage, now: number): Step {
  const [command = "", , ...about] = message.params;
  const words = localTimes(lastParam(message));
  const { tokenFor, endsLogin } = requestFor(model, message) ?? {};
  if (endsLogin) return step(model, { type: "logged-out" });
  if (tokenFor !== undefined) return onToken(model, tokenFor, message, now);
  if (command.toUpperCase() === "SLASH") return onSlash(model, message, now);
  if (command.toUpperCase() === "ROOMS") return onRestored(model, message, now);
  if (message.command.toUpperCase() !== "FAIL") return step(model, note("event", now, words));
  switch (command.toUpperCase()) {
    case "CHATHISTORY": {
      const name = about.find((word) => model.streams.has(fold(word)));
      return onHistoryRefused(model, name, now);
    }
    case "REGISTER":
    case "VERIFY":
      return onRegisterRefused(model, message, now);
    case "PASSWD":
      return trouble({ ...model, login: undefined }, now, words);
    case "PRIVMSG":
    case "TAGMSG":
    case "BATCH":
      return andThen(trouble(model, now, words), (next) =>
        refused(next, labelOf(model, message), undefined, words, { isUnstored: message.params[1] === "NOT_STORED" }),
      );
    default:
      return trouble(model, now, words);
  }
}

/** An error numeric: shown in the server's words. It may refuse a message of ours, or a room that we asked to join. */
export function onRefusal(model: Model, message: ServerMessage, now: number): Step {
  const words = localTimes(lastParam(message));
  const about = message.params.slice(1, -1);
  const target = about[0] ?? "";
  const isLink = target === LINKED && model.joining.has(fold(LINKED));
  const key = fold(target);
  const shown = trouble(model, now, refusalWords(model, message) ?? (isLink ? words : withSubject(about, words)));
  const label = labelOf(model, message);
  const isMessage = message.command === "404" || model.outbox.some((own) => own.id === label);
  if (NOT_OF_MESSAGES.test(message.command) && !model.joining.has(key)) return shown;
  if (isMessage || !model.joining.has(key))
    return andThen(shown, (next) => refused(next, label, target, words, { isNowhere: message.command === NO_ROOM }));
  const gone = andThen(shown, (next) => step({ ...removedFrom(next, key), joining: without(next.joining, key) }));
  // Without the room of the invitation, we may be in none.
  return isLink ? andThen(gone, goHome) : gone;
}
