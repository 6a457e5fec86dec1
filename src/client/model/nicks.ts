import { numbered } from "../../text/split.ts";
import { type Effect, type Model, naming, note, type Step, same, send, step } from "./state.ts";

/** How many nicks in a row may be refused before we give up asking for another. */
export const NICK_TRIES = 30;

/** A nick is at least this long on every server (RFC 1459, 1.2). */
const SHORTEST_LIMIT = 9;

/** The nick to try when `wanted` has been refused `tries` times: `ann-2`, `ann-3` and so on, as our server numbers them. */
export function nextNick(wanted: string, tries: number, limit: number): string {
  return numbered(wanted, tries + 1, limit);
}

/** What is left of a nick that a server finds malformed: letters, digits and marks that any server takes. */
export function plainNick(nick: string): string {
  const plain = nick.replace(/[^A-Za-z0-9_[\]{}\\|^`-]/g, "").replace(/^[0-9-]+/, "");
  return (plain === "" ? "guest" : plain).slice(0, SHORTEST_LIMIT);
}

/** The server says that a nick is in use (ERR_NICKNAMEINUSE and its kin), or in its own words why it is not ours. */
export function nickTaken(model: Model, nick: string, now: number, words = ""): Step {
  if (model.asking === "retaking") return wait({ ...model, asking: undefined });
  const reserved = /\bregistered\b/i.test(words);
  if (words === "" || reserved || /\bin use\b/i.test(words)) {
    return tryNext(same(nick, model.wanted) ? { ...model, reserved } : model, now);
  }
  return instead(model, now, note("event", now, `${naming([nick], words)}.`));
}

/** Another nick takes the place of the wanted one: it would be waited for in vain. */
function instead(model: Model, now: number, told: Effect): Step {
  const tries = model.tries + 1;
  if (tries > NICK_TRIES) return refused(model, now, "Every nick that was tried is refused; choose another.");
  const next = nextNick(model.wanted, 1, model.support.nickLength);
  if (same(next, model.nick)) return step({ ...model, wanted: next, asking: undefined, tries: 0 }, told);
  const changed = { ...model, wanted: next, tries };
  return model.phase === "registering"
    ? step({ ...changed, nick: next, asking: "registering" }, told, send("NICK", next))
    : step({ ...changed, asking: "user" }, told, send("NICK", next));
}

function tryNext(model: Model, now: number): Step {
  const tries = model.tries + 1;
  if (tries > NICK_TRIES) return refused(model, now, "Every nick that was tried is in use; choose another.");
  const next = nextNick(model.wanted, tries, model.support.nickLength);
  if (model.phase === "registering") {
    return step({ ...model, nick: next, asking: "registering", tries }, send("NICK", next));
  }
  if (same(next, model.nick)) {
    return watch({ ...model, asking: undefined, tries: 0 }, note("event", now, unavailable(model)));
  }
  return step({ ...model, asking: "user", tries }, send("NICK", next));
}

/** The server says that a nick is malformed (ERR_ERRONEUSNICKNAME). */
export function nickMalformed(model: Model, words: string, now: number): Step {
  if (model.phase !== "registering") {
    const next = { ...model, asking: undefined, tries: 0, wanted: model.nick };
    return step(next, note("trouble", now, words));
  }
  const plain = plainNick(model.wanted);
  const tries = model.tries + 1;
  if (plain === model.wanted || tries > NICK_TRIES) return refused(model, now, words);
  return step({ ...model, wanted: plain, nick: plain, asking: "registering", tries }, send("NICK", plain));
}

function refused(model: Model, now: number, why: string): Step {
  if (model.phase === "registering") return step(model, { type: "give-up", code: 1, why });
  return step({ ...model, asking: undefined, tries: 0 }, note("trouble", now, why));
}

/** The user asks for a nick. */
export function askNick(model: Model, nick: string): Step {
  const stop = watches(model) ? [send("MONITOR", "-", model.wanted)] : [];
  const next = { ...model, wanted: nick, asking: "user" as const, tries: 0 };
  return step(next, ...stop, send("NICK", nick));
}

/** We have got a nick, by our asking or by the server's will. */
export function nickGot(model: Model, nick: string, now: number): Step {
  const { asking, wanted } = model;
  const next = { ...model, nick, asking: undefined, tries: 0 };
  const isWatched = watches(model) && asking !== "user";
  const stop = isWatched ? [send("MONITOR", "-", wanted)] : [];
  if (same(nick, wanted)) {
    const words = asking === "retaking" ? `${wanted} is free again: it is yours.` : `You are now ${nick}.`;
    return step(next, ...stop, note("event", now, words));
  }
  if (asking === undefined) return step({ ...next, wanted: nick }, ...stop, note("event", now, `You are now ${nick}.`));
  return watch(next, note("event", now, unavailable(next)));
}

/** After being let in: says so if we could not have the wanted nick, and waits for it. */
export function settleNick(model: Model, now: number): Step {
  const next = { ...model, asking: undefined, tries: 0 };
  return same(model.nick, model.wanted) ? step(next) : watch(next, note("event", now, unavailable(next)));
}

/** Someone has let go of a nick; if it is the wanted one, it is ours to take. */
export function nickFree(model: Model, nick: string): Step {
  if (!lacksWanted(model) || model.asking === "user" || !same(nick, model.wanted)) return step(model);
  return step({ ...model, asking: "retaking" }, send("NICK", model.wanted));
}

/** Asks for the wanted nick again, where the server cannot tell when it is free. */
export function retryNick(model: Model): Step {
  return model.support.monitor ? step(model) : nickFree(model, model.wanted);
}

function lacksWanted(model: Model): boolean {
  return model.phase === "here" && !same(model.nick, model.wanted);
}

function watches(model: Model): boolean {
  return model.support.monitor && lacksWanted(model);
}

function watch(model: Model, ...effects: readonly Effect[]): Step {
  if (!model.support.monitor) return wait(model, ...effects);
  return step(model, ...effects, send("MONITOR", "+", model.wanted));
}

function wait(model: Model, ...effects: readonly Effect[]): Step {
  return model.support.monitor ? step(model, ...effects) : step(model, ...effects, { type: "nick-later" });
}

function unavailable({ wanted, nick, reserved }: Model): string {
  return reserved
    ? `${wanted} is registered: you are ${nick}; /login ${wanted} makes you ${wanted}, if that is you.`
    : `${wanted} is in use: you are ${nick} until it is free.`;
}
