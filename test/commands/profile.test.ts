import { expect, test } from "bun:test";
import { CHAT_LIMITS } from "../../src/chat/model/limits.ts";
import { PlainFixture } from "../support/plain-fixture.ts";
import { rule } from "../support/transcript.ts";

test("/profile sets, shows and removes parts of it; /whois shows them to others", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  expect(ann.types("/profile")).toEqual(["-- Your profile is empty; /profile name TEXT gives you a display name."]);
  expect(ann.types("/profile name Ann Lee", "/profile colour #ff8800", "/profile COLOR", "/profile status")).toEqual([
    "-- Your display-name is now: Ann Lee",
    "-- Your color is now: #ff8800",
    "-- Your color: #ff8800",
    "-- Your profile has no status; /profile status TEXT sets it.",
  ]);
  expect(bob.types("/whois ann").slice(-2)).toEqual([
    "-- ann gives as display-name: Ann Lee",
    "-- ann gives as color: #ff8800",
  ]);
  expect(ann.types("/profile color -", "/profile")).toEqual([
    "-- Your profile has no color now.",
    "-- Your display-name: Ann Lee",
  ]);
  expect(bob.reads()).toEqual([]);
});

test("/profile says what is wrong with a key or a value", () => {
  const ann = new PlainFixture({ limits: { ...CHAT_LIMITS, metadataChanges: 1 } }).brings("ann");
  ann.reads();
  expect(ann.types("/profile fav:color red", `/profile status ${"x".repeat(301)}`)).toEqual([
    '-- "fav:color" cannot be a key of metadata: keys have small letters, digits and any of _./-, at most 50 characters.',
    "-- The value of status is not 1 to 300 bytes of text.",
  ]);
  for (const colour of ["orange", "#f80", "#ff88001"])
    expect(ann.types(`/profile color ${colour}`)).toEqual([
      `-- "${colour}" is no colour: that is # and six hex digits, such as #ff8800 for orange.`,
    ]);
  expect(ann.types("/profile status here", "/profile status there", "/profile status here")).toEqual([
    "-- Your status is now: here",
    "-- You have changed your metadata too often; try again in 120 s.",
    "-- Your status is now: here",
  ]);
});

rule(
  "a profile is metadata: clients that subscribe to its keys are told of changes",
  `
    foo: irc tcpchat/commands batch draft/metadata-3
    bar: irc batch draft/metadata-3
    nic: nc
    foo> JOIN #room
    foo~ 366
    bar> METADATA * SUB display-name
    bar~ 774
    bar> JOIN #room
    bar~ 366
    bar> PING joined
    bar~ joined
    nic> /join #room
    foo~ nic
    bar~ nic
    foo> SLASH * :/profile name Foo Fighter
    foo< :chat.test NOTE SLASH \\x2a \\x2a :Your display-name is now: Foo Fighter
    bar< :chat.test 761 \\x2a foo display-name \\x2a :Foo Fighter
    foo> METADATA * SUB color
    foo~ 774
    foo> SLASH * :/profile color #ff8800
    foo< :chat.test 761 \\x2a foo color \\x2a :#ff8800
    foo< :chat.test NOTE SLASH \\x2a \\x2a :Your color is now: #ff8800
    foo> SLASH * :/profile color -
    foo< :chat.test 766 \\x2a foo color :Not set
    foo~ has no color now
    foo> METADATA * SET color :#00ff00
    foo< :chat.test 761 foo foo color \\x2a :#00ff00
    nic> /profile name Nic
    nic~ Your display-name is now
    bar< :chat.test 761 \\x2a nic display-name \\x2a :Nic
  `,
);
