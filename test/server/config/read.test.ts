import { describe, expect, test } from "bun:test";
import { ConfigError, serverName, type Value } from "../../../src/server/config/kinds.ts";
import { defaultConfig, mostConnections, readConfig } from "../../../src/server/config/read.ts";
import { type ConfigKey, KEYS } from "../../../src/server/config/schema.ts";

const FILE = "/etc/tcpchat/server.toml";

function read(toml: string) {
  return readConfig(toml, FILE);
}

/** The error of an invalid configuration. */
function complaint(toml: string): string {
  try {
    read(toml);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "nothing";
}

test("a file that says nothing is as good as none", () => {
  expect(read("")).toEqual(defaultConfig());
});

test.each([
  ['[server]\nname = "chat.example.org"', { name: "chat.example.org" }],
  ['[server]\nnetwork = "n"\ndescription = "d"', { network: "n", description: "d" }],
  ['[server]\nmotd = """\none\n\ntwo\n"""', { motd: ["one", "two"] }],
  ['[server]\nlisten = ["127.0.0.1:1", "[::]:2"]', { listen: ["127.0.0.1:1", "[::]:2"] }],
  ['[server]\nlisten = "127.0.0.1:1"', { listen: ["127.0.0.1:1"] }],
  ['[server]\npassword = "sesame"', { password: "sesame" }],
  ['[server]\nadmin = ["here", "me@example.org"]', { admin: ["here", "me@example.org"] }],
  ['[storage]\npath = "/var/lib/tcpchat"', { data: "/var/lib/tcpchat" }],
  ['[storage]\npath = "data"', { data: "/etc/tcpchat/data" }], // relative to the file
  ['[storage]\npath = "../chat"', { data: "/etc/chat" }],
  ['[storage]\npath = ""', { data: undefined }],
  ['[storage]\nsync = "full"', { sync: "full" }],
  ["[history]\nenabled = false", { history: false }],
  ['[history]\nretention = "30d"', { retention: 30 * 86_400_000 }],
  ['[history]\nretention = "forever"', { retention: undefined }],
  [
    "[accounts]\nregistration = false\nregister_before_connect = true",
    { registration: false, registerBeforeConnect: true },
  ],
  ["[limits]\nsend_queue = 5", { sendQueue: 5 }],
  ["[limits]\nsend_queues = 50", { sendQueues: 50 }],
  ["[limits]\nexempt = []", { exempt: [] }],
  ['[limits]\nexempt = "10.0.0.0/8"', { exempt: ["10.0.0.0/8"] }],
  [
    '[[operators]]\nname = "ann"\npassword = "x"\n[[operators]]\nname = "bob"\npassword = "$argon2id$y"',
    {
      operators: [
        { name: "ann", password: "x" },
        { name: "bob", password: "$argon2id$y" },
      ],
    },
  ],
] as const)("%j says %j, and the rest is as it was", (toml, said) => {
  const { values, ...config } = read(toml);
  expect({ ...config, values }).toEqual({ ...defaultConfig(), ...said, values } as ReturnType<typeof read>);
});

test.each([
  ["nick_length", "nickLength"],
  ["room_length", "roomLength"],
  ["topic_length", "topicLength"],
  ["realname_length", "realnameLength"],
  ["rooms_per_member", "roomsPerMember"],
  ["message_bytes", "messageBytes"],
  ["message_lines", "messageLines"],
  ["list_entries", "listEntries"],
  ["invitations", "invitations"],
] as const)("%s is the limit %s, and may be 0", (key, name) => {
  for (const value of [0, 7]) {
    expect(read(`[limits]\n${key} = ${value}`).limits).toEqual({ ...defaultConfig().limits, [name]: value });
  }
});

test.each([
  ['[server]\nnmae = "x.y"', `${FILE}: there is no key nmae in [server]; did you mean name?`],
  ["[limits]\nnick_lenght = 5", `${FILE}: there is no key nick_lenght in [limits]; did you mean nick_length?`],
  ["[storage]\nxyzzy = 5", `${FILE}: there is no key xyzzy in [storage]; there are path, sync`],
  ["[limit]\nnick_length = 5", `${FILE}: there is no table [limit]; did you mean [limits]?`],
  ['name = "x.y"', `${FILE}: there is no table [name];`],
  ["server = 5", `${FILE}: server is a table: write [server]`],
  ["[[server]]", `${FILE}: server is a table: write [server]`],
  ["[operators]", `${FILE}: operators are a list of tables: write [[operators]]`],
  ['[[operators]]\nnmae = "x"', `${FILE}: there is no key nmae in [[operators]]; did you mean name?`],
  ['[[operators]]\nname = "ann"', `${FILE}: each of [[operators]] has a name and a password`],
  ['[[operators]]\nname = "a b"\npassword = "x"', `${FILE}: name in [[operators]]: "a b" cannot be typed after /oper`],
  [
    '[[operators]]\nname = "ann"\npassword = "x"\n[[operators]]\nname = "ann"\npassword = "y"',
    `${FILE}: name in [[operators]]: "ann" occurs twice`,
  ],
  ["[gateways]", `${FILE}: gateways are a list of tables: write [[gateways]]`],
  ['[[gateways]]\naddress = "10.0.0.1"', `${FILE}: each of [[gateways]] has an address and a password`],
  ['[[gateways]]\npassword = "x"', `${FILE}: each of [[gateways]] has an address and a password`],
  ['[[gateways]]\nadress = "x"', `${FILE}: there is no key adress in [[gateways]]; did you mean address?`],
  [
    '[[gateways]]\naddress = "here"\npassword = "x"',
    `${FILE}: address in [[gateways]]: "here" is neither an address nor a network`,
  ],
  [
    '[server]\nproxies = ["10.0.0.1/33"]',
    `${FILE}: proxies in [server]: "10.0.0.1/33" is neither an address nor a network`,
  ],
  ['[[operators]]\nname = ""\npassword = "x"', `${FILE}: each of [[operators]] has a name and a password`],
  ["[server", `${FILE}: this is not TOML: `],
  ['[server]\nname = "localhost"', `${FILE}: name in [server]: "localhost" is no valid server name`],
  [
    '[storage]\nsync = "often"',
    `${FILE}: sync in [storage] is "often", and should be one of normal, full, such as sync = "normal"`,
  ],
  ['[history]\nretention = "30 days"', `${FILE}: retention in [history] is "30 days", and should be "forever", or`],
  [
    "[accounts]\npassword_length = 1025",
    `${FILE}: password_length in [accounts] is 1025, and no password can be that long: at most 1024`,
  ],
  ["[limits]\nnick_length = -1", `${FILE}: nick_length in [limits] is -1, and should be a whole number`],
  ["[limits]\nnick_length = 1.5", `${FILE}: nick_length in [limits] is 1.5, and should be a whole number`],
  ["[limits]\nnick_length = nan", `${FILE}: nick_length in [limits] is NaN, and should be a whole number`],
  ['[server]\nlisten = ["9000"]', `${FILE}: listen in [server]: "9000" is no address to listen on: write ADDRESS:PORT`],
  ['[limits]\nexempt = ["me"]', `${FILE}: exempt in [limits]: "me" is neither an address nor a network`],
])("of %j it is said: %s", (toml, words) => {
  expect(complaint(toml)).toStartWith(words);
});

/** A value of each kind in TOML. */
const SAMPLES: readonly (readonly [kind: string, toml: string])[] = [
  ["string", '"text"'],
  ["number", "7"],
  ["boolean", "true"],
  ["strings", '["127.0.0.1"]'],
  ["dates", "1979-05-27"],
  ["numbers", "[1]"],
];

function kindOf(value: Value): string {
  return Array.isArray(value) ? "strings" : typeof value;
}

describe("every key", () => {
  for (const row of KEYS) {
    const where = `${row.key} in [${row.table}]`;
    test(`${where} has a kind, takes no other, and says which`, () => {
      for (const [kind, sample] of SAMPLES) {
        if (kind === kindOf(row.default) || (kind === "string" && kindOf(row.default) === "strings")) continue;
        const words = complaint(`[${row.table}]\n${row.key} = ${sample}`);
        expect(words).toStartWith(`${FILE}: ${where} is `);
        expect(words).toContain(`such as ${row.key} = `);
      }
    });

    test(`${where} takes its default, written down, and is then as it was`, () => {
      const said = read(`[${row.table}]\n${row.key} = ${JSON.stringify(sampleOf(row))}`);
      expect(said).toEqual(defaultConfig());
    });
  }

  test("has words for operators who look for it", () => {
    expect(KEYS.filter((row) => row.help.trim() === "")).toEqual([]);
    const names = KEYS.map((row) => `${row.table}.${row.key}`);
    expect(names).toEqual([...new Set(names)]);
  });
});

function sampleOf(row: ConfigKey): Value {
  return row.default;
}

test.each(["chat.example.org", "a.b", "x1.local", "1.2.3.4"])("%s may be a server's name", (name) => {
  expect(serverName(name, "here")).toBe(name);
});

test.each(["localhost", ".a", "a.", "a b.c", "ä.b", "-a.b", "a.b-", `${"a".repeat(60)}.org`, "a.b\n"])(
  "%j may not be a server's name",
  (name) => {
    expect(() => serverName(name, "here")).toThrow(`here: "${name}" is no valid server name`);
  },
);

test("a server without a name takes the machine's, with a dot, so that it cannot be a nick", () => {
  expect(defaultConfig().name).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]*\.local$/);
});

test("the limit of connections follows that of descriptors; without one, there is no limit", () => {
  expect(mostConnections(() => "Max open files            1024                 4096                 files\n")).toBe(
    960,
  );
  expect(mostConnections(() => "Max open files            unlimited            unlimited            files\n")).toBe(0);
  expect(mostConnections(() => "")).toBe(0);
});

describe("a cluster", () => {
  const NAME = '[server]\nname = "chat.example.org"\n';
  const LOG = 'log = ["https://a:2379", "https://10.0.0.2:2379", "https://c:2379"]\n';
  const TLS = 'tls = { ca = "ca.pem", cert = "node.pem", key = "/etc/node.key" }\n';

  test("is read with its paths, the servers of etcd on this machine first", () => {
    const tls = { ca: "/etc/tcpchat/ca.pem", cert: "/etc/tcpchat/node.pem", key: "/etc/node.key" };
    const read = (node: string, listen: string) =>
      readConfig(`${NAME}[cluster]\nnode = "${node}"\nlisten = "${listen}"\n${LOG}${TLS}`, FILE).cluster;
    const others = ["https://a:2379", "https://c:2379"];
    expect(read("b", "10.0.0.2:9001")).toEqual({
      node: "b",
      log: ["https://10.0.0.2:2379", ...others],
      tls,
      listen: "10.0.0.2:9001",
      reusePort: false,
    });
    expect(read("c", "10.0.0.9:9001")?.log[0]).toBe("https://c:2379");
  });

  test("may do without certificates where nothing leaves the machine", () => {
    const { cluster } = read(`${NAME}[cluster]\nnode = "a"\nlog = "http://127.0.0.1:2379"`);
    expect(cluster).toEqual({
      node: "a",
      log: ["http://127.0.0.1:2379"],
      tls: undefined,
      listen: undefined,
      reusePort: false,
    });
  });

  test.each([
    [`[cluster]\n${LOG}`, '[cluster] needs the name of this server: write node = "a"'],
    ["[cluster]\nreuse_port = true", '[cluster] needs the name of this server: write node = "a"'],
    ['[cluster]\nnode = "a.b"', 'node in [cluster] is "a.b", and has letters, digits and "-" only'],
    ['[cluster]\nnode = "a"', "[cluster] needs the servers of etcd: write log ="],
    ['[cluster]\nlog = "a:2379"', 'log in [cluster] has "a:2379": write an address of etcd, such as https://a:2379'],
    [`[cluster]\nnode = "a"\n${LOG}${TLS}`, "a cluster needs name in [server], the same on every server"],
    [`${NAME}[cluster]\nnode = "a"\n${LOG}${TLS}`, "[cluster] needs an address for the other servers: write listen ="],
    [`${NAME}[cluster]\nnode = "a"\n${LOG}`, "tls in [cluster] lacks ca, cert, key: without certificates, everyone"],
    [`${NAME}[cluster]\nnode = "a"\nlog = "http://b:2379"`, "tls in [cluster] lacks ca, cert, key"],
    [`${NAME}[cluster]\nnode = "a"\n${LOG}tls = { ca = "ca.pem" }`, "tls in [cluster] lacks cert, key"],
    [
      `[cluster]\ntls = { chain = "ca.pem" }`,
      'tls in [cluster] is {"chain":"ca.pem"}, and should be a table of ca, cert, key',
    ],
    ['[cluster]\nlisten = "0.0.0.0:9001"', 'listen in [cluster] is "0.0.0.0:9001", and should be an address of this'],
    ['[cluster]\nlisten = "[::]:9001"', 'listen in [cluster] is "[::]:9001", and should be an address of this server'],
    [
      '[cluster]\nlisten = "10.0.0.1:0"',
      'listen in [cluster] is "10.0.0.1:0", and should be an address of this server',
    ],
    [
      '[cluster]\nlisten = "unix:/run/x"',
      'listen in [cluster] is "unix:/run/x", and should be an address of this server',
    ],
    [
      `${NAME}[cluster]\nnode = "a"\nlisten = "10.0.0.1:1"\nlog = "http://127.0.0.1:2379"\n${TLS}`,
      "log in [cluster] has http://127.0.0.1:2379, and with tls every address begins with https",
    ],
  ])("%j is refused", (toml, words) => {
    expect(complaint(toml)).toStartWith(`${FILE}: ${words}`);
  });
});
