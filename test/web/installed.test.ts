import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Program } from "../support/binary.ts";
import { Browser, CHROMIUM } from "../support/chromium.ts";
import { openRoom, say } from "../support/page.ts";
import { WireClient } from "../support/socket.ts";

// The page as an application: notifications, the count of unread messages, and how it is installed.

describe.if(CHROMIUM !== null)("the page as an application", () => {
  let browser: Browser;
  let server: Program & { port: number };
  beforeAll(async () => {
    [browser, server] = await Promise.all([Browser.start(), Program.server()]);
    await browser.allowNotifications();
  });
  afterAll(async () => {
    await Promise.all([browser[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
  });

  test("notifies of mentions and direct messages in other places; a click opens the place", async () => {
    const tab = await openRoom(browser, server.port, "ann", "#dev");
    expect(await tab.value("Notification.permission")).toBe("granted");
    expect(await tab.value("document.querySelector('.notify').checkVisibility()")).toBe(false);
    await tab.value(`{
      window.shown = [];
      window.Notification = class extends Notification {
        constructor(...given) {
          super(...given);
          shown.push(this);
        }
      };
    }`);
    await tab.click(".rooms .room");
    await tab.holds("document.querySelector('h1').textContent === '#lobby'");
    const bob = await WireClient.inRoom(server.port, "bob", "#dev");
    bob.send("PRIVMSG #dev :nothing for anyone\r\nPRIVMSG #dev :ann: look\r\nPRIVMSG ann :psst\r\n");
    await tab.holds("shown.length === 2");
    expect(await tab.value("shown.map(({ title, body, icon }) => [title, body, new URL(icon).pathname])")).toEqual([
      ["bob in #dev", "ann: look", "/icon-192.png"],
      ["bob", "psst", "/icon-192.png"],
    ]);
    await tab.value("shown[0].dispatchEvent(new Event('click'))");
    await tab.holds("document.querySelector('h1').textContent === '#dev'");
    // A service worker shows notifications on phones; it tells the page of a click.
    await tab.value(`navigator.serviceWorker.dispatchEvent(new MessageEvent("message", { data: { place: "bob" } }))`);
    await tab.holds("document.querySelector('h1').textContent === 'bob'");
    // Where one reads, nothing notifies.
    bob.send("PRIVMSG ann :and this\r\n");
    await tab.sees(/and this/);
    expect(await tab.value("shown.length")).toBe(2);
    bob.close();
  });

  test("counts unread messages in its title and on its icon", async () => {
    const tab = await openRoom(browser, server.port, "cat", "#count");
    await tab.value(`{
      window.badges = [];
      navigator.setAppBadge = async (count) => void badges.push(count);
      navigator.clearAppBadge = async () => void badges.push(0);
    }`);
    await tab.click(".rooms .room");
    const bob = await WireClient.inRoom(server.port, "ben", "#count");
    bob.send("PRIVMSG #count :one\r\nPRIVMSG #count :cat: two\r\n");
    await tab.holds("document.title.startsWith('(2!) ')");
    await tab.holds("badges.at(-1) === 2");
    await tab.click(".rooms li:nth-child(2) button");
    await tab.holds("!document.title.startsWith('(')");
    await tab.holds("badges.at(-1) === 0");
    bob.close();
  });

  test("can be installed, says Chromium, and its icons have the sizes that the manifest tells", async () => {
    const tab = await openRoom(browser, server.port, "eve", "#app");
    await tab.value("navigator.serviceWorker.ready.then(() => 0)");
    const { installabilityErrors } = await tab.send("Page.getInstallabilityErrors");
    // A headless browser has no window to install into.
    expect((installabilityErrors as { errorId: string }[]).map(({ errorId }) => errorId)).toEqual([]);
    const { errors, data } = (await tab.send("Page.getAppManifest")) as { errors: unknown[]; data: string };
    expect(errors).toEqual([]);
    const { icons } = JSON.parse(data) as { icons: { src: string; sizes: string }[] };
    for (const { src, sizes } of icons.filter(({ sizes }) => sizes !== "any")) {
      const size = `createImageBitmap(await (await fetch("${src}")).blob()).then(({ width, height }) => width + "x" + height)`;
      expect(await tab.value(`(async () => ${size})()`)).toBe(sizes);
    }
    await say(tab, "installed");
    await tab.sees(/installed/);
    expect(tab.complaints).toEqual([]);
  });
});
