import { expect, test } from "bun:test";
import { Client } from "ssh2";
import { refusalOf } from "../../src/ssh/disconnect.ts";
import { closing } from "../../src/wire/closing.ts";
import { has, ssh } from "../support/ssh-chat.ts";

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
