import { expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { makeCertificate } from "../src/server/net/certificate.ts";
import { nowhere, Program } from "./support/binary.ts";
import { WireClient } from "./support/socket.ts";

/** The fingerprint of the certificate that a server presents. */
function shown(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "");
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

async function check(config: string): Promise<string> {
  const file = join(nowhere(), "server.toml");
  writeFileSync(file, config);
  await using program = Program.run([
    process.execPath,
    join(import.meta.dir, "../src/main.ts"),
    "server",
    "--config",
    file,
    "--check",
  ]);
  expect(await program.exit()).toBe(2);
  return program.stderr;
}

test("the binary makes a certificate at its first start, prints its fingerprint, and keeps it", async () => {
  const data = nowhere();
  let first = "";
  {
    await using server = await Program.server(["--data", data]);
    await server.prints(/fingerprint:\n {2}([0-9A-F:]{95})\n/, "stderr");
    first = await shown(server.port);
    expect(server.stderr).toContain(first);
    expect(statSync(join(data, "tls.pem")).mode & 0o777).toBe(0o600);
  }
  await using again = await Program.server(["--data", data]);
  expect(await shown(again.port)).toBe(first);
});

test("SIGHUP loads replaced certificate files, and connections stay", async () => {
  const folder = nowhere();
  const [before, after] = [await makeCertificate("before.test"), await makeCertificate("after.test")];
  const put = ({ cert, key }: typeof before) => {
    writeFileSync(join(folder, "cert.pem"), cert);
    writeFileSync(join(folder, "key.pem"), key);
  };
  put(before);
  writeFileSync(join(folder, "server.toml"), '[tls]\ncert = "cert.pem"\nkey = "key.pem"\n');
  await using server = await Program.server(["--config", join(folder, "server.toml")]);
  const ann = await WireClient.secure(server.port);
  expect(await shown(server.port)).toBe(before.fingerprint);
  put(after);
  server.process.kill("SIGHUP");
  await server.prints(/The certificate is now/, "stderr");
  expect(await shown(server.port)).toBe(after.fingerprint);
  writeFileSync(join(folder, "key.pem"), before.key);
  server.process.kill("SIGHUP");
  await server.prints(/is not the key of the certificate/, "stderr");
  expect(await shown(server.port)).toBe(after.fingerprint);
  ann.send("still here\n");
  await ann.until(/still here$/);
  ann.close();
});

test("--check reports a mistake in [tls] with the file", async () => {
  expect(await check('[tls]\ncert = "cert.pem"\n')).toMatch(/server\.toml: cert in \[tls\] goes with a key/);
  expect(await check('[tls]\nkey = "key.pem"\n')).toMatch(/server\.toml: key in \[tls\] goes with a cert/);
  expect(await check('[tls]\ncert = "c.pem"\nkey = "k.pem"\n')).toMatch(/cert in \[tls\]: \/.*\/c\.pem cannot be read/);
});

test.skipIf(!Bun.which("openssl"))("openssl's client can chat with the server", async () => {
  await using server = await Program.server();
  for (const version of ["-tls1_2", "-tls1_3"]) {
    await using client = Program.run([
      "openssl",
      "s_client",
      "-connect",
      `127.0.0.1:${server.port}`,
      "-quiet",
      version,
    ]);
    await client.type("hello from openssl\n");
    await client.prints(/<guest-\d+> hello from openssl\n/);
    await client.type("/quit\n");
    expect(await client.exit()).toBe(0);
  }
  await using old = Program.run(["openssl", "s_client", "-connect", `127.0.0.1:${server.port}`, "-quiet", "-tls1_1"]);
  expect(await old.exit()).not.toBe(0);
});

test.skipIf(!Bun.which("curl"))("curl gets the page, or an error where the page is switched off", async () => {
  const config = join(nowhere(), "server.toml");
  writeFileSync(config, "[web]\npage = false\n");
  for (const [args, code] of [
    [[], /^200$/],
    [["--config", config], /^4\d\d$/],
  ] as const) {
    await using server = await Program.server(args);
    const place = `https://127.0.0.1:${server.port}/`;
    await using curl = Program.run(["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", place]);
    expect(await curl.exit()).toBe(0);
    expect(curl.stdout).toMatch(code);
  }
});
