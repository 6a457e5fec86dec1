import type { Account } from "../../chat/model/account.ts";
import type { Act } from "../../chat/model/act.ts";
import type { Member } from "../../chat/model/member.ts";
import type { Refusal } from "../../chat/model/refusal.ts";
import type { Room } from "../../chat/model/room.ts";
import type { ActOutcome, Asker } from "../../chat/model/session.ts";
import { wordsFor } from "../../chat/words/refusals.ts";
import type { CommandContext, Command as SlashCommand, Why } from "../../commands/context.ts";
import type { AnswerLine, ReaderView } from "../../commands/history.ts";
import { COMMANDS, isEscaped, runCommand } from "../../commands/table.ts";
import { showLine } from "../../text/filter.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { clip, splitLine } from "../../text/split.ts";
import { LINE_TEXT } from "../../wire/limits.ts";
import { CAP } from "../capabilities.ts";
import { lineOf, middle } from "../render/line.ts";
import type { IrcServer } from "../server.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { tellOwnMetadata } from "./metadata.ts";

const LONGEST_TARGET = 200; // bytes of a target that are sent back with each reply

/** The slash commands that SLASH runs: those that have no IRC command of their own. */
const OFFERED_COMMANDS: readonly SlashCommand[] = COMMANDS.filter(({ ircCommand }) => ircCommand === undefined);

/** SLASH: the slash commands, for clients with the capability `tcpchat/commands`. */
export const SLASH_COMMANDS: readonly IrcCommand[] = [
  {
    name: "SLASH",
    minParams: 1,
    when: "after",
    isFor: (session) => session.has(CAP.commands),
    usage: "#room|nickname|* [:line]",
    help: "Runs a slash command typed in a room or conversation; without a line, lists the commands.",
    run: runSlash,
  },
];

function runSlash(session: IrcSession, [target = "", line]: readonly string[]): void {
  const { member } = session;
  if (!member) return;
  if (line === undefined) return session.emitLong(commandLines(session));
  const context = new SlashContext(session, target);
  const shown = showLine(line);
  const typed = /^\s*\//.test(shown) ? shown : `/${shown}`;
  if (isEscaped(typed)) return context.deny("not-by-slash", "That is a message, not a command: send it by PRIVMSG.");
  runCommand(context, member, typed);
}

/** The table of slash commands as NOTEs for programs: name, aliases, where and by whom it is used, usage, help. */
function* commandLines({ server }: IrcSession): Generator<string> {
  for (const { name, aliases, needsRoom, who = "everyone", usage, help } of OFFERED_COMMANDS) {
    const row = [name, aliases.join(",") || "*", needsRoom ? "room" : "anywhere", who];
    yield lineOf(server.name, "NOTE", ["SLASH", "COMMAND", ...row], `${usage}\t${help}`);
  }
}

/** Sets the nicks that the session and its account ignore. */
export function changeIgnored(session: IrcSession, nicks: ReadonlySet<Folded>): void {
  ignoreFromNow(session, nicks);
  session.submit({ type: "set-ignored", nicks: [...nicks] });
}

/**
 * Sets the nicks that the session ignores. A client with `tcpchat/commands` gets a NOTE for each change: it hides the
 * nicks in history, and for a guest it restores the list after reconnecting.
 */
export function ignoreFromNow(session: IrcSession, nicks: ReadonlySet<Folded>): void {
  const before = session.ignored;
  session.ignored = nicks;
  if (!session.has(CAP.commands)) return;
  const tell = (sign: string, nick: string) =>
    session.emit(lineOf(session.server.name, "NOTE", ["SLASH", "IGNORED", sign, nick]));
  for (const nick of before) if (!nicks.has(nick)) tell("-", nick);
  for (const nick of nicks) if (!before.has(nick)) tell("+", nick);
}

/** The context of a slash command from an IRC session: its sentences are standard replies, under the label of its SLASH. */
class SlashContext implements CommandContext {
  readonly typedIn: string;
  readonly commands = OFFERED_COMMANDS;
  readonly screen = undefined;
  readonly #session: IrcSession;
  /** The room or nick where the line was typed, as a parameter of replies. */
  readonly #target: string;

  constructor(session: IrcSession, target: string) {
    this.#session = session;
    this.typedIn = target;
    this.#target = middle(clip(showLine(target), LONGEST_TARGET));
  }

  get server(): IrcServer {
    return this.#session.server;
  }

  get #member(): Member | undefined {
    return this.#session.member;
  }

  get view(): ReaderView {
    return { self: fold(this.#session.nick), current: this.current?.key, ignored: this.ignored };
  }

  get current(): Room | undefined {
    const room = this.server.chat.room(this.typedIn);
    return room && this.#member?.rooms.has(room) ? room : undefined;
  }

  get ignored(): ReadonlySet<Folded> {
    return this.#session.ignored;
  }

  get account(): Account | undefined {
    return this.#member?.who.account;
  }

  get session(): IrcSession {
    return this.#session;
  }

  get asker(): Asker {
    return this.#session.peer;
  }

  say(sentence: string): void {
    for (const line of this.#lines("NOTE", "*", sentence)) this.#session.emit(line);
  }

  deny(why: Why, sentence: string): void {
    for (const line of this.#lines("FAIL", codeOf(why), sentence)) this.#session.emit(line);
  }

  stream(lines: Iterable<AnswerLine>): void {
    this.#session.emitLong(this.#streamed(lines));
  }

  wait<T>(work: Promise<T>, done: (result: T) => void): void {
    this.#session.wait(work, done);
  }

  act(act: Act, then?: (outcome: ActOutcome) => void): void {
    const refused = (refusal: Refusal) => this.deny(refusal.why, wordsFor(refusal, this.server.chat.limits));
    this.#session.ask(act, refused, (outcome) => {
      if (act.type === "set-metadata" && act.target === undefined && outcome === "happened")
        tellOwnMetadata(this.#session, act.key);
      then?.(outcome);
    });
  }

  /** Answers false: the client decides which room is shown. */
  go(): boolean {
    return false;
  }

  rename(nick: string): void {
    this.act({ type: "rename", nick }, (outcome) => {
      if (outcome === "nothing") this.say(`You are ${this.#session.nick} already.`);
    });
  }

  /** Does nothing: an IRC session goes back to its rooms whenever it has logged in. */
  restoreRooms(): void {}

  ignore(nicks: ReadonlySet<Folded>): void {
    changeIgnored(this.#session, nicks);
  }

  weigh(more: number): void {
    this.#session.weigh(more);
  }

  quit(reason: string): void {
    this.#session.submit({ type: "quit", reason });
  }

  *#streamed(lines: Iterable<AnswerLine>): Generator<string> {
    for (const line of lines) {
      if (line === "") yield "";
      else yield* this.#lines("NOTE", "*", typeof line === "string" ? line : line.said);
    }
  }

  /** A sentence as a standard reply, and if it is too long for one line, as further NOTEs. */
  *#lines(kind: "NOTE" | "FAIL", code: string, sentence: string): Generator<string> {
    const { name } = this.server;
    let params = [kind, "SLASH", code, this.#target];
    const space = LINE_TEXT - Buffer.byteLength(`:${name} ${params.join(" ")} :`);
    for (const piece of splitLine(showLine(sentence), space)) {
      yield `:${name} ${params.join(" ")} :${piece}`;
      params = ["NOTE", "SLASH", "*", this.#target];
    }
  }
}

/** The reply code of a refusal: `nick-taken` is NICK_TAKEN. */
function codeOf(why: Why): string {
  return why.toUpperCase().replaceAll("-", "_");
}
