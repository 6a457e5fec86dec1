import { expect, test } from "bun:test";
import { CHAT_LIMITS, RULES } from "../../../src/chat/model/limits.ts";
import { anAccount, join, Player, rename, Stage, say } from "../../support/chat-stage.ts";

test("new rules apply to all later acts", () => {
  const stage = new Stage();
  const ann = stage.brings("ann", "#dev");
  ann.does(say("#dev", "before"));
  const limits = { ...CHAT_LIMITS, nickLength: 4, roomsPerMember: 1 };
  stage.chat.administer({
    type: "configure",
    rules: { limits, registration: false, showsHistory: false, userModes: [] },
  });
  expect(ann.hears()).toEqual([]);
  expect(ann.does(rename("annie"), join("#more"))).toEqual(["no: nick-bad annie", "no: too-many-rooms #more 1"]);
  expect(ann.does({ type: "register", account: anAccount("ann") })).toEqual(["no: registration-off"]);
  const room = stage.chat.room("#dev");
  expect(room && stage.chat.recentMessages(ann.member, room, { limit: 9 })).toEqual([]);
  expect(stage.chat.limits.nickLength).toBe(4);
  stage.chat.administer({ type: "configure", rules: RULES });
  expect(ann.does(rename("annie"), join("#more"))).toEqual(["renamed ann annie", "joined annie #more operator"]);
});

test("a server act submitted during another act is queued", () => {
  const stage = new Stage();
  const ann = new Player(stage.chat);
  ann.onEvent = ({ type }) => {
    if (type === "entered") stage.chat.administer({ type: "configure", rules: { ...RULES, registration: false } });
  };
  ann.does({ type: "enter", nick: "ann", user: "a", realname: "A", host: "h", yielding: false });
  expect(ann.does({ type: "register", account: anAccount("ann") })).toEqual(["no: registration-off"]);
});
