import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { join } from "node:path";
import { Client } from "ssh2";
import { nowhere, Program } from "../support/binary.ts";
import {
  has,
  type Login,
  lastMessage,
  newKey,
  registerAccount,
  ssh,
  sshAgent,
  startSshChat,
} from "../support/ssh-chat.ts";

const SEND = ["send", "lobby", "hello"];
const NO_KEY: Login = { key: "" };

describe.skipIf(!has("ssh"))("OpenSSH", () => {
  test("for the name of an account, its password is asked for; an empty one is a guest's", async () => {
    await using chat = startSshChat();
    await registerAccount(chat, "zoe");
    for (const login of [NO_KEY, {}]) {
      expect(await ssh(chat, "zoe", SEND, { ...login, password: "secret" }).exit()).toBe(0);
      expect(await lastMessage(chat)).toEqual(["zoe", "zoe", "hello"]);
      const empty = ssh(chat, "zoe", SEND, { ...login, password: "" });
      expect(await empty.exit()).toBe(0);
      expect(empty.stderr).toContain("zoe is registered: that was sent as zoe-2; with a key of zoe, or its password");
      expect(await lastMessage(chat)).toEqual([null, "zoe-2", "hello"]);
      expect(await ssh(chat, "zoe", SEND, { ...login, password: "wrong" }).exit()).toBe(255);
      expect(await ssh(chat, "zoe", SEND, login).exit()).toBe(255);
    }
  });

  test("for any other name a key is enough, and without one nothing is asked", async () => {
    await using chat = startSshChat();
    expect(await ssh(chat, "ann", SEND).exit()).toBe(0);
    expect(await ssh(chat, "ann", SEND, { key: "", password: "not asked for" }).exit()).toBe(0);
    expect(await lastMessage(chat)).toEqual([null, "ann", "hello"]);
  });

  test("a server with a password asks for that, and then for the account's", async () => {
    await using chat = startSshChat({ password: "sesame" });
    await registerAccount(chat, "zoe", "sesame");
    const all: Login = { password: "secret", serverPassword: "sesame" };
    for (const login of [NO_KEY, {}]) {
      expect(await ssh(chat, "zoe", SEND, { ...login, ...all }).exit()).toBe(0);
      expect(await lastMessage(chat, { ...NO_KEY, ...all })).toEqual(["zoe", "zoe", "hello"]);
      expect(await ssh(chat, "zoe", SEND, { ...login, ...all, password: "wrong" }).exit()).toBe(255);
      expect(await ssh(chat, "zoe", SEND, { ...login, ...all, serverPassword: "wrong" }).exit()).toBe(255);
      expect(await ssh(chat, "ann", SEND, { ...login, ...all }).exit()).toBe(0);
      expect(await lastMessage(chat, { ...NO_KEY, ...all })).toEqual([null, "ann", "hello"]);
    }
  });

  test("the key of an account needs the server's password besides, and no other", async () => {
    await using chat = startSshChat({ password: "sesame" });
    const login: Login = { key: newKey(), password: "wrong", serverPassword: "sesame" };
    const owner = ssh(chat, "zoe", [], { ...login, options: ["-T"] });
    await owner.prints(/In #lobby/);
    await owner.type("/register\n");
    await owner.prints(/zoe is registered/);
    await owner.endInput();
    await registerAccount(chat, "bob", "sesame");
    for (const user of ["zoe", "somebody", "bob"]) {
      const send = ssh(chat, user, SEND, login);
      expect(await send.exit()).toBe(0);
      // The name of another account is no mistake that passes in silence.
      const other = "that was said as zoe, not as bob: the key is zoe's";
      expect(send.stderr.includes(other)).toBe(user === "bob");
      expect(await lastMessage(chat, { ...login, key: "" })).toEqual(["zoe", "zoe", "hello"]);
    }
    expect(await ssh(chat, "zoe", SEND, { ...login, serverPassword: "wrong" }).exit()).toBe(255);
  });

  test("one way to type a password is offered, and wrong ones end with words", async () => {
    await using chat = startSshChat();
    await registerAccount(chat, "zoe");
    const three = ssh(chat, "zoe", SEND, { key: "", password: "wrong" });
    expect(await three.exit()).toBe(255);
    expect(three.stderr).toContain("Permission denied (keyboard-interactive).");
    const options = ["-o", "NumberOfPasswordPrompts=9"];
    const many = ssh(chat, "zoe", SEND, { key: "", password: "wrong", options });
    expect(await many.exit()).toBe(255);
    expect(many.stderr).toContain("Too many failed logins");
  });

  test("logins are limited as in other protocols: a refused client is told why, and disconnected", async () => {
    await using chat = startSshChat({ exempt: [] });
    await registerAccount(chat, "zoe");
    expect(await ssh(chat, "zoe", SEND, { key: "", password: "wrong" }).exit()).toBe(255);
    const late = ssh(chat, "zoe", SEND, { key: "", password: "secret" });
    expect(await late.exit()).toBe(255);
    expect(late.stderr).toMatch(/That was tried too often; try again in \d+ seconds/);
  });

  test("guest and guest-NAME are let in unasked, unless the server has a password or an account has the name", async () => {
    await using chat = startSshChat();
    await registerAccount(chat, "guest-bot");
    for (const name of ["guest", "guest-ci"]) expect(await ssh(chat, name, SEND, NO_KEY).exit()).toBe(0);
    for (const name of ["guest-bot", "guests", "ann"]) expect(await ssh(chat, name, SEND, NO_KEY).exit()).toBe(255);
    chat.reload({ password: "sesame" });
    expect(await ssh(chat, "guest", SEND, NO_KEY).exit()).toBe(255);
  });

  test("a name that cannot be a nick is reported: send ends, and the client says its nick", async () => {
    await using chat = startSshChat();
    const send = ssh(chat, "john.doe", SEND);
    expect(await send.exit()).toBe(2);
    expect(send.stderr).toContain("john.doe cannot be a nick here; johndoe could, for example");
    const service = ssh(chat, "NickServ", SEND);
    expect(await service.exit()).toBe(2);
    expect(service.stderr).toContain("NickServ cannot be a nick here: ");
    const flag = ssh(chat, "ann", [...SEND, "--nick", "a.b"]);
    expect(await flag.exit()).toBe(2);
    const client = ssh(chat, "žofie.x", [], { options: ["-T"] });
    await client.prints(/žofie\.x cannot be a nick here: you are ofiex/);
    await client.endInput();
    expect(await client.exit()).toBe(0);
  });

  test("--account and --login name an account; without its password the words say how", async () => {
    await using chat = startSshChat();
    await registerAccount(chat, "zoe");
    for (const [user, flags] of [
      ["ann", ["--account", "zoe"]],
      ["guest", ["--nick", "zoe", "--login"]],
    ] as const) {
      const send = ssh(chat, user, [...SEND, ...flags]);
      expect(await send.exit()).toBe(2);
      expect(send.stderr).toContain("ssh zoe@HOST asks for the password, and so does a terminal (ssh -t)");
    }
  });
});

describe.skipIf(!has("ssh") || !has("ssh-agent"))("an agent with several keys", () => {
  test("shows them until one belongs to an account", async () => {
    await using chat = startSshChat();
    const keys = [newKey(), newKey("ecdsa"), newKey(), newKey()];
    const owner = ssh(chat, "zoe", [], { key: keys[2] ?? "", options: ["-T"] });
    await owner.prints(/In #lobby/);
    await owner.type("/register\n");
    await owner.prints(/zoe is registered/);
    await owner.endInput();
    await using agent = await sshAgent(keys);
    const sent = ssh(chat, "zoe", SEND, { key: "", agent: agent.socket });
    expect([await sent.exit(), sent.stderr]).toEqual([0, ""]);
    expect(await lastMessage(chat)).toEqual(["zoe", "zoe", "hello"]);
    const account = ssh(chat, "zoe", [...SEND, "--account", "zoe"], { key: "", agent: agent.socket });
    expect([await account.exit(), account.stderr]).toEqual([0, ""]);
  });

  test("is asked for ten at most; then the password has to do", async () => {
    await using chat = startSshChat();
    await registerAccount(chat, "zoe");
    await using agent = await sshAgent(Array.from({ length: 14 }, () => newKey()));
    const login = { key: "", agent: agent.socket, password: "secret" };
    const sent = ssh(chat, "zoe", SEND, { ...login, options: ["-v", "-o", "LogLevel=VERBOSE"] });
    expect(await sent.exit()).toBe(0);
    expect(await lastMessage(chat)).toEqual(["zoe", "zoe", "hello"]);
  });
});

/** A key for dropbear, or for PuTTY. */
function otherKey(program: "dropbearkey" | "puttygen"): string {
  const file = join(nowhere(), "key");
  const command = {
    dropbearkey: ["dropbearkey", "-t", "ed25519", "-f", file],
    puttygen: ["puttygen", "-t", "ed25519", "--new-passphrase", "/dev/null", "-o", file],
  };
  Bun.spawnSync(command[program]);
  return file;
}

describe.each([
  [
    "dropbear",
    ["dbclient", "dropbearkey"],
    (port: number, _host: string, key: string) => ["dbclient", "-y", "-y", "-T", "-i", key, "-p", String(port)],
  ],
  [
    "PuTTY",
    ["plink", "puttygen"],
    (port: number, host: string, key: string) => [
      ...["plink", "-ssh", "-batch", "-T", "-noagent", "-hostkey", host, "-P", String(port)],
      ...["-i", key],
    ],
  ],
] as const)("%s", (_name, programs, command) => {
  const [, keygen] = programs;

  test.skipIf(!programs.every(has))(
    "a key makes an account, comes back to it, and is removed with its sessions",
    async () => {
      await using chat = startSshChat();
      const login = (key: string, user: string, ...words: string[]) =>
        Program.run([...command(chat.port, chat.fingerprint, key), `${user}@127.0.0.1`, ...words]);
      const [mine, other] = [otherKey(keygen), otherKey(keygen)];
      const first = login(mine, "ann");
      await first.prints(/In #lobby/);
      await first.type("/register\n");
      await first.prints(/ann is registered, and yours: the SSH key of this device logs in to it/);
      const sent = login(mine, "somebody", ...SEND);
      expect(await sent.exit()).toBe(0);
      expect(await lastMessage(chat)).toEqual(["ann", "ann", "hello"]);

      // Another device, by a code; somebody else's key stays theirs.
      await first.type("/devices add\n");
      await first.prints(/\/link ann (\w{4}-\w{4})/);
      const [, code] = /\/link ann (\w{4}-\w{4})/.exec(first.stdout) ?? [];
      const second = login(other, "bob");
      await second.prints(/In #lobby/);
      await second.type(`/link ann ${code}\n`);
      await second.prints(/This device belongs to ann now/);
      await second.type("/devices remove 1\n");
      await second.prints(/no longer logs in/);
      await first.prints(/Your SSH key does not log in to ann any more/, "stderr");
      const lost = login(mine, "eve", ...SEND);
      expect(await lost.exit()).toBe(0);
      expect(await lastMessage(chat)).toEqual([null, "eve", "hello"]);
      for (const program of [first, second]) await program.endInput();
      expect(await second.exit()).toBe(0);
    },
  );
});

test("a client that gives a password unasked has that checked: the server's, or the account's", async () => {
  await using chat = startSshChat();
  await registerAccount(chat, "zoe");
  const login = (password: string): Promise<"ready" | "error"> => {
    const client = new Client();
    client.connect({ host: "127.0.0.1", port: chat.port, username: "zoe", password });
    return Promise.race([
      once(client, "ready").then(() => "ready" as const),
      new Promise<"error">((resolve) => client.on("error", () => resolve("error"))),
    ]).finally(() => client.destroy());
  };
  expect(await login("secret")).toBe("ready");
  expect(await login("wrong")).toBe("error");
  chat.reload({ password: "sesame" });
  expect(await login("sesame")).toBe("ready");
  expect(await login("secret")).toBe("error");
});
