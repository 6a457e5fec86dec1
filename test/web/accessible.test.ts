import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Program } from "../support/binary.ts";
import { Browser, CHROMIUM, type Tab } from "../support/chromium.ts";
import { openRoom, say } from "../support/page.ts";
import { WireClient } from "../support/socket.ts";

const AXE = Bun.file(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url).pathname);

/** Axe's findings in the page, by its rules for WCAG and for good practice. */
async function findings(tab: Tab): Promise<unknown> {
  await tab.value(`${await AXE.text()}; 0`);
  return tab.value(`axe.run().then(({ violations }) => violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ html, failureSummary }) => [id, impact, html, failureSummary])))`);
}

/** The roles in the page's accessibility tree. */
async function rolesIn(tab: Tab): Promise<readonly (string | undefined)[]> {
  const { nodes } = await tab.send("Accessibility.getFullAXTree");
  return (nodes as readonly { readonly role?: { readonly value: string } }[]).map(({ role }) => role?.value);
}

const focused = "document.activeElement";

/** Presses Tab until an element has the focus. */
async function tabTo(tab: Tab, condition: string, isShifted = false): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await tab.value(condition)) return;
    await tab.press("Tab", { isShifted });
  }
  throw new Error(`Tab does not lead to ${condition}`);
}

describe.if(CHROMIUM !== null)("the page in a browser", () => {
  let browser: Browser;
  let server: Program & { port: number };
  beforeAll(async () => {
    [browser, server] = await Promise.all([Browser.start(), Program.server()]);
  });
  afterAll(async () => {
    await Promise.all([browser[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
  });

  const enter = (nick: string, room: string) => WireClient.inRoom(server.port, nick, room);

  const openIn = (nick: string, room: string) => openRoom(browser, server.port, nick, room);

  test("has no faults that axe finds, wide and narrow, light and dark, with every colour of a nick", async () => {
    const tab = await openIn("ann", "#wide");
    const others = await Promise.all(Array.from({ length: 24 }, (_, n) => enter(`other${n}`, "#wide")));
    for (const wire of others) wire.send("PRIVMSG #wide :hello ann, see https://example.org/\r\n");
    const [first] = others;
    first?.send(
      "TOPIC #wide :about everything\r\nPRIVMSG #wide :\x01ACTION waves\x01\r\nPRIVMSG #wide :that is all\r\n",
    );
    await tab.sees(/that is all/);
    await say(tab, Array.from({ length: 30 }, (_, n) => `line ${n}`).join("\n"));
    await tab.sees(/Send 30 lines/);
    await tab.press("Enter");
    await tab.sees(/25 more lines/);
    expect(await tab.value("new Set([...document.querySelectorAll('.nick')].map((b) => b.className)).size")).toBe(24);
    for (const width of [1200, 390]) {
      for (const scheme of ["light", "dark"] as const) {
        await tab.resize(width, 800, scheme);
        expect(await findings(tab), `${width} ${scheme}`).toEqual([]);
        await tab.click(".join");
        expect(await findings(tab), `${width} ${scheme}, with a dialog`).toEqual([]);
        await tab.press("Escape");
      }
    }
    await tab.click(".show-rooms");
    expect(await findings(tab), "with the list of rooms").toEqual([]);
    for (const wire of others) wire.close();
  });

  test("reads each new line once to a screen reader, and neither old lines nor the user's own", async () => {
    const bob = await enter("ben", "#read");
    bob.send("CAP REQ :message-tags echo-message\r\nPRIVMSG #read :old\r\n");
    await bob.until(/:old$/);
    const tab = await openIn("amy", "#read");
    await tab.sees(/old/);
    await tab.value(`{
      const live = document.querySelector(".announcer").shadowRoot.querySelector("[aria-live=polite]");
      window.read = [];
      new MutationObserver((all) => {
        for (const { addedNodes } of all) for (const node of addedNodes) read.push(node.textContent);
      }).observe(live, { childList: true, subtree: true, characterData: true });
    }`);
    bob.send("PRIVMSG #read :new\r\n");
    const id = /msgid=([^;\s]+)/.exec((await bob.until(/:new$/)).at(-1) ?? "")?.[1];
    bob.send(`@+draft/react=👍;+draft/reply=${id} TAGMSG #read\r\n`);
    await tab.sees(/👍 1/);
    await say(tab, "my own");
    await bob.until(/:my own$/);
    bob.send("PRIVMSG #read :<b>last</b>\r\n");
    await tab.holds("read.includes('ben: <b>last</b>')");
    expect(await tab.value("read")).toEqual(["ben: new", "ben: <b>last</b>"]);
    expect((await rolesIn(tab)).filter((role) => role === "log").length).toBe(1);
    bob.close();
  });

  test("is used by keyboard alone", async () => {
    const tab = await openIn("ada", "#keys");
    const bob = await enter("bea", "#keys");
    // Another room by its dialog, and a line there.
    await tabTo(tab, `${focused}.matches(".join")`);
    await tab.press("Enter");
    await tab.holds(`${focused}.matches("dialog input")`);
    await tab.type("#other");
    await tab.press("Enter");
    await tab.sees(/In #other: /);
    await tabTo(tab, `${focused}.matches("textarea")`);
    await tab.type("said in the other room");
    await tab.press("Enter");
    await tab.sees(/said in the other room/);
    // Back by the list of rooms; the input has the focus at once.
    await tabTo(tab, `${focused}.textContent.startsWith("#keys")`, true);
    await tab.press("Enter");
    await tab.holds(`document.querySelector("h1").textContent === "#keys" && ${focused}.matches("textarea")`);
    await tab.type("said with keys");
    await tab.press("Enter");
    await bob.until(/:said with keys$/);
    // A dialog that is given up changes nothing.
    await tabTo(tab, `${focused}.matches(".own-nick")`, true);
    await tab.press("Enter");
    await tab.holds(`${focused}.matches("dialog input")`);
    await tab.type("eve");
    await tab.press("Escape");
    await tab.holds(`document.querySelector("dialog") === null && ${focused}.matches(".own-nick")`);
    // A conversation with a member.
    await tabTo(tab, `${focused}.matches(".members button") && ${focused}.textContent === "bea"`);
    await tab.press("Enter");
    await tab.holds(`document.querySelector("h1").textContent === "bea"`);
    await tabTo(tab, `${focused}.matches("textarea")`);
    await tab.type("psst");
    await tab.press("Enter");
    await bob.until(/^:ada!\S+ PRIVMSG bea :psst$/);
    bob.close();
  });

  test("has one column on a phone, with drawers, and does not zoom", async () => {
    const bob = await enter("bo", "#phone");
    const tab = await openIn("ava", "#phone");
    await tab.resize(360, 640);
    bob.send(`PRIVMSG #phone :${"x".repeat(300)} ${"👍🏽".repeat(15)}\r\n`);
    await tab.sees(/xxx/);
    expect(await tab.value("[document.documentElement.scrollWidth, visualViewport.scale]")).toEqual([360, 1]);
    const isShown = (selector: string) =>
      tab.value(`document.querySelector("${selector}").checkVisibility({ visibilityProperty: true })`);
    expect([await isShown("nav"), await isShown("aside")]).toEqual([false, false]);
    // A hidden element cannot have the focus.
    await tabTo(tab, `${focused}.matches(".show-rooms")`);
    await tab.press("Enter");
    expect([await isShown("nav"), await isShown("aside")]).toEqual([true, false]);
    await tab.press("Escape");
    expect(await isShown("nav")).toBe(false);
    await tab.click(".show-members");
    expect([await isShown("nav"), await isShown("aside")]).toEqual([false, true]);
    await tab.click(".scroller");
    expect(await isShown("aside")).toBe(false);
    // A browser zooms in on an input whose letters have less than 16 pixels.
    await tab.click(".own-nick");
    const sizes = "[...document.querySelectorAll('input, textarea')].map((each) => getComputedStyle(each).fontSize)";
    expect(await tab.value(sizes)).toEqual(["16px", "16px"]);
    bob.close();
  });
});
