import { expect, test } from "bun:test";
import { Registration } from "../../../src/irc/session/registration.ts";

test("a registration is complete with a nick and a user name, outside of CAP negotiation", () => {
  const registration = new Registration();
  registration.nick = "ann";
  expect(registration.isComplete).toBe(false);
  registration.user = "~ann";
  expect(registration.isComplete).toBe(true);
  registration.negotiating = true;
  expect(registration.isComplete).toBe(false);
  registration.negotiating = false;
  registration.forgetNick();
  expect(registration.isComplete).toBe(false);
});
