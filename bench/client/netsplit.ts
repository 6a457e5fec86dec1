/**
 * Measures how long the client takes when 20,000 people are listed, leave at once and return.
 *
 *     bun bench/client/netsplit.ts
 */
import { update } from "../../src/client/model/update.ts";
import { newView, withLine } from "../../src/client/ui/view.ts";
import { parse } from "../../src/wire/message.ts";
import { inLobby } from "../../test/support/client/play.ts";

const MANY = 20_000;

const nicks = Array.from({ length: MANY }, (_, i) => `someone${i}`);
const names = Array.from(
  { length: MANY / 50 },
  (_, i) => `:s 353 ann = #x :${nicks.slice(i * 50, i * 50 + 50).join(" ")}`,
);
const parts: Readonly<Record<string, readonly string[]>> = {
  listed: [":ann!a@h JOIN #x", ...names, ":s 366 ann #x :end"],
  leave: nicks.map((nick) => `:${nick}!u@h QUIT :*.net *.split`),
  "come back": nicks.map((nick) => `:${nick}!u@h JOIN #x`),
};

const play = inLobby();
play.types("/join x");
let { model } = play;
let view = newView(true);
for (const [what, lines] of Object.entries(parts)) {
  const begun = performance.now();
  for (const line of lines) {
    const message = parse(line);
    if (message === undefined) continue;
    const next = update(model, message, 0);
    model = next.model;
    for (const effect of next.effects) if (effect.type === "show") view = withLine(view, model, effect.line);
  }
  console.log(`${MANY} ${what}: ${Math.round(performance.now() - begun)} ms`);
}
