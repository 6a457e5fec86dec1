import { expect, test } from "bun:test";
import {
  asksForHelp,
  COMMANDS,
  type CommandName,
  environmentName,
  FLAGS,
  readAddress,
  readOptions,
  readPort,
  text,
  UsageError,
  usage,
} from "../../src/cli/options.ts";

const commands = Object.keys(COMMANDS) as CommandName[];

/** Reads a command line, written with blanks. */
function read(line: string, env: Readonly<Record<string, string>> = {}) {
  const [command = "", ...argv] = line.split(" ");
  return readOptions(command as CommandName, argv, env);
}

/** The error message for a wrong command line. */
function complaint(line: string, env: Readonly<Record<string, string>> = {}): string {
  try {
    read(line, env);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "nothing";
}

test.each([
  ["server", {}, "9000", false],
  ["server", { TCPCHAT_PORT: "7000" }, "7000", true],
  ["server", { TCPCHAT_PORT: "" }, "9000", false], // set to nothing is not set
  ["server --port 8000", { TCPCHAT_PORT: "7000" }, "8000", true],
  ["server --port=8000", {}, "8000", true],
  ["server -p 8000", {}, "8000", true],
  ["server -p8000", {}, "8000", true],
  ["server --port 1 --port 2", {}, "2", true], // the last counts
] as const)("%s with %j listens on port %s", (line, env, port, isGiven) => {
  const options = read(line, env);
  expect(text(options, "port")).toBe(port);
  expect(options.given.has("port")).toBe(isGiven);
});

test.each([
  ["server", {}, false],
  ["server --once", {}, true],
  ["server", { TCPCHAT_ONCE: "1" }, true],
  ["server", { TCPCHAT_ONCE: "yes" }, true],
  ["server", { TCPCHAT_ONCE: "0" }, false],
  ["server", { TCPCHAT_ONCE: "No" }, false],
  ["server", { TCPCHAT_ONCE: "false" }, false],
  ["server", { TCPCHAT_ONCE: "off" }, false],
  ["server --once", { TCPCHAT_ONCE: "0" }, true],
] as const)("%s with %j sets --once: %p", (line, env, isOn) => {
  expect(read(line, env).flags.has("once")).toBe(isOn);
});

test.each([
  ["client", {}, ["#lobby"]],
  ["client --room a", {}, ["a"]],
  ["client --room a --room b", {}, ["a", "b"]],
  ["client", { TCPCHAT_ROOM: "a,b" }, ["a", "b"]],
  ["client --room c", { TCPCHAT_ROOM: "a,b" }, ["c"]],
] as const)("%s with %j joins %j", (line, env, rooms) => {
  expect(read(line, env).flags.get("room")).toEqual([...rooms]);
});

test("arguments beside the flags are kept", () => {
  expect(read("client --nick ann chat.example.org:7000").rest).toEqual(["chat.example.org:7000"]);
});

test("after -- nothing is a flag", () => {
  expect(read("client -- --nick").rest).toEqual(["--nick"]);
});

test.each([
  ["server --prot 1", "tcpchat server: there is no flag --prot; did you mean --port?"],
  ["server --ephemral", "tcpchat server: there is no flag --ephemral; did you mean --ephemeral?"],
  ["server --ephem", "tcpchat server: there is no flag --ephem; did you mean --ephemeral?"],
  ["client --xyzzy", "tcpchat client: there is no flag --xyzzy; see tcpchat help client"],
  ["client -x", "tcpchat client: there is no flag -x; see tcpchat help client"],
  ["server extra", 'tcpchat server: "extra" is one argument too many; see tcpchat help server'],
  ["client a b", 'tcpchat client: "b" is one argument too many; see tcpchat help client'],
  ["client a 9000", 'tcpchat client: "9000" is one argument too many; did you mean a:9000?'],
])("%j is refused: %s", (line, words) => {
  expect(complaint(line)).toBe(words);
});

test.each(["server --port", "server --once=yes", "server --port --once"])("%j is refused in one line", (line) => {
  const words = complaint(line);
  expect(words).toMatch(/^tcpchat server: [^\n]+; see tcpchat help server$/);
  expect(words).toContain(line.includes("once=") ? "--once" : "--port");
});

test("a secret wrongly given as a flag is not repeated in the error", () => {
  const words = complaint("client --password=sesame");
  expect(words).toContain("--password-file");
  expect(words).not.toContain("sesame");
});

test("the error for a flag of another command names that command", () => {
  for (const command of commands) {
    for (const flag of FLAGS.filter((row) => !FLAGS.some((r) => r.name === row.name && r.commands.includes(command)))) {
      const owners = FLAGS.filter(({ name }) => name === flag.name).flatMap((row) => row.commands);
      expect([flag.name, complaint(`${command} --${flag.name}${flag.value ? "=x" : ""}`)]).toEqual([
        flag.name,
        `tcpchat ${command}: there is no flag --${flag.name}; it belongs to ${owners.map((name) => `tcpchat ${name}`).join(" and ")}`,
      ]);
    }
  }
});

test("every flag is read from the command line and from the environment", () => {
  for (const flag of FLAGS) {
    for (const command of flag.commands) {
      const value = flag.values?.at(-1) ?? "x";
      const expected = flag.value ? (flag.multiple ? [value] : value) : true;
      const line = read(`${command} --${flag.name}${flag.value ? `=${value}` : ""}`);
      const environment = read(command, { [environmentName(flag)]: flag.value ? value : "1" });
      expect([flag.name, line.flags.get(flag.name), line.given.has(flag.name)]).toEqual([flag.name, expected, true]);
      expect([flag.name, environment.flags.get(flag.name)]).toEqual([flag.name, expected]);
    }
  }
});

test("a flag with a list of values takes no other", () => {
  expect(complaint("server --log xml")).toBe('tcpchat server: --log is one of text, json, and not "xml"');
  expect(read("server").flags.get("log")).toBe("text");
});

test("no command has two flags of one name", () => {
  for (const command of commands) {
    const names = FLAGS.filter((flag) => flag.commands.includes(command)).map((flag) => flag.name);
    expect(names).toEqual([...new Set(names)]);
  }
});

test("a flag's environment variable is its name in capitals", () => {
  expect(FLAGS.map(environmentName)).toContain("TCPCHAT_PASSWORD_FILE");
  expect(FLAGS.map(environmentName).filter((name) => !/^TCPCHAT_[A-Z_]+$/.test(name))).toEqual([]);
});

test("the usage lists every command, and a command's usage every flag with its default", () => {
  for (const command of commands) {
    expect(usage()).toContain(`tcpchat ${command}`);
    const help = usage(command).split("\n");
    for (const flag of FLAGS.filter((row) => row.commands.includes(command))) {
      const line = help.find((row) => row.trim().startsWith(`--${flag.name}${flag.value ? ` ${flag.value}` : ""} `));
      expect([flag.name, line?.includes(flag.help), line?.includes(flag.default ?? "")]).toEqual([
        flag.name,
        true,
        true,
      ]);
    }
  }
});

test("the help is beside a short usage, and below a long one", () => {
  const lines = usage().split("\n");
  for (const command of commands) {
    const { arguments: taken, help } = COMMANDS[command];
    const typed = `  tcpchat ${command} ${taken}`.trimEnd();
    const at = lines.findIndex(
      (line) => line === typed || line.startsWith(`${typed}  `) || line === `${typed} ${help}`,
    );
    expect([command, lines[at]?.indexOf(help), lines[at + 1]?.indexOf(help)]).toContain(35);
  }
});

test.each([
  ["chat.example.org", { host: "chat.example.org", port: 9000 }],
  ["chat.example.org:7000", { host: "chat.example.org", port: 7000 }],
  ["127.0.0.1:1", { host: "127.0.0.1", port: 1 }],
  ["127.0.0.1:65535", { host: "127.0.0.1", port: 65535 }],
  ["[::1]", { host: "::1", port: 9000 }],
  ["[::1]:7000", { host: "::1", port: 7000 }],
  ["::1", { host: "::1", port: 9000 }],
  ["fe80::1:2", { host: "fe80::1:2", port: 9000 }],
  ["2001:db8:0:0:0:0:0:1", { host: "2001:db8:0:0:0:0:0:1", port: 9000 }],
])("the address %s is %j", (given, address) => {
  expect(readAddress(given, 9000)).toEqual(address);
});

test.each([
  "",
  ":9000",
  "host:",
  "host:port",
  "host:0",
  "host:65536",
  "host:-1",
  "a b",
  "[::1",
  "[::1]x",
  "[]",
  "a:1:2",
])("%j is not an address", (given) => {
  expect(() => readAddress(given, 9000)).toThrow(UsageError);
});

test.each([
  ["0", 0],
  ["1", 1],
  ["9000", 9000],
  ["65535", 65535],
])("%j is port %i", (given, port) => {
  expect(readPort(given, "the test")).toBe(port);
});

test.each(["", "65536", "-1", "1.5", "0x50", "1e3", " 80", "http", "99999999999999999999"])(
  "%j is not a port",
  (given) => {
    expect(() => readPort(given, "the test")).toThrow(
      `tcpchat: "${given}" is not a port for the test: a port is a number from 0 to 65535`,
    );
  },
);

test("port 0 cannot be connected to", () => {
  expect(() => readPort("0", "the test", 1)).toThrow("from 1 to 65535");
});

test("--help and -h ask for help anywhere before --", () => {
  expect(["--help", "-h", "--port 1 -h"].map((line) => asksForHelp(line.split(" ")))).toEqual([true, true, true]);
  expect(["", "-- --help", "#room -hh"].map((line) => asksForHelp(line.split(" ")))).toEqual([false, false, false]);
});
