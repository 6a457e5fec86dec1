import { expect, test } from "bun:test";
import { TerminalInput } from "../../src/ssh/terminal-input.ts";
import { decode, encode } from "../../src/text/bytes.ts";

function setup(isTTY: boolean) {
  const heard: string[] = [];
  const due: (() => void)[] = [];
  const all = { echo: "", signals: [] as string[], source: "" };
  const input = new TerminalInput(
    isTTY,
    {
      pause: () => {
        all.source = "paused";
      },
      resume: () => {
        all.source = "flowing";
      },
    },
    {
      echo: (text) => {
        all.echo += text;
      },
      signal: (name) => void all.signals.push(name),
      later: (work) => void due.push(work),
    },
  );
  input.on("data", (bytes) => void heard.push(decode(bytes)));
  input.on("end", () => void heard.push("<end>"));
  const resume = () => {
    input.resume();
    for (const work of due.splice(0)) work();
  };
  return { input, heard, all, resume, type: (text: string) => input.push(encode(text)) };
}

test("bytes of a pipe are passed on as they are, once the program reads", () => {
  const { input, heard, resume, type } = setup(false);
  type("a\x03b");
  expect(heard).toEqual([]);
  resume();
  type("\x04\n");
  input.end();
  expect(heard).toEqual(["a\x03b", "\x04\n", "<end>"]);
});

test("a terminal echoes, and passes on whole lines with the edits applied", () => {
  const { heard, all, resume, type } = setup(true);
  resume();
  type("helo\x7flo");
  type("\r");
  expect(heard).toEqual(["hello\n"]);
  expect(all.echo).toBe("helo\b \blo\n");
});

test("a wide character is erased from both of its columns", () => {
  const { all, type } = setup(true);
  type("a漢\x7f");
  expect(all.echo).toBe("a漢\b\b  \b\b");
});

test("Ctrl-C is a signal and drops the line; Ctrl-D passes the line on, and then ends", () => {
  const { heard, all, resume, type } = setup(true);
  resume();
  type("abc\x03def\x04\x04");
  expect(all.signals).toEqual(["SIGINT"]);
  expect(heard).toEqual(["def", "<end>"]);
});

test("in raw mode every byte is the program's", () => {
  const { input, heard, all, resume, type } = setup(true);
  input.setRawMode(true);
  resume();
  type("\x03\x7f");
  expect(heard).toEqual(["\x03\x7f"]);
  expect(all).toEqual({ echo: "", signals: [], source: "" });
});

test("a program that does not read pauses the channel, and its memory stays bounded", () => {
  const { heard, all, resume, type } = setup(false);
  type("x".repeat(16_384));
  expect(all.source).toBe("");
  type("x");
  expect(all.source).toBe("paused");
  resume();
  expect(all.source).toBe("flowing");
  expect(heard.join("").length).toBe(16_385);
});

test("no listener is called within `resume`, whose caller may be at work on the last input", () => {
  const { input, heard, type } = setup(false);
  type("a");
  input.end();
  input.resume();
  expect(heard).toEqual([]);
});
