import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { defaultConfig } from "../../src/server/config/read.ts";
import { nowhere, Program } from "../support/binary.ts";
import { WireClient } from "../support/socket.ts";
import { has, newKey, ssh, startSshChat } from "../support/ssh-chat.ts";

const { connections: limits } = defaultConfig();

describe.skipIf(!has("ssh"))("OpenSSH", () => {
  test.each([
    ["ed25519", "256"],
    ["rsa", "2048"],
    ["ecdsa", "256"],
    ["ecdsa", "521"],
  ])("a key of the type %s with %s bits logs in as a guest", async (type, bits) => {
    await using chat = startSshChat();
    const login = { key: newKey(type, "-b", bits) };
    expect(await ssh(chat, "ann", ["send", "lobby", "hello"], login).exit()).toBe(0);
  });

  test("the server's password has to be given, key or not", async () => {
    await using chat = startSshChat({ password: "sesame" });
    const send = ["send", "lobby", "hello"];
    expect(await ssh(chat, "ann", send).exit()).toBe(255);
    expect(await ssh(chat, "ann", send, { password: "wrong" }).exit()).toBe(255);
    for (const login of [{ password: "sesame" }, { key: "", password: "sesame" }])
      expect(await ssh(chat, "ann", send, login).exit()).toBe(0);
  });

  test("forwarding, an agent, X11 and file transfer are refused", async () => {
    await using chat = startSshChat();
    const tail = ["tail", "lobby", "--no-follow"];
    for (const options of [["-A"], ["-X"]]) expect(await ssh(chat, "ann", tail, { options }).exit()).toBe(0);
    const forward = ["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1"];
    expect(await ssh(chat, "ann", tail, { options: forward }).exit()).toBe(255);
    const through = ["-W", `127.0.0.1:${chat.port}`];
    expect(await ssh(chat, "ann", [], { options: through }).exit()).toBe(255);
    expect(await ssh(chat, "ann", ["sftp"], { options: ["-s"] }).exit()).not.toBe(0);
  });

  test("sessions are limited in total, and the user is told", async () => {
    await using chat = startSshChat({ ssh: { enabled: true, sessions: 1, logins: 16 } });
    const eve = await WireClient.open(chat.port);
    eve.send("NICK eve\r\nUSER eve 0 * :eve\r\nJOIN #lobby\r\n");
    const first = ssh(chat, "ann", [], { options: ["-T"] });
    await eve.until(/^:ann!.* JOIN /);
    const second = ssh(chat, "bob", ["tail", "lobby", "--no-follow"]);
    expect(await second.exit()).toBe(1);
    expect(second.stderr).toContain("too many people use this server over SSH");
    chat.reload({ ssh: { enabled: true, sessions: 2, logins: 16 } });
    expect(await ssh(chat, "bob", ["tail", "lobby", "--no-follow"]).exit()).toBe(0);
    await first.endInput();
    expect(await first.exit()).toBe(0);
  });

  test("with enabled = false, SSH is no protocol of this server", async () => {
    await using chat = startSshChat({ ssh: { enabled: false, sessions: 1, logins: 16 } });
    const wire = await WireClient.open(chat.port);
    wire.send("SSH-2.0-test\r\n");
    await wire.text(/does not speak SSH/);
  });

  test("all sessions of a connection are one in the connection limit, and come from the real address", async () => {
    await using chat = startSshChat({
      exempt: [],
      connections: { ...limits, perAddress: 1 },
    });
    const socket = join(nowhere(), "master");
    const master = ["-o", `ControlPath=${socket}`];
    const first = ssh(chat, "ann", [], { options: ["-T", "-M", ...master] });
    await first.prints(/In #lobby/);
    expect(await ssh(chat, "ann", ["send", "lobby", "hello"], { options: master }).exit()).toBe(0);
    const other = ssh(chat, "bob", ["send", "lobby", "hello"]);
    expect(await other.exit()).toBe(1);
    expect(other.stderr).toContain("Too many connections from your address");
    await first.endInput();
    expect(await first.exit()).toBe(0);
  });
});

test("SIGHUP turns SSH on and off, and changes its limits", async () => {
  const ssh = { enabled: true, sessions: 100, logins: 16 };
  await using chat = startSshChat({ ssh });
  const greeted = async (pattern: RegExp) => {
    const wire = await WireClient.open(chat.port);
    wire.send("SSH-2.0-test\r\n");
    await wire.text(pattern);
    return wire;
  };
  const first = await greeted(/^SSH-2\.0-tcpchat/);
  chat.reload({ ssh: { ...ssh, logins: 1 } });
  const second = await WireClient.open(chat.port);
  second.send("SSH-2.0-test\r\n");
  const other = await WireClient.open(chat.port);
  other.send("PING after\r\n");
  await other.until(/PONG .*after/);
  expect(second.received).toBe("");
  first.close();
  await second.text(/^SSH-2\.0-tcpchat/);
  chat.reload({ ssh: { ...ssh, enabled: false } });
  await greeted(/does not speak SSH/);
  second.close();
});

test.skipIf(!has("plink"))("PuTTY logs in with an empty password", async () => {
  await using chat = startSshChat();
  const host = ["-hostkey", chat.fingerprint, "-P", String(chat.port)];
  const program = Program.run(["plink", "-ssh", "-batch", ...host, "-pw", "", "ann@127.0.0.1", "send", "lobby", "hi"]);
  expect(await program.exit()).toBe(0);
});

test.skipIf(!has("ssh"))("60 people who log in at once all get in", async () => {
  await using chat = startSshChat();
  const sending = Array.from({ length: 60 }, (_, n) => ssh(chat, "ann", ["send", "lobby", `hello ${n}`]));
  expect(await Promise.all(sending.map((one) => one.exit()))).toEqual(sending.map(() => 0));
});

test.skipIf(!has("ssh"))("the compiled program refuses sftp without a fault", async () => {
  await using server = await Program.server();
  const place = { port: server.port, fingerprint: "compiled" };
  await using sftp = ssh(place, "ann", ["sftp"], { options: ["-s"] });
  expect(await sftp.exit()).not.toBe(0);
  await using after = ssh(place, "ann", ["send", "lobby", "hello"]);
  expect(await after.exit()).toBe(0);
  expect(server.stderr).not.toContain("failed");
});
