/** Headless Chromium, driven by its DevTools protocol: a test waits for what a page shows, never for time. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Condition, PATIENCE } from "./patience.ts";

/** The program, if it is installed. */
export const CHROMIUM = Bun.which("chromium");

/** A name that the browser resolves to this machine, as a site could let its own name do. */
export const REBOUND = "rebound.example";

const FLAGS = [
  ..."--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --hide-scrollbars".split(" "),
  ..."--disable-background-networking --disable-sync --disable-extensions --remote-debugging-port=0".split(" "),
  // Several tabs are looked at in turn.
  ..."--disable-background-timer-throttling --disable-renderer-backgrounding".split(" "),
  // A name of another site that points to this machine.
  `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`,
  // Certificates of tests are self-signed.
  "--ignore-certificate-errors",
];

const SHIFT = 8; // Input.dispatchKeyEvent's modifiers

type Params = Readonly<Record<string, unknown>>;
type Message = { readonly id?: number; readonly method?: string; readonly sessionId?: string } & {
  readonly result?: Params;
  readonly error?: { readonly message: string };
  readonly params?: Params;
};

/** A running browser; disposing of it ends it. */
export class Browser implements AsyncDisposable {
  readonly #process: Bun.Subprocess<"ignore", "ignore", "pipe">;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Params>>();
  readonly #tabs = new Map<string, Tab>();
  #last = 0;

  private constructor(process: Bun.Subprocess<"ignore", "ignore", "pipe">, folder: string, socket: WebSocket) {
    this.#process = process;
    this.#folder = folder;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)));
  }

  static async start(): Promise<Browser> {
    const folder = mkdtempSync(join(tmpdir(), "tcpchat-chromium-"));
    const process = Bun.spawn([CHROMIUM ?? "chromium", ...FLAGS, `--user-data-dir=${folder}`, "about:blank"], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    const socket = new WebSocket(await addressIn(process.stderr));
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Browser(process, folder, socket);
  }

  /** Opens a tab; tabs of one browser share its storage, like a person's. */
  open(url: string): Promise<Tab> {
    return this.#openIn({}, url);
  }

  /** Opens a tab as another person: it shares no storage with the others. */
  async openApart(url: string): Promise<Tab> {
    return this.#openIn(await this.send("Target.createBrowserContext"), url);
  }

  async #openIn(context: Params, url: string): Promise<Tab> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank", ...context });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, String(sessionId));
    this.#tabs.set(String(sessionId), tab);
    await tab.begin();
    await tab.send("Page.bringToFront");
    await tab.go(url);
    return tab;
  }

  /** Gives pages the permission to show notifications, as a person does. */
  async allowNotifications(): Promise<void> {
    await this.send("Browser.grantPermissions", { permissions: ["notifications"] });
  }

  send(method: string, params: Params = {}, sessionId?: string): Promise<Params> {
    const id = ++this.#last;
    const waiting = Promise.withResolvers<Params>();
    const late = setTimeout(() => waiting.reject(new Error(`${method} is not answered`)), PATIENCE);
    this.#waiting.set(id, waiting);
    this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) }));
    return waiting.promise.finally(() => clearTimeout(late));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #take({ id, method, sessionId, result = {}, error, params = {} }: Message): void {
    if (id === undefined) return this.#tabs.get(sessionId ?? "")?.heard(method ?? "", params);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}

async function addressIn(stderr: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stderr) {
    text += decoder.decode(chunk, { stream: true });
    const address = /listening on (ws:\S+)/.exec(text)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(`Chromium did not start: ${text}`);
}

/** A page in a browser. */
export class Tab {
  readonly #browser: Browser;
  readonly #session: string;
  /** The warnings and errors in the page's console, exceptions and policy violations included. */
  readonly complaints: string[] = [];
  readonly #loaded = new Condition();
  #loads = 0;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  async begin(): Promise<void> {
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
  }

  heard(method: string, params: Params): void {
    if (method === "Page.loadEventFired") {
      this.#loads++;
      this.#loaded.notify();
    }
    if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded")
      this.complaints.push(JSON.stringify(params));
  }

  send(method: string, params: Params = {}): Promise<Params> {
    return this.#browser.send(method, params, this.#session);
  }

  async go(url: string): Promise<void> {
    await this.send("Page.navigate", { url });
  }

  /** Closes the tab, as a person does. */
  async close(): Promise<void> {
    const { targetInfo } = (await this.send("Target.getTargetInfo")) as { targetInfo: { targetId: string } };
    await this.#browser.send("Target.closeTarget", { targetId: targetInfo.targetId });
  }

  /** Loads the page again, and waits until that is done. Fails if it is not in time. */
  async reload(): Promise<void> {
    const before = this.#loads;
    await this.send("Page.reload");
    if (!(await this.#loaded.until(() => this.#loads > before))) throw new Error("The page is not loaded again");
  }

  /** The value of an expression in the page. */
  async value(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = (await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as { result: { value?: unknown }; exceptionDetails?: unknown };
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** The text that the page shows. */
  async text(): Promise<string> {
    return String(await this.value("document.body?.innerText ?? ''"));
  }

  /** Waits until the page shows this. Fails if it does not in time. */
  async sees(pattern: RegExp): Promise<void> {
    const { source, flags } = pattern;
    const shown = `new RegExp(${JSON.stringify(source)}, ${JSON.stringify(flags)}).test(document.body.innerText)`;
    await this.#wait(shown, `${pattern} is not shown`);
  }

  /** Waits until an expression in the page is true. Fails if it is not in time. */
  async holds(expression: string): Promise<void> {
    await this.#wait(expression, `${expression} does not hold`);
  }

  async #wait(condition: string, words: string): Promise<void> {
    const later = `new Promise((done) => setTimeout(done, 20)).then(() => Boolean(${condition}))`;
    const began = performance.now();
    // While the page is loaded, there is nothing to ask, or a part of it is not there yet.
    while ((await this.value(later).catch(() => false)) !== true)
      if (performance.now() - began > PATIENCE) throw new Error(`${words}; this is:\n${await this.text()}`);
  }

  /** Types into the focused element. */
  async type(text: string): Promise<void> {
    await this.send("Input.insertText", { text });
  }

  async press(key: "Enter" | "Escape" | "Tab", { isShifted = false } = {}): Promise<void> {
    const code = { Enter: 13, Escape: 27, Tab: 9 }[key];
    const modifiers = isShifted ? SHIFT : 0;
    const common = { key, code: key, windowsVirtualKeyCode: code, modifiers, ...(key === "Enter" && { text: "\r" }) };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...common });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...common });
  }

  /** Clicks the first element that matches. */
  async click(selector: string): Promise<void> {
    await this.value(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  async resize(width: number, height: number, scheme: "light" | "dark" = "light"): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  }

  async screenshot(): Promise<Buffer> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    return Buffer.from(String(data), "base64");
  }
}
