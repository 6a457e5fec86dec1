import { showLine } from "../../text/filter.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { clockOf } from "../../text/time.ts";
import { excerpt } from "../model/annotations.ts";
import { placeOf } from "../model/history.ts";
import type { OwnMessage } from "../model/outbox.ts";
import { MOST_UNREAD } from "../model/read-markers.ts";
import { currentRoom, isRoomName } from "../model/rooms.ts";
import {
  type Annotation,
  type ClientIdentity,
  currentName,
  isSettled,
  type Line,
  type Model,
  type Note,
  type Talk,
  type UnreadNumbers,
} from "../model/state.ts";
import { addressName, type ServerAddress } from "../net/address.ts";
import type { Server } from "../net/transport.ts";
import { Conversation } from "../run/conversation.ts";
import { type ClientProcess, type Ending, hasColours, onStop } from "../run/process.ts";
import type { StateStore } from "../run/state-store.ts";
import { askSecret, InputLines, MAX_LINE } from "./line-input.ts";
import { personOf, preferredColour } from "./nick-colours.ts";
import { Output } from "./terminal.ts";

/** The server and the person, and the unsent messages of the last run. */
interface LinearSetup {
  readonly server: Server;
  readonly identity: ClientIdentity;
  readonly outbox?: readonly OwnMessage[];
  /** The server is tried until it is reached. */
  readonly persists?: boolean;
}

/**
 * Runs the client without a prompt, for pipes, screen readers and dumb terminals: lines in from stdin, lines out to
 * stdout, nothing ever rewritten.
 *
 * A pipe is read only as fast as the server answers, and at its end the client waits for all answers before it quits.
 * If stdout is not a terminal, it gets only the chat; hints and troubles go to stderr. Logins are kept for the next
 * run, and at a terminal also rooms and unsent messages.
 */
export async function runAppend(
  { server, identity, outbox = [], persists = false }: LinearSetup,
  stateStore: StateStore,
  proc: ClientProcess,
): Promise<Ending> {
  const screen = new AppendScreen(server, proc);
  stateStore.onTrouble = (words) => screen.complain(words);
  const isHuman = proc.stdin.isTTY === true;
  // A terminal has already shown the typed lines, so their echoes are not printed.
  const isTerminal = isHuman && proc.stdout.isTTY === true;
  let knowsPlace = !isTerminal;
  // Places with unread messages that were not shown: a new message does not make them read until the user goes there.
  const behind = new Set<Folded>();
  const conversation: Conversation = new Conversation(
    {
      server,
      identity: { ...identity, isPiped: !isHuman },
      stateStore,
      outbox,
      persists,
      clock: proc.clock,
      strict: !isHuman,
    },
    {
      connected: () => screen.connected(),
      unreached: () => {
        knowsPlace ||= conversation.model.rooms.size > 0;
        for (const row of offlineRows(conversation.model)) screen.complain(row);
      },
      show: (line) => {
        const { model } = conversation;
        const current = currentRoom(model)?.name;
        if (!(isTerminal && isTypedIn(line, current))) screen.show(line, current);
        else screen.words.noted(line);
        if (!isTerminal || !("nick" in line) || line.replayed) return;
        const place = placeOf(line, model.nick);
        if (fold(place) === model.current) behind.delete(fold(place));
        if (!behind.has(fold(place))) conversation.read(place, line.time);
      },
      annotated: (annotation) => screen.show(noteOf(annotation, screen.words), undefined),
      read: ({ target, unread }) => {
        if (unread === undefined || unread.count === 0 || !conversation.model.restoring) return;
        behind.add(fold(target));
        screen.complain(unreadWords(target, unread));
      },
      ...(isHuman ? { askPassword: (words, command) => void ask(words, command) } : {}),
      changed: () => {
        const { model } = conversation;
        if (!knowsPlace && isSettled(model)) {
          knowsPlace = true;
          if (model.rooms.size + model.partners.size > 1) screen.complain(placeWords(currentName(model) ?? ""));
        }
        if (screen.output.full) conversation.pause();
        lines.drain();
      },
    },
  );
  const lines = new InputLines(proc.stdin, {
    takes: () => isHuman || conversation.takes,
    line: (line) => conversation.submit(line),
    overlong: () => screen.complain(`A line longer than ${MAX_LINE} bytes was skipped.`),
    ended: () => conversation.finish(),
  });
  const ask = async (words: string, command: string): Promise<void> => {
    lines.suspend();
    const secret = await askSecret(proc, words);
    lines.resume();
    if (secret !== undefined) conversation.submit(command + secret);
  };
  screen.output.onRoom = () => conversation.resume();
  screen.output.onGone = () => conversation.quit("");
  const removeListeners = onStop(proc, () => conversation.quit(""));
  const endWatch = screen.output.watch(proc);
  conversation.start();
  const ending = await conversation.ended;
  endWatch();
  lines.close();
  removeListeners();
  await screen.output.flushed();
  return screen.output.withOutputError(lines.lost > 0 && ending.code === 0 ? { ...ending, code: 1 } : ending);
}

/** Whether a line is the echo of one that was typed here, in the current room. */
function isTypedIn(line: Line, current: string | undefined): boolean {
  return "nick" in line && line.sentHere === true && line.room !== undefined && line.room === current;
}

/** A reaction or a redaction as a line of its own. */
export function noteOf(annotation: Annotation, words: AnnotationWords): Note {
  const room = annotation.kind === "redacted" ? annotation.place : annotation.room;
  const text = words.of(annotation);
  return { kind: "event", time: annotation.time, text, rooms: room === undefined ? [] : [room] };
}

/** The rooms of the last run, and the messages that wait for the server. */
function offlineRows(model: Model): readonly string[] {
  const rooms = Array.from(model.rooms.values(), ({ name }) => name).join(", ");
  const waiting = model.outbox.filter(({ state }) => state === "waiting");
  return [
    ...(rooms === "" ? [] : [`Your rooms: ${rooms}. You are in ${currentName(model)}.`]),
    ...waiting.map(({ target, text }) => `Waits for the connection: ${target}: ${text.replaceAll("\n", " ")}`),
  ];
}

/** Tells at the login which place typed lines go to: the current one of the last run, which no prompt shows. */
function placeWords(name: string): string {
  const other = "/join ROOM and /query NICK go elsewhere";
  return isRoomName(name)
    ? `What you type is said in ${name}; ${other}.`
    : `What you type goes to ${name} alone; ${other}.`;
}

/** Tells at the login what is unread. */
function unreadWords(target: string, { count, mentions }: UnreadNumbers): string {
  const named = mentions > 0 && isRoomName(target) ? `, ${mentions} for you` : "";
  return `${target}: ${count >= MOST_UNREAD ? "more than 999" : count} unread${named}; /catchup tells more.`;
}

class AppendScreen {
  readonly output: Output;
  readonly words = new AnnotationWords();
  readonly #address: ServerAddress;
  readonly #proc: ClientProcess;

  constructor(address: ServerAddress, proc: ClientProcess) {
    this.output = new Output(proc.stdout);
    this.#address = address;
    this.#proc = proc;
  }

  connected(): void {
    this.#printAside(`Connected to ${addressName(this.#address)}`);
  }

  complain(words: string): void {
    this.#printAside(`-- ${showLine(words)}`);
  }

  show(line: Line, current: string | undefined): void {
    for (const row of showRows(this.words.noted(line), { colour: hasColours(this.#proc), current })) {
      if (line.kind === "hint" || line.kind === "trouble") this.#printAside(row);
      else this.output.write(`${row}\n`);
    }
  }

  /** Writes a line that is not chat: to the terminal, or to stderr if stdout is not a terminal. */
  #printAside(text: string): void {
    if (this.#proc.stdout.isTTY === true) this.output.write(`${text}\n`);
    else this.#proc.stderr.write(`${text}\n`);
  }
}

/** SGR foreground codes legible on dark and on light backgrounds: no black, white, blue or yellow. */
const NICK_COLOURS = [31, 32, 35, 36, 91, 92, 94, 95, 96];

/** How lines are rendered. */
interface Style {
  readonly colour: boolean;
  /** The current room: its lines do not show the room's name. */
  readonly current: string | undefined;
}

/**
 * Renders a line as one row that is safe for a terminal. Every name and text is filtered here, and each kind of line
 * has its own prefix, so nobody can forge a line of another kind.
 */
export function show(line: Line, style: Style): string {
  switch (line.kind) {
    case "said":
    case "acted":
    case "noticed":
      return showTalk(line, style);
    case "event":
    case "hint":
    case "trouble":
      return showNote(line, style);
  }
}

/** Renders a line as rows, one per line of its text, each with the prefix. */
export function showRows(line: Line, style: Style): readonly string[] {
  if (!line.text.includes("\n")) return [show(line, style)];
  return line.text.split("\n").map((text) => show({ ...line, text }, style));
}

function showNote(line: Note, style: Style): string {
  return paint(`-- ${showLine(line.text)}`, line.kind === "trouble" ? "33" : "2", style);
}

function showTalk(line: Talk, style: Style): string {
  const time = paint(`[${clockOf(line.time)}]`, "2", style);
  const text = showLine(line.text);
  const nick = paintNick(showLine(line.nick), line, style) + besideNick(line);
  if (line.room === undefined) return `${time} ${directOf(line, nick, style)}: ${text}`;
  const here = style.current !== undefined && fold(style.current) === fold(line.room);
  const room = here ? "" : `${showLine(line.room)} `;
  switch (line.kind) {
    case "said":
      return `${time} ${room}<${nick}> ${text}`;
    case "acted":
      return `${time} ${room}* ${nick} ${text}`;
    case "noticed":
      return `${time} ${room}-${nick}- ${text}`;
  }
}

/** The display name, shown after the nick. */
function besideNick({ displayName }: Talk): string {
  return displayName === undefined ? "" : ` (${showLine(displayName)})`;
}

function directOf(line: Talk, nick: string, style: Style): string {
  const star = line.kind === "acted" ? "* " : "";
  if (line.to === undefined) return `${star}${nick} → you`;
  const to = showLine(line.to);
  return `${star}you → ${paint(to, colourOf(to), style)}`;
}

function paintNick(nick: string, line: Talk, style: Style): string {
  return paint(nick, line.mention ? `1;7;${colourOf(nick)}` : colourOf(nick), style);
}

/** The colour of a nick, always and everywhere the same. */
function colourOf(nick: string): string {
  return String(NICK_COLOURS[preferredColour(personOf(nick, undefined)) % NICK_COLOURS.length] ?? 36);
}

function paint(text: string, code: string, style: Style): string {
  return style.colour ? `\x1b[${code}m${text}\x1b[0m` : text;
}

const KEPT = 500; // messages that a reply, a reaction or a redaction can be explained by

/** Explains replies, reactions and redactions in words, for output that only appends lines: it keeps the last messages. */
export class AnnotationWords {
  readonly #messages = new Map<string, Pick<Talk, "nick" | "text" | "time">>();

  /** Notes a message that is shown, and returns it with the words about what it answers or corrects. */
  noted(line: Line): Line {
    if (!("nick" in line)) return line;
    const shown = { ...line, text: `${this.#beginningOf(line)}${line.text}` };
    if (line.msgid !== undefined) {
      const [oldest] = this.#messages.keys();
      if (this.#messages.size >= KEPT && oldest !== undefined) this.#messages.delete(oldest);
      this.#messages.set(line.msgid, { nick: line.nick, text: line.text, time: line.time });
    }
    return shown;
  }

  /** Tells a reaction or a redaction, without a full stop. */
  of(annotation: Annotation): string {
    const message = this.#messages.get(annotation.of);
    if (annotation.kind === "redacted") {
      const { by, reason, place } = annotation;
      this.#messages.delete(annotation.of);
      return `${by} took back ${named(message, by, place)}${reason === "" ? "" : `: ${reason}`}`;
    }
    const { nick, text, kind } = annotation;
    const what = message === undefined ? "an earlier message" : `${message.nick}: “${excerpt(message.text)}”`;
    return kind === "reacted" ? `${nick} reacted with ${text} to ${what}` : `${nick} took back ${text} from ${what}`;
  }

  #beginningOf({ replyTo, corrects }: Talk): string {
    if (replyTo === undefined) return "";
    if (corrects) return "(corrected) ";
    const message = this.#messages.get(replyTo);
    return message === undefined ? "(to an earlier message) " : `(to ${message.nick}: “${excerpt(message.text)}”) `;
  }
}

/** A message that was taken back, by its author and its time: its text is not repeated. */
function named(message: Pick<Talk, "nick" | "time"> | undefined, by: string, place: string): string {
  if (message === undefined) return `a message in ${place}`;
  const whose = fold(message.nick) === fold(by) ? "a message" : `${message.nick}'s message`;
  return `${whose} of ${clockOf(message.time)}`;
}
