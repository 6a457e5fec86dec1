import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Program } from "../support/binary.ts";
import { Browser, CHROMIUM, type Tab } from "../support/chromium.ts";

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
    await tab.sees(/Not logged in: that is not the account's password/);
    await fill(tab, "ann", PASSWORD);
    await tab.click("dialog [value=login]");
    await tab.sees(/You are logged in to ann; a token is kept/);
  });
});
