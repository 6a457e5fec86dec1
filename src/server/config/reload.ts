import type { Rules } from "../../chat/model/limits.ts";
import type { OtherRule } from "../../cluster/record.ts";
import { wholeLengthOf } from "../../text/time.ts";
import type { Log } from "../ops/log.ts";
import type { Value } from "./kinds.ts";
import type { OperatorConfig, ServerConfig } from "./read.ts";
import { type ConfigKey, KEYS, nameOf } from "./schema.ts";

/** A key whose value has changed. */
export interface Change {
  /** `limits.nick_length`. */
  readonly key: string;
  /** The values as written in the file; "(not shown)" for secrets. */
  readonly from: string;
  readonly to: string;
  /** The key is read only at the start: the change takes a restart. */
  readonly isFixed: boolean;
}

/** An entry with a name and a password. */
type Holder = OperatorConfig;

const HIDDEN = "(not shown)";

/** The differences between two configurations. */
export function changesBetween(before: ServerConfig, after: ServerConfig): readonly Change[] {
  const changes = KEYS.flatMap((row): Change[] => {
    const key = nameOf(row);
    const [from, to] = [shown(row, before.values.get(key)), shown(row, after.values.get(key))];
    if (from === to) return [];
    const isFixed = row.fixed ?? false;
    return [row.secret ? { key, from: HIDDEN, to: HIDDEN, isFixed } : { key, from, to, isFixed }];
  });
  const gateways = (config: ServerConfig) => config.gateways.map(({ address: name, password }) => ({ name, password }));
  return [
    ...changes,
    ...holderChanges("operator", before.operators, after.operators),
    ...holderChanges("gateway", gateways(before), gateways(after)),
  ];
}

/** The nested objects of the configuration: each stays the same object when its content changes. */
const PARTS = ["limits", "connections", "accounts", "web", "ssh"] as const;

/** The fields of the configuration that only a restart changes. */
const FIXED: ReadonlySet<string> = new Set(KEYS.filter(({ fixed }) => fixed).map(({ at }) => at.split(".")[0] ?? at));

/**
 * The configuration of a running server: one object whose content changes, so that every read from it, or from one of
 * its parts, gives the current value.
 */
export class LiveConfig {
  readonly config: ServerConfig;
  /** How often a new configuration was taken. */
  #taken = 0;

  constructor(config: ServerConfig) {
    const { limits, connections, accounts, web, ssh } = config;
    this.config = {
      ...config,
      limits: { ...limits },
      connections: { ...connections },
      accounts: { ...accounts },
      web: { ...web },
      ssh: { ...ssh },
    };
  }

  /** Takes the values of a new configuration, except the fixed ones. Returns all differences. */
  take(next: ServerConfig): readonly Change[] {
    const changes = changesBetween(this.config, next);
    const values = withFixed(this.config.values, next.values);
    for (const part of PARTS) Object.assign(this.config[part], next[part]);
    const kept = new Set<string>([...PARTS, ...FIXED]);
    const taken = Object.entries(next).filter(([field]) => !kept.has(field));
    Object.assign(this.config, Object.fromEntries(taken), { values });
    this.#taken++;
    return changes;
  }

  /** A value computed from the configuration, such as a set of addresses; computed again after each `take`. */
  derived<T>(make: (config: ServerConfig) => T): () => T {
    let made = make(this.config);
    let taken = this.#taken;
    return () => {
      if (taken !== this.#taken) {
        made = make(this.config);
        taken = this.#taken;
      }
      return made;
    };
  }
}

function withFixed(before: ServerConfig["values"], after: ServerConfig["values"]): ServerConfig["values"] {
  const values = new Map(after);
  for (const row of KEYS.filter(({ fixed }) => fixed)) {
    const value = before.get(nameOf(row));
    if (value === undefined) values.delete(nameOf(row));
    else values.set(nameOf(row), value);
  }
  return values;
}

/**
 * Logs each change, or that there is none. `rules` are those that a cluster has otherwise until now: they are set on all
 * servers.
 */
export function tellChanges(changes: readonly Change[], log: Log, rules: readonly OtherRule[] = []): void {
  const own = changes.filter(({ key }) => !rules.some((rule) => rule.key === key));
  if (own.length + rules.length === 0) log.tell("config-same", "The configuration was read again; nothing has changed");
  for (const { key, own: to, counts: from } of rules)
    log.tell("config-changed", `${key} was ${from} on all servers, and is set to ${to} on all`, { key, from, to });
  for (const { key, from, to, isFixed } of own) {
    const how = from === HIDDEN ? `${key} has changed` : `${key} was ${from} and is ${to}`;
    if (isFixed) log.tell("config-fixed", `${how} in the file; that takes a restart`, { key, from, to });
    else log.tell("config-changed", how, { key, from, to });
  }
}

/** The chat's rules in a configuration. */
export function rulesOf({ limits, registration, history, retention, userModes, hooks }: ServerConfig): Rules {
  const rules = { limits: { ...limits }, registration, showsHistory: history, retention };
  return { ...rules, userModes, outgoingHooks: hooks.outgoing };
}

/** The rules that differ between a server's configuration and the cluster. */
export function otherRules(config: ServerConfig, rules: Rules): readonly OtherRule[] {
  const sides = [rulesOf(config), rules];
  return KEYS.flatMap((row) => {
    const [own, counts] = sides.map((each) => JSON.stringify(ruleAt(each, row.at)));
    return own === undefined || counts === undefined || own === counts ? [] : [{ key: nameOf(row), own, counts }];
  });
}

/** Says that a rule in a server's file differs from the one that all servers follow; `where` that server is. */
export function otherRuleWords({ key, own, counts }: OtherRule, where: "here" | "there" = "here"): string {
  return `${key} is ${own} in the file and ${counts} on all servers, which counts; SIGHUP ${where} sets it on all to that of the file`;
}

/** The value of a key that the chat's rules hold, as in a file; `undefined` for any other key. */
function ruleAt(rules: Rules, at: string): Value | undefined {
  const { limits, registration, showsHistory, retention, userModes, outgoingHooks } = rules;
  const held: Readonly<Record<string, Value>> = {
    registration,
    history: showsHistory,
    retention: retention === undefined ? "forever" : wholeLengthOf(retention),
    userModes: [...userModes],
    "hooks.outgoing": outgoingHooks,
  };
  return held[at] ?? Object.entries(limits).find(([name]) => at === `limits.${name}`)?.[1];
}

function shown(row: ConfigKey, value: Value | undefined): string {
  return JSON.stringify(value ?? row.default);
}

/** Additions, removals and changed passwords among entries. */
function holderChanges(what: string, before: readonly Holder[], after: readonly Holder[]): readonly Change[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  return names.flatMap((name): Change[] => {
    const [old, fresh] = [before, after].map((list) => list.find((entry) => entry.name === name));
    if (old?.password === fresh?.password) return [];
    const [from, to] = old && fresh ? [HIDDEN, HIDDEN] : [old ? "there" : "not there", fresh ? "there" : "not there"];
    return [{ key: `the ${what} ${name}`, from, to, isFixed: false }];
  });
}
