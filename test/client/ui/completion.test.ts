import { expect, test } from "bun:test";
import { newModel } from "../../../src/client/model/state.ts";
import { namesFor } from "../../../src/client/ui/completion.ts";
import { newView, withLine } from "../../../src/client/ui/view.ts";
import { fold } from "../../../src/text/fold.ts";
import { aMessage } from "../../support/client/message.ts";

const identity = {
  ...{
    nick: "ann",
    rooms: [],
    account: undefined,
    password: undefined,
    isSavedLogin: false,
    serverPassword: undefined,
  },
  newId: () => "id",
  history: { type: "lines", count: 0 } as const,
};

test("names are completed to recent speakers, the last one first, and not to ourselves", () => {
  const model = newModel(identity);
  const said = (nick: string) => aMessage({ room: "#a", nick, msgid: undefined });
  let view = newView(false);
  for (const nick of ["bob", "carol", "bob", "ann"]) view = withLine(view, model, said(nick));
  const names = namesFor(model, { ...view, here: fold("#a") });
  expect(names.nicks).toEqual(["bob", "carol"]);
  expect(names.commands).toContain("help");
  expect([names.usageOf("/help "), names.usageOf("help ")]).toEqual(["[COMMAND]", undefined]);
});
