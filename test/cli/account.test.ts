import { expect, test } from "bun:test";
import { AdminError, type AdminSetup, runAccount } from "../../src/cli/account.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { anAccount } from "../chat/stage.ts";

const NOON = Date.UTC(2026, 0, 5, 12);

/** The operator's commands over a store of their own, where a password's hash is the password in brackets. */
function desk(password = "sesame88", keepsCertificates = false): AdminSetup & { does(line: string): Promise<string> } {
  const setup: AdminSetup = {
    store: memoryStore({ clock: () => 0, failed: () => {}, recovered: () => {} }),
    hashing: { hash: async (text) => ({ hash: `[${text}]`, scram: undefined }) },
    clock: () => NOON,
    nickLength: 8,
    passwordLength: 1,
    keepsCertificates,
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
  expect(await it.does("passwd ann")).toBe("Ann has a new password. All its sessions are logged out.");
  expect(await it.does("list ANN")).toBe("Ann\t2026-01-05\tpassword");
  expect(await it.does("remove ann")).toMatch(/^Ann is no account any more/);
  expect(await it.does("list")).toBe("");
});

test.each([
  [false, ["ab"], [], "Its certificate was removed; --keep-certificates would have kept it."],
  [false, ["ab", "cd"], [], "Its 2 certificates were removed; --keep-certificates would have kept them."],
  [true, ["ab"], ["ab"], "Its certificate still logs in to it."],
  [true, ["ab", "cd"], ["ab", "cd"], "Its 2 certificates still log in to it."],
])("a new password, keeping certificates %p: of %j it has %j then, and all sessions are logged out", async (...row) => {
  const [keeps, before, after, words] = row;
  const it = desk("sesame99", keeps);
  const record = anAccount("ann", { created: 1, hash: "x", fingerprints: before });
  it.store.saveAccount(record);
  expect(await it.does("passwd ann")).toBe(`ann has a new password. All its sessions are logged out. ${words}`);
  expect(it.store.account(record.id)).toEqual({ ...record, hash: "[sesame99]", fingerprints: after });
  expect(it.store.takeLogouts()).toEqual([{ account: { id: record.id, name: "ann" }, why: "password-changed" }]);
  expect(it.store.takeLogouts()).toEqual([]);
});

test("an account that is removed has its sessions logged out", async () => {
  const it = desk();
  const record = anAccount("ann");
  it.store.saveAccount(record);
  expect(await it.does("remove ANN")).toBe(
    "ann is no account any more. All its sessions are logged out, and its ranks in rooms are gone; what it said stays.",
  );
  expect(it.store.takeLogouts()).toEqual([{ account: { id: record.id, name: "ann" }, why: "account-removed" }]);
});

test("certificates are kept by passwd alone", async () => {
  expect(await desk("sesame88", true).does("remove ann")).toBe(
    "usage: tcpchat account: --keep-certificates belongs to tcpchat account passwd, and not to remove",
  );
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
