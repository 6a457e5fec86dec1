import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificate, TlsContext } from "../src/server/net/certificate.ts";
import { memoryStore } from "../src/store/sqlite.ts";
import { binary, nowhere, Program } from "./support/binary.ts";
import { vouchedFor } from "./support/certificates.ts";
import { startChat } from "./support/chat-server.ts";
import { Screen } from "./support/client/terminal.ts";

const first = await makeCertificate("chat.test");
const second = await makeCertificate("chat.test");
let current = first;
const tlsContext = new TlsContext(() => current);
const chat = startChat({}, Date.now, memoryStore, { tlsContext });
const plain = startChat();
afterAll(() => Promise.all([chat[Symbol.asyncDispose](), plain[Symbol.asyncDispose]()]));

/** Runs the line-mode client with this input to its end; the client treats the server as remote. */
async function talk(port: number, home: string, ...input: string[]): Promise<Ran> {
  return run(port, home, input, {});
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  port: number,
  home: string,
  input: readonly string[],
  secrets: Readonly<Record<string, string>>,
): Promise<Ran> {
  const entry = join(import.meta.dir, "support/client/entry.ts");
  const command = [process.execPath, entry, "127.0.0.1", String(port), "ann", "linear"];
  await using program = Program.run(command, { HOME: home, ENTRY_FAR: "1", ...secrets });
  await program.type(input.map((line) => `${line}\n`).join(""));
  await program.endInput();
  return { code: await program.exit(), out: program.stdout, err: program.stderr };
}

test("a certificate is pinned at the first connection, accepted the next time, and another one is refused", async () => {
  const home = nowhere();
  const known = join(home, ".local", "share", "tcpchat", "known_servers");
  const before = await talk(chat.port, home, "hello");
  expect(before).toMatchObject({ code: 0, out: expect.stringContaining("<ann> hello") });
  expect(before.err).toContain(`Its SHA-256 fingerprint: ${first.fingerprint}`);
  expect(readFileSync(known, "utf8")).toBe(`127.0.0.1:${chat.port} ${first.fingerprint}\n`);

  const again = await talk(chat.port, home, "again");
  expect(again.code).toBe(0);
  expect(again.err).not.toContain("fingerprint");

  current = second;
  tlsContext.renew();
  const refused = await talk(chat.port, home, "not heard");
  expect(refused.code).toBe(3);
  expect(refused.err).toBe(
    [
      `tcpchat: 127.0.0.1:${chat.port} shows another certificate than before: someone may be intercepting the connection`,
      `It was ${first.fingerprint} and is ${second.fingerprint}.`,
      `If it was replaced on purpose: remove line 1 of ${known}`,
      "",
    ].join("\n"),
  );

  writeFileSync(known, "");
  expect((await talk(chat.port, home, "heard again")).code).toBe(0);
});

test("with a server without TLS the client continues in plain text, and says so", async () => {
  const { code, out, err } = await talk(plain.port, nowhere(), "hello");
  expect([code, out]).toEqual([0, expect.stringContaining("<ann> hello")]);
  expect(err).toMatch(/127\.0\.0\.1:\d+ does not speak TLS .*others on the network can read/);
});

/** A plain-text server that may name a TLS port, and records all received lines. */
function asksForTls(port?: number): Disposable & { readonly port: number; readonly heard: string[] } {
  const heard: string[] = [];
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket, bytes) => {
        if (bytes[0] === 0x16) return void socket.end();
        heard.push(...bytes.toString().trimEnd().split("\r\n"));
        socket.write(`:s CAP * LS :sasl${port === undefined ? "" : ` sts=port=${port},duration=3600`}\r\n`);
      },
    },
  });
  return { port: listener.port, heard, [Symbol.dispose]: () => listener.stop(true) };
}

test("a guest at a plain-text server that asks for TLS switches to TLS before sending anything", async () => {
  using asking = asksForTls(chat.port);
  const { code, out, err } = await talk(asking.port, nowhere(), "hello");
  expect(err).toContain(`127.0.0.1:${asking.port} asks for TLS on port ${chat.port}: the plain connection is closed.`);
  expect(err).toContain(`Its SHA-256 fingerprint: ${current.fingerprint}`);
  expect([code, out]).toEqual([0, expect.stringContaining("<ann> hello")]);
  expect(asking.heard).toEqual(["CAP LS 302", "NICK ann", "USER ann 0 * ann"]);
});

test.each([{ ENTRY_ACCOUNT: "zoe", ENTRY_PASSWORD: "hunter2" }, { ENTRY_SERVER_PASSWORD: "hunter2" }])(
  "with %j the client asks a plain-text server for its TLS port, and sends nothing else",
  async (secrets) => {
    using asking = asksForTls(chat.port);
    const { code, err } = await run(asking.port, nowhere(), [], secrets);
    expect(err).toContain(`Its SHA-256 fingerprint: ${current.fingerprint}`);
    expect(code).toBe("ENTRY_ACCOUNT" in secrets ? 4 : 0); // there is no such account
    using silent = asksForTls();
    const refused = await run(silent.port, nowhere(), [], secrets);
    expect([refused.code, refused.out]).toEqual([3, ""]);
    expect(refused.err).toContain("a password is not sent in plain text");
    expect([asking.heard, silent.heard]).toEqual([["CAP LS 302"], ["CAP LS 302"]]);
  },
);

test("if the TLS port that a server names cannot be reached, the client gives up", async () => {
  using asking = asksForTls(plain.port);
  const { code, err } = await talk(asking.port, nowhere(), "hello");
  expect([code, err]).toEqual([3, expect.stringContaining(`127.0.0.1:${plain.port} does not speak TLS`)]);
  expect(err).toContain("plain text is not tried");
});

/** Runs the binary's `tcpchat send`. */
async function send(args: readonly string[], home: string): Promise<{ code: number; err: string }> {
  await using program = Program.run([await binary(), "send", ...args, "lobby", "hello"], { HOME: home });
  return { code: await program.exit(), err: program.stderr };
}

test("the binary trusts the authorities of --tls-ca alone, also for a server on the same machine", async () => {
  const home = nowhere();
  const real = await vouchedFor("127.0.0.1");
  const file = join(home, "ca.pem");
  writeFileSync(file, real.authority);
  await using vouched = startChat({}, Date.now, memoryStore, { tlsContext: new TlsContext(() => real) });
  const to = (port: number) => ["--server", `127.0.0.1:${port}`];
  expect(await send([...to(vouched.port), "--tls-ca", file], home)).toEqual({ code: 0, err: "" });
  const stranger = await send([...to(chat.port), "--tls-ca", file], home);
  expect([stranger.code, stranger.err]).toEqual([3, expect.stringMatching(/no authority in .*ca\.pem signed/)]);
  const bare = await send([...to(plain.port), "--tls-ca", file], home);
  expect([bare.code, bare.err]).toEqual([3, expect.stringMatching(/closes the connection/)]);
  expect((await send([...to(plain.port), "--tls-ca", file, "--no-tls"], home)).code).toBe(0);
  const config = join(home, ".config", "tcpchat");
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, "ca.pem"), real.authority);
  const named = (name: string, port: number) => `[servers.${name}]\naddress = "127.0.0.1:${port}"\ntls_ca = "ca.pem"\n`;
  writeFileSync(join(config, "client.toml"), named("work", vouched.port) + named("other", chat.port));
  expect(await send(["--server", "work"], home)).toEqual({ code: 0, err: "" });
  const other = await send(["--server", "other"], home);
  expect([other.code, other.err]).toEqual([3, expect.stringMatching(/no authority in .*ca\.pem signed/)]);
  writeFileSync(file, "nothing");
  const empty = await send([...to(plain.port), "--tls-ca", file], home);
  expect([empty.code, empty.err]).toEqual([2, expect.stringMatching(/there is no certificate in/)]);
});

test("on a full screen the fingerprint appears in the current room", async () => {
  const command = [
    process.execPath,
    join(import.meta.dir, "support/client/entry.ts"),
    "127.0.0.1",
    String(chat.port),
    "ann",
  ];
  const screen = new Screen(command, 100, 24, { HOME: nowhere(), ENTRY_FAR: "1" });
  const text = (rows: readonly string[]) => rows.join("").replace(/[\s│]+/g, "");
  await screen.until((rows) => text(rows).includes(`fingerprint:${current.fingerprint}`));
  screen.program.kill();
  await screen.program.exited;
});
