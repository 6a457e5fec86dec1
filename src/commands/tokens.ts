import type { Member } from "../chat/model/member.ts";
import type { Refusal } from "../chat/model/refusal.ts";
import { type OutgoingHook, type TokenKind, type TokenRecord, tokenId } from "../chat/model/token.ts";
import {
  hookAddedWords,
  NO_TOKENS,
  outgoingHookWords,
  tokenAddedWords,
  tokenLine,
  tokenRemovedWords,
} from "../chat/words/tokens.ts";
import {
  type Command,
  type CommandContext,
  firstWord,
  type Invocation,
  type RoomInvocation,
  refuse,
} from "./context.ts";

const WORD = 32; // characters of the first word of messages that a webhook posts

/** Commands for tokens. */
export const TOKENS: readonly Command[] = [
  {
    name: "token",
    aliases: ["tokens"],
    usage: "[add NAME|remove NAME]",
    minWords: 0,
    help: "lists the tokens that log in to your account in place of the password, makes one, ends one",
    needsRoom: false,
    run: token,
  },
];

/** Commands for webhooks. */
export const HOOKS: readonly Command[] = [
  {
    name: "hook",
    aliases: ["hooks", "webhook"],
    usage: "[add NAME|out URL [!WORD]|remove NAME]",
    minWords: 0,
    help: "lists the room's webhooks, makes one by which programs post here (`add`) or which posts what is said here (`out`), ends one",
    who: "operator",
    needsRoom: true,
    run: hook,
  },
];

function token(invocation: Invocation): void {
  const { account, server } = invocation.context;
  runTokenCommand(invocation, { command: "/token", kind: "login", room: undefined }, (name, token) => {
    const id = tokenId({ hash: server.accounts.tokens.hash(token) });
    return tokenAddedWords({ name, account: account?.name ?? "", token, id });
  });
}

/** Runs `add NAME`, `list` or `remove NAME` of a command about the tokens of a group; `words` tell a new one. */
function runTokenCommand(
  invocation: Invocation,
  { command, usage = "", ...of }: TokenGroup & { readonly command: string; readonly usage?: string },
  words: (name: string, token: string) => readonly string[],
): void {
  const { context } = invocation;
  const [verb, rest] = firstWord(invocation.words);
  const [name] = firstWord(rest);
  if (verb === "" || verb === "list") return listTokens(invocation, of);
  if (verb === "remove" && name !== "") return removeTokens(invocation, of, name);
  if (verb !== "add" || name === "")
    return context.deny("bad-value", `That is ${command} add NAME, ${usage}${command} list or ${command} remove NAME.`);
  addToken(context, { ...of, name }, (token) => words(name, token));
}

/** The kind of tokens that a command is about, and their room. */
interface TokenGroup {
  readonly kind: TokenKind;
  readonly room: string | undefined;
  /** A further kind that is listed and removed with these. */
  readonly also?: TokenKind;
}

/** A token to make. */
interface NewToken extends Omit<TokenGroup, "also"> {
  readonly name: string;
  readonly lasts?: number;
  readonly uses?: number;
  /** For an outgoing webhook. */
  readonly out?: Omit<OutgoingHook, "secret">;
}

/** Makes a token, and shows it this once. */
export function addToken(
  context: CommandContext,
  { out, ...given }: NewToken,
  words: (token: string) => readonly string[],
): void {
  const { asker, server } = context;
  const { tokens } = server.accounts;
  const made = tokens.make();
  const hash = tokens.hash(made);
  const hook = out && { out: { ...out, secret: made } };
  context.act({ type: "add-token", hash, ...given, ...hook }, (outcome) => {
    if (outcome !== "happened") return;
    if (given.kind === "login") asker.tokens = new Set(asker.tokens).add(hash);
    context.stream(words(made));
  });
}

/** Lists the tokens of a group. */
export function listTokens({ context, member }: Invocation, of: TokenGroup): void {
  const found = tokensIn(context, member, of);
  if ("why" in found) return refuse(context, found);
  const { clock, outgoing } = context.server;
  const lines = found.map((each) => tokenLine(each, clock(), each.out && outgoing.lastOf(each.hash)));
  context.stream(lines.length === 0 ? [NO_TOKENS[of.kind]] : lines);
}

function tokensIn(
  { server }: CommandContext,
  member: Member,
  { kind, also, room }: TokenGroup,
): readonly TokenRecord[] | Refusal {
  const found = server.chat.tokens(member, room);
  return "why" in found ? found : found.filter((each) => each.kind === kind || each.kind === also);
}

/** Removes the tokens of a group that have a name, or the one with an id. */
export function removeTokens({ context, member }: Invocation, of: TokenGroup, name: string): void {
  const found = tokensIn(context, member, of);
  if ("why" in found) return refuse(context, found);
  const meant = found.filter((each) => each.name === name || tokenId(each) === name);
  if (meant.length === 0) return context.deny("nothing-to-do", `${NO_TOKENS[of.kind].replace(/\.$/, "")} ${name}.`);
  for (const each of meant) remove(context, each);
}

function remove(context: CommandContext, token: TokenRecord): void {
  context.act({ type: "remove-token", hash: token.hash }, (outcome) => {
    // Of an outgoing webhook the whole room is told.
    if (outcome === "happened" && !token.out) context.say(tokenRemovedWords(token));
  });
}

function hook(invocation: RoomInvocation): void {
  const { context, room, words } = invocation;
  const [verb, url, word, ...more] = words.split(/\s+/);
  if (verb === "out" && url !== undefined && (word ?? "").length <= WORD && more.length === 0)
    return addOutgoing(invocation, url, word);
  const of = {
    kind: "hook",
    also: "outgoing",
    room: room.name,
    command: "/hook",
    usage: "/hook out URL [!WORD], ",
  } as const;
  runTokenCommand(invocation, of, (name, token) =>
    hookAddedWords({ name, room: room.name, address: `${context.server.webAddress()}/hook/${token}` }),
  );
}

/** Makes a webhook that posts what is said in the room. Its name is the URL's host. */
function addOutgoing({ context, room }: RoomInvocation, given: string, word: string | undefined): void {
  const refusal = context.server.outgoing.urlRefusal(given);
  if (refusal !== undefined) return context.deny("bad-value", refusal);
  const { host, href: url } = new URL(given);
  addToken(context, { kind: "outgoing", room: room.name, name: host, out: { url, word } }, (key) =>
    outgoingHookWords({ host, key }),
  );
}
