import { expect, test } from "bun:test";
import { modeLines } from "../../../src/client/model/people.ts";

test.each([
  ["+o bob", ["ann made bob an operator of #dev"]],
  ["-o+v bob bea", ["ann made bob an operator of #dev no more", "ann gave bea a voice in #dev"]],
  ["+b m:bob!*@*", ["ann muted bob!*@* in #dev"]],
  ["-b m:bob!*@*", ["ann unmuted bob!*@* in #dev"]],
  ["+b-b b!*@* a:c", ["ann banned b!*@* from #dev", "ann lifted the ban on a:c from #dev"]],
  ["+e-I bob!*@* x", ["ann exempted bob!*@* from the bans of #dev", "ann invited x to #dev no more"]],
  ["+kl sesame 5", ["ann set the key of #dev: sesame", "ann limited #dev to 5 people"]],
  ["-kl sesame", ["ann took the key of #dev away", "ann took the limit of #dev away"]],
  ["+H 7d", ["ann lets #dev keep its history for 7d: what is older is deleted"]],
  ["+H off", ["ann switched the history of #dev off: nothing is kept, and the past is deleted"]],
  ["-H", ["ann lets #dev keep its history as long as the server does"]],
  ["+H 10:5m", ["ann changed the modes of #dev: +H 10:5m"]],
  ["+i-m", ["ann switched invite-only on in #dev", "ann switched moderated off in #dev"]],
  ["+oh bob bob", ["ann changed the modes of #dev: +oh bob bob"]],
  [`+${"m".repeat(21)}`, [`ann changed the modes of #dev: +${"m".repeat(21)}`]],
])("%s is shown as %j", (modes, lines) => {
  expect(modeLines("ann", "#dev", modes.split(" "))).toEqual(lines);
});
