/** Where a secret can come from: standard input, a terminal or not. */
export interface PromptTerminal {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  setEncoding(encoding: "utf8"): unknown;
  on(event: "data" | "end", listener: (chunk: string) => void): unknown;
  off(event: "data" | "end", listener: (chunk: string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/**
 * Reads a secret: at a terminal it is asked for, twice, and not shown; otherwise it is the first line. `undefined`
 * where there is none, or the two are not the same.
 */
export async function promptPassword(
  terminal: PromptTerminal,
  show: (text: string) => void,
): Promise<string | undefined> {
  terminal.setEncoding("utf8");
  if (!terminal.isTTY) return readLine(terminal);
  const first = await ask(terminal, show, "Password: ");
  if (first === undefined) return undefined;
  const second = await ask(terminal, show, "Once more: ");
  return first === second ? first : undefined;
}

/** The first line, or all there is. */
function readLine(terminal: PromptTerminal): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const take = (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) finish();
    };
    const finish = () => {
      terminal.off("data", take);
      terminal.off("end", finish);
      terminal.pause();
      const [line = ""] = text.split(/\r?\n/);
      resolve(line === "" ? undefined : line);
    };
    terminal.on("data", take);
    terminal.on("end", finish);
    terminal.resume();
  });
}

/** What is typed after a question, up to Enter, without an echo; `undefined` after Ctrl-C or Ctrl-D. */
function ask(terminal: PromptTerminal, show: (text: string) => void, question: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let typed = "";
    const finish = (answer: string | undefined) => {
      terminal.off("data", take);
      terminal.setRawMode?.(false);
      terminal.pause();
      show("\n");
      resolve(answer);
    };
    const take = (chunk: string) => {
      for (const key of chunk) {
        if (key === "\r" || key === "\n") return finish(typed);
        if (key === "\x03" || key === "\x04") return finish(undefined);
        typed = edited(typed, key);
      }
    };
    terminal.setRawMode?.(true);
    terminal.on("data", take);
    terminal.resume();
    show(question);
  });
}

/** Backspace takes a character away, Ctrl-U all of them. */
function edited(typed: string, key: string): string {
  if (key === "\x7f" || key === "\b") return [...typed].slice(0, -1).join("");
  if (key === "\x15") return "";
  return key < " " ? typed : typed + key;
}
