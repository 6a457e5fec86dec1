/** WeeChat itself, without a screen: signals control it, and its log files have its output. */

import { existsSync, type FSWatcher, mkdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { Condition } from "./patience.ts";

/** The program, if it is installed. */
export const WEECHAT = Bun.which("weechat-headless");
if (WEECHAT === null) console.warn("weechat-headless is not installed: not tested");

/** The settings of a WeeChat at its start. */
interface Beginning {
  readonly nick: string;
  /** Options of `/server add`. */
  readonly options?: string;
  /** The commands for the signals USR1 and USR2. */
  readonly usr1: string;
  readonly usr2?: string;
}

/** A running WeeChat; disposing of it ends it. */
export class WeeChat implements Disposable {
  readonly #logs: string;
  readonly #written = new Condition();
  readonly #watcher: FSWatcher;
  readonly program: Bun.Subprocess;

  /** Connects to a port of this machine as the server `chat`. */
  constructor(folder: string, port: number, { nick, options = "", usr1, usr2 = "" }: Beginning) {
    this.#logs = join(folder, "logs");
    mkdirSync(this.#logs);
    this.#watcher = watch(this.#logs, () => this.#written.notify());
    const commands = [
      "/set logger.file.flush_delay 0",
      `/set weechat.signal.sigusr1 "${usr1}"`,
      `/set weechat.signal.sigusr2 "${usr2}"`,
      `/server add chat 127.0.0.1/${port} -notls -nicks=${nick} -username=${nick} -anti_flood_prio_high=0 ${options}`,
      "/set irc.server.chat.autoreconnect_delay 1",
      "/connect chat",
    ];
    const run = commands.flatMap((command) => ["-r", command]);
    this.program = Bun.spawn([WEECHAT ?? "", "--dir", folder, ...run], {
      env: { HOME: folder, TERM: "dumb", LANG: "C.UTF-8" },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
  }

  /** Resolves when the log of a room or person has this text, as often as `times` says. */
  async sees(place: string, text: string, times = 1): Promise<void> {
    if (await this.#written.until(() => this.count(place, text) >= times)) return;
    throw new Error(`WeeChat does not show ${text} in ${place}:\n${this.#log(place)}`);
  }

  /** How often the log of a room or person has this text. */
  count(place: string, text: string): number {
    return this.#log(place).split(text).length - 1;
  }

  #log(place: string): string {
    const path = join(this.#logs, `irc.chat.${place}.weechatlog`);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
    this.program.kill("SIGKILL");
  }
}
