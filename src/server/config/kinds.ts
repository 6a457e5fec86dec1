/** A value as the file has it. */
export type Value = string | number | boolean | readonly string[];

/** A type of value: its name, its check, and the form in which the server works with it. */
export interface Kind<V extends Value, T = V> {
  /** "a whole number". */
  readonly words: string;
  /** The only values that there are. */
  readonly values?: readonly string[];
  /** The value as one of this type; `undefined` if it is none. */
  readonly fit: (given: unknown) => V | undefined;
  /** Turns a value into the form the server works with. Throws `ConfigError`. `file` is for its words, and for relative paths. */
  readonly read: (value: V, file: string) => T;
}

export const TEXT: Kind<string> = {
  words: "a string",
  fit: (given) => (typeof given === "string" ? given : undefined),
  read: asItIs,
};

export const COUNT: Kind<number> = {
  words: "a whole number",
  fit: (given) => (typeof given === "number" && Number.isSafeInteger(given) && given >= 0 ? given : undefined),
  read: asItIs,
};

export const FLAG: Kind<boolean> = {
  words: "true or false",
  fit: (given) => (typeof given === "boolean" ? given : undefined),
  read: asItIs,
};

/** One string alone is a list of one. */
export const LIST: Kind<readonly string[]> = {
  words: "a list of strings",
  fit: (given) => {
    const items: unknown = typeof given === "string" ? [given] : given;
    return Array.isArray(items) && items.every((item) => typeof item === "string") ? items : undefined;
  },
  read: asItIs,
};

/** One of a few words. */
export function oneOf<const V extends string>(...values: readonly V[]): Kind<V> {
  return {
    words: `one of ${values.join(", ")}`,
    values,
    fit: (given) => values.find((value) => value === given),
    read: asItIs,
  };
}

/** The same type with a further check, or another form. */
export function then<V extends Value, T>(kind: Kind<V>, read: Kind<V, T>["read"]): Kind<V, T> {
  return { ...kind, read };
}

function asItIs<V>(value: V): V {
  return value;
}
