import { describe, expect, test } from "bun:test";
import { binary, nowhere, Program } from "./support/binary.ts";
import { Browser, CHROMIUM, type Tab } from "./support/chromium.ts";
import { Screen } from "./support/client/terminal.ts";
import { say } from "./support/page.ts";
import { WireClient } from "./support/socket.ts";
import { has, sshScreen } from "./support/ssh-chat.ts";
import { WEECHAT, WeeChat } from "./support/weechat.ts";

// One room with every kind of client: two tabs of the page, SSH, the terminal client, nc, WeeChat, and a plain IRC connection
// with WeeChat's capabilities.

const WEECHAT_CAPABILITIES =
  "account-notify account-tag away-notify batch cap-notify draft/multiline echo-message extended-join " +
  "labeled-response message-tags multi-prefix server-time setname userhost-in-names draft/message-redaction";

const SAYS = "/msg -server chat #all says chatty";

/** A client in the room. */
interface Client {
  readonly name: string;
  say(text: string): Promise<void> | void;
  /** Waits until the client shows this text. */
  sees(text: string): Promise<unknown>;
  /** How often the client shows this text. */
  count(text: string): Promise<number> | number;
}

const occurrences = (all: string, text: string) => all.split(text).length - 1;

function screenClient(name: string, screen: Screen): Client {
  return {
    name,
    say: (text) => screen.type(`${text}\r`),
    sees: (text) => screen.sees(text),
    count: (text) => screen.rows().filter((row) => row.includes(text)).length,
  };
}

/** Says only the line with which it was started (`SAYS`). */
function weechatClient(weechat: WeeChat): Client {
  return {
    name: "chatty",
    say: () => weechat.program.kill("SIGUSR1"),
    sees: (text) => weechat.sees("#all", text),
    count: (text) => weechat.count("#all", `\t${text}\n`),
  };
}

function wireClient(name: string, wire: WireClient, begin: string, end: string): Client {
  return {
    name,
    say: (text) => wire.send(`${begin}${text}${end}`),
    sees: (text) => wire.text(new RegExp(`${text}\\r?\\n`)),
    count: (text) => occurrences(wire.received, `${text}${end}`),
  };
}

function tabClient(name: string, tab: Tab): Client {
  const log = "[...document.querySelectorAll('[role=log]')].map((each) => each.innerText).join()";
  return {
    name,
    say: async (text) => {
      await tab.send("Page.bringToFront");
      await say(tab, text);
    },
    sees: (text) => tab.holds(`${log}.includes(${JSON.stringify(text)})`),
    count: async (text) => occurrences(String(await tab.value(log)), text),
  };
}

async function openRoom(browser: Browser, port: number, nick: string): Promise<Tab> {
  const tab = await browser.open(`http://127.0.0.1:${port}/?nick=${nick}#all`);
  await tab.sees(/Join #all\?/);
  await tab.press("Enter");
  await tab.sees(/In #all: /);
  return tab;
}

describe.if(CHROMIUM !== null && has("ssh"))("one room", () => {
  test("is the same for the page, SSH, our client, nc and WeeChat: lines, replies, redactions, counts", async () => {
    await using browser = await Browser.start();
    await using server = await Program.server();
    const { port } = server;
    const tab = await openRoom(browser, port, "tab1");
    const other = await openRoom(browser, port, "tab2");
    const nc = await WireClient.open(port);
    nc.send("/nick netcat\n/join #all\n");
    await nc.until(/You are in #all now/);
    const weechat = await WireClient.open(port);
    weechat.send("CAP LS 302\r\nNICK wee\r\nUSER wee 0 * :WeeChat\r\n");
    weechat.send(`CAP REQ :${WEECHAT_CAPABILITIES}\r\nCAP END\r\nJOIN #all\r\n`);
    await weechat.until(/ 366 /);
    const command = [await binary(), "client", `127.0.0.1:${port}`, "--nick", "term", "--room", "#all"];
    const term = new Screen(command, 100, 40, { HOME: nowhere() });
    const ssh = sshScreen({ port, fingerprint: "clients" }, "sshy");
    ssh.resize(100, 40);
    const own =
      WEECHAT === null
        ? undefined
        : new WeeChat(nowhere(), port, { nick: "chatty", options: "-autojoin=#all", usr1: SAYS });
    try {
      await ssh.sees("In #lobby");
      ssh.type("/join #all\r");
      for (const screen of [ssh, term]) await screen.sees("In #all");
      const clients = [
        tabClient("tab1", tab),
        tabClient("tab2", other),
        screenClient("sshy", ssh),
        screenClient("term", term),
        wireClient("netcat", nc, "", "\n"),
        wireClient("wee", weechat, "PRIVMSG #all :", "\r\n"),
        ...(own ? [weechatClient(own)] : []),
      ];
      await own?.sees("#all", ") has joined");

      // Each sees what the others say, and their own, once.
      for (const { name, say } of clients) await say(`says ${name}`);
      for (const reader of clients) for (const { name } of clients) await reader.sees(`says ${name}`);
      for (const reader of clients)
        for (const { name } of clients)
          expect(await reader.count(`says ${name}`), `${name} as ${reader.name} sees it`).toBe(1);

      // A reply shows what it answers.
      const idOf = (text: string) => new RegExp(`msgid=([^;\\s]+)\\S* .*:${text}\\r`).exec(weechat.received)?.[1];
      weechat.send(`@+draft/reply=${idOf("says netcat")} PRIVMSG #all :answered\r\n`);
      for (const { sees } of clients) await sees("answered");
      await tab.holds(`document.querySelector("blockquote")?.textContent.includes("says netcat")`);
      for (const screen of [ssh, term])
        await screen.until((rows) => rows.filter((row) => row.includes("says netcat")).length === 2);

      // A redacted message goes away where it can.
      weechat.send(`REDACT #all ${idOf("says wee")} :a mistake\r\n`);
      for (const screen of [ssh, term]) await screen.until((rows) => rows.every((row) => !row.includes("says wee")));
      for (const each of [tab, other])
        await each.holds(`!document.querySelector("[role=log]").innerText.includes("says wee")`);

      // A message in another room is counted by all that are there.
      nc.send("/join #lobby\nnobody is meant\nhello tab1, sshy and term\n");
      await tab.sees(/#lobby\s*2/);
      await ssh.until((rows) => rows.some((row) => /#lobby +2!/.test(row)));
    } finally {
      for (const screen of [ssh, term]) screen.program.kill();
      for (const wire of [nc, weechat]) wire.close();
      own?.[Symbol.dispose]();
    }
  });
});
