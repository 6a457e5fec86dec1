import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { basename, join } from "node:path";
import { version } from "../../package.json";
import { LIVE_ONLY, WRITTEN_AGAIN } from "../chat/model/event.ts";
import type { Process } from "../client/run/process.ts";
import type { ClusterNode } from "../cluster/node.ts";
import { deletingIn } from "../cluster/upkeep.ts";
import { note, publicLine } from "../plain/render.ts";
import { ConfigError, serverName } from "../server/config/kinds.ts";
import type { ClusterConfig, ServerConfig } from "../server/config/read.ts";
import { LiveConfig } from "../server/config/reload.ts";
import { serveOnce } from "../server/echo-server.ts";
import { certificateSource, readCertificate, TlsContext } from "../server/net/certificate.ts";
import { removeStaleSockets } from "../server/net/listen.ts";
import { adminHttpAddress } from "../server/ops/admin-http.ts";
import { Log } from "../server/ops/log.ts";
import { checkListen, hostAndPort, listenError, startupHints } from "../server/ops/startup.ts";
import { droppedWords, openOutput, StdoutPrinter } from "../server/ops/stdout.ts";
import { handedOver, SystemdNotifier } from "../server/ops/systemd.ts";
import { type Running, serveChat } from "../server/serve.ts";
import { type HostKey, keptHostKey, makeHostKey } from "../ssh/host-key.ts";
import { SshServer } from "../ssh/server.ts";
import { DataFolder, writeAtomically } from "../store/data-folder.ts";
import { MEMORY } from "../store/database.ts";
import { Maintenance, TrustedClock } from "../store/maintenance.ts";
import { SqliteStore } from "../store/sqlite.ts";
import type { WriterWatch } from "../store/writer.ts";
import { MOTD_LINE, PORT } from "../wire/limits.ts";
import { configFile, dataFolder, FileError, fileConfig, passwordIn, tighten } from "./files.ts";
import { checkCluster, mustBeAlone, runNode } from "./node.ts";
import { type Options, readPort, text, UsageError } from "./options.ts";
import { sshPrograms } from "./ssh.ts";

const DONE = 0;
const FAILED = 1;

/** The parts from which a server is set up. */
interface Hosting {
  readonly options: Options;
  readonly config: ServerConfig;
  readonly log: Log;
  readonly proc: Process;
  /** Print to standard output and standard error without ever waiting for a terminal; nothing else writes there. */
  readonly stdout: StdoutPrinter;
  readonly stderr: StdoutPrinter;
}

/** `tcpchat server`: runs it, and returns the exit code. */
export async function host(options: Options, proc: Process): Promise<number> {
  const config = configFrom(options, proc);
  const format = text(options, "log") === "json" ? "json" : "text";
  const log = new Log({ format, level: config.logLevel, clock: Date.now, write: (line) => stderr.print(line) });
  const stdout = new StdoutPrinter({ output: openOutput(1), dropped: (count) => note(droppedWords(count)).trimEnd() });
  const stderr = new StdoutPrinter({
    output: openOutput(2),
    dropped: (count) => log.line("lines-dropped", droppedWords(count), { count }),
  });
  try {
    return await runHosting({ options, config, log, proc, stdout, stderr });
  } finally {
    await Promise.all([stdout.end(), stderr.end()]);
  }
}

async function runHosting(hosting: Hosting): Promise<number> {
  const { options, config, log, proc, stdout } = hosting;
  const report = (error: unknown) => log.bug(error instanceof Error ? error : new Error(String(error)), undefined);
  proc.onBug(report);
  proc.onRejection(report);
  if (config.tls) readCertificate(config.tls);
  if (options.flags.has("check")) {
    const snapshots = config.cluster?.listen;
    const inUse = checkListen(snapshots === undefined ? config.listen : [...config.listen, snapshots]);
    const cluster = config.cluster && (await checkCluster(config, config.cluster, config.data ?? ""));
    if (!config.cluster && config.data !== undefined) mustBeAlone(config.data);
    if (cluster && cluster.faults.length > 0) throw new ConfigError(`[cluster]: ${cluster.faults.join("\n")}`);
    stdout.print(goodWords(configFile(options, proc.env), config));
    for (const line of [...remarks(config), ...(cluster?.remarks ?? [])]) stdout.print(line);
    const owner = config.cluster?.reusePort ? "this server, or another one that shares the port," : "this server";
    if (inUse.length > 0) stdout.print(`In use, as expected if ${owner} is already running: ${inUse.join(", ")}`);
    return DONE;
  }
  await removeStaleSockets(config.listen);
  return options.flags.has("once") ? hostOnce(hosting) : hostChat(hosting);
}

/** The first line of a successful `--check`: it names what was checked, since a service may have another file and folder. */
function goodWords(file: string | undefined, { data }: ServerConfig): string {
  const good =
    file === undefined ? "There is no configuration file, and the defaults are" : `The configuration ${file} is`;
  return `${good} good; ${data === undefined ? "nothing is kept" : `the data folder is ${data}`}.`;
}

/** Remarks of `--check` on settings that work, but that an operator may want to change. */
function remarks({ motd, web }: ServerConfig): readonly string[] {
  const long = motd.filter((line) => Buffer.byteLength(line) > MOTD_LINE).length;
  const lines = long === 1 ? "1 line is" : `${long} lines are`;
  const wrapped = `motd in [server]: ${lines} longer than the ${MOTD_LINE} bytes that fit into an IRC line, and wrapped.`;
  const unserved =
    "websocket in [web] is false: the page would have no connection, so there is none, as with page = false.";
  return [...(long > 0 ? [wrapped] : []), ...(web.page && !web.websocket ? [unserved] : [])];
}

async function hostOnce(hosting: Hosting): Promise<number> {
  const { options, config, log, stdout } = hosting;
  const setup = { reply: text(options, "reply") ?? "", print: (line: string) => stdout.print(line) };
  const failed = (error: Error, id: number | undefined) => log.bug(error, id);
  const running = tryToServe(hosting, () => serveOnce(config.listen, setup, { failed, log }));
  if (!running) return FAILED;
  const stopped = runUntilStopped(hosting, running, () => void reload(hosting, running, () => {}));
  announce(hosting, running);
  return stopped;
}

async function hostChat(hosting: Hosting): Promise<number> {
  const { config, log } = hosting;
  const folder = config.data === undefined ? undefined : new DataFolder(config.data);
  if (folder) logExposed(tighten(folder.files), log);
  try {
    return await (config.cluster ? hostNode(hosting, config.cluster, folder) : hostAlone(hosting, folder));
  } finally {
    folder?.close();
  }
}

async function hostAlone(hosting: Hosting, folder: DataFolder | undefined): Promise<number> {
  const { config } = hosting;
  if (config.data !== undefined) mustBeAlone(config.data);
  const keys = await keysOf(hosting, folder);
  // The store reports failures while the chat handles an event: the announcement waits until that is done.
  const store = storeFor(hosting, folder, (...words) => void setImmediate(() => running?.notifyAll(...words)));
  const reread = () => (running ? reload(hosting, running, reloaded) : undefined);
  const running = tryToServe(hosting, () => serve(hosting, { keys, store, reread }));
  if (!running) return FAILED;
  const maintenance = new Maintenance(store, { retention: config.retention, clock: trustedClock(store, hosting.log) });
  const reloaded = (next: ServerConfig) => {
    maintenance.retention = next.retention;
    renewCertificate(hosting, keys);
  };
  const stopped = runUntilStopped(hosting, running, reread);
  announceChat(hosting, keys, running);
  const code = await stopped;
  maintenance.stop();
  store.close();
  return code;
}

/** Runs a server of a cluster. */
async function hostNode(hosting: Hosting, cluster: ClusterConfig, folder: DataFolder | undefined): Promise<number> {
  const { config, log } = hosting;
  if (!folder || config.data === undefined)
    throw new UsageError("tcpchat server: a server of a cluster keeps its history on disk; leave out --ephemeral");
  let running: Running | undefined;
  let keys: ServerKeys | undefined;
  // A node that is started again uses the configuration that was read last.
  const live = new LiveConfig(config);
  const reloaded = (next: ServerConfig) => {
    live.take(next);
    if (keys) renewCertificate(hosting, keys);
  };
  const reread = () => running && reload(hosting, running, reloaded);
  const control = new OperatorControl(hosting, reread);
  const notifyAll: Running["notifyAll"] = (...words) => void setImmediate(() => running?.notifyAll(...words));
  const code = await runNode({
    config,
    cluster,
    folder: config.data,
    log,
    steady,
    asked: control.asked,
    joined: () => control.starting(),
    open: (msgids) => storeFor(hosting, folder, notifyAll, msgids),
    makeKeys: async () => void (await keysOf(hosting, folder)).hostKey(),
    serve: async (store, node) => {
      const isFirst = keys === undefined;
      const known = keys ?? (await keysOf(hosting, folder));
      keys = known;
      running = tryToServe(hosting, () =>
        serve({ ...hosting, config: live.config }, { keys: known, store, node, reread }),
      );
      if (!running) return undefined;
      if (isFirst) {
        control.ready();
        announceChat(hosting, known, running);
      }
      const { stop } = running;
      const shared = { isOurs: () => node.isFirst, deleting: deletingIn(node.chat) };
      const clock = trustedClock(store, log);
      const maintenance = new Maintenance(store, { retention: node.chat.rules.retention, clock, shared });
      node.chat.observe((event) => {
        if (event.type === "configured") maintenance.retention = event.rules.retention;
      });
      return {
        ...running,
        stop: (reason) => {
          maintenance.stop();
          return stop(reason);
        },
      };
    },
  });
  control.end();
  return code;
}

/** The keys by which others know the server. */
interface ServerKeys {
  readonly cloakKey: Uint8Array;
  readonly pushKey: Uint8Array;
  readonly tlsContext: TlsContext;
  readonly hostKey: () => HostKey;
}

/** The keys in the data folder, made if they are not there. */
async function keysOf({ config }: Hosting, folder: DataFolder | undefined): Promise<ServerKeys> {
  return {
    cloakKey: folder?.cloakKey ?? randomBytes(32),
    pushKey: folder?.pushKey ?? randomBytes(32),
    tlsContext: new TlsContext(await certificateSource(config, writeAtomically)),
    hostKey: hostKeySource(config.data),
  };
}

/** The parts of a server that serves the chat. */
interface ChatParts {
  readonly keys: ServerKeys;
  readonly store: SqliteStore;
  readonly node?: ClusterNode;
  /** Reads the configuration again. Returns why it was refused. */
  readonly reread: () => string | undefined;
}

function serve(hosting: Hosting, { keys, store, node, reread }: ChatParts): Running {
  const { config, log, options, proc } = hosting;
  const { hostKey, ...shared } = keys;
  const address = { host: config.name, port: PORT };
  const running = serveChat({
    ...shared,
    config,
    version,
    clock: Date.now,
    steady,
    store,
    node,
    said: publicLinePrinter(hosting),
    rehash: () => {
      const file = configFile(options, proc.env);
      return file === undefined ? undefined : { file: basename(file), refusal: reread() };
    },
    failed: (error, id) => log.bug(error, id),
    log,
    protocols: (chat) => [new SshServer({ version, hostKey, run: sshPrograms(() => address) }, chat).firstBytes],
  });
  address.port = running.port ?? PORT;
  return running;
}

function renewCertificate({ log }: Hosting, { tlsContext }: ServerKeys): void {
  if (tlsContext.renew())
    log.tell("config-changed", `The certificate is now the one with the fingerprint ${tlsContext.fingerprint}`);
}

function announceChat(hosting: Hosting, { tlsContext, hostKey }: ServerKeys, running: Running): void {
  const { config, proc } = hosting;
  const fingerprints = {
    tls: tlsContext.fingerprint,
    ssh: config.ssh.enabled ? hostKey().fingerprint : undefined,
  };
  const columns = proc.stderr.isTTY ? proc.stderr.columns : undefined;
  announce(hosting, running, startupHints({ ...config, port: running.port ?? 0, fingerprints, columns }));
}

/** The host key: kept in the data folder, if there is one. */
function hostKeySource(data: string | undefined): () => HostKey {
  let key: HostKey | undefined;
  return () => {
    key ??= data === undefined ? makeHostKey() : keptHostKey(join(data, "ssh.key"), writeAtomically);
    return key;
  };
}

function logExposed(files: readonly string[], log: Log): void {
  if (files.length === 0) return;
  const names = files.join(", ");
  log.tell("files-exposed", `Other users of this machine can read ${names}, and this user may not change that`, {
    files: names,
  });
}

/** A monotonic clock, in milliseconds. */
function steady(): number {
  return Math.floor(performance.timeOrigin + performance.now());
}

/** The clock that decides which messages are old enough to delete. */
function trustedClock({ lastTime }: SqliteStore, log: Log): TrustedClock {
  return new TrustedClock({
    clock: Date.now,
    steady,
    newest: lastTime === 0 ? Date.now() : lastTime,
    doubted: (ahead) => {
      const days = Math.floor(ahead / 86_400_000);
      const words = `The clock is ${days} ${days === 1 ? "day" : "days"} ahead of the newest message: nothing is deleted until it has run steadily for a day`;
      log.tell("clock-doubted", words, { days });
    },
  });
}

function storeFor(
  { config, log }: Hosting,
  folder: DataFolder | undefined,
  notifyAll: Running["notifyAll"],
  msgids?: string,
): SqliteStore {
  const watch: WriterWatch = {
    clock: () => performance.now(),
    failed: ({ message: reason }) => {
      // A server of a cluster ends, and its people go to another one.
      if (!config.cluster) notifyAll(LIVE_ONLY);
      notifyAll(`Why history cannot be written: ${reason}`, "operators");
      const live = config.cluster ? "" : ", and messages are live only";
      log.tell("store-failed", `History cannot be written${live}: ${reason}`, { reason });
    },
    recovered: () => {
      notifyAll(WRITTEN_AGAIN);
      log.tell("store-recovered", WRITTEN_AGAIN);
    },
    damaged: ({ message: reason }) => {
      const advice = config.cluster ? "" : "; restore a backup";
      const words = `Some of the database is damaged and cannot be read${advice}: ${reason}`;
      notifyAll(words, "operators");
      log.tell("store-damaged", words, { reason });
    },
  };
  return new SqliteStore(folder?.database ?? MEMORY, config.sync, watch, msgids);
}

/** Prints public messages, as people with nc see them. */
function publicLinePrinter({ options, stdout }: Hosting): Parameters<typeof serveChat>[0]["said"] {
  if (options.flags.has("quiet")) return () => {};
  return (event) => {
    for (const line of publicLine(event)) stdout.print(line);
  };
}

function tryToServe({ config, stderr }: Hosting, serve: () => Running): Running | undefined {
  try {
    return serve();
  } catch (error) {
    const words = listenError(error, config.listen, config.cluster?.reusePort);
    if (words === undefined) throw error;
    stderr.print(`tcpchat server: ${words}`);
    return undefined;
  }
}

function announce(
  { config, log, stdout, stderr }: Hosting,
  { port, monitor }: Running,
  hints: readonly string[] = [],
): void {
  log.tell("server-started", `The server, tcpchat ${version}, is running`, { port, version });
  stdout.print(port === undefined ? "Server is running" : `Server is running on port ${port}`);
  const address = adminHttpAddress(config.monitor)?.hostname ?? "";
  if (monitor !== undefined) stderr.print(`Metrics are at http://${hostAndPort({ address, port: monitor })}/metrics`);
  if (port !== undefined) for (const hint of hints) stderr.print(hint);
}

/** Waits until the operator stops the server, and stops it gracefully. */
async function runUntilStopped(hosting: Hosting, running: Running, reread: () => void): Promise<number> {
  const control = new OperatorControl(hosting, reread);
  control.ready();
  await control.asked;
  await running.stop("The server is stopping");
  control.end();
  return DONE;
}

/**
 * The operator's signals, and the service manager. SIGINT and SIGTERM ask the server to stop; a second one ends it at
 * once. SIGHUP reloads the configuration. If the terminal is gone, SIGHUP asks it to stop instead, because nobody could
 * do so by Ctrl-C.
 */
class OperatorControl {
  /** Resolves when the server is asked to stop. */
  readonly asked: Promise<void>;
  readonly #proc: Process;
  readonly #notifier: SystemdNotifier;

  constructor({ log, proc }: Hosting, reread: () => void) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.asked = promise;
    this.#proc = proc;
    this.#notifier = new SystemdNotifier(proc.env);
    const hasTerminal = proc.stderr.isTTY === true && canOpenTerminal();
    let isStopping = false;
    const stop = () => {
      if (isStopping) proc.exit(FAILED);
      isStopping = true;
      this.#notifier.stopping();
      log.tell("server-stopping", "The server is stopping");
      resolve();
    };
    proc.onSignal("SIGINT", stop);
    proc.onSignal("SIGTERM", stop);
    proc.onSignal("SIGHUP", () => (hasTerminal && !canOpenTerminal() ? stop() : reread()));
  }

  /** Called when the server begins to catch up with the log, which may take long. */
  starting(): void {
    this.#notifier.starting();
  }

  /** The server serves. */
  ready(): void {
    this.#notifier.ready(this.#proc.env, this.#proc.pid);
  }

  /** The server has stopped. */
  end(): void {
    this.#notifier.stop();
  }
}

/**
 * Reloads the configuration. A bad file changes nothing; a bad certificate leaves the previous one in use. Returns why it was
 * refused.
 */
function reload(
  { options, log, proc }: Hosting,
  running: Running,
  reloaded: (next: ServerConfig) => void,
): string | undefined {
  try {
    const next = configFrom(options, proc);
    running.reload(next);
    log.level = next.logLevel;
    reloaded(next);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof FileError || error instanceof UsageError)) throw error;
    log.tell("config-refused", `Refused on reload, so the previous value stays in use: ${error.message}`, {
      reason: error.message,
    });
    return error.message;
  }
}

function canOpenTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}

function configFrom(options: Options, { env, pid }: Process): ServerConfig {
  const config = fileConfig(options, env);
  if (options.flags.has("ephemeral") && options.given.has("data"))
    throw new UsageError("tcpchat server: --data and --ephemeral exclude each other; give one");
  const given = text(options, "name");
  const file = text(options, "password-file");
  const name = given === undefined ? config.name : serverName(given, "--name");
  const password = file === undefined ? config.password : passwordIn(file);
  const listen = listenFrom(options, config, handedOver(env, pid));
  const data = options.flags.has("ephemeral") ? undefined : dataFolder(options, config, env);
  const values = new Map([
    ...config.values,
    ["server.name", name] as const,
    ["server.password", password] as const,
    ["server.listen", listen] as const,
    ["storage.path", data ?? ""] as const,
  ]);
  return { ...config, name, password, listen, data, values };
}

/** The addresses to listen on: from flags, else sockets inherited from systemd, else the configuration. */
function listenFrom({ given, flags }: Options, config: ServerConfig, sockets: readonly string[]): readonly string[] {
  const port = readPort(String(flags.get("port")), "the server to listen on");
  if (!given.has("host") && !given.has("port")) return sockets.length > 0 ? sockets : config.listen;
  const address = String(flags.get("host"));
  return [`${address.includes(":") ? `[${address}]` : address}:${port}`];
}
