import { expect, test } from "bun:test";
import { TypingNotices } from "../../../src/client/input/typing.ts";
import { TestClock } from "../../support/client/test-clock.ts";

/** Plays a script: a number passes as many milliseconds, `room:text` is the line after a key, `!` sends it. */
function play(...script: readonly (string | number)[]): readonly string[] {
  const clock = new TestClock();
  const told: string[] = [];
  const notices = new TypingNotices(clock, (target, state) => told.push(`${clock.now()} ${target} ${state}`));
  for (const word of script) {
    const [target = "", text = ""] = String(word).split(":");
    if (typeof word === "number") clock.pass(word);
    else if (word === "!") notices.stop();
    else notices.changed(target, text);
  }
  return told;
}

test.each([
  [
    "every 3 seconds while keys come",
    ["#a:h", 1000, "#a:hi", 1000, "#a:hi ", 1000, "#a:hi y"],
    ["0 #a active", "3000 #a active"],
  ],
  ["paused, once", ["#a:h", 60_000], ["0 #a active", "4000 #a paused"]],
  ["active again after a pause", ["#a:h", 9000, "#a:hi"], ["0 #a active", "4000 #a paused", "9000 #a active"]],
  [
    "done when the line is cleared, not within 3 seconds",
    ["#a:h", 1000, "#a:", 60_000],
    ["0 #a active", "3000 #a done"],
  ],
  ["done once", ["#a:h", 4000, "#a:", 4000, "#a:"], ["0 #a active", "4000 #a paused"].concat("7000 #a done")],
  ["nothing after the line was sent", ["#a:hi", 1000, "!", "#a:", 60_000], ["0 #a active"]],
  ["nothing of a command", ["#a:/", "#a:/me", 9000, "#a://x", 9000], []],
  [
    "done when the line becomes a command",
    ["#a:x", 5000, "#a:/x", 9000],
    ["0 #a active", "4000 #a paused", "7000 #a done"],
  ],
  ["each target at its own pace", ["#a:h", 1000, "#b:h", 1000, "#a:h"], ["0 #a active", "1000 #b active"]],
  ["nothing of an empty line", ["#a:", "#a: ", 9000], []],
] as const)("a target is told: %s", (_, script, told) => {
  expect(play(...script)).toEqual([...told]);
});
