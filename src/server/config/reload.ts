import type { Log } from "../ops/log.ts";
import type { Value } from "./kinds.ts";
import type { OperatorConfig, ServerConfig } from "./read.ts";
import { type ConfigKey, KEYS, nameOf } from "./schema.ts";

/** A key that is not what it was. */
export interface Change {
  /** `limits.nick_length`. */
  readonly key: string;
  /** As the file has them; "(not shown)" for secrets. */
  readonly from: string;
  readonly to: string;
  /** It is read at the start alone: until then it stays as it is. */
  readonly isFixed: boolean;
}

/** A name that a password proves. */
type Holder = OperatorConfig;

const HIDDEN = "(not shown)";

/** The differences of a second configuration from a first one. */
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

/** The parts of the configuration that are objects of their own; each stays the same object while its content changes. */
const PARTS = ["limits", "connections", "accounts"] as const;

/** The fields of the configuration that stay as they were at the start. */
const FIXED: ReadonlySet<string> = new Set(KEYS.filter(({ fixed }) => fixed).map(({ at }) => at.split(".")[0] ?? at));

/**
 * The configuration that a server runs with: one object whose content changes, so every read from it, or from one of
 * its parts, answers the present value.
 */
export class LiveConfig {
  readonly config: ServerConfig;
  /** How often another one was taken up. */
  #taken = 0;

  constructor(config: ServerConfig) {
    const { limits, connections, accounts } = config;
    this.config = {
      ...config,
      limits: { ...limits },
      connections: { ...connections },
      accounts: { ...accounts },
    };
  }

  /** Takes up another one, but for what is fixed. Answers what it has that is not so here. */
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

  /** A value made from the configuration, such as a set of addresses; it is made again after each `take`. */
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

/** Tells what was changed, a line each; or that nothing was. */
export function tellChanges(changes: readonly Change[], log: Log): void {
  if (changes.length === 0) log.tell("config-same", "The configuration was read again, and is what it was");
  for (const { key, from, to, isFixed } of changes) {
    const how = from === HIDDEN ? `${key} has changed` : `${key} was ${from} and is ${to}`;
    if (isFixed) log.tell("config-fixed", `${how} in the file; that takes a restart`, { key, from, to });
    else log.tell("config-changed", how, { key, from, to });
  }
}

function shown(row: ConfigKey, value: Value | undefined): string {
  return JSON.stringify(value ?? row.default);
}

/** Additions, removals and changes among the holders of passwords. */
function holderChanges(what: string, before: readonly Holder[], after: readonly Holder[]): readonly Change[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  return names.flatMap((name): Change[] => {
    const [old, fresh] = [before, after].map((list) => list.find((entry) => entry.name === name));
    if (old?.password === fresh?.password) return [];
    const [from, to] = old && fresh ? [HIDDEN, HIDDEN] : [old ? "there" : "not there", fresh ? "there" : "not there"];
    return [{ key: `the ${what} ${name}`, from, to, isFixed: false }];
  });
}
