import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { saslPlain } from "../support/accounts.ts";
import { nowhere, Program } from "../support/binary.ts";
import { Browser, CHROMIUM, REBOUND, type Tab } from "../support/chromium.ts";
import { say } from "../support/page.ts";
import { WireClient } from "../support/socket.ts";

const PASSWORD = "correct-horse";
const KEPT = "JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })";

describe.if(CHROMIUM !== null)("an account in the page", () => {
  let browser: Browser;
  let server: Program & { port: number };
  beforeAll(async () => {
    [browser, server] = await Promise.all([Browser.start(), Program.server()]);
  });
  afterAll(async () => {
    await Promise.all([browser[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
  });

  async function fill(tab: Tab, account: string, password: string): Promise<void> {
    await tab.click(".own .login");
    await tab.sees(/Make an account/);
    await tab.value(`{
      const [name, secret] = document.querySelectorAll("dialog input");
      name.value = ${JSON.stringify(account)};
      secret.value = ${JSON.stringify(password)};
    }`);
  }

  test("is made and logged in to again after a reload, by a token: no password is kept", async () => {
    const here = `http://127.0.0.1:${server.port}/?nick=ann`;
    const tab = await browser.open(here);
    await tab.sees(/In #lobby: /);
    await fill(tab, "ann", PASSWORD);
    await tab.click("dialog [value=register]");
    await tab.sees(/ann is yours now; a token is kept here for the next time, and not the password\./);
    await tab.holds(`/"login\\.json|login.json/.test(${KEPT})`);
    const kept = String(await tab.value(KEPT));
    expect(kept).not.toContain(PASSWORD);
    expect(await tab.text()).not.toContain("The token web is");
    await tab.go(here);
    await tab.holds("document.querySelector('.own-nick')?.textContent === 'ann'");
    await tab.holds("document.querySelector('.own .login').checkVisibility() === false");
    expect(tab.complaints).toEqual([]);
  });

  test("is logged in to with its password, and a wrong one is said", async () => {
    const tab = await browser.open(`http://localhost:${server.port}/?nick=zoe`);
    await tab.sees(/In #lobby: /);
    await fill(tab, "ann", "wrong");
    await tab.click("dialog [value=login]");
    // In the dialog, which is still open with the account; the password is selected, to be typed again.
    await tab.holds(
      `/Not logged in: that is not the account's password/.test(document.querySelector("dialog").innerText)`,
    );
    expect(await tab.value("document.querySelector('dialog input').value")).toBe("ann");
    await tab.type(PASSWORD);
    await tab.press("Enter");
    await tab.sees(/You are logged in to ann; a token is kept/);
    await tab.holds("document.querySelector('dialog') === null");
    // The login takes the nick of its account.
    await tab.holds("document.querySelector('.own-nick').textContent === 'ann'");
    await say(tab, "/nick zoe");
    await tab.holds("document.querySelector('.own-nick').textContent === 'zoe'");
    expect(await tab.value("document.querySelector('.own .logout').textContent")).toBe("Log out of ann");
  });

  test("leaves no member behind after a logout: the guest is in the room alone", async () => {
    await using own = await Program.server();
    const tab = await browser.openApart(`http://127.0.0.1:${own.port}/?nick=solo`);
    await tab.sees(/In #lobby: /);
    await fill(tab, "solo", PASSWORD);
    await tab.click("dialog [value=register]");
    await tab.sees(/solo is yours now/);
    await tab.click(".own .logout");
    await tab.sees(/Log out of solo in this browser\?/);
    await tab.press("Enter");
    await tab.holds("document.querySelector('.own-nick')?.textContent === 'solo-2'");
    await tab.sees(/1 member\n/);
    expect(await tab.value("document.querySelector('.members').innerText")).not.toMatch(/solo$/m);
    expect(tab.complaints).toEqual([]);
  });

  test("gives its name to a guest who has chosen none, until it is logged out of", async () => {
    const tab = await browser.openApart(`http://127.0.0.1:${server.port}/`);
    await tab.sees(/In #lobby: /);
    expect(await tab.value("document.querySelector('.own-nick').textContent")).toMatch(/^guest/);
    await fill(tab, "ann", PASSWORD);
    await tab.click("dialog [value=login]");
    await tab.holds("document.querySelector('.own-nick').textContent === 'ann'");
    await tab.sees(/You are logged in to ann/);
    await tab.click(".own .logout");
    await tab.sees(/Log out of ann in this browser\?/);
    await tab.press("Enter");
    await tab.holds("/^guest/.test(document.querySelector('.own-nick')?.textContent ?? '')");
  });

  test("is logged out of by a button: the token is revoked, and no other", async () => {
    const tab = await browser.openApart(`http://127.0.0.1:${server.port}/?nick=out`);
    await tab.sees(/In #lobby: /);
    await fill(tab, "ann", PASSWORD);
    await tab.click("dialog [value=login]");
    await tab.holds(`/login\\.json/.test(${KEPT})`);
    const token = String(await tab.value(KEPT)).match(/token\\*":\\*"([\w-]{43})/)?.[1];
    const wire = await WireClient.open(server.port);
    const tries = async (secret: string) => {
      const sasl = Buffer.from(`\0ann\0${secret}`).toString("base64");
      wire.send(`AUTHENTICATE PLAIN\r\nAUTHENTICATE ${sasl}\r\n`);
      return (await wire.until(/ 90[34] /)).at(-1)?.split(" ")[1];
    };
    wire.send("CAP REQ :sasl tcpchat/commands standard-replies\r\nNICK probe\r\nUSER probe 0 * :probe\r\n");
    expect(token).toBeDefined();
    await tab.click(".own .logout");
    await tab.sees(/Log out of ann in this browser\?/);
    await tab.press("Enter");
    await tab.holds(`document.querySelector('.own .login')?.checkVisibility() && !/login\\.json/.test(${KEPT})`);
    expect(await tries(token ?? "")).toBe("904");
    expect(await tries(PASSWORD)).toBe("903");
    wire.send("CAP END\r\nSLASH * :/token\r\nPING end\r\n");
    // The tokens of the other tests are still there.
    expect((await wire.until(/PONG/)).filter((line) => / web, made /.test(line)).length).toBe(2);
    wire.close();
  });

  test("is ended by another device: the page forgets it, says so, and goes on as a guest", async () => {
    const tab = await browser.openApart(`http://127.0.0.1:${server.port}/`);
    await tab.sees(/In #lobby: /);
    await fill(tab, "ann", PASSWORD);
    await tab.click("dialog [value=login]");
    await tab.holds(`/login\\.json/.test(${KEPT})`);
    const wire = await WireClient.open(server.port);
    wire.send("CAP REQ :sasl\r\nNICK probe\r\nUSER probe 0 * :probe\r\n");
    wire.send(`AUTHENTICATE PLAIN\r\nAUTHENTICATE ${saslPlain("ann", PASSWORD)}\r\nCAP END\r\n`);
    wire.send("NS SESSIONS END OTHERS\r\n");
    await tab.sees(/The login to ann that was kept here has ended\. You go on as a guest; \/login ann logs in again\./);
    await tab.holds(`document.querySelector('.own .login').checkVisibility() && !/login\\.json/.test(${KEPT})`);
    expect(tab.complaints).toEqual([]);
    wire.close();
  });
});

describe.if(CHROMIUM !== null)("over plain http, on another machine,", () => {
  test("the page offers guests only, tells how to come by https, and has neither notifications nor a service worker", async () => {
    const config = join(nowhere(), "tcpchat.toml");
    writeFileSync(config, `[web]\nnames = ["${REBOUND}"]\n`);
    await using browser = await Browser.start();
    await using server = await Program.server(["--config", config]);
    const tab = await browser.open(`http://${REBOUND}:${server.port}/?nick=ann`);
    await tab.sees(/In #lobby: /);
    expect(await tab.value("[isSecureContext, navigator.serviceWorker === undefined]")).toEqual([false, true]);
    expect(await tab.value("document.querySelector('.notify').checkVisibility()")).toBe(false);
    await tab.click(".own .login");
    await tab.sees(/Guests only[\s\S]*others on the way could read a password/);
    expect(
      await tab.value("[document.querySelectorAll('dialog input').length, document.querySelector('dialog a').href]"),
    ).toEqual([0, `https://${REBOUND}:${server.port}/`]);
    await tab.press("Escape");
    for (const line of ["/login ann secret", "/register secret"]) {
      await say(tab, line);
      await tab.sees(/it was not sent\. Where the server has TLS, https:\/\/rebound\.example:\d+\/ is private\./);
    }
    expect(await tab.text()).not.toContain("secret");
    // The messages are kept over a reload.
    await say(tab, "in the open");
    await tab.sees(/in the open/);
    await tab.reload();
    await tab.sees(/in the open/);
    expect(tab.complaints.filter((each) => !each.includes("Cross-Origin-Opener-Policy"))).toEqual([]);
  });
});
