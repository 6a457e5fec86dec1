import { expect, test } from "bun:test";
import { ClientConfigError, readClientConfig } from "../../../src/client/run/config.ts";

test("a configuration sets nick, theme and named servers", () => {
  const config = readClientConfig(
    'nick = "ann"\nserver = "work"\ntheme = "light"\nmouse = false\ntyping = false\n[servers.work]\naddress = "chat.example.org"\nrooms = ["dev"]\ntls_ca = "ca.pem"',
    "f",
  );
  expect(config).toMatchObject({ nick: "ann", server: "work", theme: "light", mouse: false, typing: false });
  expect(readClientConfig("", "f")).toMatchObject({ mouse: true, notifications: true, typing: true });
  expect(config.servers.get("work")).toMatchObject({ address: "chat.example.org", rooms: ["dev"], tlsCa: "ca.pem" });
});

test.each([
  ["nik = 1", "f: there is no key nik; did you mean nick?"],
  ["nick = 1", 'f: nick should be text, such as "ann"'],
  ['rooms = "a"', 'f: rooms should be a list of texts, such as ["lobby", "dev"]'],
  ['theme = "pink"', 'f: theme = "pink" is unknown; the themes are dark, light, none'],
  ['[servers.work]\nadress = "x"', "f: there is no key adress in [servers.work]; did you mean address?"],
  ["[servers.work]", 'f: [servers.work] has no address, such as "chat.example.org:9000"'],
  ["servers = 1", "f: servers should be tables, such as [servers.work]"],
])("%j is refused", (toml, words) => {
  expect(() => readClientConfig(toml, "f")).toThrow(new ClientConfigError(words));
});

test("a file that is not TOML is refused", () => {
  expect(() => readClientConfig("nick = ", "f")).toThrow("f: this is not TOML");
});
