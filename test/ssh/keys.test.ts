import { describe, expect, test } from "bun:test";
import type { Screen } from "../support/client/terminal.ts";
import { WireClient } from "../support/socket.ts";
import {
  has,
  lastMessage,
  newKey,
  registerAccount,
  type SshChat,
  ssh,
  sshScreen,
  startSshChat,
} from "../support/ssh-chat.ts";

/** A full-screen session with a key, that has come into the lobby. */
async function enters(chat: SshChat, user: string, key: string): Promise<Screen> {
  const screen = sshScreen(chat, user, [], { key });
  await sees(screen, " #lobby (");
  return screen;
}

function sees(screen: Screen, text: string): Promise<readonly string[]> {
  return screen.until((rows) => unwrapped(rows).includes(text));
}

/** The rows as one text: a long line is wrapped between words. */
function unwrapped(rows: readonly string[]): string {
  return rows.join(" ").replaceAll(/[│\s]+/g, " ");
}

async function quits(screen: Screen): Promise<void> {
  screen.type("/quit\r");
  expect(await screen.program.exited).toBe(0);
}

describe.skipIf(!has("ssh"))("an SSH key", () => {
  test("makes an account, and logs in from another terminal, under any user name", async () => {
    await using chat = startSshChat();
    const key = newKey();
    const ann = await enters(chat, "ann", key);
    ann.type("/register\r");
    await sees(ann, "ann is registered, and yours: the SSH key of this device logs in to it.");
    await quits(ann);
    const sent = ssh(chat, "somebody", ["send", "#lobby", "it's", "me"], { key });
    expect([await sent.exit(), sent.stderr]).toEqual([0, ""]);
    expect(await lastMessage(chat)).toEqual(["ann", "ann", "it's me"]);
    const back = await enters(chat, "somebody", key);
    await sees(back, "ann ✓ #lobby (");
    await quits(back);
    const guest = ssh(chat, "somebody", ["send", "#lobby", "hi", "--guest"], { key });
    expect(await guest.exit()).toBe(0);
    expect(await lastMessage(chat)).toEqual([null, "somebody", "hi"]);
  });

  test("is added by a code of the first device, and lost with its sessions when it is removed", async () => {
    await using chat = startSshChat();
    const [laptop, phone] = [newKey(), newKey("ecdsa")];
    const ann = await enters(chat, "ann", laptop);
    ann.type("/register\r");
    await sees(ann, "ann is registered");
    ann.type("/devices add phone\r");
    const rows = await sees(ann, "The code works once.");
    const [, code = ""] = /\/link ann (\w{4}-\w{4})/.exec(unwrapped(rows)) ?? [];
    const other = await enters(chat, "phone", phone);
    other.type("/link ann AAAA-AAAA\r");
    await sees(other, "That is not the code of a device of that account");
    other.type(`/link ann ${code}\r`);
    await sees(other, "This device belongs to ann now");
    await sees(ann, "A device was added to ann: SSH key SHA256:");
    other.type("/devices remove 1\r");
    await sees(other, "no longer logs in");
    await sees(ann, "Your SSH key does not log in to ann any more");
    await Promise.all([quits(other), quits(ann)]);
    const lost = ssh(chat, "eve", ["send", "#lobby", "hi"], { key: laptop });
    expect(await lost.exit()).toBe(0);
    expect(await lastMessage(chat)).toEqual([null, "eve", "hi"]);
  });

  test("is not added after five wrong codes, and not at all if it is somebody else's", async () => {
    await using chat = startSshChat();
    await registerAccount(chat, "zoe");
    const [laptop, phone] = [newKey(), newKey()];
    const [ann, other] = [
      ssh(chat, "ann", [], { key: laptop, options: ["-T"] }),
      ssh(chat, "phone", [], { key: phone, options: ["-T"] }),
    ];
    for (const program of [ann, other]) await program.prints(/In #lobby/);
    await ann.type("/register\n/devices add\n");
    await ann.prints(/The code works once/);
    const [, code] = /\/link ann (\w{4}-\w{4})/.exec(ann.stdout) ?? [];
    for (let i = 1; i <= 5; i++) {
      await other.type("/link ann AAAA-AAAA\n");
      await other.prints(new RegExp(`(?:not the code[\\s\\S]*){${i}}`), "stderr");
    }
    await other.type(`/link ann ${code}\n`);
    await other.prints(/(?:not the code[\s\S]*){6}/, "stderr");
    const taken = ssh(chat, "eve", ["client", "--guest"], { key: laptop, options: ["-T"] });
    await taken.prints(/In #lobby/);
    await taken.type("/link zoe AAAA-AAAA\n");
    await taken.prints(/key in use here logs in to an account already/, "stderr");
    for (const program of [ann, other, taken]) await program.endInput();
  });

  test("is no TLS certificate: NickServ adds none of it", async () => {
    await using chat = startSshChat();
    const key = newKey();
    const ann = await enters(chat, "ann", key);
    ann.type("/register\r");
    await sees(ann, "ann is registered");
    ann.type("/certs\r");
    await sees(ann, "0 certificates log in to ann by SASL EXTERNAL.");
    ann.type("/certs add\r");
    await sees(ann, "You have shown no certificate");
    const bob = await WireClient.open(chat.port);
    bob.send("NICK bob\r\nUSER bob 0 * bob\r\n");
    await bob.until(/ 422 /);
    bob.send("WHOIS ann\r\n");
    expect((await bob.until(/ 318 /)).join("\n")).not.toContain("fingerprint");
    await quits(ann);
  });
});
