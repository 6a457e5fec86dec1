/** The client's pure model: lines from the server and the user in, effects as lines of text out. */

import { perform } from "../../../src/client/commands/perform.ts";
import { openRegistration } from "../../../src/client/model/registration.ts";
import {
  type Annotation,
  type ClientIdentity,
  type Effect,
  type Model,
  newModel,
  type Step,
} from "../../../src/client/model/state.ts";
import { update } from "../../../src/client/model/update.ts";
import type { Secrecy } from "../../../src/client/net/transport.ts";
import { showRows } from "../../../src/client/ui/linear.ts";
import { format, NO_TAGS, parse } from "../../../src/wire/message.ts";

/** The client's model, which records the effects of each step as lines. */
export class Play {
  model: Model;
  #ids = 0;

  constructor(identity: Partial<ClientIdentity> = {}) {
    const nobody = { account: undefined, password: undefined, serverPassword: undefined, isSavedLogin: false };
    const history = { type: "lines", count: 50 } as const;
    this.model = newModel({
      nick: "ann",
      rooms: ["#lobby"],
      ...nobody,
      newId: () => `id-${++this.#ids}`,
      history,
      ...identity,
    });
  }

  /** The lines that a new connection sends. */
  open(secrecy: Secrecy = "accepted"): string[] {
    return this.#take(openRegistration(this.model, secrecy));
  }

  /** Handles lines from the server; returns the effects: `> sent`, or a line as it is shown. */
  server(...lines: string[]): string[] {
    return lines.flatMap((line) => {
      const message = parse(line);
      return message === undefined ? [] : this.#take(update(this.model, message, 0));
    });
  }

  /** Handles a line that the user types; returns the effects. */
  types(line: string): string[] {
    return this.#take(perform(this.model, line, 0));
  }

  /** Takes a step; returns the effects. */
  apply(step: Step): string[] {
    return this.#take(step);
  }

  #take(step: Step): string[] {
    this.model = step.model;
    return step.effects.map((effect) => this.#draw(effect));
  }

  #draw(effect: Effect): string {
    switch (effect.type) {
      case "send":
        return `> ${format({ tags: effect.tags ?? NO_TAGS, source: undefined, command: effect.command, params: effect.params })}`;
      case "show": {
        const current = this.model.current === undefined ? undefined : this.model.rooms.get(this.model.current)?.name;
        return showRows(effect.line, { colour: false, current })
          .map((row) => row.replace(/^\[\d\d:\d\d\] /, ""))
          .join("\n");
      }
      case "annotate":
        return annotationWords(effect.annotation);
      case "give-up":
        return `give up ${effect.code}: ${effect.why}`;
      case "nick-later":
        return "try the nick later";
      case "logged-out":
        return "logged out";
      case "quit":
        return `quit ${effect.why}`;
      case "no-tls":
        return "no TLS";
      case "go-to-tls":
        return `go to TLS on port ${effect.port}`;
      case "keep-to-tls":
        return `keep to TLS for ${effect.seconds} s`;
      case "closing":
        return `closing: ${effect.why}`;
      case "pong":
        return `pong ${effect.token}`;
      case "past":
        return `past of ${effect.page.target}: ${effect.page.lines.length}${effect.page.complete ? ", complete" : ""}`;
      case "found":
        return `found ${effect.words}: ${effect.lines.map(({ text }) => text).join(", ")}`;
      case "room-renamed":
        return `room ${effect.from} is ${effect.to}`;
      case "read":
        return `read ${effect.target} up to ${effect.upTo ?? "*"}${effect.unread ? `: ${effect.unread.count} unread` : ""}`;
      case "await-history":
        return "await history";
      case "stored":
        return `stored ${effect.message.id}${effect.proof === "msgid" ? "" : `, ${effect.proof}`}`;
      case "ask-password":
        return `ask ${effect.words}`;
      case "screen":
        return `screen ${JSON.stringify(effect.request)}`;
      case "help":
        return `help ${effect.title}: ${effect.rows.map(({ label }) => label).join(", ")}`;
      case "keep-login":
        return `keep ${effect.account} ${effect.password}${effect.token === undefined ? "" : ` ${effect.token}`}`;
      case "forget-login":
        return "forget login";
    }
  }
}

/** `bob reacted 👍 to m1 in #lobby`, `bob took back m1 in #lobby: why`. */
function annotationWords(annotation: Annotation): string {
  if (annotation.kind === "redacted") {
    const { by, of, place, reason } = annotation;
    return `${by} took back ${of} in ${place}${reason === "" ? "" : `: ${reason}`}`;
  }
  const { nick, kind, text, of, room, to } = annotation;
  return `${nick} ${kind} ${text} to ${of} in ${room ?? to ?? "our talk"}`;
}

/** A client that is ann in #lobby with bob, with these capabilities and ISUPPORT tokens. */
export function inLobby(caps = "", support = "NICKLEN=32"): Play {
  const play = new Play();
  play.open();
  play.server(
    `:s CAP * ACK :${caps}`,
    ":s 001 ann :hi",
    `:s 005 ann ${support} :are supported by this server`,
    ":s 422 ann :no motd",
    ...(caps.includes("tcpchat/commands") ? [":s PONG s commands"] : []),
    ":ann!ann@h JOIN #lobby",
    ":s 353 ann = #lobby :@ann bob",
    ":s 366 ann #lobby :end",
  );
  return play;
}
