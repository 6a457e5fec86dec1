import { expect, test } from "bun:test";
import type { Reaction, Redaction, Talk } from "../../../src/client/model/state.ts";
import { AnnotationWords } from "../../../src/client/ui/linear.ts";
import { clockOf } from "../../../src/text/time.ts";
import { aMessage } from "../../support/client/message.ts";

function talk(nick: string, text: string, more: Partial<Talk> = {}): Talk {
  return aMessage({ nick, text, room: "#dev", msgid: undefined, ...more });
}

const reaction: Reaction = {
  kind: "reacted",
  time: 0,
  room: "#dev",
  nick: "bob",
  to: undefined,
  text: "👍",
  msgid: "2",
  account: undefined,
  replayed: false,
  own: false,
  of: "1",
};
const redaction: Redaction = { kind: "redacted", time: 0, place: "#dev", by: "ann", reason: "", of: "1" };

test("an earlier message is quoted if it was shown", () => {
  const words = new AnnotationWords();
  expect(words.of(reaction)).toBe("bob reacted with 👍 to an earlier message");
  words.noted(talk("ann", "cake at four", { msgid: "1" }));
  expect(words.of(reaction)).toBe("bob reacted with 👍 to ann: “cake at four”");
  expect(words.of({ ...reaction, kind: "unreacted" })).toBe("bob took back 👍 from ann: “cake at four”");
  expect(words.noted(talk("bob", "sure", { replyTo: "1" })).text).toBe("(to ann: “cake at four”) sure");
  expect(words.noted(talk("ann", "cake at five", { replyTo: "1", corrects: true })).text).toBe(
    "(corrected) cake at five",
  );
});

test("a message that was taken back is named by its author, and its words are forgotten", () => {
  const words = new AnnotationWords();
  words.noted(talk("ann", "secret", { msgid: "1" }));
  expect(words.of({ ...redaction, by: "root", reason: "spam" })).toBe(
    `root took back ann's message of ${clockOf(0)}: spam`,
  );
  expect(words.of(redaction)).toBe("ann took back a message in #dev");
  expect(words.noted(talk("bob", "what?", { replyTo: "1" })).text).toBe("(to an earlier message) what?");
});
