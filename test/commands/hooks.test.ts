import { expect, test } from "bun:test";
import { PlainFixture } from "../support/plain-fixture.ts";
import { rule } from "../support/transcript.ts";

rule(
  "only an account that operates the room makes a webhook, with nc too",
  `
    bob: nc
    bob> /join den
    bob~ kept
    bob> /hook add ci
    bob< -- A webhook ends with its maker's rank: only an account that operates #den makes one; /register makes your nick one.
    bob> /register sesame88
    bob< -- bob is registered, and yours.
    bob< -- You are logged in as bob.
    bob> /hook add ci
    bob< -- POST http://chat.test:*/hook/*
    bob< -- What is posted there is said in #den by ci/bot, for example: curl -d 'the build is done' http://chat.test:*/hook/*
    bob< -- Whoever has the address can post. It is not shown again; /hook remove ci ends it.
    bob> /hook add ci
    bob< -- There is a webhook ci already; /hook remove ends it.
    bob> /hook remove cd
    bob< -- This room has no webhook cd.
    ann: nc
    ann> /join den
    ann~ one other is here
    bob< -- ann joined #den
    ann> /hook
    ann< -- Only an operator of #den may do that; /who #den tells who is one.
  `,
);

test("/hook says how it is used", () => {
  const ann = new PlainFixture().brings("ann");
  ann.types("/join dev");
  for (const line of ["/hook add", "/hook remove", "/hook out x"])
    expect(ann.types(line)).toEqual(["-- That is /hook add NAME, /hook list or /hook remove NAME."]);
});
