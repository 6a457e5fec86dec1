import { describe, expect, test } from "bun:test";
import type { Screen } from "../support/client/terminal.ts";
import { WireClient } from "../support/socket.ts";
import { has, newKey, type SshChat, ssh, sshScreen, startSshChat } from "../support/ssh-chat.ts";

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

/** The account and the text of the last message in the lobby, as tail has it. */
async function last(chat: SshChat): Promise<readonly [account: string | undefined, text: string]> {
  const tail = ssh(chat, "eve", ["tail", "#lobby", "--json", "--no-follow", "--lines", "1"], { key: "", password: "" });
  expect(await tail.exit()).toBe(0);
  const { account, text } = JSON.parse(tail.stdout);
  return [account, text];
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
    expect(await last(chat)).toEqual(["ann", "it's me"]);
    const back = await enters(chat, "somebody", key);
    await sees(back, "ann ✓ #lobby (");
    await quits(back);
    const guest = ssh(chat, "somebody", ["send", "#lobby", "hi", "--guest"], { key });
    expect(await guest.exit()).toBe(0);
    expect(await last(chat)).toEqual([null as never, "hi"]);
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
    const other = await enters(chat, "guest", phone);
    other.type("/link ann AAAA-AAAA\r");
    await sees(other, "That is not the code of a device of that account");
    other.type(`/link ann ${code}\r`);
    await sees(other, "This device belongs to ann now");
    await sees(ann, "A device was added to ann: SSH key SHA256:");
    other.type("/devices remove 1\r");
    await sees(other, "no longer logs in");
    await sees(ann, "Your SSH key does not log in to ann any more");
    await Promise.all([quits(other), quits(ann)]);
    const lost = ssh(chat, "ann", ["send", "#lobby", "hi"], { key: laptop });
    expect(await lost.exit()).toBe(0);
    expect((await last(chat))[0]).toBe(null as never);
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
