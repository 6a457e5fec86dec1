import type { LogEntry } from "../../client/ui/log.ts";
import type { MessageView } from "../../client/ui/message-view.ts";
import { showText } from "../../text/filter.ts";
import { clockOf } from "../../text/time.ts";
import { element } from "./dom.ts";

const FOLDED = 12; // lines of a message above which it is folded
const SHOWN = 5; // lines of a folded message that are shown
const LINK = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,:;!?)\]}'*]/g;

/** Text with its links. */
function withLinks(text: string): readonly (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const { 0: href, index } of text.matchAll(LINK)) {
    parts.push(text.slice(at, index));
    parts.push(element("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, href));
    at = index + href.length;
  }
  return [...parts, text.slice(at)];
}

/** The text of a message; a long one is folded behind its first lines. */
function textOf(text: string): readonly (Node | string)[] {
  const lines = showText(text).split("\n");
  if (lines.length <= FOLDED) return withLinks(lines.join("\n"));
  const rest = element("details", {}, element("summary", {}, `${lines.length - SHOWN} more lines`));
  rest.append(...withLinks(lines.slice(SHOWN).join("\n")));
  return [...withLinks(lines.slice(0, SHOWN).join("\n")), rest];
}

function timeOf(time: number): HTMLElement {
  return element("time", { datetime: new Date(time).toISOString() }, clockOf(time));
}

const STATES = { stored: "", waiting: "waits for the connection", sending: "sending …", failed: "not sent" } as const;

/** A message as an item of the log. `actions`: what can be done with it, if anything. */
export function messageItem(view: MessageView, ...actions: readonly HTMLElement[]): HTMLElement {
  const { kind, colour, mention, state, quote, isCorrected, reactions } = view;
  const nick = showText(view.displayName ?? view.nick);
  const who = element(
    "b",
    { class: `nick n${colour}`, title: showText(view.nick) },
    kind === "acted" ? `* ${nick}` : nick,
  );
  const said = element("span", { class: "text" }, ...textOf(view.text));
  const body = element("div", { class: "body" }, said);
  if (quote)
    body.prepend(
      element(
        "blockquote",
        {},
        `${quote.nick === undefined ? "" : `${showText(quote.nick)}: `}${showText(quote.text)}`,
      ),
    );
  if (isCorrected) body.append(element("i", { class: "note" }, " (corrected below)"));
  if (reactions.length > 0)
    body.append(
      element(
        "span",
        { class: "reactions" },
        ...reactions.map(({ text, count }) => element("span", {}, `${showText(text)} ${count}`)),
      ),
    );
  if (state !== "stored") body.append(element("i", { class: "note" }, ` ${STATES[state]} `), ...actions);
  const classes = ["message", kind, state, ...(mention ? ["mention"] : [])].join(" ");
  return element("li", { class: classes }, timeOf(view.time), who, body);
}

/** An event, a hint, a refusal, or people who came and went. */
export function noteItem(entry: Exclude<LogEntry, { readonly nick: string }>): HTMLElement {
  const words = entry.kind === "moves" ? movesWords(entry) : entry.text;
  return element(
    "li",
    { class: `message note ${entry.kind}` },
    timeOf(entry.time),
    element("b", {}),
    element("div", { class: "body" }, ...withLinks(showText(words))),
  );
}

function movesWords({ came, went, both }: Extract<LogEntry, { readonly kind: "moves" }>): string {
  const part = (nicks: readonly string[], words: string) => (nicks.length > 0 ? [`${nicks.join(", ")} ${words}`] : []);
  return [...part(came, "joined"), ...part(went, "left"), ...part(both, "came and went")].join("; ");
}

/** A rule across the log. */
export function rule(words: string, name: string): HTMLElement {
  return element("li", { class: `rule ${name}` }, element("span", {}, words));
}
