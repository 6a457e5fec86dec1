import { expect, test } from "bun:test";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { Stage } from "./stage.ts";

/** What ann says and hears in this test, on a screen of her own. */
function talked(stage: Stage): string[] {
  stage.server(":bob!b@h PRIVMSG #lobby :hello ann, 안녕", "@time=2026-11-27T10:00:00.000Z :bob!b@h TOPIC #lobby :Tea");
  stage.keys("a long walk 👍🏽", "\r", "/me wa");
  return stage.draw(70, 12);
}

test("model, commands, view and frame run where there is neither Bun nor Node", async () => {
  const [bundle] = (
    await Bun.build({ entrypoints: [join(import.meta.dir, "stage.ts")], target: "browser", format: "cjs" })
  ).outputs;
  const code = (await bundle?.text()) ?? "";
  const exports: { Stage?: typeof Stage } = {};
  // All that a page has and the core may use.
  const page = createContext({ module: { exports }, exports, TextEncoder, TextDecoder, crypto, btoa });
  expect(runInContext("typeof Bun + typeof Buffer + typeof process + typeof setTimeout", page)).toBe(
    "undefined".repeat(4),
  );
  const Theirs = runInContext(`${code}; module.exports.Stage ?? Stage`, page) as typeof Stage;
  const seen = talked(new Theirs());
  expect(seen).toEqual(talked(new Stage()));
  expect(seen.join("\n")).toContain("hello ann, 안녕");
});
