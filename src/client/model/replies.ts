import { fold } from "../../text/fold.ts";
import { localTimes } from "../../text/time.ts";
import { NUMERICS } from "../../wire/numerics.ts";
import { onSlash } from "../commands/slash.ts";
import { onRegisterRefused, onToken } from "./accounts.ts";
import { onHistoryRefused } from "./history.ts";
import { refused } from "./outbox.ts";
import { goHome, onRestored } from "./read-markers.ts";
import { labelOf, requestFor } from "./requests.ts";
import { removedFrom } from "./rooms.ts";
import { lastParam, type ServerMessage } from "./server-message.ts";
import { andThen, LINKED, type Model, note, type Step, step, trouble, without, withSubject } from "./state.ts";

/** Replies of a server about itself and about our commands: refusals, standard replies, MOTD, ERROR. */

const [NO_ROOM] = NUMERICS.ERR_NOSUCHCHANNEL;

/** Errors that never answer a message: about nicks, modes, bans and operators' commands. */
const NOT_OF_MESSAGES = /^(?:43\d|44[1-3]|467|47[1-68]|482|696)$/;

/** RPL_MOTD. */
export function onMotd(model: Model, message: ServerMessage, now: number): Step {
  return step(model, note("hint", now, lastParam(message).replace(/^- ?/, "")));
}

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
    return andThen(shown, (next) => refused(next, label, target, words, { hasNoRoom: message.command === NO_ROOM }));
  const gone = andThen(shown, (next) => step({ ...removedFrom(next, key), joining: without(next.joining, key) }));
  // Without the room of the invitation, we may be in none.
  return isLink ? andThen(gone, goHome) : gone;
}

/** A refusal as a sentence, from the parameters of its numeric after our nick, without its last one, the server's text. */
type Sentence = (params: readonly string[]) => string | undefined;

/** The refusals of other servers in the words of a tcpchat server, which sends sentences itself. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  "401": ([nick]) => `Nobody here is called ${nick}.`,
  "403": ([room]) => `There is no room ${room}; /rooms lists those there are.`,
  "405": ([room]) => `You are in too many rooms to join ${room}; /leave leaves one.`,
  "421": ([command]) => `This server has no command ${command}.`,
  "441": ([nick, room]) => `${nick} is not in ${room}.`,
  "442": ([room]) => `You are not in ${room}.`,
  "443": ([nick, room]) => `${nick} is in ${room} already.`,
  "471": ([room]) => `${room} is full.`,
  "473": ([room]) => `${room} is for invited people only; its operators invite.`,
  "474": ([room]) => `You are banned from ${room}.`,
  "475": ([room]) => `${room} has a key: /join ${room} KEY.`,
  "476": ([room]) => `${room} cannot be the name of a room here.`,
  "478": ([room]) => `The list of bans of ${room} is full.`,
  "482": ([room]) => `Only an operator of ${room} may do that; /who tells who is one.`,
};

/** The sentence for a numeric of another server; `undefined` where its own words are as good. */
export function refusalWords({ deduplicates }: Model, { command, params }: ServerMessage): string | undefined {
  const about = params.slice(1, -1);
  return deduplicates || about.length === 0 ? undefined : SENTENCES[command]?.(about);
}
