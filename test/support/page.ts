/** The page in a browser: how a person comes into a room and says something. */

import type { Browser, Tab } from "./chromium.ts";

/** Opens the page on a port of this machine, and enters the room of its address. */
export async function openRoom(
  browser: Browser,
  port: number,
  nick: string,
  room: string,
  scheme: "http" | "https" = "http",
): Promise<Tab> {
  const tab = await browser.open(`${scheme}://127.0.0.1:${port}/?nick=${nick}${room}`);
  await tab.sees(new RegExp(`Join ${room}\\?`));
  await tab.press("Enter");
  await tab.sees(new RegExp(`In ${room}: `));
  return tab;
}

/** Types a text into the input, and sends it. */
export async function say(tab: Tab, text: string): Promise<void> {
  await tab.value("document.querySelector('textarea').focus()");
  await tab.type(text);
  await tab.press("Enter");
}
