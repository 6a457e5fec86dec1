import { createHmac } from "node:crypto";
import { hostname } from "node:os";
import { Accounts, type AccountWatch, type Hashing } from "../chat/accounts.ts";
import { Chat, isPublic } from "../chat/chat.ts";
import { type ChatEvent, type EventOf, mustBeStored } from "../chat/model/event.ts";
import { type Asker, SESSIONS } from "../chat/model/session.ts";
import type { Store } from "../chat/store.ts";
import { accountWords } from "../chat/words/accounts.ts";
import type { ClusterNode } from "../cluster/node.ts";
import { Whowas } from "../irc/commands/people.ts";
import { COMMANDS } from "../irc/commands/table.ts";
import { RenderCache } from "../irc/render/render.ts";
import { type IrcServer, sendNewcomerMetadata } from "../irc/server.ts";
import { IrcSession } from "../irc/session/session.ts";
import { offersOf, supportTokens, tellOffers, tellSupport, Welcome } from "../irc/welcome.ts";
import { type PlainServer, PlainSession } from "../plain/session.ts";
import { WebAccess } from "../web/access.ts";
import { PAGE_FILES } from "../web/bundle.ts";
import { type HttpRequest, HttpSession, type Route, type WebServer } from "../web/http.ts";
import { closing } from "../wire/closing.ts";
import { PORT } from "../wire/limits.ts";
import type { Peer, Protocol } from "../wire/protocol.ts";
import { ConfigError } from "./config/kinds.ts";
import { isPageServed, type OperatorConfig, type ServerConfig } from "./config/read.ts";
import { LiveConfig, otherRules, otherRuleWords, rulesOf, tellChanges } from "./config/reload.ts";
import { IncomingHooks } from "./hooks/incoming.ts";
import { OutgoingHooks } from "./hooks/outgoing.ts";
import { AddressBanList, AddressBans } from "./limits/address-bans.ts";
import { FailedLogins, type OperatorCheck, operatorCheck, operatorsLost } from "./limits/logins.ts";
import type { TlsContext } from "./net/certificate.ts";
import { ForeignProtocol } from "./net/first-line.ts";
import { accept, acceptCarried, badListenAddress, type Listener, listenAddressOf, openListener } from "./net/listen.ts";
import { addressSet, blockOf } from "./net/networks.ts";
import { type FirstBytes, HTTP } from "./net/protocol-detector.ts";
import { Relays } from "./net/relays.ts";
import type { Transport } from "./net/transport.ts";
import { type AdminHttp, look, openAdminHttp } from "./ops/admin-http.ts";
import { AuditLog } from "./ops/audit-log.ts";
import type { Log } from "./ops/log.ts";
import { webAddress } from "./ops/startup.ts";
import { yieldThreads } from "./ops/threads.ts";
import { type Destinations, type PostSetup, resolveHost, urlFault } from "./outbound/post.ts";
import { arePushKeys, PushService, VapidKey } from "./outbound/web-push.ts";
import { LINK_CODES, newAccountId, PasswordHashing, TOKENS } from "./password-hashing.ts";
import type { Connection } from "./peer/connection.ts";
import { ConnectionRegistry } from "./peer/connection-registry.ts";

const ENFORCED = 1000; // ms between two checks for accounts that another program has logged out

/** The arguments of `serveChat`. */
export interface ServeSetup {
  readonly config: ServerConfig;
  readonly version: string;
  /** Wall clock: milliseconds since 1970; may be set forward and back. */
  readonly clock: () => number;
  /** Monotonic clock, equal to `clock` at the start; durations are measured by it. */
  readonly steady: () => number;
  readonly store: Store;
  /** The node of a cluster whose chat this server serves; it is ready. Without it, the server is on its own. */
  readonly node?: ClusterNode | undefined;
  /** 32 secret bytes, the key of the cloaks. */
  readonly cloakKey: Uint8Array;
  /** 32 secret bytes, the private key of Web Push. */
  readonly pushKey: Uint8Array;
  /** Finds the addresses of hosts that the server posts to, and checks their certificates; by default, as the system does. */
  readonly network?: Pick<PostSetup, "resolve" | "authority"> | undefined;
  /** Reads the configuration again for REHASH, as `IrcServer.rehash` does; by default, there is no file. */
  readonly rehash?: IrcServer["rehash"];
  /** Waits before a post of a webhook is repeated; by default, with `setTimeout`. */
  readonly after?: (wait: number, call: () => void) => () => void;
  /** Called with each public message, after it is stored (or at once if messages are live only). */
  readonly said: (event: EventOf<"said">) => void;
  /** Called with an unexpected exception and the id of the connection that it has cost. */
  readonly failed: (error: Error, id: number | undefined) => void;
  /** The operator's log. */
  readonly log?: Log;
  /** Without it, no TLS is offered. */
  readonly tlsContext?: TlsContext | undefined;
  /** Makes the protocols that are detected by their first bytes, besides TLS and HTTP. */
  readonly protocols?: (host: ProtocolHost) => readonly FirstBytes[];
}

/** The running server, as a protocol that carries sessions uses it. */
export interface ProtocolHost {
  readonly config: ServerConfig;
  /** Opens an IRC session over a transport, within a connection that has been accepted. */
  accept(carrier: Connection, transport: Transport): void;
  /** Checks a password of an account. Returns the refusal; `undefined` if the password is right. */
  login(name: string, password: string, asker: Asker): Promise<LoginRefusal | undefined>;
  /** Whether there is an account of this name. */
  hasAccount(name: string): boolean;
  /** The name of the account that the key with this fingerprint logs in to. */
  holderOf(fingerprint: string): string | undefined;
  /** Reports an unexpected exception and the id of the connection that it has cost. */
  failed(error: Error, id: number | undefined): void;
}

/** Why a login is refused. */
export interface LoginRefusal {
  readonly words: string;
  /** No password is checked for some time. */
  readonly isFinal: boolean;
}

/** A running server. */
export interface Running {
  /** The port of the first `listen` entry that has one. */
  readonly port: number | undefined;
  /** The port of the admin page, if there is one. */
  readonly monitor: number | undefined;
  /**
   * Accepts or refuses a peer over a transport that is no socket of `listen`. The bytes passed to the transport's
   * `write` are lent: it has to copy what it keeps.
   */
  accept(transport: Transport): void;
  /** Stops accepting, says goodbye to everyone, waits until all are gone (5 s at most). Does not close the store. */
  stop(reason: string): Promise<void>;
  /** Sends a server notice to everyone or to the server's operators. */
  notifyAll(text: string, to?: "everyone" | "operators"): void;
  /** Applies a new configuration, except fixed keys, and logs the changes. No connection is dropped. */
  reload(next: ServerConfig): void;
}

/** Runs the chat on every entry of `listen`. Throws `ConfigError`, or what listening throws. */
export function serveChat(given: ServeSetup): Running {
  yieldThreads();
  const { clock, steady, store, cloakKey, node } = given;
  const live = new LiveConfig(given.config);
  const { config } = live;
  const setup = { ...given, config };
  const auditLog = new AuditLog(setup.log);
  const chat =
    node?.chat ??
    new Chat({
      store,
      rules: rulesOf(config),
      clock,
      steady,
      steppedBack: (by) => auditLog.clockSetBack(by),
    });
  /** Whether this server, and not another node, logs an event and sends it on. */
  const isOurs = ({ origin }: Pick<ChatEvent, "origin">) => !node || origin === undefined || node.has(origin);
  const observeOurs = (observer: (event: ChatEvent) => void) =>
    chat.observe((event) => isOurs(event) && observer(event));
  const noteOtherRules = () => {
    if (!node) return;
    node.order.otherRules = otherRules(config, chat.rules);
    for (const rule of node.order.otherRules) setup.log?.tell("config-other", otherRuleWords(rule), { ...rule });
  };
  noteOtherRules();
  const talk = new PublicTalk(chat, setup.said);
  observeOurs((event) => auditLog.happened(event));
  chat.observeRefusals((refusal, origin) => isOurs({ origin }) && auditLog.refused(refusal));
  const hashing = new PasswordHashing();
  const failedLogins = new FailedLogins();
  const accounts = accountsOf(setup, chat, hashing, { auditLog, failedLogins });
  const check = live.derived(({ operators }) => operatorCheck(operators, hashing, steady));
  const isOperator = watched(
    async (name, password, asker) => {
      const entry = operatorNamed(config, name);
      // The configuration may have been reloaded meanwhile.
      return (await check()(name, password, asker)) && operatorNamed(config, name)?.password === entry?.password;
    },
    { auditLog, failedLogins },
  );
  const bans = new AddressBanList(chat.bans, steady);
  const connections = () => registry.connections;
  const addresses = new AddressBans({
    bans,
    chat,
    connections,
    peerOf: (session) => auditLog.peerOf(session),
  });
  chat.observe((event) => addresses.observe(event, isOurs(event)));
  const pages = () =>
    config.web.url ||
    webAddress({
      name: config.name,
      listen: config.listen,
      port: listeners.port ?? PORT,
      isTrusted: isTrusted(setup),
    });
  const network = { resolve: resolveHost, ...setup.network };
  const hookTargets = live.derived((config) => destinationsOf(config, config.hooks.allow, setup.tlsContext, true));
  const pushTargets = live.derived((config) => destinationsOf(config, config.pushAllow, setup.tlsContext, false));
  const outgoing = new OutgoingHooks({
    chat,
    post: () => ({ ...network, to: hookTargets() }),
    after: setup.after ?? afterTimeout,
    count: (result) => auditLog.metrics.hookPosts.add(result),
  });
  observeOurs((event) => outgoing.observe(event));
  const shared = { chat, accounts, isOperator, addresses, outgoing, webAddress: pages };
  const vapid = config.pushEnabled ? new VapidKey(setup.pushKey) : undefined;
  const irc = ircServer(setup, shared, {
    undecided: () => registry.undecided.size,
    port: () => listeners.port,
    refused: (reason) => auditLog.metrics.refusals.add(reason),
    push: vapid && {
      vapid: vapid.publicKey,
      isEndpoint: (text) => urlFault(text, pushTargets()) === undefined,
      areKeys: arePushKeys,
    },
  });
  chat.observe((event) => irc.whowas.observe(event));
  chat.observe((event) => sendNewcomerMetadata(irc, event));
  const plain = plainServer(setup, shared);
  const exempt = live.derived((config) => addressSet(config.exempt));
  const relays = live.derived(({ proxies, gateways }) => new Relays(proxies, gateways));
  const hooks = new IncomingHooks({ chat, tokens: TOKENS, limits: () => config.hooks, steady });
  const web = webServer(live, relays, {
    steady,
    tlsContext: setup.tlsContext,
    isHealthy: () => !store.isDown && !node?.isDark,
    hook: hooks.route,
  });
  const failed = (error: Error, id: number | undefined) => {
    auditLog.metrics.bugs++;
    setup.failed(error, id);
  };
  const host: ProtocolHost = {
    config,
    accept: (carrier, transport) => acceptCarried(registry, carrier, transport),
    login: async (name, password, asker) => {
      const outcome = await accounts.login(name, password, asker);
      if (!("refusal" in outcome)) return undefined;
      return { words: accountWords(outcome.refusal), isFinal: outcome.refusal.why === "too-many-tries" };
    },
    hasAccount: (name) => accounts.find(name) !== undefined,
    holderOf: (fingerprint) => accounts.withFingerprint(fingerprint, "")?.name,
    failed,
  };
  const registry: ConnectionRegistry = new ConnectionRegistry({
    clock: steady,
    cloakKey,
    firstId: (node?.ordinal ?? 0) * SESSIONS,
    sendQueue: () => config.sendQueue,
    sendQueues: () => config.sendQueues,
    isExempt: (address) => exempt()(address),
    relays,
    limits: config.connections,
    commit: () => {
      const isStored = talk.committed(auditLog.commit(() => (node ?? chat).commit()));
      push?.committed(isStored);
      hooks.committed(isStored);
      outgoing.committed(isStored);
      return isStored;
    },
    banOn: (address) => bans.find(address),
    housekeeping: () => {
      chat.housekeep();
      yieldThreads();
    },
    trimMemory: () => store.trimMemory(),
    failed,
    auditLog,
    tlsContext: setup.tlsContext,
    detectable: [...(setup.protocols?.(host) ?? []), HTTP],
    protocols: {
      person: (peer) => (node?.isDark ? notLetIn(peer, "-- ") : auditLog.attach(peer, new PlainSession(peer, plain))),
      client: (peer) => (node?.isDark ? notLetIn(peer, "ERROR :") : auditLog.attach(peer, new IrcSession(peer, irc))),
      browser: (connection) => new HttpSession(connection, web),
      foreign: (peer, words) => new ForeignProtocol(peer, `${words}\r\n`),
    },
  });
  const push =
    vapid &&
    new PushService({
      chat,
      store,
      vapid,
      name: irc.name,
      post: () => ({ ...network, to: pushTargets() }),
      count: (result) => auditLog.metrics.pushes.add(result),
      contact: () => config.pushContact || `https://${irc.name}`,
      clock,
      ended: (account, endpoint) => {
        registry.tick.begin();
        chat.administer({ type: "end-push", account, endpoint });
      },
    });
  if (push) observeOurs((event) => push.observe(event));
  const observed = {
    registry,
    chat,
    store,
    metrics: auditLog.metrics,
    version: setup.version,
    clock,
    started: irc.started,
    node,
  };
  node?.serve({
    beginTick: () => registry.tick.begin(),
    failed: (error, session) => {
      failed(error instanceof Error ? error : new Error(String(error)), session?.id);
      const connection = session && registry.find(session.id);
      if (connection) registry.guard(connection, () => connection.farewell(closing("bug")));
    },
    sendAway: () => registry.sendAway(closing("no-majority")),
  });
  const watch = () => (config.monitor === "" ? undefined : openAdminHttp(config.monitor, () => look(observed)));
  const listeners = openListeners(registry, config.listen, watch, config.cluster?.reusePort);
  // Another program, such as `tcpchat account`, may have removed an account. A check reads one row by its key.
  const enforcing = setInterval(() => {
    registry.tick.begin();
    chat.enforceLogouts();
    chat.saveDepartures();
  }, ENFORCED);
  let told = { support: supportTokens(irc), offers: offersOf(irc) };
  const tellConfiguration = () => {
    irc.welcome.forget();
    tellSupport(irc, told.support);
    tellOffers(irc, told.offers);
    told = { support: supportTokens(irc), offers: offersOf(irc) };
  };
  // In a cluster, the rules come back later, and those of another node too.
  chat.observe((event) => {
    if (event.type !== "configured") return;
    tellConfiguration();
    noteOtherRules();
  });
  const reload = (next: ServerConfig) => {
    const { operators } = config;
    const changes = live.take(next);
    if (setup.log) tellChanges(changes, setup.log, node ? otherRules(config, chat.rules) : []);
    const { gone, rekeyed } = operatorsLost(operators, config.operators);
    chat.administer({ type: "configure", rules: rulesOf(config) });
    chat.administer({ type: "disempower", names: gone, why: "operator-removed" });
    chat.administer({ type: "disempower", names: rekeyed, why: "operator-password" });
    tellConfiguration();
  };
  const stop = async (reason: string) => {
    clearInterval(enforcing);
    push?.stop();
    outgoing.stop();
    await listeners.stop(reason);
    await node?.leave();
    (node ?? chat).close();
  };
  return { ...listeners, stop, notifyAll: (text, to) => chat.notifyAll(text, to), reload };
}

/** Opens a listener for every entry of `listen`, all of them or none. Throws `ConfigError`, or what listening throws. */
export function openListeners(
  registry: ConnectionRegistry,
  listen: readonly string[],
  watch: () => AdminHttp | undefined = () => undefined,
  reusePort = false,
): Omit<Running, "notifyAll" | "reload"> {
  const listeners: Listener[] = [];
  let monitor: AdminHttp | undefined;
  try {
    monitor = watch();
    for (const entry of listen) {
      const place = listenAddressOf(entry);
      if (!place) throw new ConfigError(badListenAddress(entry));
      listeners.push(openListener(place, registry, reusePort));
    }
  } catch (error) {
    for (const listener of listeners) listener.close();
    monitor?.close();
    registry.close();
    throw error;
  }
  return {
    port: listeners.find((listener) => listener.port !== undefined)?.port,
    monitor: monitor?.port,
    accept: (transport) => void accept(registry, transport),
    stop: async (reason) => {
      for (const listener of listeners) listener.close();
      await registry.empty(closing("server-stopped", reason));
      monitor?.close();
    },
  };
}

/** The observers of login attempts. */
interface Watchers {
  readonly auditLog: AuditLog;
  readonly failedLogins: FailedLogins;
}

function accountsOf(
  { config, store, steady }: ServeSetup,
  chat: Chat,
  hashing: Hashing,
  { auditLog, failedLogins }: Watchers,
): Accounts {
  const watch: AccountWatch = (what, name, asker, refusal) => {
    auditLog.tried(what, name, asker, refusal);
    if (refusal?.why === "credentials-wrong" || refusal?.why === "too-many-tries") failedLogins.wrong(asker);
  };
  return new Accounts({
    store,
    chat,
    config,
    hashing,
    newId: newAccountId,
    tokens: TOKENS,
    codes: LINK_CODES,
    steady,
    blockOf,
    watch,
  });
}

function operatorNamed({ operators }: ServerConfig, name: string): OperatorConfig | undefined {
  return operators.find((entry) => entry.name === name);
}

/** Wraps an operator check so that its observers see the result. */
function watched(check: OperatorCheck, { auditLog, failedLogins }: Watchers): IrcServer["isOperator"] {
  return async (name, password, peer) => {
    const isRight = await check(name, password, peer);
    auditLog.askedToOperate(name, peer, isRight);
    if (!isRight) failedLogins.wrong(peer);
    return isRight;
  };
}

/** The server as IRC and plain sessions share it. */
type Shared = Pick<
  IrcServer & PlainServer,
  "chat" | "accounts" | "isOperator" | "addresses" | "outgoing" | "webAddress"
>;

function ircServer(
  { config, version, clock, steady, tlsContext, cloakKey, rehash = () => undefined }: ServeSetup,
  shared: Shared,
  { port, ...counted }: Pick<IrcServer, "undecided" | "refused" | "push"> & { readonly port: () => number | undefined },
): IrcServer {
  return {
    ...shared,
    config,
    name: config.name,
    version,
    started: clock(),
    clock,
    steady,
    renderCache: new RenderCache(config.name),
    scramSecret: createHmac("sha256", cloakKey).update("SCRAM").digest(),
    whowas: new Whowas(),
    welcome: new Welcome(),
    ...counted,
    rehash,
    commands: COMMANDS,
    counts: { unknown: 0, most: 0, commands: new Map() },
    sts: () => {
      const at = port();
      return isTrusted({ config, tlsContext }) && at !== undefined ? { port: at, seconds: config.sts } : undefined;
    },
  };
}

/** Whether browsers and clients accept the certificate without being told to. */
function isTrusted({ config, tlsContext }: Pick<ServeSetup, "config" | "tlsContext">): boolean {
  return config.tls !== undefined && tlsContext !== undefined && !tlsContext.isSelfSigned;
}

function plainServer({ config, clock, steady }: ServeSetup, shared: Shared): PlainServer {
  return { ...shared, config, name: config.name, clock, steady };
}

/** The names of this server: those of the machine, of the configuration and of the certificate. */
function namesOf({ name, web }: ServerConfig, tlsContext: TlsContext | undefined): readonly string[] {
  const machine = hostname();
  const [short = machine] = machine.split(".");
  return [name, machine, short, `${short}.local`, ...web.names, ...(tlsContext?.names ?? [])];
}

/**
 * Where the server may post to. Notifications go to push services on the internet; webhooks also to other ports, and where it is
 * allowed to the local network.
 */
function destinationsOf(
  config: ServerConfig,
  allowed: readonly string[],
  tlsContext: TlsContext | undefined,
  isHook: boolean,
): Destinations {
  const names = new Set(namesOf(config, tlsContext).map((name) => name.toLowerCase()));
  const page = config.web.url === "" ? undefined : new URL(config.web.url).hostname;
  return {
    isAllowed: addressSet(allowed),
    allowsSome: allowed.length > 0,
    isOwnName: (host) => names.has(host) || host === page,
    isLocal: isHook,
    anyPort: isHook,
  };
}

function afterTimeout(wait: number, call: () => void): () => void {
  const timer = setTimeout(call, wait);
  return () => clearTimeout(timer);
}

function webServer(
  live: LiveConfig,
  relays: () => Relays,
  {
    steady,
    tlsContext,
    isHealthy,
    hook,
  }: Pick<ServeSetup, "steady" | "tlsContext"> & { readonly isHealthy: () => boolean; readonly hook: Route },
): WebServer {
  const { config } = live;
  const hasPage = () => isPageServed(config.web);
  const health: Route = {
    path: "/healthz",
    isForAnyone: true, // a balancer asks by an address
    answer: () => (isHealthy() ? { status: 200, body: "ok\n" } : { status: 503, body: "unavailable\n" }),
  };
  const answerFile = async ({ head }: HttpRequest) => (await import("../web/assets.ts")).answerFile(head);
  const page = [...PAGE_FILES.map(({ path }) => path), INVITATION_PATH].map((path) => ({ path, answer: answerFile }));
  return {
    clock: steady,
    access: live.derived((config) => new WebAccess(namesOf(config, tlsContext), config.web.origins)),
    isProxy: (address) => relays().isProxy(address),
    hasWebSocket: () => config.web.websocket,
    hasPage,
    routes: () => [health, ...(hasPage() ? page : []), ...(config.hooks.incoming ? [hook] : [])],
  };
}

/** The path of invitation links, which open the page; the token follows. */
const INVITATION_PATH = "/j/";

/** Tells a newcomer that this server cannot reach the others of its cluster, and closes. */
function notLetIn(peer: Peer, mark: string): Protocol {
  const reason = closing("no-majority");
  return new ForeignProtocol(peer, `${mark}${reason.words}\r\n`, reason);
}

/** Collects the public messages of a tick, and passes on those that were stored once the tick is committed. */
class PublicTalk {
  readonly #said: (event: EventOf<"said">) => void;
  #waiting: EventOf<"said">[] = [];

  constructor(chat: Chat, said: (event: EventOf<"said">) => void) {
    this.#said = said;
    chat.observe((event) => {
      if (isPublic(chat, event)) this.#waiting.push(event);
    });
  }

  /** Passes the messages on, if the tick's commit has succeeded. Returns `isStored`. */
  committed(isStored: boolean): boolean {
    if (this.#waiting.length === 0) return isStored;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) if (isStored || !mustBeStored(event)) this.#said(event);
    return isStored;
  }
}
