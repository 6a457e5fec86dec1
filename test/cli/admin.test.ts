import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type AdminSetup, changesIn, runAccount } from "../../src/cli/admin.ts";
import { AdminError } from "../../src/cli/options.ts";
import { DataFolder } from "../../src/store/data-folder.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { binary, nowhere, Program } from "../support/binary.ts";
import { anAccount } from "../support/chat-fixture.ts";
import { WireClient } from "../support/socket.ts";
import { play } from "../support/transcript.ts";

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the binary to its end, with this on its standard input. */
async function run(line: string, input = "", env: Readonly<Record<string, string>> = {}): Promise<Result> {
  await using program = Program.run([await binary(), ...line.split(" ")], env);
  await program.type(input);
  await program.endInput();
  const code = await program.exit();
  return { code, stdout: program.stdout, stderr: program.stderr };
}

test("accounts are created and changed beside a server, which sees it at once", async () => {
  const data = nowhere();
  await using server = await Program.server(["--data", data]);
  const added = await run(`account add ann --data ${data}`, "first-one\n");
  expect(added).toEqual({ code: 0, stdout: "ann is an account now.\n", stderr: "" });
  await play(
    server.port,
    `
    eve: irc
    eve> NICK ann
    eve< * 433 eve ann *
    eve> PRIVMSG NickServ :IDENTIFY ann first-one
    eve< *NickServ* :ann is yours; you are logged in.
    eve~ 900
    eve> QUIT
    eve~ ERROR
    eve.
    `,
  );
  expect((await run(`account passwd ann --data ${data}`, "second-one\n")).code).toBe(0);
  await play(
    server.port,
    `
    tom: nc
    tom> /login ann first-one
    tom< -- That is not the account's password, or there is no such account.
    tom> /login ann second-one
    tom~ You are logged in as ann
    tom~ You are ann now
    `,
  );
  expect((await run(`account list --data ${data}`)).stdout).toMatch(/^ann\t\d{4}-\d\d-\d\d\tpassword\n$/);
  expect((await run(`account remove ann --data ${data}`)).code).toBe(0);
  await play(
    server.port,
    `
    bob: irc
    bob> PRIVMSG NickServ :IDENTIFY ann second-one
    bob< *That is not the account's password, or there is no such account.
    `,
  );
});

test("removing an account beside a server logs its sessions out there, with the reason", async () => {
  const data = nowhere();
  await using server = await Program.server(["--data", data]);
  expect((await run(`account add ann --data ${data}`, "sesame-88\n")).code).toBe(0);
  const owner = await WireClient.open(server.port);
  owner.send("/login ann sesame-88\n");
  await owner.until(/You are ann now/);
  const removed = await run(`account remove ann --data ${data}`);
  expect(removed.stdout).toStartWith("ann is no longer an account. All its sessions are logged out");
  await owner.until(/^-- You are logged out: The account ann was removed\.$/);
  owner.close();
  expect((await run(`account list --data ${data}`)).stdout).toBe("");
});

describe("a password is read", () => {
  test("from a file, the environment, or one line of standard input", async () => {
    const data = nowhere();
    const file = join(data, "secret");
    writeFileSync(file, "sesame\nrest\n");
    expect((await run(`account add ann --data ${data} --password-file ${file}`)).code).toBe(0);
    expect((await run(`account add bob --data ${data}`, "", { TCPCHAT_PASSWORD: "sesame" })).code).toBe(0);
    const { stdout } = await run("hash-password", "sesame\n");
    expect(stdout).toMatch(/^\$argon2id\$\S+\n$/);
    expect(await Bun.password.verify("sesame", stdout.trim())).toBe(true);
  });

  test("from a terminal, without an echo", async () => {
    const decoder = new TextDecoder();
    let screen = "";
    let asked = 0;
    const child = Bun.spawn([await binary(), "hash-password"], {
      env: { PATH: process.env.PATH ?? "", HOME: nowhere(), TERM: "dumb" },
      terminal: {
        cols: 200,
        rows: 24,
        data: (terminal, bytes) => {
          screen += decoder.decode(bytes);
          const questions = screen.match(/(?:Password|Once more): /g)?.length ?? 0;
          for (; asked < questions; asked++) terminal.write("sesame\r");
        },
      },
    });
    expect(await child.exited).toBe(0);
    expect(screen).toMatch(/^Password: \r\nOnce more: \r\n\$argon2id\$\S+\r\n$/);
  });
});

test("a backup can be made while a server runs", async () => {
  const data = nowhere();
  const file = join(data, "copy.db");
  await using server = await Program.server(["--data", data]);
  await play(server.port, "ann: nc\nann> kept\nann~ kept");
  expect((await run(`backup ${file} --data ${data}`)).code).toBe(0);
  const again = await run(`backup ${file} --data ${data}`);
  expect([again.code, again.stderr]).toEqual([1, `tcpchat backup: ${file} already exists, and is not overwritten.\n`]);
});

test("an older database is upgraded, but not while a server uses it", async () => {
  const data = nowhere();
  const folder = new DataFolder(data); // a server that runs there
  using db = new Database(folder.database, { create: true });
  for (const sql of MIGRATIONS.slice(0, 7)) db.run(sql);
  db.run("PRAGMA user_version = 7");
  const version = () => db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version;
  const refused = await run(`account list --data ${data}`);
  expect([refused.code, refused.stderr, version()]).toEqual([
    1,
    `tcpchat account: The database in ${data} was written by an older tcpchat, and a server of that version uses it.\nThis would work: restart the server with this version first; it upgrades the database\n`,
    7,
  ]);
  folder.close();
  expect((await run(`account list --data ${data}`)).code).toBe(0);
  expect(version()).toBe(MIGRATIONS.length);
});

test("a backup moves a server: history, accounts and cloaks are the same elsewhere", async () => {
  const [old, next] = [nowhere(), join(nowhere(), "data")];
  const file = join(nowhere(), "chat.db");
  expect((await run(`account add ann --data ${old}`, "first\n")).code).toBe(0);
  let host = "";
  {
    await using server = await Program.server(["--data", old]);
    await play(server.port, `bob: nc\nbob> kept\nbob~ kept`);
    host = await hostAt(server.port);
    expect((await run(`backup ${file} --data ${old}`)).code).toBe(0);
    const running = await run(`restore ${file} --data ${old} --force`);
    expect([running.code, running.stderr]).toEqual([
      1,
      `tcpchat restore: The data folder ${old} is in use by another server.\n`,
    ]);
  }
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await run(`restore ${file} --data ${next}`)).stdout).toContain(`The backup ${file} is restored into ${next}`);
  const again = await run(`restore ${file} --data ${next}`);
  expect([again.code, again.stderr]).toEqual([
    1,
    expect.stringContaining(`There is already a history in ${next}, and it is not overwritten.\nThis would work: `),
  ]);
  await using server = await Program.server(["--data", next]);
  await play(
    server.port,
    `
    tom: nc
    tom> /login ann first
    tom~ You are logged in as ann
    tom~ You are ann now
    `,
  );
  expect(await hostAt(server.port)).toBe(host);
  const reader = await WireClient.open(server.port);
  reader.send("again\n");
  await reader.until(/<bob> kept/);
  reader.close();
});

/** The cloak of this machine at a server. */
async function hostAt(port: number): Promise<string> {
  const wire = await WireClient.open(port);
  wire.send("NICK who\r\nUSER w 0 * :W\r\nUSERHOST who\r\n");
  const lines = await wire.until(/ 302 /);
  wire.close();
  return lines.at(-1)?.split("@")[1] ?? "";
}

describe("files are readable by their owner alone", () => {
  test("whatever the umask, and files readable by others are fixed at the start", async () => {
    const data = nowhere();
    const before = process.umask(0);
    try {
      {
        await using _ = await Program.server(["--data", data]);
      }
      for (const file of readdirSync(data)) chmodSync(join(data, file), 0o666);
      expect(readdirSync(data)).toContain("tls.pem");
      await using server = await Program.server(["--data", data]);
      await play(server.port, `bob: nc\nbob> kept\nbob~ kept`);
      for (const file of readdirSync(data)) expect(statSync(join(data, file)).mode & 0o077, file).toBe(0);
    } finally {
      process.umask(before);
    }
  });

  test("also the client's files", async () => {
    const home = nowhere();
    const kept = [join(home, "data/tcpchat/known_servers"), join(home, "state/tcpchat/127.0.0.1/ann.outbox.json")];
    for (const file of kept) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, "");
      chmodSync(file, 0o644);
    }
    await using server = await Program.server();
    const env = { XDG_DATA_HOME: join(home, "data"), XDG_STATE_HOME: join(home, "state") };
    expect((await run(`send lobby hello --server 127.0.0.1:${server.port}`, "", env)).code).toBe(0);
    for (const file of kept) expect(statSync(file).mode & 0o777, file).toBe(0o600);
  });
});

describe("wrong use", () => {
  test.each([
    ["account", 2, /there are add, passwd, remove, list/],
    ["account lsit", 2, /did you mean list\?/],
    ["account add", 2, /tcpchat account add NAME/],
    ["account add 1x", 2, /cannot be an account/],
    ["account list", 1, /There is no database in/],
    ["account add ann --port 1", 2, /no flag --port/],
    ["account add ann", 1, /no password on standard input/],
    ["nodes", 1, /with a \[cluster\] table/],
    ["nodes a", 2, /there is no command a; there is remove/],
    ["hash-password", 1, /no password on standard input/],
    ["hash-password x", 2, /one argument too many/],
    ["backup", 2, /tcpchat backup FILE/],
    ["backup x.db", 1, /There is no database/],
    ["restore", 2, /tcpchat restore FILE/],
    ["restore none.db", 1, /There is no backup none\.db/],
    ["restore x.db --force=1", 2, /force/],
  ])("tcpchat %s exits with %d", async (line, code, words) => {
    const result = await run(line);
    expect(result.stderr).toMatch(words);
    expect(result.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
    expect(result.code).toBe(code);
    expect(result.stdout).toBe("");
  });
});

const NOON = Date.UTC(2026, 0, 5, 12);

/** The operator's commands over a store of their own, where a password's hash is the password in brackets. */
function proc(password = "sesame88", keepsCertificates = false) {
  const store = memoryStore({ clock: () => 0, failed: () => {}, recovered: () => {} });
  const setup: AdminSetup = {
    store,
    changes: changesIn(store, () => NOON),
    hashing: { hash: async (text) => ({ hash: `[${text}]`, scram: undefined }) },
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
  return { ...setup, store, does };
}

test("an account is created, listed, given another password, and removed", async () => {
  const it = proc();
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
  expect(await it.does("remove ann")).toMatch(/^Ann is no longer an account/);
  expect(await it.does("list")).toBe("");
});

test.each([
  [false, ["ab"], [], "Its certificate was removed; --keep-certificates would have kept it."],
  [false, ["ab", "cd"], [], "Its 2 certificates were removed; --keep-certificates would have kept them."],
  [true, ["ab"], ["ab"], "Its certificate still logs in to it."],
  [true, ["ab", "cd"], ["ab", "cd"], "Its 2 certificates still log in to it."],
])(
  "a new password with keepsCertificates %p: of %j the account keeps %j, and its sessions and tokens end",
  async (...row) => {
    const [keeps, before, after, words] = row;
    const it = proc("sesame99", keeps);
    const record = anAccount("ann", { created: 1, hash: "x", fingerprints: before });
    it.store.saveAccount(record);
    it.store.saveToken({ hash: "ab", kind: "login", owner: record.id, name: "page", created: 1 });
    expect(await it.does("passwd ann")).toBe(`ann has a new password. All its sessions are logged out. ${words}`);
    expect(it.store.token("ab")).toBeUndefined();
    expect(it.store.account(record.id)).toEqual({ ...record, hash: "[sesame99]", fingerprints: after });
    expect(it.store.takeLogouts()).toEqual([{ account: { id: record.id, name: "ann" }, why: "password-changed" }]);
    expect(it.store.takeLogouts()).toEqual([]);
  },
);

test("removing an account logs its sessions out", async () => {
  const it = proc();
  const record = anAccount("ann");
  it.store.saveAccount(record);
  expect(await it.does("remove ANN")).toBe(
    "ann is no longer an account. All its sessions are logged out, and its ranks in rooms are gone; its messages stay.",
  );
  expect(it.store.takeLogouts()).toEqual([{ account: { id: record.id, name: "ann" }, why: "account-removed" }]);
});

test("--keep-certificates is only for passwd", async () => {
  expect(await proc("sesame88", true).does("remove ann")).toBe(
    "usage: tcpchat account: --keep-certificates belongs to tcpchat account passwd, and not to remove",
  );
});

test.each([
  ["", "usage: tcpchat account: which command? there are add, passwd, remove, list"],
  ["ad ann", "usage: tcpchat account: there is no command ad; did you mean add?"],
  ["add", "usage: tcpchat account: which account? tcpchat account add NAME"],
  ["add a b", 'usage: tcpchat account: "b" is one argument too many'],
  ["add 1x", 'usage: tcpchat account: "1x" cannot be an account name: it must be a valid nick, such as ann'],
  ["add NickServ", 'usage: tcpchat account: "NickServ" cannot be'],
  ["add abcdefghi", 'usage: tcpchat account: "abcdefghi" cannot be'],
  ["add BOB", "no: tcpchat account: bob is an account already.\nThis would work: tcpchat account passwd bob"],
  ["passwd bbo", "no: tcpchat account: there is no account bbo; did you mean bob?"],
  ["remove zebra", "no: tcpchat account: there is no account zebra"],
  ["list zebra", "no: tcpchat account: there is no account zebra"],
])("%p is refused: %p", async (line, words) => {
  const it = proc();
  await it.does("add bob");
  expect(await it.does(line)).toStartWith(words);
});

test("a password that is too long is refused", async () => {
  const words =
    "no: tcpchat account: A password has at least 1 character and at most 1024 bytes; this one has 1025 bytes";
  expect(await proc("x".repeat(1025)).does("add ann")).toBe(words);
  expect(await proc("x".repeat(1024)).does("add ann")).toBe("ann is an account now.");
});

test("a change that cannot be stored is reported as a failure", async () => {
  const it = proc();
  const store = Object.create(it.store, { isDown: { value: true } }) as typeof it.store;
  store.commit = () => [];
  store.saveAccount = () => {};
  store.loadAccount = () => undefined;
  const down = { ...it, store, changes: changesIn(store, () => NOON) };
  expect(runAccount(["add", "ann"], down)).rejects.toThrow("could not be stored");
});
