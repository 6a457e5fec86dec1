import { showLine } from "../../text/filter.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { commandIn, commandsOf, isCommand } from "../model/commands.ts";
import { retry, withPartner } from "../model/outbox.ts";
import { isSecret } from "../model/secrets.ts";
import { type Annotation, type Line, note, step, type Talk } from "../model/state.ts";
import { every } from "../run/clock.ts";
import type { ConversationSetup, Ui } from "../run/conversation.ts";
import { Conversation } from "../run/conversation.ts";
import { type ClientProcess, type Ending, onStop } from "../run/process.ts";
import { type Drafts, INPUT } from "./editor.ts";
import { type Action, actionOf } from "./keymap.ts";
import type { Key } from "./keys.ts";
import { scrolled } from "./layout.ts";
import { oldest } from "./log.ts";
import { frame, layoutOptionsOf, planOf, type Scene, scrollOf } from "./screen.ts";
import { Output, Painter, Terminal } from "./terminal.ts";
import type { Theme } from "./theme.ts";
import { EMPTY_INPUT, handleKey, type Names, type Typing, type TypingRequest, withPasswordQuestion } from "./typing.ts";
import {
  followModel,
  neighbour,
  newView,
  nextUnread,
  places,
  SERVER,
  scrolledTo,
  type View,
  withAnnotation,
  withLine,
  withOlder,
  withRenamedLog,
} from "./view.ts";

/** The parameters of a full screen. */
interface Setup extends FullScreenOptions {
  readonly proc: ClientProcess;
  readonly output: Output;
}

const FRAME = 30; // ms between two frames, unless the user types
const SECOND = 1000; // ms
const WHEEL = 3; // rows
const CLEAR = "\x1b[2J";

/**
 * The full-screen client: rooms, messages, the input line.
 *
 * The conversation has the model; the view and the text being typed are here. A key is answered by a frame at once;
 * network input is drawn at most every `FRAME` ms, and each frame is one write.
 */
class FullScreen implements Ui {
  readonly #setup: Setup;
  readonly #terminal: Terminal;
  readonly #painter = new Painter();
  readonly #notifier: Notifier;
  #conversation: Conversation | undefined;
  #view: View;
  #typing: Typing = EMPTY_INPUT;
  #hint = "";
  #interrupted = false;
  #open = false;
  /** Cancels the scheduled frame. */
  #cancelFrame: (() => void) | undefined;
  #stopTicking: (() => void) | undefined;

  constructor(setup: Setup) {
    this.#setup = setup;
    this.#view = newView(setup.mouse);
    this.#notifier = new Notifier(setup.proc.env);
    const listener = {
      key: (key: Key) => this.#handleKey(key),
      keysRead: () => this.#draw(),
      redrawNeeded: () => this.#redraw(),
    };
    this.#terminal = new Terminal(setup.proc, setup.output, listener, true);
    setup.output.onRoom = () => {
      this.#conversation?.resume();
      this.#draw();
    };
  }

  /** Shows a conversation. */
  attach(conversation: Conversation): void {
    this.#conversation = conversation;
    this.#follow();
  }

  connected(): void {
    if (this.#open) return;
    this.#open = true;
    this.#terminal.mouse = this.#view.mouse;
    this.#terminal.open();
    this.#redraw();
    this.#stopTicking = every(this.#setup.proc.clock, SECOND, () => {
      if (this.#conversation?.offline) this.#draw();
    });
  }

  show(line: Line): void {
    const conversation = this.#conversation;
    if (conversation === undefined) return;
    this.#follow();
    this.#view = withLine(this.#view, conversation.model, line);
    if ("nick" in line && this.#shouldNotify(line)) this.#setup.output.write(this.#notifier.notify(line, line.time));
    this.#scheduleDraw();
  }

  #shouldNotify(line: Talk): boolean {
    if (!this.#open || !this.#setup.notifications || line.replayed) return false;
    return line.mention || (line.room === undefined && line.to === undefined);
  }

  changed(): void {
    this.#follow();
    if (this.#setup.output.full) this.#conversation?.pause();
    this.#scheduleDraw();
  }

  annotated(annotation: Annotation): void {
    const conversation = this.#conversation;
    if (conversation === undefined) return;
    this.#view = withAnnotation(this.#view, conversation.model, annotation);
    this.#scheduleDraw();
  }

  past(target: string, lines: readonly Talk[], complete: boolean): void {
    this.#view = withOlder(this.#view, target, lines, complete);
    this.#scheduleDraw();
  }

  renamed(from: Folded, to: string): void {
    this.#keepDraft();
    this.#setup.drafts.move(from, fold(to));
    this.#view = withRenamedLog(this.#view, from, to);
    this.#scheduleDraw();
  }

  askPassword(words: string, command: string): void {
    this.#typing = withPasswordQuestion(this.#typing, words, command);
    this.#scheduleDraw();
  }

  /** Restores the terminal. */
  close(): void {
    this.#cancelFrame?.();
    this.#stopTicking?.();
    this.#keepDraft();
    this.#setup.drafts.flush();
    if (!this.#open) return;
    this.#open = false;
    this.#terminal.close();
  }

  /** Makes the view follow the model; with another room, its draft comes into the editor. */
  #follow(): void {
    const model = this.#conversation?.model;
    if (model === undefined) return;
    const next = followModel(this.#view, model);
    if (next.here !== this.#view.here) {
      this.#keepDraft();
      this.#typing = { ...EMPTY_INPUT, editor: this.#setup.drafts.of(next.here, this.#typing.editor) };
    }
    this.#view = next;
  }

  #keepDraft(): void {
    const { question, editor, search } = this.#typing;
    const hidden = question?.type === "password" ? question.before : (search?.before ?? editor);
    const { here } = this.#view;
    const model = this.#conversation?.model;
    const isKnown = (line: string) => model !== undefined && commandIn(model, line) !== undefined;
    this.#setup.drafts.keep(here, isSecret(hidden.text, here, isKnown) ? "" : hidden.text);
  }

  #handleKey(key: Key): void {
    const name = key.type === "key" ? key.name : "";
    if (name === "mouse") return this.#giveMouse();
    if (!name.startsWith("wheel")) this.#terminal.mouse = this.#view.mouse;
    this.#hint = "";
    const interrupted = this.#interrupted;
    this.#interrupted = false;
    const free = this.#typing.question === undefined && this.#typing.search === undefined;
    const action = free || name.startsWith("wheel") ? actionOf(name) : undefined;
    if (action !== undefined) return this.#act(action);
    const [typing, request] = handleKey(this.#typing, key, () => namesFor(this.#scene()), this.#view.here);
    this.#typing = typing;
    if (typing.editor.full) this.#hint = `Too long: the input line holds at most ${INPUT} characters.`;
    if (request !== undefined) this.#perform(request, interrupted);
    this.#keepDraft();
  }

  #perform(request: TypingRequest, interrupted: boolean): void {
    switch (request.type) {
      case "say":
        this.#view = scrolledTo(this.#view, undefined);
        if (request.text.includes("\n")) this.#conversation?.say(request.text);
        else this.#conversation?.submit(request.text);
        return this.#follow();
      case "secret":
        return this.#conversation?.submit(request.text);
      case "end":
        return this.#conversation?.quit("");
      case "interrupt":
        if (interrupted) return this.#conversation?.quit("");
        this.#interrupted = true;
        this.#hint = this.#terminal.canSuspend ? "Ctrl-C again quits; Ctrl-Z suspends." : "Ctrl-C again quits.";
        return;
    }
    request satisfies never;
  }

  #act(action: Action): void {
    switch (action) {
      case "page-up":
        return this.#scroll((page) => page);
      case "page-down":
        return this.#scroll((page) => -page);
      case "wheel-up":
        return this.#scroll(() => WHEEL);
      case "wheel-down":
        return this.#scroll(() => -WHEEL);
      case "newest":
        this.#view = scrolledTo(this.#view, undefined);
        return;
      case "next-room":
      case "last-room":
        return this.#go(neighbour(this.#view, this.#scene().model, action === "next-room" ? 1 : -1));
      case "next-unread":
        return this.#go(nextUnread(this.#view, this.#scene().model));
      case "unfold":
        this.#view = { ...this.#view, unfolded: !this.#view.unfolded };
        return;
      case "retry":
        return this.#conversation?.change(retry);
      case "connect":
        return this.#conversation?.hurry();
      case "mouse":
        this.#view = { ...this.#view, mouse: !this.#view.mouse };
        this.#terminal.mouse = this.#view.mouse;
        return;
      case "redraw":
        return this.#redraw();
      case "suspend":
        return this.#terminal.suspend();
      default:
        return this.#go(places(this.#view, this.#scene().model)[Number(action.slice(5)) - 1]);
    }
  }

  #go(key: View["here"] | undefined): void {
    if (key === undefined) return;
    const name = this.#view.logs.get(key)?.name;
    this.#conversation?.change((model) => {
      const known = key === SERVER || model.rooms.has(key) || name === undefined ? model : withPartner(model, name);
      return step({ ...known, current: key });
    });
    this.#follow();
  }

  /** The user pressed a mouse button to select text: gives the mouse to the terminal until the next key. */
  #giveMouse(): void {
    this.#terminal.mouse = false;
    this.#hint = "The mouse now selects text; the next key makes it scroll again.";
  }

  #scroll(rowsOf: (page: number) => number): void {
    const scene = this.#scene();
    const { columns, rows } = this.#terminal;
    const plan = planOf(scene, { columns, rows });
    const options = layoutOptionsOf(scene, columns, plan);
    const by = rowsOf(Math.max(1, plan.messages - 1));
    this.#view = scrolledTo(this.#view, scrolled(scrollOf(scene), plan.messages, this.#view.anchor, by, options));
  }

  #scene(): Scene {
    const conversation = this.#conversation;
    if (conversation === undefined) throw new Error("A screen without a conversation");
    const offline = conversation.offline;
    const left = offline?.next === undefined ? undefined : offline.next - this.#setup.proc.clock.now();
    const seconds = left === undefined ? undefined : Math.ceil(left / SECOND);
    return {
      model: conversation.model,
      view: this.#view,
      typing: this.#typing,
      offline: offline && { why: offline.why, seconds },
      hint: this.#hint,
    };
  }

  #scheduleDraw(): void {
    if (this.#open) this.#cancelFrame ??= this.#setup.proc.clock.after(FRAME, () => this.#draw());
  }

  /** Whether the full screen is visible; not while the process is stopped. */
  get #isShown(): boolean {
    return this.#open && this.#terminal.isTaken;
  }

  #redraw(): void {
    this.#painter.reset();
    if (this.#isShown) this.#setup.output.write(CLEAR);
    this.#draw();
  }

  #draw(): void {
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
    // A slow terminal gets the next frame once it has read the last one.
    if (!this.#isShown || this.#setup.output.full) return;
    const { columns, rows } = this.#terminal;
    const scene = this.#scene();
    const { rows: drawn, window } = frame(scene, { columns, rows });
    this.#setup.output.write(this.#painter.draw(drawn, this.#setup.theme));
    const log = this.#view.logs.get(this.#view.here);
    if (!window.atTop || log === undefined || log.complete || this.#view.here === SERVER) return;
    const before = oldest(log);
    if (before !== undefined) this.#conversation?.askOlder(log.name, before);
  }
}

/** The options of the full screen. */
interface FullScreenOptions {
  readonly theme: Theme;
  readonly mouse: boolean;
  readonly notifications: boolean;
  readonly drafts: Drafts;
}

/** Runs the full-screen client until it ends, and restores the terminal. */
export async function runFull(
  setup: ConversationSetup,
  options: FullScreenOptions,
  proc: ClientProcess,
): Promise<Ending> {
  const output = new Output(proc.stdout);
  const screen = new FullScreen({ proc, output, ...options });
  const conversation = new Conversation(setup, screen);
  const { promise: broken, resolve: breakOff } = Promise.withResolvers<Ending>();
  output.onGone = () => conversation.quit("");
  const removers = [
    onStop(proc, () => conversation.quit("")),
    proc.onBug((error) => {
      conversation.quit("");
      breakOff({ code: 1, words: bugWords(error) });
    }),
  ];
  screen.attach(conversation);
  if (setup.stateStore !== undefined) {
    setup.stateStore.onTrouble = (words) =>
      conversation.change((model, now) => step(model, note("trouble", now, words)));
  }
  conversation.start();
  const ending = await Promise.race([broken, conversation.ended]);
  screen.close();
  for (const remove of removers) remove();
  await output.flushed();
  return output.withOutputError(ending);
}

function bugWords(error: unknown): readonly string[] {
  return [`the client failed, which is a bug: ${error instanceof Error ? (error.stack ?? error.message) : error}`];
}

/** The names that a word can be completed to in the current room, recent speakers first. */
export function namesFor({ model, view }: Scene): Names {
  const nicks = new Map<string, string>();
  const entries = view.logs.get(view.here)?.entries ?? [];
  for (const entry of entries.slice(-200).toReversed()) {
    if ("nick" in entry && fold(entry.nick) !== fold(model.nick)) nicks.set(fold(entry.nick), entry.nick);
  }
  const members = [...(model.rooms.get(view.here)?.members.entries() ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, nick] of members) if (!nicks.has(key) && key !== fold(model.nick)) nicks.set(key, nick);
  const rooms = Array.from(model.rooms.values(), (room) => room.name);
  const commands = commandsOf(model).map(({ name }) => name);
  const usageOf = (line: string) => (isCommand(line) ? commandIn(model, line)?.usage : undefined);
  return { commands, rooms, nicks: [...nicks.values()], usageOf };
}

const BELL = "\x07";
const MAX_TEXT = 120; // characters of a notification
const MIN_GAP = 2000; // ms between two notifications

/**
 * Notifies a user who looks elsewhere: rings the bell, and shows a desktop notification if the terminal can. The
 * environment tells which sequence it knows: OSC 9 (iTerm2) or OSC 777 (rxvt, VTE).
 */
export class Notifier {
  readonly #popup: (title: string, text: string) => string;
  #last = Number.NEGATIVE_INFINITY;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    const knows777 = env.VTE_VERSION !== undefined || /^(foot|rxvt)/.test(env.TERM ?? "");
    this.#popup = knows777
      ? (title, text) => `\x1b]777;notify;${title.replaceAll(";", ",")};${text}\x1b\\`
      : (title, text) => `\x1b]9;${title}: ${text}\x1b\\`;
  }

  /** The bytes to write for a mention; "" shortly after another notification. */
  notify(line: Talk, now: number): string {
    if (now - this.#last < MIN_GAP) return "";
    this.#last = now;
    const nick = showLine(line.nick);
    const title = line.room === undefined ? nick : `${nick} in ${showLine(line.room)}`;
    return BELL + this.#popup(title, showLine(line.text.replaceAll("\n", " ")).slice(0, MAX_TEXT).toWellFormed());
  }
}
