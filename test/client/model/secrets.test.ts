import { expect, test } from "bun:test";
import { hasSecret, isSecret, withoutRoomKey } from "../../../src/client/model/secrets.ts";
import type { ClientIdentity } from "../../../src/client/model/state.ts";
import { Play } from "../../support/client/play.ts";

test.each([
  ["/register hunter2", "#lobby"],
  ["  /LOGIN ann hunter2", "#lobby"],
  ["/ login ann hunter2", "#lobby"],
  ["/login ann", "#lobby"],
  ["/oper root hunter2", "#lobby"],
  ["/passwd old new", "#lobby"],
  ["/msg NickServ IDENTIFY hunter2", "#lobby"],
  ["/msg @nickserv@services.example IDENTIFY hunter2", "#lobby"],
  ["/msg Q@CServe.quakenet.org AUTH ann hunter2", "#lobby"],
  ["IDENTIFY hunter2", "nickserv"],
  ["/ns identify hunter2", "#lobby"],
  ["/NickServ IDENTIFY hunter2", "#lobby"],
  ["/chanserv login hunter2", "#lobby"],
])("%j may contain a password", (line, here) => {
  expect(isSecret(line, here)).toBe(true);
});

test.each([
  ["hello there", "#lobby"],
  ["/register", "#lobby"],
  ["/msg bob IDENTIFY hunter2", "#lobby"],
  ["/msg NickServ HELP", "#lobby"],
  ["HELP", "nickserv"],
  ["/ns help", "#lobby"],
  ["//register hunter2", "#lobby"],
])("%j contains no password", (line, here) => {
  expect(isSecret(line, here)).toBe(false);
});

const EXPOSED = "This connection is plain text, so others could read a password: it was not sent.";

function guest(secrecy: "exposed" | "tls", identity: Partial<ClientIdentity> = {}): Play {
  const play = new Play(identity);
  play.open(secrecy);
  play.server(
    ":s CAP * ACK :draft/account-registration sasl",
    ":s 001 ann :hi",
    ":s 422 ann :no motd",
    ":ann!a@h JOIN #lobby",
    ":s 366 ann #lobby :end",
  );
  return play;
}

test.each(["/register hunter2", "/register", "/login ann hunter2", "/login", "/oper root hunter2", "/oper root"])(
  "on an exposed connection %j sends nothing and asks for nothing",
  (line) => {
    expect(guest("exposed").types(line)).toEqual([`-- ${EXPOSED} --no-tls sends it anyway.`]);
  },
);

test("where there is no command line, another way out is named", () => {
  const play = guest("exposed", { privateWay: "Try https." });
  expect(play.types("/login ann hunter2")).toEqual([`-- ${EXPOSED} Try https.`]);
});

test("a password is not sent to NickServ in plain text", () => {
  const play = guest("exposed");
  expect(play.types("/msg NickServ IDENTIFY hunter2")).toEqual([`-- ${EXPOSED} --no-tls sends it anyway.`]);
  expect(play.types("/msg bob IDENTIFY hunter2")[0]).toStartWith("> PRIVMSG bob");
  expect(guest("tls").types("/msg NickServ IDENTIFY hunter2")[0]).toStartWith("> PRIVMSG NickServ");
});

test.each([{ serverPassword: "pw" }, { account: "ann", password: "hunter2" }])(
  "with %j an exposed connection only asks for the TLS port",
  (secret) => {
    const begun = () => {
      const play = new Play(secret);
      expect(play.open("exposed")).toEqual(["> CAP LS 302"]);
      return play;
    };
    expect(begun().server(":s CAP * LS :sasl")).toEqual(["no TLS"]);
    expect(begun().server(":s 421 * CAP :Unknown command")).toEqual(["no TLS"]);
    expect(begun().server(":s CAP * LS :sasl sts=port=6697")).toEqual(["go to TLS on port 6697"]);
  },
);

test.each([
  ["/logn ann hunter2", true],
  ["/registre hunter2", true],
  ["/loginhunter2", true],
  ["/quote PASS hunter2", true],
  ["/raw NickServ IDENTIFY hunter2", true],
  ["/quote PRIVMSG NickServ :IDENTIFY hunter2", true],
  ["/query NickServ IDENTIFY hunter2", true],
  ["/quote WHOIS ann", false],
  ["/logn", false],
  ["/op bob", false],
  ["/droproom dev", false],
  ["/zzz bob", false],
])("if only /op, /droproom, /quote, /raw and /query are known, %j may contain a password: %p", (line, secret) => {
  expect(isSecret(line, "#lobby", (each) => /^\/(?:op|droproom|quote|raw|query)\b/.test(each))).toBe(secret);
});

test("a nick that contains a service's name is no service", () => {
  expect([hasSecret("ann", "a b"), hasSecret("serving", "a b"), hasSecret("#nickserv", "a b")]).toEqual([
    false,
    false,
    false,
  ]);
});

test.each([
  ["/join dev sesame", "/join dev"],
  ["  /J #a,#b one,two", "  /J #a,#b"],
  ["/join dev", "/join dev"],
  ["/quote JOIN #dev sesame", "/quote JOIN #dev"],
  ["/set key sesame", "/set key"],
  ["/mode +k sesame", "/mode +k"],
  ["/mode #dev +mk sesame", "/mode #dev +mk"],
  ["/raw MODE #dev +k sesame", "/raw MODE #dev +k"],
  ["/mode +o bob", "/mode +o bob"],
  ["/set topic on", "/set topic on"],
  ["join us, key bob", "join us, key bob"],
])("%j is kept on disk as %j", (line, kept) => {
  expect(withoutRoomKey(line)).toBe(kept);
});
