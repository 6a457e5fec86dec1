import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, nowhere, Program } from "../support/binary.ts";
import { Datagrams, isMissing, OpenSocket } from "../support/inherited-sockets.ts";
import { parseMetrics } from "../support/metrics-text.ts";
import { WireClient } from "../support/socket.ts";

/** A registered IRC client. */
async function client(port: number, nick: string): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nMOTD\r\n`);
  await wire.until(/ 376 | 422 /);
  return wire;
}

describe("SIGHUP", () => {
  test("applies changed settings, logs them, and closes no connection", async () => {
    const file = join(nowhere(), "server.toml");
    writeFileSync(file, '[server]\nmotd = "old words"\npassword = ""\n');
    await using server = await Program.server(["--config", file]);
    const ann = await client(server.port, "ann");
    writeFileSync(
      file,
      '[server]\nmotd = "new words"\npassword = "sesame"\n[storage]\nsync = "full"\n[limits]\nnick_length = 3\n[log]\nlevel = "info"\n',
    );
    server.process.kill("SIGHUP");
    await server.prints(/server\.motd was "old words" and is "new words"\n/, "stderr");
    await server.prints(/storage\.sync was "normal" and is "full" in the file; that takes a restart\n/, "stderr");
    await server.prints(/limits\.nick_length was 32 and is 3\n/, "stderr");
    expect(server.stderr).toMatch(/server\.password has changed\n/);
    expect(server.stderr).not.toContain("sesame");
    ann.send("MOTD\r\nNICK anna\r\n");
    await ann.until(/ 372 .*new words/);
    await ann.until(/ 432 /);
    const eve = await WireClient.open(server.port);
    eve.send("NICK eve\r\nUSER eve 0 * :Eve\r\n");
    await eve.until(/ 464 /);
    await server.prints(/ info: /, "stderr");
  });

  test("changes nothing if the file is bad, and logs why", async () => {
    const file = join(nowhere(), "server.toml");
    writeFileSync(file, '[server]\nmotd = "old words"\n');
    await using server = await Program.server(["--config", file]);
    writeFileSync(file, '[server]\nmotd = "new words"\nnmae = "x"\n');
    server.process.kill("SIGHUP");
    await server.prints(/error: .*there is no key nmae in \[server\]; did you mean name\?\n/, "stderr");
    const ann = await client(server.port, "ann");
    expect(ann.received).toContain("old words");
  });

  test("does the same as REHASH by a server operator, who is told about a bad file", async () => {
    const file = join(nowhere(), "server.toml");
    const operator = '[[operators]]\nname = "root"\npassword = "sesame"\n';
    writeFileSync(file, `[server]\nmotd = "old words"\n${operator}`);
    await using server = await Program.server(["--config", file]);
    const root = await client(server.port, "root");
    writeFileSync(file, `[server]\nmotd = "new words"\n${operator}`);
    root.send("OPER root sesame\r\nREHASH\r\nMOTD\r\n");
    await root.until(/^\S+ 382 root server\.toml :Rehashing$/);
    await root.until(/ 372 .*new words/);
    writeFileSync(file, `[server]\nnmae = "x"\n${operator}`);
    root.send("REHASH\r\n");
    await root.until(/ NOTICE root :Refused, .* there is no key nmae in \[server\]/);
  });

  test("from a closed terminal stops the server, since it cannot be stopped from there", async () => {
    let shown = "";
    let running = () => {};
    const isRunning = new Promise<void>((resolve) => {
      running = resolve;
    });
    const process = Bun.spawn([await binary(), "server", "--host", "127.0.0.1", "--port", "0", "--ephemeral"], {
      env: { HOME: nowhere() },
      terminal: {
        data: (_terminal, bytes) => {
          shown += bytes.toString();
          if (shown.includes("is running")) running();
        },
      },
    });
    await isRunning;
    process.terminal?.close();
    expect(await process.exited).toBe(0);
  });
});

test("a socket left by a killed server is opened again, one in use is not", async () => {
  const folder = nowhere();
  const [file, path] = [join(folder, "server.toml"), join(folder, "chat.sock")];
  writeFileSync(file, `[server]\nlisten = ["unix:${path}"]\n`);
  const start = async () => Program.run([await binary(), "server", "--ephemeral", "--config", file]);
  await using first = await start();
  await first.prints(/Server is running\n/);
  await using second = await start();
  expect(await second.exit()).toBe(1);
  expect(second.stderr).toContain(`${path} is in use by another server`);
  first.process.kill("SIGKILL");
  await first.exit();
  await using third = await start();
  await third.prints(/Server is running\n/);
});

describe("the log", () => {
  test("is quiet until something matters", async () => {
    await using server = await Program.server();
    const ann = await client(server.port, "ann");
    ann.send("QUIT\r\n");
    await ann.closed();
    expect(server.stderr).not.toMatch(/info|warning/);
  });

  test("is JSON, one object per line, with --log json", async () => {
    const file = join(nowhere(), "server.toml");
    writeFileSync(file, '[log]\nlevel = "info"\n');
    await using server = await Program.server(["--config", file, "--log", "json"]);
    await client(server.port, "ann");
    await server.prints(/"member-came".*\n/, "stderr");
    const lines = server.stderr.split("\n").filter((line) => line.startsWith("{"));
    const events = lines.map((line): string => JSON.parse(line).event);
    expect(events).toEqual(["server-started", "connection-opened", "member-came"]);
  });

  test("is complete: its last line says that the server stops", async () => {
    const file = join(nowhere(), "server.toml");
    writeFileSync(file, '[log]\nlevel = "info"\n');
    await using server = await Program.server(["--config", file]);
    server.process.kill("SIGTERM");
    expect(await server.exit()).toBe(0);
    expect(server.stderr).toMatch(/info: The server is stopping\n$/);
  });
});

test("after a restart the client reconnects, and sends the text typed meanwhile once", async () => {
  const first = await Program.server();
  const irc = await client(first.port, "bob");
  await using ann = Program.run([await binary(), "client", `127.0.0.1:${first.port}`, "--nick", "ann", "--linear"]);
  await ann.prints(/Connected to/, "stderr");
  await ann.type("before\n");
  await first.prints(/<ann> before\n/);
  first.process.kill("SIGTERM");
  await irc.until(/^ERROR :.*The server is stopping/);
  expect(await first.exit()).toBe(0);
  await ann.type("after\n");
  await using second = Program.run([
    ...[await binary(), "server", "--ephemeral", "--host", "127.0.0.1", "--port", String(first.port)],
  ]);
  await second.prints(/<ann> after\n/);
  expect(second.stdout.match(/after/g)).toHaveLength(1);
});

test("metrics are served at the configured address", async () => {
  const file = join(nowhere(), "server.toml");
  writeFileSync(file, '[admin]\nlisten = "127.0.0.2:0"\n');
  await using server = await Program.server(["--config", file]);
  await server.prints(/Metrics are at \S+\n/, "stderr");
  const [url = ""] = /http:\S+/.exec(server.stderr) ?? [];
  expect(parseMetrics(await (await fetch(url)).text()).size).toBeGreaterThan(10);
});

describe.skipIf(isMissing)("under a service manager", () => {
  test("the manager is told when the server is ready, is alive, and stops", async () => {
    const path = join(nowhere(), "notify");
    using manager = new Datagrams(path);
    await using server = await Program.server([], { NOTIFY_SOCKET: path, WATCHDOG_USEC: "50000" });
    expect(await manager.next()).toBe("READY=1");
    expect(await manager.next()).toBe("WATCHDOG=1");
    server.process.kill("SIGTERM");
    for (let told = ""; told !== "STOPPING=1"; ) told = await manager.next();
    expect(await server.exit()).toBe(0);
  });

  test("the server listens on the inherited socket", async () => {
    using socket = new OpenSocket();
    // A connection made before the server's start is served too.
    const early = await WireClient.open(socket.port);
    const process = Bun.spawn(
      ["sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec ${await binary()} server --ephemeral --quiet`],
      {
        env: { HOME: nowhere() },
        stdio: ["ignore", "pipe", "pipe", socket.descriptor],
      },
    );
    try {
      early.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
      await early.until(/ 001 /);
      const late = await client(socket.port, "bob");
      expect(late.received).toContain(" 001 bob ");
      process.kill("SIGTERM");
      expect(await process.exited).toBe(0);
    } finally {
      process.kill("SIGKILL");
    }
  });
});
