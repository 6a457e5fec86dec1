import { expect, test } from "bun:test";
import { Replies, tagged } from "../../../src/irc/session/replies.ts";

function labelled(...lines: readonly string[]): readonly string[] {
  const replies = new Replies("x", "chat.test", "r1");
  let text = "";
  for (const line of lines) text += replies.add(`${line}\r\n`);
  return (text + replies.end()).split("\r\n").slice(0, -1);
}

test("nothing is an ACK", () => {
  expect(labelled()).toEqual(["@label=x :chat.test ACK"]);
});

test("one line carries the label, beside the tags that it has", () => {
  expect(labelled(":a B c")).toEqual(["@label=x :a B c"]);
  expect(labelled("@time=1 :a B c")).toEqual(["@label=x;time=1 :a B c"]);
});

test("several lines are a batch, whether they came one by one or together", () => {
  const batch = [
    "@label=x :chat.test BATCH +r1 labeled-response",
    "@batch=r1 :a B",
    "@batch=r1;time=1 :c D",
    ":chat.test BATCH -r1",
  ];
  expect(labelled(":a B", "@time=1 :c D")).toEqual(batch);
  expect(labelled(":a B\r\n@time=1 :c D")).toEqual(batch);
});

test("one batch carries the label itself", () => {
  const lines = [":s BATCH +h chathistory #r", "@batch=h :a PRIVMSG #r :x", ":s BATCH -h"];
  expect(labelled(...lines)).toEqual([`@label=x ${lines[0]}`, ...lines.slice(1)]);
});

test("a line that is in a batch stays in that one", () => {
  expect(tagged("@time=1;batch=h :a B", "batch=r1")).toBe("@time=1;batch=h :a B");
  expect(tagged(":a B", "batch=r1")).toBe("@batch=r1 :a B");
});
