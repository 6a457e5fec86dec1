import { expect, test } from "bun:test";
import { pageLinkIn, permalinkOf } from "../../../src/client/model/links.ts";

test("a message has an address, which leads back to it", () => {
  const dev = permalinkOf("https://chat.example.org:9000", "#dev", "a+b");
  expect(dev).toBe("https://chat.example.org:9000/?msgid=a%2Bb#dev");
  expect(pageLinkIn(dev)).toEqual({
    server: "chat.example.org:9000",
    room: "#dev",
    partner: undefined,
    msgid: "a+b",
  });
  const bob = permalinkOf("http://[::1]:9000", "bob", "m1");
  expect(bob).toBe("http://[::1]:9000/?msgid=m1&with=bob");
  expect(pageLinkIn(bob)).toEqual({ server: "[::1]:9000", room: undefined, partner: "bob", msgid: "m1" });
});

test.each(["#dev", "##x", "#日本", "#a?b", "#50%", "#a&b=c"])("a message in %s is found by its address", (room) => {
  expect(pageLinkIn(permalinkOf("http://h:1", room, "id"))).toMatchObject({ room, msgid: "id" });
});

test.each([
  ["http://h:1/#dev", "#dev"],
  ["http://h:1/?nick=ann#dev", "#dev"],
  ["http://h:1#dev", "#dev"],
  ["http://h:1/#50%", "#50%"],
])("%s leads to %s", (address, room) => {
  expect(pageLinkIn(address)?.room).toBe(room);
});

test.each(["http://h:1/", "http://h:1/#", "http://h:1/x#dev", "http://h:1/j/token", "irc://h/dev", "#dev", "http://"])(
  "%s leads to no room",
  (address) => {
    expect(pageLinkIn(address)).toBeUndefined();
  },
);
