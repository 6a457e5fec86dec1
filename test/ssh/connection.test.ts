import { expect, test } from "bun:test";
import { once } from "node:events";
import { Client, type ClientChannel } from "ssh2";
import { refusalOf } from "../../src/ssh/connection.ts";
import { closing } from "../../src/wire/closing.ts";
import { WireClient } from "../support/socket.ts";
import { has, registerAccount, ssh, startSshChat } from "../support/ssh-chat.ts";

/** Logs in as a guest with ssh2's own client. */
async function guest({ port }: { readonly port: number }): Promise<Client> {
  const client = new Client();
  client.on("error", () => {});
  client.connect({ host: "127.0.0.1", port, username: "ann", password: "" });
  await once(client, "ready");
  return client;
}

function run(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) =>
    client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel))),
  );
}

test("a client that sends more than the window allows, to a program that does not read, is disconnected", async () => {
  await using chat = startSshChat();
  const client = await guest(chat);
  const channel = await run(client, "tail lobby");
  channel.on("error", () => {});
  let isClosed = false;
  client.on("close", () => {
    isClosed = true;
  });
  const chunk = Buffer.alloc(1 << 16);
  let sent = 0;
  for (; !isClosed; sent += chunk.length) {
    channel.outgoing.window = Number.MAX_SAFE_INTEGER;
    channel.write(chunk);
    await new Promise(setImmediate);
  }
  expect(sent).toBeLessThan(8 << 20);
});

test("a client that does not read a program's output is disconnected", async () => {
  await using chat = startSshChat(
    {},
    {
      run: (_line, _user, { stdin, stdout, clock, onSignal }) =>
        new Promise((resolve) => {
          const write = () => {
            stdout.write("x".repeat(1 << 16));
            cancel = clock.after(0, write);
          };
          let cancel = clock.after(0, write);
          onSignal("SIGHUP", () => {
            cancel();
            resolve(1);
          });
          stdin.resume();
        }),
    },
  );
  const client = await guest(chat);
  const channel = await run(client, "write");
  channel.pause();
  await new Promise<void>((resolve) => client.on("close", resolve));
});

test("a client that keeps to the window can send much to a program that reads", async () => {
  let read = 0;
  await using chat = startSshChat(
    {},
    {
      run: (_line, _user, { stdin }) =>
        new Promise((resolve) => {
          stdin.on("data", (bytes) => {
            read += bytes.length;
          });
          stdin.on("end", () => resolve(3));
          stdin.resume();
        }),
    },
  );
  const client = await guest(chat);
  const channel = await run(client, "read");
  const ended = once(channel, "exit");
  channel.end(Buffer.alloc(1 << 20));
  expect(await ended).toEqual([3]);
  expect(read).toBe(1 << 20);
  client.destroy();
});

test("a client may open four sessions at once", async () => {
  await using chat = startSshChat();
  const client = await guest(chat);
  for (let i = 0; i < 4; i++) await run(client, "tail lobby");
  await expect(run(client, "tail lobby")).rejects.toThrow("one connection can have 4 sessions at once");
  client.destroy();
});

test.each(["SSH-2.0-silent\r\n", "SSH-2.0-", "SSH-2.0-half\r\n\0\0\x05"])(
  "a login that stalls after %j is ended in time",
  async (beginning) => {
    await using chat = startSshChat({}, { grace: 50 });
    const wire = await WireClient.open(chat.port);
    wire.send(beginning);
    await wire.closed();
  },
);

test.each([
  ["SSH-2.0-x\r\nthis is no packet at all, and nothing that ssh would send\r\n"],
  [`SSH-2.0-${"x".repeat(300_000)}`],
  ["SSH-1.5-old\r\n"],
])("garbage is answered by the end of the connection, and costs nothing else: %#", async (garbage) => {
  await using chat = startSshChat();
  const wire = await WireClient.open(chat.port);
  wire.send(garbage);
  await wire.closed();
  (await guest(chat)).destroy();
});

test("after six refused logins the connection is ended", async () => {
  await using chat = startSshChat({ password: "sesame" });
  let tries = 0;
  const client = new Client();
  client.on("error", () => {});
  client.connect({
    host: "127.0.0.1",
    port: chat.port,
    username: "ann",
    authHandler: (_left, _partial, next) => {
      tries++;
      next({ type: "password", username: "ann", password: "wrong" });
    },
  });
  await new Promise<void>((resolve) => client.on("close", resolve));
  expect(tries).toBe(6);
});

test("200 logins at once do not hold up the chat: some wait, and the rest are told to come again", async () => {
  await using chat = startSshChat();
  const ann = await WireClient.open(chat.port);
  ann.send("NICK ann\r\nUSER ann 0 * :ann\r\nJOIN #lobby\r\n");
  await ann.until(/ 366 /);
  const wires = await Promise.all(Array.from({ length: 200 }, () => WireClient.open(chat.port)));
  for (const wire of wires) wire.send("SSH-2.0-crowd\r\n");
  ann.send("PING calm\r\n");
  await ann.until(/PONG .*calm/);
  await Promise.all(wires.slice(144).map((wire) => wire.text(/Too many SSH logins at once/)));
  for (const wire of wires) wire.close();
});

test("200 logins with their whole handshake end, and meanwhile each line of a talk is answered", async () => {
  await using chat = startSshChat();
  const ann = await WireClient.inRoom(chat.port, "ann", "#lobby", "echo-message");
  const logins = Array.from({ length: 200 }, async (_, n) => {
    const client = new Client();
    const refused = new Promise<string>((resolve) => client.on("error", ({ message }: Error) => resolve(message)));
    client.connect({ host: "127.0.0.1", port: chat.port, username: `crowd${n}`, password: "" });
    const end = await Promise.race([once(client, "ready").then(() => "ready"), refused]);
    client.destroy();
    return end;
  });
  let isOver = false;
  const all = Promise.all(logins).finally(() => {
    isOver = true;
  });
  for (let line = 0; !isOver || line === 0; line++) {
    ann.send(`PING ${line}\r\n`);
    await ann.until(new RegExp(`PONG .*${line}`));
  }
  const ends = await all;
  expect(new Set(ends)).toEqual(new Set(["ready", "Too many SSH logins at once; try again in a moment"]));
  expect(ends.filter((end) => end === "ready").length).toBeGreaterThanOrEqual(144);
  ann.close();
});

test("a client that never answers the prompt for a password is disconnected in time", async () => {
  await using chat = startSshChat({}, { grace: 200 });
  await registerAccount(chat, "zoe");
  const client = new Client();
  const asked = new Promise<void>((resolve) => client.on("keyboard-interactive", () => resolve()));
  const closed = new Promise<void>((resolve) => client.on("close", () => resolve()));
  client.on("error", () => {});
  client.connect({ host: "127.0.0.1", port: chat.port, username: "zoe", tryKeyboard: true });
  await asked;
  await closed;
});

test.skipIf(!has("ssh"))("one address that begins many logins does not keep others out", async () => {
  await using chat = startSshChat();
  const wires = await Promise.all(
    Array.from({ length: 16 }, () => WireClient.open(chat.port, "127.0.0.1", "127.0.0.9")),
  );
  for (const wire of wires) wire.send("SSH-2.0-crowd\r\n");
  await Promise.all(wires.map((wire) => wire.until(/^SSH-2.0-tcpchat/)));
  expect(await ssh(chat, "ann", ["send", "lobby", "hello"]).exit()).toBe(0);
  for (const wire of wires) wire.close();
});

/** A server that refuses every connection. */
function refusing() {
  const reason = closing("ssh-logins", "Too many, é");
  return Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket) => {
        socket.write(refusalOf("test_1", reason));
        socket.end();
      },
    },
  });
}

test("a client that is refused before the key exchange is told why: by its code and in words", async () => {
  using server = refusing();
  const client = new Client();
  const error = new Promise<Error>((resolve) => client.on("error", resolve));
  client.connect({ host: "127.0.0.1", port: server.port, username: "ann", password: "" });
  expect(await error).toMatchObject({ code: 12, message: "Too many, é" });
});

test.skipIf(!has("ssh"))("OpenSSH shows the words", async () => {
  using server = refusing();
  const refused = ssh({ port: server.port, fingerprint: "refusing" }, "ann", ["send", "lobby", "hello"]);
  expect(await refused.exit()).toBe(255);
  expect(refused.stderr).toMatch(/:12: Too many, /);
});
