import { expect, test } from "bun:test";
import { CHAT_LIMITS, RULES } from "../../../src/chat/model/limits.ts";
import { anAccount, ChatFixture, join, RecordingSession, rename, say } from "../../support/chat-fixture.ts";

test("new rules apply to all later acts", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  ann.does(say("#dev", "before"));
  const limits = { ...CHAT_LIMITS, nickLength: 4, roomsPerMember: 1 };
  fixture.chat.administer({
    type: "configure",
    rules: { limits, registration: false, showsHistory: false, userModes: [], outgoingHooks: "off" },
  });
  expect(ann.hears()).toEqual([]);
  expect(ann.does(rename("annie"), join("#more"))).toEqual(["no: nick-bad annie", "no: too-many-rooms #more 1"]);
  expect(ann.does({ type: "register", account: anAccount("ann") })).toEqual(["no: registration-off"]);
  const room = fixture.chat.room("#dev");
  expect(room && fixture.chat.recentMessages(ann.member, room, { limit: 9 })).toEqual([]);
  expect(fixture.chat.limits.nickLength).toBe(4);
  fixture.chat.administer({ type: "configure", rules: RULES });
  expect(ann.does(rename("annie"), join("#more"))).toEqual(["renamed ann annie", "joined annie #more operator"]);
});

test("a server act submitted during another act is queued", () => {
  const fixture = new ChatFixture();
  const ann = new RecordingSession(fixture.chat);
  ann.onEvent = ({ type }) => {
    if (type === "entered") fixture.chat.administer({ type: "configure", rules: { ...RULES, registration: false } });
  };
  ann.does({ type: "enter", nick: "ann", user: "a", realname: "A", host: "h", yielding: false });
  expect(ann.does({ type: "register", account: anAccount("ann") })).toEqual(["no: registration-off"]);
});
