/** What a key of the full screen does, besides those that edit the line. */
export type Action =
  | "page-up"
  | "page-down"
  | "wheel-up"
  | "wheel-down"
  | "newest"
  | "next-room"
  | "last-room"
  | "next-unread"
  | "unfold"
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
  | "room-9";

/** One row: the keys as they are read, how people call them, what they do. */
interface Binding {
  readonly keys: Readonly<Record<string, Action>>;
  readonly label: string;
  readonly help: string;
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
    help: "scroll, on into the server's history; Ctrl-End goes to the newest",
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
    },
    label: "Alt-1 to Alt-9",
    help: "go to that room",
  },
  {
    keys: { "ctrl-n": "next-room", "alt-down": "next-room", "ctrl-p": "last-room", "alt-up": "last-room" },
    label: "Ctrl-N Ctrl-P",
    help: "go to the next room, or the one before; Alt-Down and Alt-Up too",
  },
  { keys: { "alt-a": "next-unread" }, label: "Alt-A", help: "go to where something is unread" },
  { keys: { "alt-o": "unfold" }, label: "Alt-O", help: "show long messages whole, or folded" },
  { keys: { "alt-r": "retry" }, label: "Alt-R", help: "send again what was not sent" },
  { keys: { "alt-c": "connect" }, label: "Alt-C", help: "connect now, while there is no connection" },
  {
    keys: { "alt-m": "mouse" },
    label: "Alt-M",
    help: "give the mouse to the terminal, for selecting, or back to the wheel (Shift selects always)",
  },
  { keys: { "ctrl-l": "redraw" }, label: "Ctrl-L", help: "draw the screen again" },
  { keys: { "ctrl-z": "suspend" }, label: "Ctrl-Z", help: "stop for a while; fg comes back" },
];

/** The keys that the editor has, for help. */
const EDITING: readonly Omit<Binding, "keys">[] = [
  { label: "Tab", help: "complete a nick, a room or a command; again for the next" },
  { label: "Alt-Enter", help: "begin a new line of the same message; Ctrl-J too" },
  { label: "Up Down", help: "what you entered before; Ctrl-R looks for a part of it" },
  { label: "Ctrl-A Ctrl-E", help: "to the beginning, to the end; Alt-B and Alt-F by words" },
  { label: "Ctrl-W Ctrl-U", help: "cut the word, the line before the cursor; Ctrl-K behind it, Ctrl-Y brings it back" },
  { label: "Ctrl-D", help: "on an empty line: quit; Ctrl-C twice too" },
];

const ACTIONS: ReadonlyMap<string, Action> = new Map(BINDINGS.flatMap((row) => Object.entries(row.keys)));

/** What the key does, if it is none of the editor's. */
export function actionOf(key: string): Action | undefined {
  return ACTIONS.get(key);
}

/** A line for each of the keys of the full screen. */
export const KEY_HELP: readonly string[] = [...BINDINGS, ...EDITING].map(
  ({ label, help }) => `${label.padEnd(16)} ${help}`,
);
