import { fold } from "../../text/fold.ts";
import { dayOf, pastTimeOf } from "../../text/time.ts";
import { hasWord, noWordIn, SEARCH_HELP, SEARCH_USAGE, typedSearch } from "../../text/words.ts";
import { escapeTag } from "../../wire/message.ts";
import { SEARCH } from "../model/history.ts";
import { lackedNick } from "../model/nicks.ts";
import { request } from "../model/requests.ts";
import { type ClientRoom, currentRoom } from "../model/rooms.ts";
import { currentName, isSettled, type Model, type Step, step, trouble } from "../model/state.ts";
import { anytime, type ClientCommand, needing } from "./slash.ts";

/** The slash commands of a full screen: its list of places, copying, searching, notifications and servers. */

/** Which messages of a place notify the user: all, mentions, or none; with `none` they are not counted as unread either. */
export type NotifyLevel = (typeof LEVELS)[number];

const LEVELS = ["all", "mentions", "none"] as const;

/** A request of a command to the screen; the model has no part in it. */
export type ScreenRequest =
  /** Moves the current place to a position in the list, counted from 1. */
  | { readonly type: "move"; readonly to: number }
  /** Hides the current place in the list until a message arrives there. */
  | { readonly type: "hide" }
  /** Removes the notes from the current place's log: joins, answers to commands, hints. */
  | { readonly type: "clear" }
  /** Sets the level of the current place; shows it if `undefined`. */
  | { readonly type: "notify"; readonly level: NotifyLevel | undefined }
  /** Copies the text of the last message, or that many of the last messages, to the clipboard. */
  | { readonly type: "copy"; readonly count: number | undefined }
  /** Searches the loaded messages of one place or all, since the server cannot search. */
  | { readonly type: "search"; readonly words: string; readonly place: string | undefined }
  /** Goes to what was said at a time, in milliseconds since 1970, in the current place. */
  | { readonly type: "goto"; readonly time: number }
  /** Connects to one more server: to one of the configuration by its name, or to an address. */
  | { readonly type: "connect"; readonly server: string; readonly room?: undefined }
  /** Joins a room of another server, by the server's name in the list. */
  | { readonly type: "connect"; readonly server: string; readonly room: string }
  /** Disconnects from a server by its name in the list, or from the one on the screen. */
  | { readonly type: "disconnect"; readonly server: string | undefined };

const MOST_COPIED = 1000; // messages

/** The commands of any full screen. */
export const SCREEN_COMMANDS: readonly ClientCommand[] = [
  anytime("move", [], "NUMBER", "moves this room to that position in the list of rooms", 1, (model, words, now) => {
    if (!/^\d{1,4}$/.test(words) || Number(words) === 0)
      return trouble(model, now, `"${words}" is not a position in the list: /move 1 puts this room first.`);
    return ask(model, { type: "move", to: Number(words) });
  }),
  anytime(
    "goto",
    ["date"],
    "yesterday|DATE|TIME",
    "goes to what was said here then: /goto yesterday, /goto 2026-01-05, /goto 09:30",
    1,
    (model, words, now) => {
      const time = pastTimeOf(words.toLowerCase(), now);
      if (time !== undefined) return ask(model, { type: "goto", time });
      return trouble(model, now, `"${words}" is no time: /goto yesterday, /goto ${dayOf(now)}, or /goto 09:30.`);
    },
  ),
  anytime(
    "copy",
    [],
    "[NUMBER]",
    "copies the text of the last message to the clipboard, or the last NUMBER messages with times and nicks",
    0,
    (model, words, now) => {
      if (words === "") return ask(model, { type: "copy", count: undefined });
      if (!/^\d{1,4}$/.test(words) || Number(words) < 1 || Number(words) > MOST_COPIED)
        return trouble(
          model,
          now,
          `"${words}" is no number from 1 to ${MOST_COPIED}: /copy 40 copies the last 40 messages.`,
        );
      return ask(model, { type: "copy", count: Number(words) });
    },
  ),
  anytime("search", ["find", "grep"], SEARCH_USAGE, SEARCH_HELP, 1, (model, typed, now) => {
    const { words, isHere } = typedSearch(typed);
    const place = isHere ? currentName(model) : undefined;
    if (model.phase !== "here" || !model.caps.has(SEARCH)) return ask(model, { type: "search", words, place });
    if (!hasWord(words)) return trouble(model, now, noWordIn(words));
    const within = place === undefined ? "" : `in=${escapeTag(place)};`;
    return request(model, ["SEARCH", `${within}text=${escapeTag(words)}`], { search: words });
  }),
  anytime("clear", [], "", "removes notices and answers from this page; messages stay", 0, (model) =>
    ask(model, { type: "clear" }),
  ),
  anytime("hide", [], "", "takes this room off the list until someone says something there", 0, (model) =>
    ask(model, { type: "hide" }),
  ),
  anytime(
    "notify",
    [],
    "[all|mentions|none]",
    "sets which messages of this room ring the bell; with none, they are not counted as unread either",
    0,
    (model, words, now) => {
      const level = LEVELS.find((each) => each === words.toLowerCase());
      if (words !== "" && level === undefined)
        return trouble(model, now, `"${words}" is no level: /notify all, /notify mentions, or /notify none.`);
      return ask(model, { type: "notify", level });
    },
  ),
];

/** The commands of a full screen that can have several servers. */
export const SERVER_COMMANDS: readonly ClientCommand[] = [
  needing(
    "other-servers",
    anytime(
      "connect",
      ["server"],
      "NAME|HOST[:PORT]",
      "connects to one more server: by its name in the configuration, or its address",
      1,
      (model, words) => ask(model, { type: "connect", server: words }),
    ),
  ),
  needing(
    "other-servers",
    anytime(
      "disconnect",
      [],
      "[NAME]",
      "leaves this server, or the one with that name in the list",
      0,
      (model, words) => ask(model, { type: "disconnect", server: words === "" ? undefined : words }),
    ),
  ),
];

function ask(model: Model, request: ScreenRequest): Step {
  return step(model, { type: "screen", request });
}

/** The room that shows the welcome lines; `undefined` until we are in it and its history has arrived. */
export function welcomeRoom(model: Model): ClientRoom | undefined {
  const room = currentRoom(model);
  if (room === undefined || !isSettled(model)) return undefined;
  return model.streams.get(fold(room.name))?.pending === undefined ? room : undefined;
}

/**
 * The welcome lines: if we did not get the wanted nick, why. On the first visit to a server, also how to send a message,
 * register the nick and get help.
 */
export function welcomeWords(model: Model, room: string, isFirst: boolean): readonly string[] {
  const { nick, account, support } = model;
  const lacked = lackedNick(model);
  if (!isFirst) return lacked === undefined ? [] : [lacked];
  const keptWords = support.history > 0 ? " Messages are kept: people who join later can read them." : "";
  const nameWords =
    account === undefined
      ? `/register makes the name ${nick} yours.`
      : `You are logged in: the name ${account} is yours.`;
  return [
    `Type a line, and Enter says it in ${room}; /join ROOM goes to another room.${keptWords}`,
    lacked ?? nameWords,
    "/help tells what else there is, and Ctrl-K lists rooms, people and commands.",
  ];
}
