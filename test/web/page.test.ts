import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { PAGE_FILES } from "../../src/web/bundle.ts";
import { nowhere, Program } from "../support/binary.ts";
import { startChat } from "../support/chat-server.ts";
import { Browser, CHROMIUM, REBOUND } from "../support/chromium.ts";
import { say } from "../support/page.ts";
import { WireClient } from "../support/socket.ts";

if (!CHROMIUM) console.log("chromium is missing: the tests of the page in a browser are skipped.");

/** Asks with these fields; the body is not decompressed. */
async function get(port: number, path: string, ...fields: readonly string[]): Promise<{ head: string; body: Buffer }> {
  const chunks: Buffer[] = [];
  const closed = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: { data: (_, bytes) => void chunks.push(Buffer.from(bytes)), close: () => closed.resolve() },
  });
  socket.write([`GET ${path} HTTP/1.1`, "Host: localhost", "Connection: close", ...fields, "", ""].join("\r\n"));
  await closed.promise;
  const all = Buffer.concat(chunks);
  const end = all.indexOf("\r\n\r\n");
  return { head: all.toString("latin1", 0, end), body: all.subarray(end + 4) };
}

describe("the page's files", () => {
  test.each(PAGE_FILES)(
    "$path comes whole, compressed or not, with its type and a strict policy",
    async ({ path, type }) => {
      await using chat = startChat();
      const plain = await get(chat.port, path);
      const small = await get(chat.port, path, "Accept-Encoding: br, gzip");
      for (const { head } of [plain, small]) {
        expect(head).toStartWith("HTTP/1.1 200 OK");
        expect(head).toContain(`Content-Type: ${type}`);
        expect(head).toContain("Content-Security-Policy: default-src 'none'; script-src 'self'");
        expect(head).toContain("manifest-src 'self'");
      }
      expect(small.head).toContain("Content-Encoding: gzip");
      expect(plain.head).not.toContain("Content-Encoding");
      expect(Buffer.from(gunzipSync(small.body)).equals(plain.body)).toBe(true);
    },
  );

  test("together they have less than 80 KB", async () => {
    await using chat = startChat();
    const files = await Promise.all(PAGE_FILES.map(({ path }) => get(chat.port, path, "Accept-Encoding: gzip")));
    expect(files.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(80_000);
  });

  test("a browser with a cached file gets 304", async () => {
    await using chat = startChat();
    const { head } = await get(chat.port, "/page.css");
    const etag = /ETag: (\S+)/.exec(head)?.[1];
    for (const tags of [`${etag}`, `"x", W/${etag}`, "*"]) {
      const again = await get(chat.port, "/page.css", `If-None-Match: ${tags}`);
      expect([again.head.split("\r\n")[0], again.body.length]).toEqual(["HTTP/1.1 304 Not Modified", 0]);
    }
    expect((await get(chat.port, "/page.css", 'If-None-Match: "x"')).head).toStartWith("HTTP/1.1 200");
  });

  test("a browser that refuses gzip gets none", async () => {
    await using chat = startChat();
    const { head } = await get(chat.port, "/page.css", "Accept-Encoding: gzip;q=0");
    expect(head).not.toContain("Content-Encoding");
  });

  test("switched off, there is no page", async () => {
    await using chat = startChat();
    chat.reload({ web: { page: false, websocket: true, names: [], origins: [], url: "" } });
    const { head, body } = await get(chat.port, "/");
    expect(head).toStartWith("HTTP/1.1 400");
    expect(body.toString()).toStartWith("This is a chat, not a web server.");
  });

  test("the compiled binary has the page in it", async () => {
    await using server = await Program.server();
    await using chat = startChat();
    for (const { path } of PAGE_FILES) {
      const [theirs, ours] = [await get(server.port, path), await get(chat.port, path)];
      expect(gzipSync(theirs.body).length).toBe(gzipSync(ours.body).length);
    }
  });
});

test("the page's code has the right types", async () => {
  const folder = join(import.meta.dir, "..", "..");
  const command = [join(folder, "node_modules", ".bin", "tsc"), "--noEmit", "-p", "src/web/page"];
  const checking = Bun.spawn(command, { cwd: folder, stdout: "pipe" });
  expect(await checking.stdout.text()).toBe("");
  expect(await checking.exited).toBe(0);
});

describe.if(CHROMIUM !== null)("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await Browser.start();
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
  });

  const open = async (port: number, rest = "") => browser.open(`http://127.0.0.1:${port}/${rest}`);

  test("a person talks with nc, and messages are shown as text", async () => {
    await using server = await Program.server();
    const bob = await WireClient.open(server.port);
    bob.send("/nick bob\n");
    await bob.until(/You are bob now/);
    const tab = await open(server.port, "?nick=ann");
    await tab.sees(/#lobby[\s\S]*ann/);
    await say(tab, "hello from a page, 안녕");
    await bob.until(/<ann> hello from a page, 안녕$/);
    bob.send("<img src=x onerror=alert(1)> <script>alert(2)</script> &amp; https://example.org/a?b=<c>\n");
    await tab.sees(/<script>alert\(2\)<\/script> &amp;/);
    expect(await tab.value("document.querySelectorAll('#app img, #app script').length")).toBe(0);
    expect(await tab.value("document.querySelector('.text a').href")).toBe("https://example.org/a?b=");
    await say(tab, Array.from({ length: 40 }, (_, n) => `line ${n}`).join("\n"));
    await tab.sees(/Send 40 lines as one message/);
    await tab.press("Enter");
    await tab.sees(/35 more lines/);
    expect(tab.complaints).toEqual([]);
    bob.close();
  });

  test("a long line is folded, and its links are whole", async () => {
    await using server = await Program.server();
    const bob = await WireClient.open(server.port);
    bob.send("/nick bob\n");
    await bob.until(/You are bob now/);
    const tab = await open(server.port, "?nick=ann");
    await tab.sees(/In #lobby: /);
    bob.send(`${"word ".repeat(97)}HTTPS://example.org/${"x".repeat(60)} ${"word ".repeat(200)}the end\n`);
    bob.send(`see (https://example.org/a_(b)) and https://example.org/c_(d).\n`);
    await tab.sees(/\d+ more characters[\s\S]*see/);
    expect(await tab.value("document.querySelector('.text details').checkVisibility()")).toBe(true);
    expect(await tab.text()).not.toContain("the end");
    expect(await tab.value("[...document.querySelectorAll('.text a')].map(({ textContent }) => textContent)")).toEqual([
      `HTTPS://example.org/${"x".repeat(60)}`,
      "https://example.org/a_(b)",
      "https://example.org/c_(d)",
    ]);
    await tab.click("summary");
    await tab.sees(/the end/);
    bob.close();
  });

  test("a completion is taken with a click", async () => {
    await using server = await Program.server();
    const tab = await open(server.port, "?nick=ann");
    await tab.sees(/In #lobby: /);
    for (const room of ["#dev", "#doc", "#dog"]) {
      await say(tab, `/join ${room}`);
      await tab.sees(new RegExp(`In ${room}: `));
    }
    await tab.value("document.querySelector('textarea').focus()");
    await tab.type("see #do");
    await tab.sees(/#doc\s+#dog/);
    await tab.click(".choices li:nth-child(2)");
    expect(await tab.value("document.querySelector('textarea').value")).toBe("see #dog ");
    expect(await tab.value("document.querySelector('.choices').hidden")).toBe(true);
    // After Tab, the list shows the completions of the typed text.
    await tab.type("or #d");
    await tab.press("Tab");
    await tab.holds("document.querySelector('textarea').value.endsWith(' or #dev ')");
    await tab.click(".choices li:nth-child(3)");
    expect(await tab.value("document.querySelector('textarea').value")).toBe("see #dog or #dog ");
    expect(tab.complaints).toEqual([]);
  });

  test("no room's key is kept with the lines that were entered", async () => {
    await using server = await Program.server();
    const tab = await open(server.port, "?nick=ann");
    await tab.sees(/In #lobby: /);
    await say(tab, "/join #den sesame");
    await tab.sees(/In #den: /);
    await tab.value("window.dispatchEvent(new Event('pagehide'))");
    const kept = String(await tab.value("JSON.stringify({ ...localStorage })"));
    expect(kept).toContain("/join #den");
    expect(kept).not.toContain("sesame");
  });

  test("over plain http from elsewhere, a password is not sent, and https is named", async () => {
    await using chat = startChat();
    chat.reload({ web: { page: true, websocket: true, names: [REBOUND], origins: [], url: "" } });
    const tab = await browser.open(`http://${REBOUND}:${chat.port}/?nick=ann`);
    await tab.sees(/In #lobby: /);
    await say(tab, "/login ann hunter2");
    await tab.sees(
      new RegExp(`it was not sent\\. Where the server has TLS, https://${REBOUND}:${chat.port}/ is private\\.`),
    );
    await tab.click(".own .login");
    await tab.sees(/Guests only/);
    expect(await tab.value("document.querySelector('dialog a').href")).toBe(`https://${REBOUND}:${chat.port}/`);
  });

  test("a nick has the colour that its owner has chosen, where it is legible", async () => {
    await using server = await Program.server();
    const tab = await open(server.port, "?nick=ann");
    await tab.sees(/In #lobby: /);
    const bob = await WireClient.open(server.port);
    bob.send("/nick bob\n/profile color #800040\none\n");
    await bob.until(/<bob> one/);
    await tab.sees(/one/);
    const colours = "[...document.querySelectorAll('.nick')].map((nick) => getComputedStyle(nick).color).join()";
    await tab.holds(`${colours} === "rgb(128, 0, 64)"`);
    bob.send("/profile color #ffff00\ntwo\n");
    await tab.sees(/two/);
    await tab.holds(`!${colours}.includes("rgb(128, 0, 64)") && !${colours}.includes("rgb(255, 255, 0)")`);
    await say(tab, "/profile color #0000cc");
    await say(tab, "three");
    await tab.sees(/three/);
    await tab.holds(`${colours}.endsWith("rgb(0, 0, 204)")`);
    expect(tab.complaints).toEqual([]);
    bob.close();
  });

  test("rooms have unread counts, and the title too", async () => {
    await using server = await Program.server();
    const tab = await open(server.port, "?nick=ann");
    await tab.sees(/In #lobby: /);
    await say(tab, "/join #dev");
    await tab.sees(/In #dev: /);
    const bob = await WireClient.open(server.port);
    bob.send("/nick bob\none\nann: two\n");
    await bob.until(/two/);
    await tab.sees(/#lobby\s*2/);
    expect(await tab.value("document.title")).toBe("(2!) #dev - tcpchat");
    await tab.click(".rooms button");
    await tab.sees(/unread[\s\S]*one[\s\S]*ann: two/);
    bob.close();
  });

  test("messages written without a server are sent once when it is back, even after a reload", async () => {
    const data = nowhere();
    const began = await Program.server(["--data", data]);
    const { port } = began;
    const tab = await open(port, "?nick=ann");
    await tab.sees(/In #lobby: /);
    await say(tab, "before");
    await tab.sees(/before/);
    await began[Symbol.asyncDispose]();
    await tab.sees(/Not connected/);
    await say(tab, "said without a server");
    await tab.sees(/waits for the connection/);
    await tab.value("window.dispatchEvent(new Event('pagehide'))");
    await using again = await Program.server(["--data", data, "--port", String(port)]);
    await tab.go(`http://127.0.0.1:${port}/`);
    await tab.sees(/In #lobby: |said without a server/);
    const bob = await WireClient.open(again.port);
    bob.send("/nick bob\n");
    await bob.until(/said without a server/);
    await say(tab, "and on");
    const seen = await bob.until(/and on/);
    expect(seen.filter((line) => line.includes("said without a server"))).toEqual([]);
    bob.close();
  });

  test("text entered before the first join is said in the first room", async () => {
    await using server = await Program.server();
    const bob = await WireClient.open(server.port);
    bob.send("/nick bob\n");
    await bob.until(/You are bob now/);
    const tab = await browser.open("about:blank");
    await tab.send("Page.addScriptToEvaluateOnNewDocument", {
      source: `window.WebSocket = class extends WebSocket {
        addEventListener(type, listener) {
          const later = (event) => (window.isOn ? listener(event) : setTimeout(() => later(event), 20));
          super.addEventListener(type, later);
        }
      }`,
    });
    await tab.go(`http://127.0.0.1:${server.port}/?nick=ann`);
    await tab.holds("document.querySelector('textarea') !== null");
    await say(tab, "early bird");
    expect(await tab.value("document.querySelector('textarea').value")).toBe("early bird");
    await tab.value("window.isOn = true");
    await bob.until(/<ann> early bird$/);
    await tab.holds("document.querySelector('textarea').value === ''");
    bob.close();
  });

  test("a guest who reloads the page keeps nick and rooms, unseen by others", async () => {
    await using server = await Program.server();
    const bob = await WireClient.open(server.port);
    bob.send("/nick bob\n/join #dev\n");
    await bob.until(/You are in #dev|Now in #dev|In #dev/);
    const tab = await open(server.port, "?nick=ann");
    await tab.sees(/In #lobby: /);
    await say(tab, "/join #dev");
    await tab.sees(/In #dev: /);
    await say(tab, "before");
    await bob.until(/<ann> before/);
    await say(tab, "/nick anna");
    await bob.until(/ann is now anna/);
    await tab.holds("document.querySelector('.own-nick')?.textContent === 'anna'");
    await tab.value("window.isOld = true");
    await tab.send("Page.reload");
    await tab.holds("!window.isOld && document.querySelector('.own-nick')?.textContent === 'anna'");
    await say(tab, "after");
    const heard = await bob.until(/<anna> after/);
    expect(heard.filter((line) => /left|joined|quit|is now/i.test(line))).toEqual([]);
    bob.close();
  });

  test("a page of another origin cannot send messages", async () => {
    await using server = await Program.server();
    const bob = await WireClient.open(server.port);
    bob.send("/nick bob\n");
    await bob.until(/You are bob now/);
    using other = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response("<!doctype html><p>evil", { headers: { "Content-Type": "text/html" } }),
    });
    const tab = await browser.open(`http://127.0.0.1:${other.port}/`);
    await tab.sees(/evil/);
    const here = `http://127.0.0.1:${server.port}`;
    const tries = await tab.value(`(async () => {
      const lines = "NICK eve\\r\\nUSER eve 0 * :e\\r\\nJOIN #lobby\\r\\nPRIVMSG #lobby :evil\\r\\n";
      const posted = await fetch("${here}/", { method: "POST", body: lines }).then(() => "in", () => "blocked");
      const quiet = await fetch("${here}/", { method: "POST", mode: "no-cors", body: lines }).then(() => "opaque", () => "failed");
      // Longer than a line may be.
      for (const length of [8200, 20000, 60000])
        await fetch("${here}/" + "x".repeat(length), { method: "POST", mode: "no-cors", body: lines }).catch(() => {});
      const read = await fetch("${here}/healthz").then(() => "in", () => "blocked");
      const socket = await new Promise((done) => {
        const ws = new WebSocket("ws://127.0.0.1:${server.port}/");
        ws.onopen = () => { ws.send("NICK eve"); done("in"); };
        ws.onerror = () => done("blocked");
      });
      const image = await new Promise((done) => {
        const img = new Image();
        img.onload = () => done("in");
        img.onerror = () => done("blocked");
        img.src = "${here}/icon.svg";
      });
      return { posted, quiet, read, socket, image };
    })()`);
    expect(tries).toMatchObject({ posted: "blocked", read: "blocked", socket: "blocked", image: "blocked" });
    bob.send("still alone\n");
    expect((await bob.until(/still alone/)).filter((line) => /evil|eve|joined|came/.test(line))).toEqual([]);
    bob.close();
  });

  test("a cut invitation link is told, and the composer is ready to write in", async () => {
    await using server = await Program.server();
    const tab = await open(server.port, "j/nonsense?nick=ann");
    await tab.sees(/This is no whole invitation link\./);
    // An unknown link is refused by the server, and the page joins the lobby.
    const other = await open(server.port, `j/${"x".repeat(43)}?nick=bob`);
    await other.sees(/That invitation link has ended[\s\S]*In #lobby: /);
    expect(await other.text()).not.toContain("*:");
    await say(other, "here all the same");
    await other.sees(/here all the same/);
    await tab.send("Page.bringToFront");
    await tab.press("Enter");
    await tab.sees(/In #lobby: /);
    expect(await tab.value("location.pathname")).toBe("/");
    await tab.holds("document.activeElement.matches('textarea')");
    await tab.click(".join");
    await tab.type("dev");
    await tab.press("Enter");
    await tab.sees(/In #dev: /);
    await tab.type("typed at once");
    await tab.press("Enter");
    await tab.sees(/typed at once/);
  });

  test("the password of a server is asked for, until it is right", async () => {
    const config = join(nowhere(), "tcpchat.toml");
    writeFileSync(config, '[server]\npassword = "open sesame"\n');
    await using server = await Program.server(["--config", config]);
    const tab = await open(server.port, "?nick=ann");
    await tab.sees(/The password of this server/);
    await tab.type("open");
    await tab.press("Enter");
    await tab.sees(/The server refuses the password/);
    await tab.type("open sesame");
    await tab.press("Enter");
    await tab.sees(/In #lobby: ann/);
    expect(await tab.text()).not.toContain("password");
    expect(await tab.value("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")).not.toContain("sesame");
  });

  test("a link to a room asks before it joins", async () => {
    await using server = await Program.server();
    const tab = await open(server.port, "?nick=ann#dev");
    await tab.sees(/Join #dev\?/);
    expect(await tab.text()).not.toContain("In #dev");
    await tab.click("dialog button[type=submit]");
    await tab.sees(/In #dev: /);
  });

  test("the address of a message, copied from it, leads to it in the history: in another browser tab, and in the page", async () => {
    await using server = await Program.server();
    const bob = await WireClient.inRoom(server.port, "bob", "#dev");
    bob.send(Array.from({ length: 300 }, (_, n) => `PRIVMSG #dev :line ${n}.\r\n`).join(""));
    bob.send("PING said\r\n");
    await bob.until(/PONG/);
    const ann = await open(server.port, "?nick=ann#dev");
    await ann.sees(/Join #dev\?/);
    await ann.press("Enter");
    await ann.sees(/line 299\./);
    // The oldest line that is there is 100 lines up; the history goes on above it.
    await ann.value("document.querySelector('.scroller').scrollTop = 1");
    await ann.sees(/line 199\./);
    await ann.value(`{
      window.copied = "";
      navigator.clipboard.writeText = async (text) => void (copied = text);
      const line = [...document.querySelectorAll("[role=log] li")].find((each) => /line 199\\./.test(each.innerText));
      line.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }));
    }`);
    await ann.holds("!document.querySelector('.tools').hidden");
    await ann.click(".tools button:nth-child(4)");
    const link = String(await ann.value("copied"));
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?msgid=[^#]+#dev$/);
    await ann.holds("document.querySelector('.toast')?.textContent === 'Copied'");
    await ann.holds("/Copied/.test(document.querySelector('.announcer').shadowRoot.textContent)");
    // A browser that does not allow it.
    await ann.value("navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'))");
    await ann.click(".tools button:nth-child(4)");
    await ann.sees(/does not let this page copy\. The address of the message is http:\/\/127\.0\.0\.1:\d+\/\?msgid=/);
    await say(ann, "/copy");
    await ann.sees(/does not let this page copy: select the text/);
    expect(ann.complaints).toEqual([]);
    const isMarked = "/line 199\\./.test(document.querySelector('.marked')?.innerText)";
    const other = await browser.open(link);
    await other.sees(/Join #dev\?/);
    await other.press("Enter");
    await other.holds(isMarked);
    expect(await other.value("location.search + location.hash")).toBe("#dev");
    await other.reload();
    await other.sees(/line 299\./);
    expect(await other.value("document.querySelector('.marked')")).toBe(null);
    // In the page, a link to a message of the same chat opens no other tab.
    await say(other, `see ${link}`);
    await other.holds("document.querySelector('[role=log] a') !== null");
    await other.click("[role=log] a");
    await other.holds(isMarked);
    bob.close();
  });

  test("an invitation link joins its room, which is closed to others, and leaves the page's own address", async () => {
    await using server = await Program.server();
    const bob = await WireClient.open(server.port);
    bob.send("/nick bob\n/join den\n/set invite-only on\n/invite\n");
    const token = (await bob.until(/\/j\/[\w-]{43}$/)).at(-1)?.slice(-43) ?? "";
    const tab = await open(server.port, `j/${token}?nick=ann`);
    await tab.sees(/In #den: /);
    await bob.until(/ann joined #den/);
    expect(await tab.value("location.pathname + location.search")).toBe("/?nick=ann");
    bob.close();
  });
});
