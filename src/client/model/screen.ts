import { anytime, type ClientCommand } from "./slash.ts";
import { type Model, type Step, step, trouble } from "./state.ts";

/** The commands of a full screen: about the list of places, and text that leaves the screen. */

/** Which messages of a place notify the user: each, those that mention the user, or none, which also go uncounted. */
export type NotifyLevel = (typeof LEVELS)[number];

const LEVELS = ["all", "mentions", "none"] as const;

/** Something that the screen does on its own. */
export type ScreenRequest =
  /** Puts the current place at this number of the list, counted from 1. */
  | { readonly type: "move"; readonly to: number }
  /** Takes the current place off the list until something is said there. */
  | { readonly type: "hide" }
  /** Sets the level of the current place; shows it if `undefined`. */
  | { readonly type: "notify"; readonly level: NotifyLevel | undefined };

/** The rows of these commands. */
export const SCREEN_COMMANDS: readonly ClientCommand[] = [
  anytime("move", [], "NUMBER", "puts this room at that number of the list of rooms", 1, (model, words, now) => {
    if (!/^\d{1,4}$/.test(words) || Number(words) === 0)
      return trouble(model, now, `"${words}" is no number of the list: /move 1 puts this room first.`);
    return ask(model, { type: "move", to: Number(words) });
  }),
  anytime("hide", [], "", "takes this room off the list until someone says something there", 0, (model) =>
    ask(model, { type: "hide" }),
  ),
  anytime(
    "notify",
    [],
    "[all|mentions|none]",
    "tells which messages of this room ring the bell; with none they are not counted either",
    0,
    (model, words, now) => {
      const level = LEVELS.find((each) => each === words.toLowerCase());
      if (words !== "" && level === undefined)
        return trouble(model, now, `"${words}" is no level: /notify all, /notify mentions, or /notify none.`);
      return ask(model, { type: "notify", level });
    },
  ),
];

function ask(model: Model, request: ScreenRequest): Step {
  return step(model, { type: "screen", request });
}
