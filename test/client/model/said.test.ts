import { expect, test } from "bun:test";
import { lastSaid } from "../../../src/client/model/said.ts";
import { inLobby } from "../../support/client/play.ts";

const CAPS = "account-tag batch draft/chathistory echo-message message-tags";

test("our last message in a room is known, from this device or another; notices and others' messages are not ours", () => {
  const play = inLobby(CAPS);
  play.server("@msgid=m1 :ann!a@h PRIVMSG #lobby :mine", "@msgid=m2 :ann!a@h NOTICE #lobby :a program's");
  play.server("@msgid=m3 :bob!b@h PRIVMSG #lobby :his", "@msgid=m4 :ann!a@h PRIVMSG bob :to him");
  expect(lastSaid(play.model, "#lobby")).toEqual({ kind: "said", msgid: "m1", text: "mine" });
  expect(lastSaid(play.model, "bob")).toEqual({ kind: "said", msgid: "m4", text: "to him" });
  expect(lastSaid(play.model, "zoe")).toBeUndefined();
});

test("in history only our account's messages are ours: the nick may have been somebody else's", () => {
  const history = (tags: string) => [
    ":s BATCH +x chathistory #lobby",
    `@batch=x;msgid=m1${tags} :ann!a@h PRIVMSG #lobby :old`,
    ":s BATCH -x",
  ];
  const guest = inLobby(CAPS);
  guest.server(...history(""));
  expect(lastSaid(guest.model, "#lobby")).toBeUndefined();
  const ann = inLobby(CAPS);
  ann.model = { ...ann.model, account: "Ann" };
  ann.server(...history(";account=ann"));
  expect(lastSaid(ann.model, "#lobby")).toMatchObject({ msgid: "m1" });
});
