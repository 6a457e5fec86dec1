import { expect, test } from "bun:test";
import { defaultConfig } from "../../src/server/config/read.ts";
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

rule(
  "an outgoing webhook is made where the configuration allows it, and everybody there is told",
  `
    ann: nc
    ann> /register sesame88
    ann~ logged in
    ann> /join den
    ann~ kept
    bob: nc
    bob> /join den
    bob~ one other is here
    ann< -- bob joined #den
    ann> /hook out https://ci.test/a?key=1 !deploy
    ann< -- ann made an outgoing webhook: what is said in #den after !deploy goes to ci.test from now on.
    ann< -- The key of the webhook to ci.test is *
    ann< -- Each post has the header X-Tcpchat-Signature: sha256= and the HMAC-SHA256 of its body with this key, in hex. *
    bob< -- ann made an outgoing webhook: what is said in #den after !deploy goes to ci.test from now on.
    ann> /hook
    ann< -- *: posts !deploy to ci.test, made *.
    ann> /hook out https://localhost/
    ann< -- Outgoing webhooks post to public hosts, not to this server; *
    ann> /hook remove ci.test
    ann< -- ann ended the outgoing webhook to ci.test.
    bob< -- ann ended the outgoing webhook to ci.test.
  `,
  { hooks: { ...defaultConfig().hooks, outgoing: "accounts" } },
);

const LONG_HOST = `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.test`;

rule(
  "a newcomer is told of every outgoing webhook, in as many lines as that takes",
  `
    ann: irc tcpchat/commands
    ann> REGISTER * * sesame88
    ann~ 900
    ann> JOIN #den
    ann~ 366
    ann> SLASH #den :/hook out https://one.${LONG_HOST}/
    ann~ not shown again
    ann> SLASH #den :/hook out https://two.${LONG_HOST}/ !go
    ann~ not shown again
    ann> SLASH #den :/hook out https://six.${LONG_HOST}/
    ann~ not shown again
    bob: irc
    bob> JOIN #den
    bob~ 366
    bob< :chat.test NOTICE #den :What is said in #den goes out by webhooks: all to one.${LONG_HOST}, !go to two.${LONG_HOST}, all to
    bob< :chat.test NOTICE #den :six.${LONG_HOST}.
    ann< *
  `,
  { hooks: { ...defaultConfig().hooks, outgoing: "accounts" } },
);

rule(
  "without that, none is made",
  `
    ann: nc
    ann> /register sesame88
    ann~ logged in
    ann> /join den
    ann~ kept
    ann> /hook out https://ci.test/
    ann< -- This server posts nothing to outside: its operator has not allowed outgoing webhooks.
  `,
);

test("/hook says how it is used", () => {
  const ann = new PlainFixture().brings("ann");
  ann.types("/join dev");
  for (const line of ["/hook add", "/hook remove", "/hook out", "/hook out https://a.test !a b"])
    expect(ann.types(line)).toEqual([
      "-- That is /hook add NAME, /hook out URL [!WORD], /hook list or /hook remove NAME.",
    ]);
});
