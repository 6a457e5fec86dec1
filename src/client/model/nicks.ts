import { numbered } from "../../text/fold.ts";
import { type Effect, giveUp, type Model, note, type Step, same, send, step, trouble, withSubject } from "./state.ts";

/** Choosing a nick: the next one when a nick is taken, and getting the wanted one back when it is free. */

/** How many nicks in a row may be refused before we give up. */
export const NICK_TRIES = 30;

/** The length of nicks that most servers take. */
export const USUAL_LIMIT = 32;

const IN_TURN = 9; // numbers that are tried in order, before random ones
const SHORTEST_LIMIT = 9; // characters of a nick that every server accepts (RFC 1459, 1.2)

/**
 * The nick to try after `tries` refusals: `ann-2`, `ann-3` and so on, numbered as the tcpchat server does. Beyond `ann-10`
 * the number has four digits derived from `chance`, so that many clients with the same nick find free ones quickly.
 */
export function nextNick(wanted: string, tries: number, limit: number, chance: string): string {
  if (tries <= IN_TURN) return numbered(wanted, tries + 1, limit);
  let sum = 0;
  for (let at = 0; at < chance.length; at++) sum = (sum * 31 + chance.charCodeAt(at)) % 9000;
  return numbered(wanted, 1000 + sum, limit);
}

/**
 * A malformed nick, reduced to the letters, digits and marks that every server takes; if it has no others, to the length
 * that every server takes.
 */
export function plainNick(nick: string): string {
  const letters = nick.replace(/[^A-Za-z0-9_[\]{}\\|^`-]/g, "").replace(/^[0-9-]+/, "");
  const plain = (letters === "" ? "guest" : letters).slice(0, USUAL_LIMIT);
  return plain === nick ? plain.slice(0, SHORTEST_LIMIT) : plain;
}

/** ERR_NICKNAMEINUSE and similar: a nick is in use, registered, or refused for a reason in the server's words. */
export function nickTaken(model: Model, nick: string, now: number, words = ""): Step {
  if (model.nickRequest === "retaking") return retryLater({ ...model, nickRequest: undefined });
  const reserved = /\bregistered\b/i.test(words);
  if (model.phase === "here")
    return trouble({ ...model, nickRequest: undefined }, now, takenWords(nick, reserved, words));
  if (words === "" || reserved || /\bin use\b/i.test(words)) {
    return tryNext(same(nick, model.wanted) ? { ...model, reserved } : model, now);
  }
  return wantAnother(model, now, note("event", now, `${withSubject([nick], words)}.`));
}

/** Refuses a nick that the user asked for: nothing waits for it. */
function takenWords(nick: string, reserved: boolean, words: string): string {
  if (reserved) return `${nick} is registered; /login ${nick} makes you ${nick}, if that is you.`;
  if (words === "" || /\bin use\b/i.test(words)) return `${nick} is in use; /nick with another name works.`;
  return `${withSubject([nick], words).replace(/\.$/, "")}.`;
}

/** Wants another nick from now on, since the refused one will never be free. `shown` is the note about the refusal. */
function wantAnother(model: Model, now: number, shown: Effect): Step {
  const nickTries = model.nickTries + 1;
  if (nickTries > NICK_TRIES) return giveUpNick(model, now, "Every nick that was tried is refused; choose another.");
  const next = numbered(model.wanted, 2, model.support.nickLength);
  return step({ ...model, wanted: next, nickTries, nick: next, nickRequest: "registering" }, shown, send("NICK", next));
}

function tryNext(model: Model, now: number): Step {
  const nickTries = model.nickTries + 1;
  if (nickTries > NICK_TRIES) return giveUpNick(model, now, "Every nick that was tried is in use; choose another.");
  const next = nextNick(model.wanted, nickTries, model.support.nickLength, model.identity.newId());
  return step({ ...model, nick: next, nickRequest: "registering", nickTries }, send("NICK", next));
}

/**
 * ERR_ERRONEUSNICKNAME: a nick is malformed. During registration a plainer one is tried; a script whose user has named the
 * nick ends instead.
 */
export function nickMalformed(model: Model, words: string, now: number): Step {
  if (model.phase !== "registering") {
    return trouble({ ...model, nickRequest: undefined, nickTries: 0 }, now, words);
  }
  const plain = plainNick(model.wanted);
  const nickTries = model.nickTries + 1;
  const isHopeless = plain === model.wanted || nickTries > NICK_TRIES;
  const { quiet, keepsNick, overSsh } = model.identity;
  if (quiet && (keepsNick || overSsh)) {
    const why = isHopeless ? `: ${words.replace(/^".*" cannot be a nick: /, "")}` : `; ${plain} could, for example`;
    return giveUp(model, 2, `${cannotBe(model.wanted)}${why}`);
  }
  if (isHopeless) return giveUpNick(model, now, words);
  return step(
    { ...model, wanted: plain, nick: plain, nickRequest: "registering", nickTries },
    note("event", now, `${cannotBe(model.wanted)}: you are ${plain}.`),
    send("NICK", plain),
  );
}

function cannotBe(nick: string): string {
  return `${nick} cannot be a nick here`;
}

/** Stops asking for nicks; during registration that ends the client. */
function giveUpNick(model: Model, now: number, why: string): Step {
  if (model.phase === "registering") return giveUp(model, 1, why);
  return trouble({ ...model, nickRequest: undefined, nickTries: 0 }, now, why);
}

/** Requests a nick that the user has typed; once we have it, it is the wanted nick. */
export function askNick(model: Model, nick: string): Step {
  return step({ ...model, nickRequest: "user", nickTries: 0 }, send("NICK", nick));
}

/** NICK: our nick has changed, by our request or by the server's decision. */
export function nickGot(model: Model, nick: string, now: number): Step {
  const { nickRequest, wanted } = model;
  const next = { ...model, nick, nickRequest: undefined, nickTries: 0 };
  const unmonitor = isMonitoring(model) ? [send("MONITOR", "-", wanted)] : [];
  const changed = note("event", now, `You are now ${nick}.`);
  if (same(nick, wanted)) {
    // Our account's nick was reserved for us, so it was not "free again".
    const isOurs = model.reserved || (model.account !== undefined && same(nick, model.account));
    const isFreed = nickRequest === "retaking" && !isOurs;
    const freed = note("event", now, `${wanted} is free again: it is yours.`);
    return step({ ...next, reserved: false }, ...unmonitor, isFreed ? freed : changed);
  }
  if (nickRequest === undefined || nickRequest === "user")
    return step({ ...next, wanted: nick }, ...unmonitor, changed);
  return awaitNick(next, note("event", now, unavailable(next)));
}

/**
 * After registration: if our nick is not the wanted one, says so and waits for the wanted one to be free. A full screen
 * says so after the history of the first room instead (`welcomeWords`).
 */
export function settleNick(model: Model, now: number): Step {
  const next = { ...model, nickRequest: undefined, nickTries: 0 };
  if (same(model.nick, model.wanted)) return step(next);
  const isStart = model.rooms.values().every(({ isAwaited }) => isAwaited === true);
  const isSaidLater = model.identity.fullScreen === true && isStart;
  return awaitNick(next, ...(isSaidLater ? [] : [note("event", now, unavailable(next))]));
}

/** A nick is free: if it is the wanted one, requests it. */
export function nickFree(model: Model, nick: string): Step {
  if (!lacksWanted(model) || model.nickRequest === "user" || !same(nick, model.wanted)) return step(model);
  return step({ ...model, nickRequest: "retaking" }, send("NICK", model.wanted));
}

/** Requests the wanted nick again, on a server without MONITOR. */
export function retryNick(model: Model): Step {
  return model.support.monitor ? step(model) : nickFree(model, model.wanted);
}

function lacksWanted(model: Model): boolean {
  return model.phase === "here" && !same(model.nick, model.wanted);
}

/** Whether the server monitors the wanted nick for us. */
function isMonitoring(model: Model): boolean {
  return model.support.monitor && lacksWanted(model);
}

/** Waits for the wanted nick: by MONITOR, or by asking again later. */
function awaitNick(model: Model, ...effects: readonly Effect[]): Step {
  if (!model.support.monitor) return retryLater(model, ...effects);
  return step(model, ...effects, send("MONITOR", "+", model.wanted));
}

function retryLater(model: Model, ...effects: readonly Effect[]): Step {
  return model.support.monitor ? step(model, ...effects) : step(model, ...effects, { type: "nick-later" });
}

/** The sentence that we do not have the wanted nick, and how to get it; `undefined` if we have it. */
export function lackedNick(model: Model): string | undefined {
  return lacksWanted(model) ? unavailable(model) : undefined;
}

function unavailable({ wanted, nick, reserved }: Model): string {
  return reserved
    ? `${wanted} is registered: you are ${nick}; /login ${wanted} makes you ${wanted}, if that is you.`
    : `${wanted} is in use: you are ${nick} until it is free.`;
}
