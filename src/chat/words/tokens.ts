import { dateOf, lengthOf } from "../../text/time.ts";
import { type TokenKind, type TokenRecord, tokenId } from "../model/token.ts";

// The sentences about tokens, the same in every protocol, with their full stops.

/** The name of each kind of token. */
const NAMES: Readonly<Record<TokenKind, string>> = {
  login: "token",
  hook: "webhook",
  outgoing: "outgoing webhook",
  invitation: "invitation link",
};

/** The answer where there is none of a kind. */
export const NO_TOKENS: Readonly<Record<TokenKind, string>> = {
  login: "Your account has no token.",
  hook: "This room has no webhook.",
  outgoing: "This room has no outgoing webhook.",
  invitation: "This room has no invitation link.",
};

/** A new login token. It is alone at the end of the first line, for programs. */
export function tokenAddedWords(given: {
  readonly name: string;
  readonly account: string;
  readonly token: string;
  readonly id: string;
}): readonly string[] {
  const { name, account, token, id } = given;
  return [
    `The token ${name} is ${token}`,
    `It logs in to ${account} in place of the password, until it is removed or the password changed. It is not shown again; /token remove ${id} ends it.`,
  ];
}

/** A new webhook. */
export function hookAddedWords(given: { name: string; room: string; address: string }): readonly string[] {
  const { name, room, address } = given;
  return [
    `POST ${address}`,
    `What is posted there is said in ${room} by ${name}/bot, for example: curl -d 'the build is done' ${address}`,
    `Whoever has the address can post. It is not shown again; /hook remove ${name} ends it.`,
  ];
}

/** A new outgoing webhook. The key is alone at the end of the first line, for programs. */
export function outgoingHookWords(given: { host: string; key: string }): readonly string[] {
  const { host, key } = given;
  return [
    `The key of the webhook to ${host} is ${key}`,
    `Each post has the header X-Tcpchat-Signature: sha256= and the HMAC-SHA256 of its body with this key, in hex. The key is not shown again; /hook remove ${host} ends the webhook.`,
  ];
}

/** A new invitation link. */
export function linkWords(given: {
  readonly room: string;
  readonly token: string;
  /** Of the server's pages. */
  readonly address: string;
  readonly lasts: number;
  readonly uses: number;
}): readonly string[] {
  const { room, token, address, lasts, uses } = given;
  const link = `${address}/j/${token}`;
  const irc = address.replace(/^http(s?):\/\/(.*)$/, (_, s: string, host: string) => {
    const port = /:\d+$/.test(host) ? "" : s === "" ? ":80" : ":443";
    return `irc${s}://${host}${port}`;
  });
  return [
    link,
    `It lets ${uses === 1 ? "one person" : `${uses} people`} into ${room} within ${lengthOf(lasts)}, whatever its modes are; it lifts no ban. /invite list shows the links, /invite remove ID ends one.`,
    `It opens in a browser, and by: tcpchat client ${link}`,
    `In any IRC client at ${irc}: /join ${room} ${token}`,
  ];
}

/** A line of a list of tokens; `last`: how the last post of an outgoing webhook has ended. */
export function tokenLine(token: TokenRecord, now: number, last?: string): string {
  const { name, created, until, uses, out } = token;
  const ends = [
    ...(until === undefined ? [] : [`ends in ${lengthOf(until - now)}`]),
    ...(uses === undefined ? [] : [`${uses} ${uses === 1 ? "use" : "uses"} left`]),
    ...(last === undefined ? [] : [`last post: ${last}`]),
  ];
  const what = out ? `posts ${out.word ?? "all that is said"} to ${name}` : name;
  return `${[`${tokenId(token)}: ${what}`, `made ${dateOf(created)}`, ...ends].join(", ")}.`;
}

/** Confirms the end of a token. */
export function tokenRemovedWords(token: TokenRecord): string {
  const { kind, name } = token;
  // All invitation links have the same name.
  return `The ${NAMES[kind]} ${kind === "invitation" ? tokenId(token) : name} has ended.`;
}
