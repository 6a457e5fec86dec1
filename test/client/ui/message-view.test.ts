import { expect, test } from "bun:test";
import type { OwnMessage } from "../../../src/client/model/outbox.ts";
import { append, type LoggedMessage, newLog } from "../../../src/client/ui/log.ts";
import { viewOf, viewOfUnconfirmed } from "../../../src/client/ui/message-view.ts";
import { aMessage } from "../../support/client/message.ts";
import { ScreenFixture } from "../../support/client/screen-fixture.ts";

const CAPS = "echo-message message-tags draft/message-redaction";

function messages(fixture: ScreenFixture): readonly LoggedMessage[] {
  return (fixture.view.logs.get(fixture.view.here)?.entries ?? []).filter((entry) => "reactors" in entry);
}

test("a message's view counts its reactions, and knows our own", () => {
  const fixture = new ScreenFixture(CAPS);
  fixture.server(
    "@msgid=m1 :bob!b@h PRIVMSG #lobby :hi",
    "@+draft/reply=m1;+draft/react=👍 :bob!b@h TAGMSG #lobby",
    "@+draft/reply=m1;+draft/react=👍 :ann!a@h TAGMSG #lobby",
    "@+draft/reply=m1;+draft/react=lol :ann!a@h TAGMSG #lobby",
    "@+draft/reply=m1;+draft/unreact=lol :ann!a@h TAGMSG #lobby",
  );
  expect(messages(fixture).map(viewOf)).toMatchObject([
    { nick: "bob", text: "hi", state: "stored", reactions: [{ text: "👍", count: 2, own: true }], quote: undefined },
  ]);
});

test("a reply has a quote, and a correction marks the message it corrects, if its sender is the same", () => {
  const fixture = new ScreenFixture(CAPS);
  fixture.server(
    "@msgid=m1 :bob!b@h PRIVMSG #lobby :teh cat",
    "@msgid=m2;+draft/reply=m1 :zoe!z@h PRIVMSG #lobby :which?",
    "@msgid=m3;+draft/reply=m1;+tcpchat/corrects :bob!b@h PRIVMSG #lobby :the cat",
    "@msgid=m4;+draft/reply=m2;+tcpchat/corrects :bob!b@h PRIVMSG #lobby :forged",
    "@msgid=m5;+draft/reply=m0 :zoe!z@h PRIVMSG #lobby :late",
  );
  expect(messages(fixture).map(viewOf)).toMatchObject([
    { text: "teh cat", isCorrected: true, isCorrection: false },
    { text: "which?", isCorrected: false, quote: { nick: "bob", text: "teh cat" } },
    { text: "the cat", isCorrection: true, quote: undefined },
    { text: "forged" },
    { text: "late", quote: { nick: undefined, text: "an earlier message" } },
  ]);
});

test("an unconfirmed message has its state, and quotes the message that it answers", () => {
  const log = append(newLog("#lobby"), aMessage(), true);
  const own: OwnMessage = {
    id: "1",
    target: "#lobby",
    text: "yes",
    kind: "said",
    time: 1,
    state: "failed",
    why: "no",
    replyTo: "m1",
  };
  expect(viewOfUnconfirmed(log, own, { nick: "ann", account: undefined })).toMatchObject({
    nick: "ann",
    text: "yes",
    state: "failed",
    quote: { nick: "bob", text: "hi" },
  });
  expect(viewOfUnconfirmed(log, { ...own, kind: "reacted" }, { nick: "ann", account: undefined })).toBeUndefined();
});
