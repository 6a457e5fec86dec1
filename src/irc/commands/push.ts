import type { PushKeys, PushSubscription } from "../../chat/model/account.ts";
import { parseTags } from "../../wire/message.ts";
import { CAP, FORM, namesOf } from "../capabilities.ts";
import { fault } from "../render/faults.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";

/** WEBPUSH (soju.im/webpush, draft/webpush). */
export const PUSH_COMMANDS: readonly IrcCommand[] = [
  {
    name: "WEBPUSH",
    minParams: 0,
    when: "after",
    isFor: usesPush,
    usage: "REGISTER endpoint keys | UNREGISTER endpoint",
    help: "Sends direct messages and mentions to a push service while you are away.",
    run: (session, [verb = "", ...params]) => runPush(session, verb.toUpperCase(), params),
  },
];

/** Whether a session has negotiated Web Push. */
export function usesPush(session: IrcSession): boolean {
  return session.has(CAP.webpush) || session.has(CAP.draftWebpush);
}

function runPush(session: IrcSession, verb: string, params: readonly string[]): void {
  const { push } = session.server;
  const [endpoint = "", keyText] = params;
  const count = verb === "REGISTER" ? 2 : 1;
  if ((verb !== "REGISTER" && verb !== "UNREGISTER") || params.length !== count)
    return fault(session, "push-verb", [verb || "*", endpoint || "*"]);
  if (verb === "UNREGISTER") return submit(session, verb, endpoint, undefined);
  if (!push?.isEndpoint(endpoint)) return fault(session, "push-endpoint", [verb, endpoint]);
  const keys = keysOf(keyText ?? "");
  if (!keys || !push.areKeys(keys)) return fault(session, "push-keys", [verb, endpoint]);
  const caps = namesOf({ first: session.caps.first & FORM, second: 0 });
  submit(session, verb, endpoint, { endpoint, ...keys, caps });
}

/**
 * Adds or removes a subscription, and echoes the command once that is done. An UNREGISTER of an unknown endpoint is
 * ignored silently (soju.im/webpush).
 */
function submit(session: IrcSession, verb: string, endpoint: string, subscription: PushSubscription | undefined): void {
  session.server.chat.submit(session, { type: "set-push", endpoint, subscription }, (outcome) => {
    if (outcome === "happened") session.send(session.server.name, "WEBPUSH", [verb, endpoint]);
  });
}

/** The keys of a subscription, which are written like message tags. */
function keysOf(text: string): PushKeys | undefined {
  const given = parseTags(text);
  const [p256dh, auth] = [given.get("p256dh"), given.get("auth")];
  return p256dh === undefined || auth === undefined ? undefined : { p256dh, auth };
}
