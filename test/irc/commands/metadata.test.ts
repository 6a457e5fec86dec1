import { expect, test } from "bun:test";
import { METADATA_VALUE } from "../../../src/chat/model/metadata.ts";
import { defaultConfig } from "../../../src/server/config/read.ts";
import { saslPlain } from "../../support/accounts.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { rule } from "../../support/transcript.ts";

// The sentences are from IRCv3 draft/metadata; where its third version differs, the test follows that.

const LIMITS = defaultConfig().limits;
const FREQUENT = { limits: { ...LIMITS, metadataChanges: 0 } };
const OPERATED = { operators: [{ name: "root", password: "sesame" }] };

// "The draft/metadata-2 capability indicates that a server supports metadata, and provides any limits and information
// about the system that clients must be aware of." "Clients MUST NOT request more than one of metadata-notify,
// draft/metadata-2, and draft/metadata-3. Servers MUST NOT accept these requests either." "If a client removes this
// capability or the batch capability from themselves, servers MUST clear that client's subscription list."
rule(
  "both names of the capability are offered with the limits, and one at a time can be requested",
  `
    foo: raw
    foo> CAP LS 302
    foo~ draft/metadata-2=before-connect,max-subs=100,max-keys=100,max-key-bytes=50,max-value-bytes=300 draft/metadata-3=before-connect,max-subs=100,max-keys=100,max-key-bytes=50,max-value-bytes=300
    foo> CAP REQ :draft/metadata-2 draft/metadata-3 batch
    foo~ NAK :draft/metadata-2 draft/metadata-3 batch
    foo> CAP REQ :draft/metadata-2 batch
    foo< :chat.test CAP \\x2a ACK :draft/metadata-2 batch
    foo> CAP REQ :draft/metadata-3
    foo< :chat.test CAP \\x2a NAK :draft/metadata-3
    foo> CAP REQ :-draft/metadata-2 draft/metadata-3
    foo< :chat.test CAP \\x2a ACK :-draft/metadata-2 draft/metadata-3
    foo> METADATA * SUB color
    foo< :chat.test 770 \\x2a color
    foo> CAP REQ :-batch
    foo< :chat.test CAP \\x2a ACK :-batch
    foo> CAP REQ :batch
    foo< :chat.test CAP \\x2a ACK :batch
    foo> METADATA * SUBS
    foo< :chat.test BATCH +* metadata-subs
    foo< :chat.test BATCH -*
  `,
);

// "This specification depends on the batch capability which MUST be negotiated".
rule(
  "METADATA is an unknown command without the capability, and without batch",
  `
    foo: irc batch
    bar: irc draft/metadata-3
    foo> METADATA * LIST
    foo< :chat.test 421 foo METADATA :Unknown command
    bar> METADATA * LIST
    bar< :chat.test 421 bar METADATA :Unknown command
  `,
);

// "This subcommand sets the key on the target to the given value." "If the request is successful, the server carries
// out the requested change and responds with one RPL_KEYVALUE event, representing the new value".
rule(
  "SET is answered with the value as it is stored, and GET with each key in order",
  `
    foo: irc draft/metadata-2 batch
    foo> METADATA * SET display-name :Foo
    foo< :chat.test 761 foo foo display-name \\x2a :Foo
    foo> METADATA foo SET status :\\x02bold\\x02 words \\x1b
    foo< :chat.test 761 foo foo status \\x2a :bold words *
    foo> METADATA * GET display-name avatar Bad! display-name
    foo< :chat.test BATCH +* metadata foo
    foo< @batch=* :chat.test 761 foo foo display-name \\x2a :Foo
    foo< @batch=* :chat.test 766 foo foo avatar :Not set
    foo< @batch=* :chat.test FAIL METADATA INVALID_KEY Bad! :*
    foo< @batch=* :chat.test 761 foo foo display-name \\x2a :Foo
    foo< :chat.test BATCH -*
    foo> METADATA * SET display-name
    foo< :chat.test 766 foo foo display-name :Not set
    foo> METADATA * SET display-name :
    foo< :chat.test 766 foo foo display-name :Not set
    foo> METADATA * LIST
    foo< * BATCH +* metadata foo
    foo< @batch=* :chat.test 761 foo foo status \\x2a :bold words *
    foo< * BATCH -*
  `,
);

// "If the target is valid, the response is a metadata batch containing zero or more RPL_KEYVALUE events. If the target
// is not valid, ONLY a FAIL METADATA INVALID_TARGET reply is sent."
rule(
  "LIST answers a batch, perhaps empty, and only a failure for an invalid target",
  `
    foo: irc draft/metadata-3 batch labeled-response
    bar: irc draft/metadata-3 batch
    foo> METADATA bar LIST
    foo< :chat.test BATCH +* metadata bar
    foo< :chat.test BATCH -*
    bar> METADATA * SET pronouns they/them
    bar~ 761
    foo> @label=x METADATA BAR LIST
    foo< @label=x :chat.test BATCH +* metadata bar
    foo< @batch=* :chat.test 761 foo bar pronouns \\x2a :they/them
    foo< :chat.test BATCH -*
    foo> METADATA nobody LIST
    foo< :chat.test FAIL METADATA INVALID_TARGET nobody :*
    foo> METADATA #nowhere SET x :y
    foo< :chat.test FAIL METADATA INVALID_TARGET #nowhere :*
  `,
);

// "This subcommand removes all metadata from the target, equivalently to using METADATA SET on all currently-set keys
// with an empty value."
rule(
  "CLEAR answers each removed key, and an empty batch if there was none",
  `
    foo: irc draft/metadata-3 batch
    foo> METADATA * SET one :1
    foo~ 761
    foo> METADATA * SET two :2
    foo~ 761
    foo> METADATA * CLEAR
    foo< :chat.test BATCH +* metadata foo
    foo< @batch=* :chat.test 766 foo foo one :Not set
    foo< @batch=* :chat.test 766 foo foo two :Not set
    foo< :chat.test BATCH -*
    foo> METADATA * CLEAR
    foo< :chat.test BATCH +* metadata foo
    foo< :chat.test BATCH -*
  `,
);

// "If the client successfully subscribes to a key, or is already subscribed to a requested key, that key MUST appear in
// a RPL_METADATASUBOK reply numeric." "WARN METADATA INVALID_KEY for keys that contain invalid characters".
// "LIMIT_REACHED: <Command> <Item> <Limit> :Limit reached". "If the server sends this, it MUST stop processing any
// further keys." "If the <Target> parameter is not an asterisk (*) or the client's nickname, the server MUST fail the
// request with FAIL METADATA INVALID_TARGET."
rule(
  "SUB, UNSUB and SUBS change and list subscriptions, up to a limit",
  `
    foo: irc draft/metadata-3 batch
    foo> METADATA * SUB avatar $url display-name avatar
    foo< :chat.test 770 foo avatar display-name
    foo< :chat.test WARN METADATA INVALID_KEY $url :*
    foo< :chat.test 774 \\x2a \\x2aALL 0 :*
    foo> METADATA * SUB avatar url status
    foo< :chat.test 770 foo avatar url
    foo< :chat.test FAIL METADATA LIMIT_REACHED SUB status 3 :A client subscribes to at most 3 keys
    foo< :chat.test 774 *
    foo> METADATA * SUB status
    foo< :chat.test FAIL METADATA LIMIT_REACHED SUB status 3 :*
    foo> METADATA * UNSUB url status $url
    foo< :chat.test 771 foo url status
    foo< :chat.test WARN METADATA INVALID_KEY $url :*
    foo> METADATA nobody SUB url
    foo< :chat.test FAIL METADATA INVALID_TARGET nobody :*
    foo> METADATA #room SUBS
    foo< :chat.test FAIL METADATA INVALID_TARGET #room :*
    foo> METADATA * SUBS
    foo< :chat.test BATCH +* metadata-subs
    foo< @batch=* :chat.test 772 foo avatar display-name
    foo< :chat.test BATCH -*
    foo> METADATA * UNSUB avatar display-name
    foo~ 771
    foo> METADATA * SUBS
    foo< :chat.test BATCH +* metadata-subs
    foo< :chat.test BATCH -*
  `,
  { limits: { ...LIMITS, metadataSubscriptions: 3 } },
);

// "Clients use this subcommand to receive all subscribed metadata from the given target. If the target is a channel, it
// also syncs the metadata for all other users in that channel."
rule(
  "SYNC sends the subscribed keys of someone, of a room and everyone in it, or of all",
  `
    foo: irc draft/metadata-3 batch
    bar: irc draft/metadata-3 batch
    baz: irc draft/metadata-3 batch
    foo> JOIN #one,#two
    foo~ 366 foo #two
    bar> JOIN #one,#two
    bar~ 366 bar #two
    bar> METADATA * SET color :red
    bar~ 761
    bar> METADATA * SET url :https://none.example
    bar~ 761
    baz> METADATA * SET color :blue
    baz~ 761
    foo> METADATA #one SET color :green
    foo~ 761
    foo> METADATA * SET color :white
    foo~ 761
    foo> METADATA * SUB color
    foo~ 774
    foo> METADATA bar SYNC
    foo< :chat.test BATCH +* metadata bar
    foo< @batch=* :chat.test 761 foo bar color \\x2a :red
    foo< :chat.test BATCH -*
    foo> METADATA #one SYNC
    foo< :chat.test BATCH +* metadata #one
    foo< @batch=* :chat.test 761 foo #one color \\x2a :green
    foo< @batch=* :chat.test 761 foo foo color \\x2a :white
    foo< @batch=* :chat.test 761 foo bar color \\x2a :red
    foo< :chat.test BATCH -*
    foo> MONITOR + baz
    foo< :chat.test 730 foo :baz!*@*
    foo< :chat.test BATCH +* metadata baz
    foo< @batch=* :chat.test 761 foo baz color \\x2a :blue
    foo< :chat.test BATCH -*
    foo> METADATA *ALL SYNC
    foo< :chat.test BATCH +* metadata \\x2aALL
    foo< @batch=* :chat.test 761 foo foo color \\x2a :white
    foo< @batch=* :chat.test 761 foo #one color \\x2a :green
    foo< @batch=* :chat.test 761 foo bar color \\x2a :red
    foo< @batch=* :chat.test 761 foo baz color \\x2a :blue
    foo< :chat.test BATCH -*
  `,
);

// "If the user cannot set keys on the given target, the server responds with FAIL METADATA KEY_NO_PERMISSION and fails
// the request." "If the user cannot clear keys on the given target, the server responds with FAIL METADATA
// KEY_NO_PERMISSION with an asterisk (*) in the <Key> field".
rule(
  "only the user itself, a room's operators and server operators may change metadata",
  `
    foo: irc draft/metadata-3 batch
    bar: irc draft/metadata-3 batch
    root: irc draft/metadata-3 batch
    bar> JOIN #room
    bar~ 366
    foo> JOIN #room
    foo~ 366
    foo> PING done-7
    foo~ done-7
    bar~ JOIN
    foo> METADATA bar SET x :y
    foo< :chat.test FAIL METADATA KEY_NO_PERMISSION bar x :*
    foo> METADATA bar CLEAR
    foo< :chat.test FAIL METADATA KEY_NO_PERMISSION bar \\x2a :*
    foo> METADATA #room SET x :y
    foo< :chat.test FAIL METADATA KEY_NO_PERMISSION #room x :*
    bar> METADATA #room SET x :y
    bar< :chat.test 761 bar #room x \\x2a :y
    root> OPER root sesame
    root~ MODE root
    root> METADATA foo SET x :z
    root< :chat.test 761 root foo x \\x2a :z
    foo< :chat.test 761 \\x2a foo x \\x2a :z
    root> METADATA foo CLEAR
    root< :chat.test BATCH +* metadata foo
    root< @batch=* :chat.test 766 root foo x :Not set
    root< :chat.test BATCH -*
    foo< :chat.test 766 \\x2a foo x :Not set
    root> METADATA #room CLEAR
    root~ 766 root #room x
    root> PING done-1
    root~ done-1
  `,
  OPERATED,
);

// Servers may "restrict the setting/viewing of keys".
rule(
  "only members see a room's metadata, and others do not learn of a secret room",
  `
    foo: irc draft/metadata-3 batch
    eve: irc draft/metadata-3 batch
    foo> JOIN #room
    foo~ 366
    foo> METADATA #room SET plan :secret
    foo~ 761
    eve> METADATA #room GET plan
    eve< :chat.test FAIL METADATA KEY_NO_PERMISSION #room \\x2a :*
    eve> METADATA #room LIST
    eve< :chat.test FAIL METADATA KEY_NO_PERMISSION #room \\x2a :*
    eve> METADATA #room SYNC
    eve< :chat.test FAIL METADATA KEY_NO_PERMISSION #room \\x2a :*
    foo> MODE #room +s
    foo~ MODE
    eve> METADATA #room LIST
    eve< :chat.test FAIL METADATA INVALID_TARGET #room :*
  `,
);

// "When a channel's metadata is updated, all users in that channel who are subscribed to the changed key will receive"
// a notice. "When a user's metadata is updated, all users sharing a channel with that user (and all users who [...] are
// Monitoring that user) will". "Clients automatically receive metadata updates for themselves (excluding changes they
// make themselves)".
rule(
  "a change is sent to subscribers who see the target, but not to its author",
  `
    foo: irc draft/metadata-3 batch server-time
    bar: irc draft/metadata-3 batch
    mon: irc draft/metadata-2 batch
    far: irc draft/metadata-3 batch
    old: irc
    foo> METADATA * SUB color
    foo~ 774
    bar> METADATA * SUB color
    bar~ 774
    mon> METADATA * SUB color
    mon~ 774
    far> METADATA * SUB color
    far~ 774
    mon> MONITOR + foo
    mon< :chat.test 730 *
    mon< :chat.test BATCH +* metadata foo
    mon< :chat.test BATCH -*
    foo> JOIN #room
    foo~ 366
    foo> PING done-2
    foo~ done-2
    bar> JOIN #room
    bar~ 366
    bar> PING done-3
    bar~ done-3
    old> JOIN #room
    old~ 366
    foo~ JOIN
    foo~ JOIN
    bar~ JOIN
    foo> METADATA * SET color :red
    foo< * 761 foo foo color \\x2a :red
    bar< :chat.test 761 \\x2a foo color \\x2a :red
    mon< :chat.test 761 \\x2a foo color \\x2a :red
    foo> METADATA * SET status :here
    foo< * 761 foo foo status \\x2a :here
    foo> METADATA * SET color :red
    foo< * 761 foo foo color \\x2a :red
    bar|
    foo> METADATA #room SET color :blue
    foo< * 761 foo #room color \\x2a :blue
    bar< :chat.test 761 \\x2a #room color \\x2a :blue
    bar> METADATA * SET color :green
    bar< :chat.test 761 bar bar color \\x2a :green
    foo< @time=* :chat.test 761 \\x2a bar color \\x2a :green
    foo> METADATA * CLEAR
    foo> PING done-4
    foo~ done-4
    bar< :chat.test 766 \\x2a foo color :Not set
    mon< :chat.test 766 \\x2a foo color :Not set
    foo> METADATA #room SET color
    foo< * 766 foo #room color :Not set
    bar< :chat.test 766 \\x2a #room color :Not set
    far|
    old|
  `,
);

// "On joining a channel, users will get the channel's current metadata sent to them [...], and get the same information
// for all users who are in the channel. Specifically, they get that information for the keys they are subscribed to."
rule(
  "after 366 a JOIN brings the subscribed keys of the room and its members, and they get the newcomer's",
  `
    foo: irc draft/metadata-3 batch
    bar: irc draft/metadata-3 batch
    nic: nc
    foo> JOIN #room
    foo~ 366
    foo> METADATA #room SET url :https://example.org
    foo~ 761
    foo> METADATA * SET display-name :Foo
    foo~ 761
    foo> METADATA * SET other :thing
    foo~ 761
    foo> METADATA * SUB display-name
    foo~ 774
    bar> METADATA * SUB url display-name
    bar~ 774
    bar> METADATA * SET display-name :Bar
    bar~ 761
    bar> JOIN #room
    bar< :bar!*@* JOIN #room
    bar< :chat.test 353 *
    bar< :chat.test 366 bar #room :*
    bar< :chat.test BATCH +* metadata #room
    bar< @batch=* :chat.test 761 bar #room url \\x2a :https://example.org
    bar< @batch=* :chat.test 761 bar foo display-name \\x2a :Foo
    bar< @batch=* :chat.test 761 bar bar display-name \\x2a :Bar
    bar< :chat.test BATCH -*
    foo< :bar!*@* JOIN #room
    foo< :chat.test 761 \\x2a bar display-name \\x2a :Bar
    nic> /join #room
    nic~ #room
    foo< :nic!*@* JOIN #room
    bar< :nic!*@* JOIN #room
  `,
);

rule(
  "a newcomer who may not speak in a room sends it no metadata",
  `
    foo: irc draft/metadata-3 batch
    bar: irc draft/metadata-3 batch
    foo> METADATA * SUB status
    foo~ 774
    foo> JOIN #room
    foo~ 366
    foo> MODE #room +b m:bar!*@*
    foo~ MODE
    bar> METADATA * SET status :rude
    bar~ 761
    bar> JOIN #room
    bar~ 366
    bar< * BATCH +* metadata #room
    bar< * BATCH -*
    foo< :bar!*@* JOIN #room
    foo|
  `,
);

// "Clients SHOULD receive the current values of keys they are subscribed to when they MONITOR a user, or when one of
// their monitored users comes online."
rule(
  "MONITOR brings a user's metadata when it comes online",
  `
    mon: irc draft/metadata-3 batch
    mon> METADATA * SUB color
    mon~ 774
    mon> MONITOR + foo
    mon< :chat.test 731 mon :foo
    foo: raw
    foo> CAP REQ :draft/metadata-3 batch
    foo> METADATA * SET color :red
    foo> NICK foo
    foo> USER foo 0 * :Foo
    foo> CAP END
    foo~ 422
    mon< :chat.test 730 mon :foo!*@*
    mon< :chat.test BATCH +* metadata foo
    mon< @batch=* :chat.test 761 mon foo color \\x2a :red
    mon< :chat.test BATCH -*
  `,
);

// "Upon requesting the metadata capability, clients receive their non-transient metadata [...] in a metadata batch with
// their own nick as target. If none exists, the server MUST send an empty batch instead." In the third version, before
// the end of the MOTD; and with `before-connect`, METADATA may come before registration is complete.
rule(
  "before registration a client can set, list and subscribe, and its greeting has its metadata",
  `
    foo: raw
    foo> CAP REQ :draft/metadata-3 batch
    foo< *
    foo> METADATA * SET display-name :Foo
    foo< :chat.test 761 \\x2a \\x2a display-name \\x2a :Foo
    foo> METADATA * SET gone :soon
    foo< :chat.test 761 *
    foo> METADATA * SET gone
    foo< :chat.test 766 \\x2a \\x2a gone :Not set
    foo> METADATA * SET Bad! :x
    foo< :chat.test FAIL METADATA INVALID_KEY Bad! :*
    foo> METADATA bar SET x :y
    foo< :chat.test FAIL METADATA INVALID_TARGET bar :*
    foo> METADATA * LIST
    foo< :chat.test BATCH +* metadata \\x2a
    foo< @batch=* :chat.test 761 \\x2a \\x2a display-name \\x2a :Foo
    foo< :chat.test BATCH -*
    foo> METADATA * SUB display-name avatar
    foo< :chat.test 770 \\x2a display-name avatar
    foo> METADATA * SYNC
    foo< :chat.test 451 *
    foo> NICK foo
    foo> USER foo 0 * :Foo
    foo> CAP END
    foo~ 266
    foo< :chat.test BATCH +* metadata foo
    foo< @batch=* :chat.test 761 foo foo display-name \\x2a :Foo
    foo< :chat.test BATCH -*
    foo< :chat.test 422 *
    foo> METADATA * SUBS
    foo< *
    foo< @batch=* :chat.test 772 foo display-name avatar
    foo< *
    bar: raw
    bar> CAP REQ :draft/metadata-3 batch
    bar> NICK bar
    bar> USER bar 0 * :Bar
    bar> CAP END
    bar~ 266
    bar< :chat.test BATCH +* metadata bar
    bar< :chat.test BATCH -*
    bar< :chat.test 422 *
  `,
);

// "When a user runs WHOIS on a user with metadata, a subset of that metadata MAY be sent with RPL_WHOISKEYVALUE numerics."
rule(
  "WHOIS shows metadata to clients with the capability",
  `
    foo: irc draft/metadata-3 batch
    old: irc
    foo> METADATA * SET display-name :Foo
    foo~ 761
    foo> METADATA * SET color :red
    foo~ 761
    foo> WHOIS foo
    foo~ 312
    foo~ 379
    foo~ 338
    foo< :chat.test 760 foo foo display-name \\x2a :Foo
    foo< :chat.test 760 foo foo color \\x2a :red
    foo< :chat.test 317 *
    foo< :chat.test 318 *
    old> WHOIS foo
    old< * 311 *
    old< * 312 *
    old< * 317 *
    old< * 318 *
  `,
);

// "Servers MUST reply to erroneous requests using Standard Replies". "ERR_METADATARATELIMIT <RetryAfter> <Target> <Command>
// [<Params> ...]: <Target>, <Command>, and <Params> reflect [what was] passed into the rate-limited command, so that
// clients can re-send the command without needing stateful tracking of what was originally sent."
rule(
  "an invalid request is refused with its reason",
  `
    foo: irc draft/metadata-3 batch
    foo> METADATA
    foo< :chat.test 461 foo METADATA :*
    foo> METADATA * GET
    foo< :chat.test 461 foo METADATA :*
    foo> METADATA * destr0y
    foo< :chat.test FAIL METADATA INVALID_PARAMS destr0y :METADATA knows GET, *
    foo> METADATA * SET %key% :x
    foo< :chat.test FAIL METADATA INVALID_KEY %key% :*
    foo> METADATA * SET ${"k".repeat(51)} :x
    foo< :chat.test FAIL METADATA INVALID_KEY kkk*
    foo> METADATA * SET status :${"x".repeat(METADATA_VALUE + 1)}
    foo< :chat.test FAIL METADATA INVALID_VALUE status :*
    foo> METADATA * SET status :\\x1b\\x07
    foo< :chat.test FAIL METADATA INVALID_VALUE status :*
    foo> METADATA * SET ${"k".repeat(50)} :${"é".repeat(METADATA_VALUE / 2)}
    foo< :chat.test 761 foo foo ${"k".repeat(50)} \\x2a :${"é".repeat(METADATA_VALUE / 2)}
    foo> METADATA * SET two :2
    foo< :chat.test 761 *
    foo> METADATA * SET three :3
    foo< :chat.test FAIL METADATA LIMIT_REACHED SET foo 2 :*
    foo> METADATA * SET two :two
    foo< :chat.test 761 *
    foo> METADATA * SET two
    foo< :chat.test 775 foo * \\x2a SET two
    foo> METADATA foo SET two :2 or more
    foo< :chat.test 775 foo * foo SET two :2 or more
    foo> METADATA * SET two :two
    foo< :chat.test 761 *
    foo> METADATA * CLEAR
    foo< :chat.test 775 foo * \\x2a CLEAR
  `,
  { limits: { ...LIMITS, metadataKeys: 2, metadataChanges: 3 } },
);

test("a value that is not UTF-8 is refused as an invalid value", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send("CAP REQ :draft/metadata-3 batch\r\nMETADATA * SUB x\r\n");
  await wire.until(/ 770 /);
  wire.send(Buffer.from("METADATA * SET status :caf\xe9\r\n", "latin1"));
  expect(await wire.next()).toStartWith(":chat.test FAIL METADATA INVALID_VALUE status :");
  wire.send(Buffer.from("METADATA * GET caf\xe9\r\n", "latin1"));
  expect(await wire.next()).toStartWith(":chat.test FAIL METADATA INVALID_UTF8 :");
  wire.close();
});

// "Metadata stored by the server or by services" is an account's.
rule(
  "an account's metadata is stored and common to its sessions, a guest's ends with the guest",
  `
    foo: irc draft/metadata-3 batch
    foo> METADATA * SET color :red
    foo~ 761
    foo> REGISTER * * sesame88
    foo~ 900
    foo> METADATA * SET display-name :Foo
    foo< * 761 foo foo display-name \\x2a :Foo
    too: raw
    too> CAP REQ :draft/metadata-3 batch sasl
    too> METADATA * SET status :back
    too> AUTHENTICATE PLAIN
    too> AUTHENTICATE ${saslPlain("foo", "sesame88")}
    too~ 903
    too> NICK foo
    too> USER foo 0 * :Foo
    too> CAP END
    too~ metadata foo
    too< @batch=* :chat.test 761 foo foo color \\x2a :red
    too< @batch=* :chat.test 761 foo foo display-name \\x2a :Foo
    too< @batch=* :chat.test 761 foo foo status \\x2a :back
    too< :chat.test BATCH -*
    too~ 422
    foo< :chat.test 761 \\x2a foo status \\x2a :back
    foo> METADATA * SET status
    foo< :chat.test 766 foo foo status :Not set
    too< :chat.test 766 \\x2a foo status :Not set
    foo> QUIT
    foo.
    too> QUIT
    too.
    gue: irc draft/metadata-3 batch
    gue> METADATA * SET color :green
    gue~ 761
    gue> METADATA * SUB x
    gue~ 774
    gue> PRIVMSG NickServ :IDENTIFY foo sesame88
    gue~ 900
    gue< :chat.test 761 \\x2a gue color \\x2a :red
    gue< :chat.test 761 \\x2a gue display-name \\x2a :Foo
  `,
  FREQUENT,
);

rule(
  "a room that outlives its members keeps its metadata, also when renamed; a room of guests does not",
  `
    foo: irc draft/metadata-3 batch draft/channel-rename
    gue: irc draft/metadata-3 batch
    foo> REGISTER * * sesame88
    foo~ 900
    foo> JOIN #room
    foo~ 366
    foo> METADATA #room SET icon :star
    foo~ 761
    foo> RENAME #room #hall
    foo~ RENAME
    foo> PART #hall
    foo~ PART
    foo> JOIN #hall
    foo~ 366
    foo< * BATCH +* metadata #hall
    foo< * BATCH -*
    foo> METADATA #hall GET icon
    foo< * BATCH +* metadata #hall
    foo< @batch=* :chat.test 761 foo #hall icon \\x2a :star
    foo> PING done-6
    foo~ done-6
    gue> JOIN #tent
    gue~ 366
    gue> METADATA #tent SET icon :moon
    gue~ 761
    gue> PART #tent
    gue~ PART
    gue> JOIN #tent
    gue~ 366
    gue< * BATCH +* metadata #tent
    gue< * BATCH -*
    gue> METADATA #tent LIST
    gue< * BATCH +* metadata #tent
    gue< * BATCH -*
  `,
  FREQUENT,
);
