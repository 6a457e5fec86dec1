import { describe, expect, test } from "bun:test";
import { logsIn, registers } from "../support/accounts.ts";
import { WireClient } from "../support/socket.ts";
import { has, ssh, sshScreen, startSshChat } from "../support/ssh-chat.ts";
import { play } from "../support/transcript.ts";

/** An IRC client in the lobby. */
const watcher = (port: number): Promise<WireClient> => WireClient.inRoom(port, "eve", "#lobby");

describe.skipIf(!has("ssh"))("a session over SSH", () => {
  test("the full screen opens, follows the terminal's size, sends typed lines, and is closed by Ctrl-C twice", async () => {
    await using chat = startSshChat();
    const eve = await watcher(chat.port);
    const screen = sshScreen(chat, "ann");
    await screen.sees("ann joined #lobby");
    screen.type("hello 漢字\r");
    await eve.until(/^:ann!.* PRIVMSG #lobby :hello 漢字$/);
    eve.send("PRIVMSG #lobby :welcome\r\n");
    await screen.sees("eve │ welcome");
    screen.resize(60, 20);
    await screen.until((rows) => rows.length === 20 && rows[19] === "> |" && rows[0]?.startsWith(" #lobby") === true);
    screen.type("\x1a\x03");
    await screen.sees("Ctrl-C again quits.");
    screen.type("\x03");
    expect(await screen.program.exited).toBe(0);
    await eve.until(/^:ann!.* QUIT /);
    expect(screen.written).toContain("\x1b[?1049l");
  });

  test("send stores its text, and tail prints it, with the exit codes of the programs", async () => {
    await using chat = startSshChat();
    const sent = ssh(chat, "ann", ["send", "#lobby", "it's", "late"]);
    expect([await sent.exit(), sent.stdout, sent.stderr]).toEqual([0, "", ""]);
    const tailed = ssh(chat, "bob", ["tail", "#lobby", "--json", "--no-follow"]);
    expect(await tailed.exit()).toBe(0);
    expect(JSON.parse(tailed.stdout)).toMatchObject({ room: "#lobby", nick: "ann", text: "it's late" });
    const nowhere = ssh(chat, "ann", ["send", "#lobby"]);
    await nowhere.endInput();
    expect([await nowhere.exit(), nowhere.stderr]).toEqual([1, "tcpchat: there was nothing to send\n"]);
  });

  test("lines that are piped in are said, and the end of input ends it", async () => {
    await using chat = startSshChat();
    const eve = await watcher(chat.port);
    const pipe = ssh(chat, "ann", [], { options: ["-T"] });
    await pipe.type("one\ntwo\n");
    await pipe.endInput();
    expect(await pipe.exit()).toBe(0);
    await eve.until(/PRIVMSG #lobby :one/);
    await eve.until(/PRIVMSG #lobby :two/);
    expect(pipe.stdout).toContain("<ann> two\n");
  });

  test("on a terminal, a command without a screen gets whole lines, which are echoed, and Ctrl-C ends it", async () => {
    await using chat = startSshChat();
    const eve = await watcher(chat.port);
    const options = { options: ["-t"] };
    const send = sshScreen(chat, "ann", ["send", "#lobby", "--each-line"], options);
    send.type("helo\x7flo\r");
    await eve.until(/PRIVMSG #lobby :hello$/);
    expect((await send.row("hello"))[0]).toBe("hello");
    send.type("\x04");
    expect(await send.program.exited).toBe(0);
    const tail = sshScreen(chat, "bob", ["tail", "#lobby"], options);
    await tail.row("<ann> hello");
    tail.type("\x03");
    expect(await tail.program.exited).toBe(0);
  });

  test("a client that is killed leaves at once; the member of an account is held", async () => {
    await using chat = startSshChat();
    await play(chat.port, registers("ann"));
    const eve = await watcher(chat.port);
    const guest = sshScreen(chat, "gus");
    await eve.until(/^:gus!.* JOIN /);
    guest.program.kill("SIGKILL");
    await eve.until(/^:gus!.* QUIT /);
    const ann = sshScreen(chat, "ann", [], { key: "", password: "secret" });
    await eve.until(/^:ann!.* JOIN /);
    await ann.sees("In #lobby");
    ann.program.kill("SIGKILL");
    await ann.program.exited;
    await play(
      chat.port,
      `${logsIn("back", { account: "ann" })}
       back~ JOIN #lobby`,
    );
    eve.send("PING here\r\n");
    expect((await eve.until(/PONG/)).join("\n")).not.toContain("QUIT");
  });

  test("a key exchange in the middle of a session loses nothing", async () => {
    await using chat = startSshChat();
    const text = Array.from({ length: 40 }, (_, i) => `${i} ${"x".repeat(80)}`);
    const pipe = ssh(chat, "ann", ["send", "#lobby"], { options: ["-o", "RekeyLimit=1K"] });
    await pipe.type(text.join("\n"));
    await pipe.endInput();
    expect([await pipe.exit(), pipe.stderr]).toEqual([0, ""]);
    const tail = ssh(chat, "bob", ["tail", "#lobby", "--no-follow"], { options: ["-o", "RekeyLimit=1K"] });
    expect(await tail.exit()).toBe(0);
    expect(tail.stdout.match(/<ann> \d+ x{80}\n/g)?.length).toBe(40);
  });

  test("a stopped client delays no other, and continues where it was", async () => {
    await using chat = startSshChat();
    const eve = await watcher(chat.port);
    const screen = sshScreen(chat, "ann");
    await eve.until(/^:ann!.* JOIN /);
    await screen.sees("In #lobby");
    screen.program.kill("SIGSTOP");
    for (let i = 0; i < 300; i++) eve.send(`PRIVMSG #lobby :${i} ${"x".repeat(300)}\r\n`);
    eve.send("PRIVMSG #lobby :the end\r\nPING here\r\n");
    await eve.until(/PONG .*here/);
    screen.program.kill("SIGCONT");
    await screen.sees("the end");
    screen.program.kill();
  });

  test("a session takes nothing from the server's environment, and only harmless variables from the client", async () => {
    let env: Readonly<Record<string, string | undefined>> = {};
    await using chat = startSshChat(
      {},
      {
        run: async (_line, _user, proc) => {
          env = proc.env;
          return 7;
        },
      },
    );
    const options = ["LANG=de", "HOME=/root", "TCPCHAT_PASSWORD=x", "NO_COLOR=1"].flatMap((set) => [
      "-o",
      `SetEnv=${set}`,
    ]);
    expect(await ssh(chat, "ann", ["x"], { options: [...options.slice(0, 2)] }).exit()).toBe(7);
    expect(env).toEqual({ LANG: "de" });
    const all = ["-o", "SetEnv=LANG=de HOME=/root TCPCHAT_PASSWORD=x NO_COLOR=1"];
    expect(await ssh(chat, "ann", ["x"], { options: all }).exit()).toBe(7);
    expect(env).toEqual({ LANG: "de", NO_COLOR: "1" });
  });

  test("a bug in a session costs that session alone, and is reported", async () => {
    const failures: string[] = [];
    await using chat = startSshChat(
      {},
      {
        run: (_line, _user, proc) =>
          new Promise((resolve) => {
            proc.onBug(() => resolve(1));
            proc.clock.after(0, () => {
              throw new Error("a timer failed");
            });
          }),
      },
      { failed: (error) => void failures.push(error.message) },
    );
    const eve = await watcher(chat.port);
    expect(await ssh(chat, "ann", ["x"]).exit()).toBe(1);
    eve.send("PING here\r\n");
    await eve.until(/PONG/);
    expect(failures).toEqual(["a timer failed"]);
  });

  test("a server that stops says so, and ends the session", async () => {
    const chat = startSshChat();
    const eve = await watcher(chat.port);
    const pipe = ssh(chat, "ann", [], { options: ["-T"] });
    await eve.until(/^:ann!.* JOIN /);
    await chat[Symbol.asyncDispose]();
    expect(await pipe.exit()).toBe(1);
    expect(pipe.stderr).toContain("tcpchat: The test is over\n");
  });
});
