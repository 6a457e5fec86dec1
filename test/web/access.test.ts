import { expect, test } from "bun:test";
import { forwardedAddress, WebAccess } from "../../src/web/access.ts";

const access = new WebAccess(
  ["Chat.example.org", "desk", "*.example.net"],
  ["https://Site.example", "http://a.test:80"],
);

test.each([
  ["127.0.0.1", true],
  ["127.0.0.1:9000", true],
  ["192.168.1.7:9000", true],
  ["[::1]", true],
  ["[2001:db8::1]:9000", true],
  ["localhost", true],
  ["LOCALHOST:9000", true],
  ["chat.example.org", true],
  ["chat.example.org.:443", true],
  ["desk:9000", true],
  ["a.example.net", true],
  ["evil.example", false],
  ["evil.example:9000", false],
  ["example.org", false],
  ["chat.example.org.evil.example", false],
  ["a.b.example.net", false],
  ["example.net", false],
  ["127.0.0.1.nip.io", false],
  ["127.1", false],
  ["[127.0.0.1]", false],
  ["::1", false],
  ["[::1", false],
  ["chat.example.org:99999999", false],
  ["chat.example.org:", false],
  ["ann@chat.example.org", false],
  ["", false],
])("Host %j names the server: %p", (host, isIts) => {
  expect(access.isHost(host)).toBe(isIts);
});

test.each([
  [[], "desk:9000", true],
  [["http://desk:9000"], "desk:9000", true],
  [["https://desk:9000"], "desk:9000", true],
  [["http://DESK:9000"], "desk:9000", true],
  [["https://chat.example.org"], "chat.example.org", true],
  [["https://site.example"], "desk:9000", true],
  [["https://evil.example"], "desk:9000", false],
  [["http://desk"], "desk:9000", false],
  [["http://desk:9001"], "desk:9000", false],
  [["http://site.example"], "desk:9000", false],
  [["http://desk:9000/"], "desk:9000", false],
  [["http://desk:9000.evil.example"], "desk:9000", false],
  [["null"], "desk:9000", false],
  [[""], "desk:9000", false],
  [["file://desk:9000"], "desk:9000", false],
  [["http://desk:9000", "http://desk:9000"], "desk:9000", false],
])("a page of %j may come in to %s: %p", (origins, host, isLet) => {
  expect(access.isOrigin(origins, host)).toBe(isLet);
});

const isProxy = (address: string) => address.startsWith("10.") || address === "2001:db8::1";

test.each([
  [["192.0.2.7"], "192.0.2.7"],
  [["192.0.2.7", "10.0.0.1"], "192.0.2.7"],
  [["198.51.100.1", "192.0.2.7", "10.0.0.2", "10.0.0.1"], "192.0.2.7"],
  [["10.0.0.2", "10.0.0.1"], "10.0.0.2"],
  [["nonsense", "192.0.2.7"], "192.0.2.7"],
  [["192.0.2.7:4711"], "192.0.2.7"],
  [["2001:DB8::7"], "2001:db8::7"],
  [["[2001:db8::7]:4711"], "2001:db8::7"],
  [["::ffff:192.0.2.7"], "192.0.2.7"],
  [["192.0.2.7", "2001:db8::1"], "192.0.2.7"],
  [["192.0.2.7", "nonsense"], undefined],
  [["nonsense", "10.0.0.1"], undefined],
  [["unknown"], undefined],
  [["192.0.2.300"], undefined],
  [["fe80::1%eth0"], undefined],
  [[], undefined],
])("X-Forwarded-For %j is the address %p", (values, address) => {
  expect(forwardedAddress(values, isProxy)).toBe(address);
});
