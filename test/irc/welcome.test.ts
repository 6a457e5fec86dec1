import { expect, test } from "bun:test";
import { CHAT_LIMITS } from "../../src/chat/model/limits.ts";
import { defaultConfig } from "../../src/server/config/read.ts";
import { startChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";
import { play } from "../support/transcript.ts";

// "As the maximum number of message parameters to any reply is 15, the maximum number of RPL_ISUPPORT tokens that can be
// advertised is 13." (Modern IRC, RPL_ISUPPORT)
test("RPL_ISUPPORT has the server's actual limits", async () => {
  await using chat = startChat({ network: "Two Words" });
  const wire = await WireClient.open(chat.port);
  wire.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  const lines = (await wire.until(/ 422 /)).filter((line) => line.includes(" 005 "));
  const tokens = lines.flatMap((line) => line.replace(" :are supported by this server", "").split(" ").slice(3));
  for (const line of lines) expect(line.split(" ").length).toBeLessThanOrEqual(3 + 13 + 5);
  for (const token of tokens) expect(token).toMatch(/^[A-Z0-9]{1,20}(?:=[!-~]*)?$/);
  for (const token of [
    "ACCOUNTEXTBAN=a",
    "BOT=B",
    "CASEMAPPING=ascii",
    "CHANMODES=beI,k,lH,Cimnst",
    "CHANTYPES=#",
    "ELIST=CMNTU",
    "EXCEPTS=e",
    "EXTBAN=,am",
    "INVEX=I",
    "MODES=20",
    "MONITOR=100",
    "NETWORK=Two\\x20Words",
    "NICKLEN=32",
    "PREFIX=(ov)@+",
    "SAFELIST",
    "SAFERATE",
    "STATUSMSG=@+",
    "TOPICLEN=390",
    "UTF8ONLY",
    "WHOX",
  ])
    expect(tokens).toContain(token);
  wire.close();
});

// "If a server publishes a draft/ICON ISUPPORT token, the value MUST be a URL to an image." (IRCv3 draft/network-icon)
test("RPL_ISUPPORT has the address of the page's icon, where that is https", async () => {
  const { web } = defaultConfig();
  const https = { ...web, url: "https://chat.example.org" };
  await using chat = startChat({ web: https });
  await play(
    chat.port,
    `
    ann: raw
    ann> NICK ann
    ann> USER ann 0 * :Ann
    ann~ draft/ICON=https://chat.example.org/icon.svg
    ann~ 422
    `,
  );
  const ann = await WireClient.open(chat.port);
  ann.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await ann.until(/ 422 /);
  chat.reload({ web: { ...https, page: false } });
  expect(await ann.next()).toBe(":chat.test 005 ann -draft/ICON :are supported by this server");
  chat.reload({ web });
  ann.send("PING x\r\n");
  expect(await ann.next()).toBe(":chat.test PONG chat.test x");
  ann.close();
});

// A later value replaces an earlier one, and `-PARAMETER` removes it (Modern IRC, RPL_ISUPPORT).
test("a change of the configuration sends every client the changed tokens only", async () => {
  await using chat = startChat();
  const [ann, half] = [await WireClient.open(chat.port), await WireClient.open(chat.port)];
  ann.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await ann.until(/ 422 /);
  half.send("NICK half\r\nPING x\r\n");
  await half.until(/PONG/);
  chat.reload({ limits: { ...CHAT_LIMITS, nickLength: 20, topicLength: 0 }, network: "other" });
  expect(await ann.next()).toBe(":chat.test 005 ann NETWORK=other NICKLEN=20 -TOPICLEN :are supported by this server");
  chat.reload({ limits: { ...CHAT_LIMITS, nickLength: 20, topicLength: 0 }, network: "other" });
  ann.send("PING x\r\n");
  half.send("PING y\r\n");
  expect([await ann.next(), await half.next()]).toEqual([":chat.test PONG chat.test x", ":chat.test PONG chat.test y"]);
  for (const wire of [ann, half]) wire.close();
});

// "The NEW subcommand MUST ONLY be sent to clients that have negotiated CAP version 302 or enabled the cap-notify
// capability. [...] If the client supports CAP version 302, the capabilities SHOULD be listed with values, as in the CAP LS
// response." (IRCv3 capability-negotiation)
test("a change of the configuration tells clients that know values the changed capabilities, and nobody else", async () => {
  await using chat = startChat();
  const [ann, old] = [await WireClient.open(chat.port), await WireClient.open(chat.port)];
  ann.send("CAP LS 302\r\nCAP REQ draft/multiline\r\nCAP END\r\nNICK ann\r\nUSER ann 0 * :Ann\r\n");
  old.send("CAP REQ cap-notify\r\nCAP END\r\nNICK old\r\nUSER old 0 * :Old\r\n");
  for (const wire of [ann, old]) await wire.until(/ 422 /);
  const limits = { ...CHAT_LIMITS, messageLines: 7, metadataKeys: 3 };
  chat.reload({ limits, registerBeforeConnect: true });
  const line = await ann.next();
  expect(line).toStartWith(":chat.test CAP ann NEW :");
  expect(line?.split(" :")[1]?.split(" ")).toEqual([
    "draft/account-registration=before-connect",
    expect.stringMatching(/^draft\/metadata-2=\S*max-keys=3,/),
    expect.stringMatching(/^draft\/metadata-3=\S*max-keys=3,/),
    "draft/multiline=max-bytes=4096,max-lines=7",
  ]);
  chat.reload({ limits, registerBeforeConnect: true });
  for (const wire of [ann, old]) {
    wire.send("PING x\r\n");
    expect(await wire.next()).toBe(":chat.test PONG chat.test x");
    wire.close();
  }
});
