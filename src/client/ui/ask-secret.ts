import { showLine } from "../../text/filter.ts";
import type { Surroundings } from "../run/process.ts";
import { EMPTY, press } from "./editor.ts";
import { KeyReader } from "./keys.ts";

/**
 * Asks for a secret at the terminal that stdin is, and shows nothing of it: up to Enter; `undefined` after Ctrl-C,
 * Ctrl-D or a signal, and where there is no terminal. The question goes to stderr, since stdout may be a file.
 */
export function askSecret(around: Surroundings, question: string): Promise<string | undefined> {
  const { stdin, stderr } = around;
  if (stdin.isTTY !== true) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const keys = new KeyReader();
    let editor = EMPTY;
    const finish = (answer: string | undefined): void => {
      stdin.off("data", take);
      for (const remove of removers) remove();
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write("\n");
      resolve(answer);
    };
    const take = (bytes: Uint8Array): void => {
      for (const key of keys.feed(bytes)) {
        const name = key.type === "key" ? key.name : "";
        if (name === "enter" || name === "ctrl-j") return finish(editor.text === "" ? undefined : editor.text);
        if (name === "ctrl-c" || name === "ctrl-d") return finish(undefined);
        editor = press(editor, key);
      }
    };
    const removers = [
      ...(["SIGINT", "SIGTERM", "SIGHUP"] as const).map((name) => around.onSignal(name, () => finish(undefined))),
      around.onExit(() => void stdin.setRawMode(false)),
    ];
    stdin.setRawMode(true);
    stdin.on("data", take);
    stdin.resume();
    stderr.write(`${showLine(question)}: `);
  });
}
