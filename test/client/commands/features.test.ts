import { expect, test } from "bun:test";
import { adviceFor } from "../../../src/client/commands/features.ts";
import { commandsOf } from "../../../src/client/commands/perform.ts";
import { keyHelp } from "../../../src/client/input/keymap.ts";
import { Play } from "../../support/client/play.ts";

const labels = (client: Parameters<typeof keyHelp>[0]) => keyHelp(client).map(({ label }) => label);
const names = ({ model }: Play) => commandsOf(model).map(({ name }) => name);

test("keys and commands that a client has nothing for are not listed, and the commands say why", () => {
  const home = new Play({ fullScreen: true, severalServers: true, canSuspend: true });
  const ssh = new Play({ fullScreen: true, overSsh: true });
  expect(names(home)).toEqual(expect.arrayContaining(["logout", "connect", "disconnect"]));
  expect(labels(home.model.identity)).toContain("Ctrl-Z");
  for (const name of ["logout", "connect", "disconnect"]) expect(names(ssh)).not.toContain(name);
  expect(labels(ssh.model.identity)).not.toContain("Ctrl-Z");
  expect(ssh.types("/logout")).toEqual(["-- No login is kept here: /quit ends the session, and its login."]);
  expect(ssh.types("/connect other")).toEqual([
    "-- This client talks to this server only; tcpchat client on your computer can have several.",
  ]);
});

test("advice names nothing that cannot be typed over SSH", () => {
  const { passwordMissing, sentAs, passwordKept, notLetIn } = adviceFor({ overSsh: true });
  const words = [passwordMissing("zoe"), sentAs("zoe", "zoe-2"), passwordKept, notLetIn].join(" ");
  expect(words).not.toMatch(/--password-file|TCPCHAT_|--raw|--account|tcpchat client/);
});
