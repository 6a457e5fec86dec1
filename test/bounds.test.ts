import { expect, test } from "bun:test";
import { readConfig } from "../src/server/config/read.ts";
import { startChat } from "./support/chat-server.ts";
import { play } from "./support/transcript.ts";

/** Limits on the state that strangers and members can create; each is a configuration key. */

const SMALL = `
  new_rooms_per_address = 3
  rooms_per_account = 1
  read_markers = 2
  pending_invitations = 1
  monitored_nicks = 2
  ignored_nicks = 1
  mask_bans = 1
  address_bans = 1
  list_entries = 1
  flood_protection = false
  exempt = []
`;

/** A chat server with these limits and a server operator. */
function bounded(toml = SMALL) {
  const { limits, exempt, connections } = readConfig(`[limits]\n${toml}`, "server.toml");
  return startChat({ limits, exempt, connections, operators: [{ name: "root", password: "sesame" }] });
}

test("an address can open a limited number of rooms in ten minutes, and still join existing ones", async () => {
  await using chat = bounded();
  await play(
    chat.port,
    `
    ann: irc
    ann> JOIN #a,#b,#c,#d
    ann~ 366 ann #c
    ann< :chat.test 405 ann #d :3 new rooms were opened from your address in ten minutes, and that is the most; another works in 10 minutes
    bob: nc
    bob> /join d
    bob< -- 3 new rooms were opened from your address in ten minutes, and that is the most; another works in 10 minutes; rooms that are there can be joined: /rooms lists them.
    bob> /join a
    ann~ JOIN #a
    bob~ #a
    `,
  );
});

test("an exempt address opens any number of rooms", async () => {
  await using chat = bounded(SMALL.replace("exempt = []", ""));
  await play(
    chat.port,
    `
    ann: irc
    ann> JOIN #a,#b,#c,#d
    ann~ 366 ann #d
    `,
  );
});

test("watched nicks, ignored nicks, read markers and bans are limited", async () => {
  await using chat = bounded();
  await play(
    chat.port,
    `
    ann: irc draft/read-marker
    bob: nc
    eve: nc
    ann> MONITOR + x,y,z
    ann< * 731 *
    ann< :chat.test 734 ann 2 z :*
    bob> /ignore ann
    bob~ do not see
    bob> /ignore eve
    bob< -- You ignore 1 people, and cannot ignore more.
    ann> MARKREAD #x timestamp=2026-01-01T00:00:00.000Z
    ann< * MARKREAD #x timestamp=2026-01-01T00:00:00.000Z
    ann> MARKREAD #y timestamp=2026-01-01T00:00:00.000Z
    ann< * MARKREAD #y timestamp=2026-01-01T00:00:00.000Z
    ann> MARKREAD #z timestamp=2026-01-01T00:00:00.000Z
    ann< * MARKREAD #z timestamp=2026-01-01T00:00:00.000Z
    ann> MARKREAD #x
    ann< * MARKREAD #x *
    ann> MARKREAD #y
    ann< * MARKREAD #y timestamp=2026-01-01T00:00:00.000Z
    ann> JOIN #a,#b
    ann~ 366 ann #b
    ann> TBAN #a 1h x
    ann~ MODE #a +b
    ann> TBAN #a 1h y
    ann~ 478 ann #a
    `,
  );
});

test("an invitation beyond the limit ends the oldest one", async () => {
  await using chat = bounded();
  await play(
    chat.port,
    `
    ann: irc
    bob: irc
    ann> JOIN #a,#b
    ann~ 366 ann #b
    ann> MODE #a +i
    ann~ MODE #a +i
    ann> MODE #b +i
    ann~ MODE #b +i
    ann> INVITE bob #a
    bob< * INVITE bob #a
    ann> INVITE bob #b
    bob< * INVITE bob #b
    bob> JOIN #a
    bob< * 473 bob #a *
    bob> JOIN #b
    bob~ 366 bob #b
    ann~ JOIN #b
    `,
  );
});

test("the server keeps a limited number of bans", async () => {
  await using chat = bounded();
  await play(
    chat.port,
    `
    root: irc
    root> OPER root sesame
    root~ 381
    root> UBAN ADD a:eve
    root~ banned
    root> UBAN ADD a:mallory
    root< * FAIL UBAN LIST_FULL :*
    root> UBAN ADD 203.0.113.9
    root~ banned
    root> UBAN ADD 203.0.113.10
    root< * FAIL UBAN LIST_FULL :*
    `,
  );
});

test("0 means no limit, for each of these keys", () => {
  const none = SMALL.replace(/ = \d+/g, " = 0");
  const { limits } = readConfig(`[limits]\n${none}`, "server.toml");
  const { newRoomsPerAddress, roomsPerAccount, readMarkers, pendingInvitations, monitoredNicks, ignoredNicks } = limits;
  expect([newRoomsPerAddress, roomsPerAccount, readMarkers, pendingInvitations, monitoredNicks, ignoredNicks]).toEqual(
    Array(6).fill(0),
  );
});
