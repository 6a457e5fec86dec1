import { expect, test } from "bun:test";
import { AdminError, type AdminSetup, runAccount } from "../../src/server/admin.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { anAccount } from "../chat/stage.ts";

const NOON = Date.UTC(2026, 0, 5, 12);

/** The operator's commands over a store of their own, where a password's hash is the password in brackets. */
function desk(password = "sesame88"): AdminSetup & { does(line: string): Promise<string> } {
  const setup: AdminSetup = {
    store: memoryStore({ clock: () => 0, failed: () => {}, recovered: () => {} }),
    hashing: { hash: async (text) => ({ hash: `[${text}]`, scram: undefined }) },
    clock: () => NOON,
    nickLength: 8,
    passwordLength: 1,
    secret: async () => password,
  };
  const does = async (line: string) => {
    try {
      return (await runAccount(line.split(" ").filter(Boolean), setup)).join("\n");
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      return `${error.isUsage ? "usage" : "no"}: ${error.message}`;
    }
  };
  return { ...setup, does };
}

test("an account is made, listed, given another password, and removed", async () => {
  const it = desk();
  expect(await it.does("list")).toBe("");
  expect(await it.does("add Ann")).toBe("Ann is an account now.");
  expect(await it.does("list")).toBe("Ann\t2026-01-05\tpassword");
  expect(it.store.loadAccount(fold("ann"))).toEqual({
    id: expect.any(String),
    name: "Ann",
    created: NOON,
    hash: "[sesame88]",
    scram: undefined,
    fingerprints: [],
  });
  expect(await it.does("passwd ann")).toBe("Ann has a new password.");
  expect(await it.does("list ANN")).toBe("Ann\t2026-01-05\tpassword");
  expect(await it.does("remove ann")).toMatch(/^Ann is no account any more/);
  expect(await it.does("list")).toBe("");
});

test("a new password leaves certificates and the rest as they are", async () => {
  const it = desk("other");
  const record = anAccount("ann", { created: 1, hash: "x", fingerprints: ["ab"] });
  it.store.saveAccount(record);
  await it.does("passwd ann");
  expect(it.store.loadAccount(fold("ann"))).toEqual({ ...record, hash: "[other]" });
  expect(await it.does("list")).toBe("ann\t1970-01-01\tpassword\tcertificate ab");
});

test.each([
  ["", "usage: tcpchat account: what about accounts? there are add, passwd, remove, list"],
  ["ad ann", "usage: tcpchat account: there is no command ad; did you mean add?"],
  ["add", "usage: tcpchat account: whose? tcpchat account add NAME"],
  ["add a b", 'usage: tcpchat account: "b" is one argument too many'],
  ["add 1x", 'usage: tcpchat account: "1x" cannot be an account: an account is named as a nick is, such as ann'],
  ["add NickServ", 'usage: tcpchat account: "NickServ" cannot be'],
  ["add abcdefghi", 'usage: tcpchat account: "abcdefghi" cannot be'],
  ["add BOB", "no: tcpchat account: bob is an account already.\nThis would work: tcpchat account passwd bob"],
  ["passwd bbo", "no: tcpchat account: there is no account bbo; did you mean bob?"],
  ["remove zebra", "no: tcpchat account: there is no account zebra"],
  ["list zebra", "no: tcpchat account: there is no account zebra"],
])("%p is refused: %p", async (line, words) => {
  const it = desk();
  await it.does("add bob");
  expect(await it.does(line)).toStartWith(words);
});

test("a password that is too long is refused", async () => {
  const words =
    "no: tcpchat account: A password has at least 1 character and at most 1024 bytes; this one has 1025 bytes";
  expect(await desk("x".repeat(1025)).does("add ann")).toBe(words);
  expect(await desk("x".repeat(1024)).does("add ann")).toBe("ann is an account now.");
});

test("what could not be stored is no success", async () => {
  const it = desk();
  const down = { ...it, store: Object.create(it.store, { isDown: { value: true } }) as AdminSetup["store"] };
  down.store.commit = () => [];
  down.store.saveAccount = () => {};
  down.store.loadAccount = () => undefined;
  expect(runAccount(["add", "ann"], down)).rejects.toThrow("could not be stored");
});
