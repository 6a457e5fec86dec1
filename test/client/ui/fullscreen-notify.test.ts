import { expect, test } from "bun:test";
import { Notifier } from "../../../src/client/ui/fullscreen.ts";
import { aMessage } from "../../support/client/message.ts";

const line = aMessage({ nick: "b;ob", text: "ann:\nlook\x1b]0;x\x07", msgid: undefined, mention: true });

test("a mention rings and shows a notification in the terminal's own sequence, filtered", () => {
  expect(new Notifier({ TERM: "xterm" }).notify(line, 0)).toBe("\x07\x1b]9;b;ob in #lobby: ann: look\x1b\\");
  expect(new Notifier({ VTE_VERSION: "1" }).notify(line, 0)).toBe("\x07\x1b]777;notify;b,ob in #lobby;ann: look\x1b\\");
});

test("many mentions at once notify only once", () => {
  const notifier = new Notifier({});
  expect(notifier.notify(line, 0)).not.toBe("");
  expect(notifier.notify(line, 1000)).toBe("");
  expect(notifier.notify(line, 3000)).not.toBe("");
});
