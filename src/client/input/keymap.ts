import { type Feature, type FeatureFlags, isAvailable } from "../commands/features.ts";
import type { HelpRow } from "../model/state.ts";

/** The actions of the full screen's keys, apart from editing the line. */
export type Action =
  | "page-up"
  | "page-down"
  | "wheel-up"
  | "wheel-down"
  | "newest"
  | "next-room"
  | "last-room"
  | "next-unread"
  | "next-mention"
  | "previous-room"
  | "room-number"
  | "list"
  | "find"
  | "select-up"
  | "select-down"
  | "unfold"
  | "list-of-rooms"
  | "members"
  | "bare"
  | "retry"
  | "connect"
  | "mouse"
  | "redraw"
  | "suspend"
  | "room-1"
  | "room-2"
  | "room-3"
  | "room-4"
  | "room-5"
  | "room-6"
  | "room-7"
  | "room-8"
  | "room-9"
  | "room-10";

/** A row of the keymap: the keys as `KeyReader` names them with their actions, the label in the help, and the help. */
interface Binding {
  readonly keys: Readonly<Record<string, Action>>;
  readonly label: string;
  readonly help: string;
  /** The keys are not listed where the client does not have that. */
  readonly needs?: Feature;
}

const BINDINGS: readonly Binding[] = [
  {
    keys: {
      "page-up": "page-up",
      "page-down": "page-down",
      "wheel-up": "wheel-up",
      "wheel-down": "wheel-down",
      "ctrl-end": "newest",
    },
    label: "PgUp PgDn, wheel",
    help: "scroll, also into the server's history; Esc or Ctrl-End goes back to the newest line",
  },
  {
    keys: {
      "alt-1": "room-1",
      "alt-2": "room-2",
      "alt-3": "room-3",
      "alt-4": "room-4",
      "alt-5": "room-5",
      "alt-6": "room-6",
      "alt-7": "room-7",
      "alt-8": "room-8",
      "alt-9": "room-9",
      "alt-0": "room-10",
      "alt-j": "room-number",
    },
    label: "Alt-1 to Alt-0",
    help: "go to the room with that number, Alt-0 to the tenth; Alt-J 1 2 goes to the twelfth, and needs one digit where no second can follow",
  },
  {
    keys: { "ctrl-k": "list" },
    label: "Ctrl-K",
    help: "list rooms, people and commands: type a part of the name, Enter goes there",
  },
  {
    keys: { "ctrl-s": "find" },
    label: "Ctrl-S",
    help: "find a word in this room: type it, Enter goes to the message, Esc returns; also in all its history",
  },
  { keys: { "alt-/": "previous-room" }, label: "Alt-/", help: "go back to the room where you were before" },
  {
    keys: { "ctrl-n": "next-room", "ctrl-p": "last-room" },
    label: "Ctrl-N Ctrl-P",
    help: "go to the next or previous room",
  },
  {
    keys: { "alt-up": "select-up", "alt-down": "select-down" },
    label: "Alt-Up Alt-Down",
    help: "select a message: then r replies, e reacts, c copies, l copies its address, d takes it back, Esc leaves",
  },
  {
    keys: { "alt-a": "next-unread", "alt-h": "next-mention" },
    label: "Alt-A Alt-H",
    help: "go to the next room with unread messages; Alt-H only to rooms where you are mentioned",
  },
  {
    keys: { "alt-s": "list-of-rooms", "alt-n": "members" },
    label: "Alt-S Alt-N",
    help: "show or hide the list of rooms; Alt-N the list of members",
  },
  {
    keys: { "alt-l": "bare" },
    label: "Alt-L",
    help: "show only messages, for selecting text without bars; Alt-L or Esc brings the rest back",
  },
  { keys: { "alt-o": "unfold" }, label: "Alt-O", help: "show long messages whole, or folded" },
  { keys: { "alt-r": "retry" }, label: "Alt-R", help: "send failed messages again" },
  { keys: { "alt-c": "connect" }, label: "Alt-C", help: "connect now, while there is no connection" },
  {
    keys: { "alt-m": "mouse" },
    label: "Alt-M",
    help: "use the mouse for selecting text, or for scrolling again (Shift always selects)",
  },
  { keys: { "ctrl-l": "redraw" }, label: "Ctrl-L", help: "draw the screen again" },
  { keys: { "ctrl-z": "suspend" }, label: "Ctrl-Z", help: "suspend the client; fg resumes it", needs: "suspend" },
];

/** The help for the editor's keys. */
const EDITING_HELP: readonly Omit<Binding, "keys">[] = [
  { label: "Tab", help: "complete a nick, a room or a command; press again for the next" },
  { label: "Alt-Enter", help: "start a new line in the same message; also Ctrl-J" },
  { label: "Up Down", help: "recall earlier input; Ctrl-R searches it" },
  { label: "Ctrl-A Ctrl-E", help: "move to the beginning or the end; Alt-B and Alt-F move by words" },
  {
    label: "Ctrl-W Ctrl-U",
    help: "cut the word or the line before the cursor; Ctrl-K cuts text after it, Ctrl-Y pastes",
  },
  { label: "Ctrl-D", help: "on an empty line: quit; also Ctrl-C twice" },
];

const ACTIONS: ReadonlyMap<string, Action> = new Map(BINDINGS.flatMap((row) => Object.entries(row.keys)));

/** The action of a key; `undefined` if the key belongs to the editor. */
export function actionOf(key: string): Action | undefined {
  return ACTIONS.get(key);
}

/** The help for all keys that this client has, a row for each of the keymap's. */
export function keyHelp(client: FeatureFlags): readonly HelpRow[] {
  return [...BINDINGS, ...EDITING_HELP]
    .filter((row) => isAvailable(client, row))
    .map(({ label, help }) => ({ label, help }));
}
