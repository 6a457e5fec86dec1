import { expect, test } from "bun:test";
import { CHAT_LIMITS } from "../../../src/chat/model/limits.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { rule } from "../../support/transcript.ts";

// "Adds the given list of targets to the list of targets being monitored. […] If any of the targets being added are
// online, the server will generate RPL_MONONLINE numerics listing those targets that are online." "Outputs for each target
// in the list being monitored, whether the client is online or offline." (IRCv3 monitor)
rule(
  "a monitored nick is reported when it comes online and goes offline, in every way",
  `
    ann: irc
    bob: irc
    ann> MONITOR + bob,eve,*!*@x,zoe
    ann< :chat.test 730 ann :bob!~bob@*.cloak
    ann< :chat.test 731 ann :eve,zoe
    ann> MONITOR L
    ann< :chat.test 732 ann :bob,eve,zoe
    ann< :chat.test 733 ann :End of MONITOR list
    eve: irc
    ann< :chat.test 730 ann :eve!~eve@*.cloak
    bob> NICK BOB
    bob< :bob!* NICK BOB
    bob> NICK zoe
    bob< :BOB!* NICK zoe
    ann< :chat.test 731 ann :BOB
    ann< :chat.test 730 ann :zoe!~bob@*.cloak
    ann> MONITOR S
    ann< :chat.test 730 ann :eve!~eve@*,zoe!~bob@*
    ann< :chat.test 731 ann :bob
    ann> MONITOR - EVE,bob
    eve> QUIT
    eve< ERROR *
    eve.
    ann> MONITOR C
    bob> QUIT
    bob< ERROR *
    bob.
    ann> MONITOR L
    ann< :chat.test 733 ann :End of MONITOR list
    ann> MONITOR S
    ann|
    ann> MONITOR
    ann< :chat.test 461 ann MONITOR :*
  `,
);

// "The <limit> parameter is the maximum number of targets a client may have in their list, the <targets> parameter is the
// list of targets, as the client sent them, that cannot be added." (734 - ERR_MONLISTFULL)
test("a full list answers the targets that do not fit, and long lists are split into lines of 512 bytes", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await wire.until(/ 422 /);
  const nicks = Array.from({ length: CHAT_LIMITS.monitoredNicks }, (_, i) => `somebody-${i}`);
  for (let at = 0; at < nicks.length; at += 20) wire.send(`MONITOR + ${nicks.slice(at, at + 20).join(",")}\r\n`);
  wire.send("MONITOR + somebody-0,one,two\r\nMONITOR L\r\nPING end\r\n");
  const lines = await wire.until(/ PONG /);
  expect(lines).toContain(`:chat.test 734 ann ${CHAT_LIMITS.monitoredNicks} one,two :Monitor list is full.`);
  const list = lines.filter((line) => line.includes(" 732 "));
  expect(list.length).toBeGreaterThan(1);
  expect(list.flatMap((line) => (line.split(" ").pop() ?? "").replace(":", "").split(","))).toEqual(nicks);
  for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
  wire.close();
});

// "If away-notify is also enabled, the client will get AWAY notifications for monitored nicks. […] If setname is also
// enabled, the client will get SETNAME notifications for monitored nicks." (IRCv3 extended-monitor)
rule(
  "with extended-monitor, changes of a monitored user are sent, and only once",
  `
    ann: irc extended-monitor away-notify setname
    bob: irc
    eve: irc extended-monitor
    zoe: irc away-notify setname
    ann> MONITOR + bob
    ann< * 730 *
    eve> MONITOR + bob
    eve< * 730 *
    zoe> MONITOR + bob
    zoe< * 730 *
    bob> AWAY :lunch
    bob< * 306 *
    ann< :bob!* AWAY :lunch
    bob> SETNAME :Robert
    ann< :bob!* SETNAME :Robert
    bob> AWAY
    bob< * 305 *
    ann< :bob!* AWAY
    ann> JOIN #dev
    ann< * JOIN #dev
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #dev
    bob> AWAY :again
    bob< * 306 *
    ann< :bob!* AWAY :again
  `,
);
