import { expect, test } from "bun:test";
import { Replies, tagged } from "../../../src/irc/session/replies.ts";

function labelled(...lines: readonly string[]): readonly string[] {
  const replies = new Replies("x", "chat.test", "r1");
  let text = "";
  for (const line of lines) text += replies.add(`${line}\r\n`);
  return (text + replies.end()).split("\r\n").slice(0, -1);
}

test("an empty reply is an ACK", () => {
  expect(labelled()).toEqual(["@label=x :chat.test ACK"]);
});

test("a reply of one line has the label, besides its own tags", () => {
  expect(labelled(":a B c")).toEqual(["@label=x :a B c"]);
  expect(labelled("@time=1 :a B c")).toEqual(["@label=x;time=1 :a B c"]);
});

test("a reply of several lines is a batch, whether they were added one by one or together", () => {
  const batch = [
    "@label=x :chat.test BATCH +r1 labeled-response",
    "@batch=r1 :a B",
    "@batch=r1;time=1 :c D",
    ":chat.test BATCH -r1",
  ];
  expect(labelled(":a B", "@time=1 :c D")).toEqual(batch);
  expect(labelled(":a B\r\n@time=1 :c D")).toEqual(batch);
});

test("a reply that is one batch has the label on it", () => {
  const lines = [":s BATCH +h chathistory #r", "@batch=h :a PRIVMSG #r :x", ":s BATCH -h"];
  expect(labelled(...lines)).toEqual([`@label=x ${lines[0]}`, ...lines.slice(1)]);
});

test("a line that is in a batch already stays in that batch", () => {
  expect(tagged("@time=1;batch=h :a B", "batch=r1")).toBe("@time=1;batch=h :a B");
  expect(tagged(":a B", "batch=r1")).toBe("@batch=r1 :a B");
});
