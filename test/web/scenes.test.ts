import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nowhere, Program } from "../support/binary.ts";
import { Browser, CHROMIUM, REBOUND } from "../support/chromium.ts";
import { openRoom, say } from "../support/page.ts";
import { WireClient } from "../support/socket.ts";

const LINES = 500;

/** The messages that a page shows, in order. */
const shown = "[...document.querySelectorAll('[role=log] .text')].map((each) => each.textContent)";

/** The history of a room, oldest first. */
async function history(port: number, room: string): Promise<readonly string[]> {
  const wire = await WireClient.inRoom(
    port,
    `reader${crypto.randomUUID().slice(0, 6)}`,
    room,
    "batch draft/chathistory",
  );
  wire.send(`CHATHISTORY LATEST ${room} * 400\r\nPING all\r\n`);
  const lines = await wire.until(/PONG \S+ :?all/);
  wire.close();
  return lines.flatMap((line) => / PRIVMSG \S+ :(.*)$/.exec(line)?.[1] ?? []);
}

describe.if(CHROMIUM !== null)("the page and the compiled binary", () => {
  let browser: Browser;
  let shared: Program & { port: number };
  beforeAll(async () => {
    [browser, shared] = await Promise.all([Browser.start(), Program.server()]);
  });
  afterAll(async () => {
    await Promise.all([browser[Symbol.asyncDispose](), shared[Symbol.asyncDispose]()]);
  });

  test("messages said while the server is killed arrive once, in order", async () => {
    const data = nowhere();
    const first = await Program.server(["--data", data]);
    const { port } = first;
    const tab = await openRoom(browser, port, "ann", "#talk");
    const bob = await WireClient.inRoom(port, "bob", "#talk");
    for (let n = 0; n < 10; n++) await say(tab, `line ${n}`);
    await bob.until(/:line 4$/);
    first.process.kill("SIGKILL");
    for (let n = 10; n < 20; n++) await say(tab, `line ${n}`);
    await tab.sees(/Not connected/);
    await first.exit();
    await using again = await Program.server(["--data", data, "--port", String(port)]);
    // The page is loaded again while it waits; the messages are kept in the browser.
    await tab.reload();
    const carl = await WireClient.inRoom(again.port, "carl", "#talk", "batch draft/chathistory");
    await tab.holds(`${shown}.includes("line 19")`);
    await say(tab, "the end");
    await carl.until(/:the end$/);
    const all = [...Array.from({ length: 20 }, (_, n) => `line ${n}`), "the end"];
    expect(await history(port, "#talk")).toEqual(all);
    await tab.holds(`${shown}.length === ${all.length} && !document.querySelector(".waiting, .sending")`);
    expect(await tab.value(shown)).toEqual(all);
    for (const wire of [bob, carl]) wire.close();
  });

  test(`${LINES} older lines are scrolled to without a seam, and nothing jumps`, async () => {
    const bob = await WireClient.inRoom(shared.port, "bob", "#past");
    for (let n = 0; n < LINES; n++) bob.send(`PRIVMSG #past :line ${n}.\r\n`);
    bob.send("PING said\r\n");
    await bob.until(/PONG \S+ :?said/);
    const tab = await openRoom(browser, shared.port, "ada", "#past");
    await tab.holds(`${shown}.at(-1) === "line ${LINES - 1}."`);
    // Scrolls to the oldest line that is loaded, until that is the first; it stays where it is while older ones come.
    const jumps = await tab.value(`(async () => {
      const list = document.querySelector(".scroller");
      const texts = () => [...document.querySelectorAll("[role=log] .text")];
      const placeOf = (words) => texts().find((each) => each.textContent === words).getBoundingClientRect().top;
      const jumps = [];
      while (texts()[0].textContent !== "line 0.") {
        const [{ textContent: first }, count] = [texts()[0], texts().length];
        list.scrollTop = 1;
        const before = placeOf(first);
        while (texts().length === count) await new Promise(requestAnimationFrame);
        const after = placeOf(first);
        if (Math.abs(after - before) > 40) jumps.push([first, before, after]);
      }
      return jumps;
    })()`);
    expect(jumps).toEqual([]);
    expect(await tab.value(shown)).toEqual(Array.from({ length: LINES }, (_, n) => `line ${n}.`));
    bob.close();
  });

  test("hostile text stays text: no markup, no escape sequences, no bidi controls, no links but to http", async () => {
    const bob = await WireClient.open(shared.port);
    bob.send("/nick mallory\n/join #hostile\n");
    await bob.until(/#hostile/);
    const tab = await openRoom(browser, shared.port, "eve", "#hostile");
    const lines = [
      "<svg onload=alert(1)> <iframe src=javascript:alert(1)> <style>*{display:none}</style> &lt;b&gt;",
      "javascript:alert(1) data:text/html,<script>alert(1)</script> JaVaScRiPt://example.org/%0aalert(1)",
      '[a](javascript:alert(1)) https://example.org/"onmouseover="alert(1) http://user@example.org:1/?q=<b>',
      "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m \x07\x08",
      "\u202ereversed\u202c \u2066isolated\u2069 \u200fmark\u200e zero\u200bwidth",
      "x".repeat(4000),
      "👨‍👩‍👧‍👦🏳️‍🌈".repeat(25),
      `${"ҽ͓̽".repeat(60)} ${"a\u0301".repeat(100)}`,
    ];
    for (const line of lines) bob.send(`${line}\n`);
    bob.send("that is all\n");
    await tab.sees(/that is all/);
    expect(await tab.value("document.title")).toBe("#hostile - tcpchat");
    expect(
      await tab.value("[...document.querySelectorAll('#app :is(svg, iframe, style, script, b[onload])')].length"),
    ).toBe(0);
    const links = (await tab.value("[...document.querySelectorAll('#app a')].map(({ href }) => href)")) as string[];
    expect(links).toEqual(["https://example.org/", "http://user@example.org:1/?q="]);
    const text = await tab.text();
    expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]/);
    expect(text).toContain(
      "<svg onload=alert(1)> <iframe src=javascript:alert(1)> <style>*{display:none}</style> &lt;b&gt;",
    );
    expect(text).toContain("👨‍👩‍👧‍👦🏳️‍🌈".repeat(25));
    for (const width of [1200, 360]) {
      await tab.resize(width, 700);
      const overflow =
        "[document.documentElement, document.querySelector('.scroller')].map((each) => each.scrollWidth - each.clientWidth)";
      expect(await tab.value(overflow), `${width}`).toEqual([0, 0]);
    }
    expect(tab.complaints).toEqual([]);
    bob.close();
  });

  test("with a service worker the page opens without the server: rooms are listed, and messages wait and are sent once", async () => {
    const data = nowhere();
    const first = await Program.server(["--data", data]);
    const { port } = first;
    const tab = await openRoom(browser, port, "ann", "#away");
    await tab.value("navigator.serviceWorker.ready.then(() => 0)");
    // The files that are loaded now pass through it.
    await tab.reload();
    await tab.holds("navigator.serviceWorker.controller && /ann/.test(document.querySelector('.members').textContent)");
    await first[Symbol.asyncDispose]();
    await tab.reload();
    await tab.sees(/Not connected: trying again/);
    await tab.holds(`document.querySelector("h1").textContent === "#away"`);
    expect(await tab.value("[...document.querySelectorAll('.rooms .room')].map((each) => each.textContent)")).toEqual([
      "#lobby",
      "#away",
    ]);
    await say(tab, "said offline");
    await tab.sees(/said offline waits for the connection/);
    await tab.reload();
    await tab.sees(/said offline waits for the connection/);
    await say(tab, "and more");
    await tab.sees(/and more waits for the connection/);
    await say(tab, "/me waves");
    await tab.sees(/waves waits for the connection/);
    // Another room is another place, which is spoken to without a connection as well.
    await tab.click(".rooms .room");
    await tab.holds(`document.querySelector("h1").textContent === "#lobby"`);
    await say(tab, "in the lobby");
    await tab.sees(/in the lobby waits for the connection/);
    await using again = await Program.server(["--data", data, "--port", String(port)]);
    await tab.holds("document.querySelector('.offline').hidden");
    await say(tab, "back again");
    await tab.holds(`${shown}.includes("back again") && !document.querySelector(".waiting, .sending")`);
    expect(await history(again.port, "#away")).toEqual(["said offline", "and more", "\x01ACTION waves\x01"]);
    expect(await history(again.port, "#lobby")).toEqual(["in the lobby", "back again"]);
  });

  test("two tabs keep their unsent messages without a server, and another tab sends those of a closed one", async () => {
    const data = nowhere();
    const first = await Program.server(["--data", data]);
    const { port } = first;
    const tabs = [await openRoom(browser, port, "ann", "#two"), await openRoom(browser, port, "ben", "#two")] as const;
    await first[Symbol.asyncDispose]();
    for (const [i, tab] of tabs.entries()) {
      await tab.send("Page.bringToFront");
      await tab.sees(/Not connected/);
      await say(tab, `said by ${i}`);
      await tab.sees(/waits for the connection/);
    }
    await tabs[1].close();
    await using again = await Program.server(["--data", data, "--port", String(port)]);
    const reader = await WireClient.inRoom(again.port, "reader", "#two");
    await reader.until(/:said by 0$/);
    const third = await browser.open(`http://127.0.0.1:${port}/?nick=cat`);
    await reader.until(/:said by 1$/);
    await third.reload();
    await third.holds(`document.querySelector(".members")?.textContent.includes("cat")`);
    await say(third, "/join #two");
    await say(third, "the end");
    await reader.until(/:the end$/);
    expect(await history(again.port, "#two")).toEqual(["said by 0", "said by 1", "the end"]);
    reader.close();
  });

  test("over https with the server's own certificate everything is as over http", async () => {
    const tab = await openRoom(browser, shared.port, "sue", "#secure", "https");
    const bob = await WireClient.inRoom(shared.port, "bo", "#secure");
    await say(tab, "said over wss");
    await bob.until(/:said over wss$/);
    expect(await tab.value("[location.protocol, isSecureContext]")).toEqual(["https:", true]);
    bob.send("WHOIS sue\r\n");
    expect((await bob.until(/ 318 /)).join("\n")).toContain(" 671 ");
    bob.close();
  });

  test("forms, frames and scripts of another site cannot send messages", async () => {
    const { port } = shared;
    const here = `http://127.0.0.1:${port}`;
    const form = `<form id=f method=post action="${here}/" target=answer enctype=text/plain>
      <textarea name="NICK eve\r\nUSER eve 0 * :x\r\nJOIN #site\r\nPRIVMSG #site :by form">x</textarea></form>
      <iframe name=answer></iframe><iframe id=page src="${here}/?nick=eve#site"></iframe>
      <script id=s src="${here}/page.js" type=module></script><link rel=stylesheet href="${here}/page.css">`;
    using site = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(`<!doctype html><p>evil${form}`, { headers: { "Content-Type": "text/html" } }),
    });
    const bob = await WireClient.inRoom(port, "observer", "#site");
    const tab = await browser.open(`http://127.0.0.1:${site.port}/`);
    await tab.holds("document.readyState === 'complete'");
    const sent = `new Promise((done) => {
      document.querySelector("[name=answer]").onload = () => done("answered");
      document.querySelector("#f").submit();
    })`;
    expect(await tab.value(sent)).toBe("answered");
    // The page refuses to be framed: the browser shows an error of its own, which this site cannot read.
    expect(await tab.value("document.querySelector('#page').contentDocument")).toBe(null);
    expect(JSON.stringify(tab.complaints)).toContain("frame");
    bob.send("PRIVMSG #site :still alone\r\nNAMES #site\r\n");
    const seen = await bob.until(/ 366 /);
    expect(seen.filter((line) => /eve|by form/.test(line))).toEqual([]);
    bob.close();
  });

  test("under the name of another site there is neither a page nor a WebSocket", async () => {
    const tab = await browser.open(`http://${REBOUND}:${shared.port}/`);
    await tab.sees(/This chat does not go by the name rebound\.example/);
    const opened = await tab.value(`new Promise((done) => {
      const socket = new WebSocket("ws://${REBOUND}:${shared.port}/");
      socket.onopen = () => done(true);
      socket.onerror = () => done(false);
    })`);
    expect(opened).toBe(false);
  });

  test("a script that got into the page does not run, and nothing of it leaves", async () => {
    const tab = await openRoom(browser, shared.port, "ivy", "#strict");
    const tried = await tab.value(`(async () => {
      const violated = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => violated.push(effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "window.ran = 'inline'";
      document.body.append(script);
      const image = document.createElement("div");
      image.innerHTML = '<img src="data:," onerror="window.ran = 1"><form action="https://example.org/"></form>';
      document.body.append(image);
      await new Promise((done) => setTimeout(done, 50));
      try { window.ran ??= new Function("return 'eval'")(); } catch {}
      const left = await fetch("https://example.org/").then(() => "left", () => "kept");
      const other = document.createElement("script");
      other.src = "https://example.org/x.js";
      document.body.append(other);
      await new Promise((done) => (other.onerror = done));
      return { ran: window.ran ?? null, left, violated: [...new Set(violated)].sort() };
    })()`);
    expect(tried).toEqual({
      ran: null,
      left: "kept",
      violated: ["connect-src", "script-src", "script-src-attr", "script-src-elem"],
    });
  });

  test("switched off by the configuration, there is no page, or no WebSocket", async () => {
    for (const key of ["page", "websocket"]) {
      const config = join(nowhere(), "tcpchat.toml");
      writeFileSync(config, `[web]\n${key} = false\n`);
      await using server = await Program.server(["--config", config]);
      const tab = await browser.open(`http://127.0.0.1:${server.port}/`);
      // A page without a connection is of no use.
      await tab.sees(/This is a chat, not a web server/);
      const opened = await tab.value(`new Promise((done) => {
        const socket = new WebSocket("ws://127.0.0.1:${server.port}/");
        socket.onopen = () => done(true);
        socket.onerror = () => done(false);
      })`);
      expect(opened, key).toBe(key === "page");
    }
  });
});
