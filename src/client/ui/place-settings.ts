import { type Folded, fold } from "../../text/fold.ts";
import type { NotifyLevel } from "../commands/screen.ts";

/** The user's settings of the list of places, kept between runs. */
export interface PlaceSettings {
  /** The places in the user's order; others stand behind them. */
  readonly order: readonly Folded[];
  /** Places that are not listed until something is said there. */
  readonly hidden: ReadonlySet<Folded>;
  /** The levels that the user has set; "mentions" is the default. */
  readonly levels: ReadonlyMap<Folded, NotifyLevel>;
}

/** The meaning of each level, for the user. */
export const LEVEL_WORDS: Readonly<Record<NotifyLevel, string>> = {
  all: "Every message here notifies you.",
  mentions: "Messages here that mention you notify you.",
  none: "Nothing here notifies you, and its messages are not counted.",
};

const MOST = 400; // places of each setting that are kept
const NAME = 200; // characters of a name; longer ones are not kept

/** Settings without anything set. */
export const NO_SETTINGS: PlaceSettings = { order: [], hidden: new Set(), levels: new Map() };

/** The places in the user's order. */
export function inOrder(keys: readonly Folded[], { order }: PlaceSettings): readonly Folded[] {
  if (order.length === 0) return keys;
  const places = new Map(order.map((key, i) => [key, i]));
  return keys
    .map((key, i) => ({ key, at: places.get(key) ?? order.length + i }))
    .sort((a, b) => a.at - b.at)
    .map(({ key }) => key);
}

/** Moves a place to a number of the list that is shown (`keys`), counted from 1; beyond its end it goes last. */
export function moved(settings: PlaceSettings, keys: readonly Folded[], key: Folded, to: number): PlaceSettings {
  const others = keys.filter((each) => each !== key);
  return { ...settings, order: others.toSpliced(to - 1, 0, key).slice(0, MOST) };
}

/** Hides a place, or lists it again. */
export function withHidden(settings: PlaceSettings, key: Folded, isHidden: boolean): PlaceSettings {
  if (settings.hidden.has(key) === isHidden) return settings;
  const hidden = new Set(settings.hidden);
  if (isHidden && hidden.size < MOST) hidden.add(key);
  else hidden.delete(key);
  return { ...settings, hidden };
}

/** The messages of a place that notify. */
export function levelOf({ levels }: PlaceSettings, key: Folded): NotifyLevel {
  return levels.get(key) ?? "mentions";
}

/** Sets which messages of a place notify. */
export function withLevel(settings: PlaceSettings, key: Folded, level: NotifyLevel): PlaceSettings {
  const levels = new Map(settings.levels);
  if (level === "mentions" || levels.size >= MOST) levels.delete(key);
  else levels.set(key, level);
  return { ...settings, levels };
}

/** The settings under a room's new name. */
export function withRename({ order, hidden, levels }: PlaceSettings, from: Folded, to: Folded): PlaceSettings {
  const renamed = (key: Folded) => (key === from ? to : key);
  return {
    order: order.map(renamed),
    hidden: new Set([...hidden].map(renamed)),
    levels: new Map([...levels].map(([key, level]) => [renamed(key), level])),
  };
}

/** The settings as JSON, and back; malformed parts are left out. */
export function settingsToJson({ order, hidden, levels }: PlaceSettings): unknown {
  return { order, hidden: [...hidden], levels: Object.fromEntries(levels) };
}

export function settingsFromJson(value: unknown): PlaceSettings {
  if (typeof value !== "object" || value === null) return NO_SETTINGS;
  const { order, hidden, levels } = value as Readonly<Record<string, unknown>>;
  const pairs = typeof levels === "object" && levels !== null ? Object.entries(levels) : [];
  const known = pairs.flatMap(([name, level]): [Folded, NotifyLevel][] =>
    isName(name) && (level === "all" || level === "none") ? [[fold(name), level]] : [],
  );
  return { order: namesIn(order), hidden: new Set(namesIn(hidden)), levels: new Map(known.slice(0, MOST)) };
}

function namesIn(value: unknown): readonly Folded[] {
  return Array.isArray(value) ? value.filter(isName).map(fold).slice(0, MOST) : [];
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= NAME;
}
