import type { Observations, Sighting } from "./people.ts";

/** The result of a run: everything seen, checked against the past of each node. All but `echoed` should be 0. */
export interface Verdict {
  /** Messages whose senders got an echo. */
  readonly echoed: number;
  /** Echoed messages that a node does not have, or has at another msgid. */
  readonly lost: number;
  /** Messages that a node has more than once. */
  readonly doubled: number;
  /** Nodes whose past differs from that of the first. */
  readonly different: number;
  /** Sightings of watchers that are not in the past, or in another order. */
  readonly disordered: number;
  /** Messages that were echoed with two msgids. */
  readonly contradictions: number;
}

/** Compares what people saw with the past of every node. */
export function verdictOf(seen: Observations, pasts: readonly (readonly Sighting[])[]): Verdict {
  const { echoed } = seen;
  let [lost, doubled] = [0, 0];
  for (const past of pasts) {
    const texts = new Map<string, string>();
    for (const { msgid, text } of past) {
      if (texts.has(text)) doubled++;
      texts.set(text, msgid);
    }
    for (const { msgid, text } of echoed.values()) if (texts.get(text) !== msgid) lost++;
  }
  const first = pasts[0] ?? [];
  const places = new Map(first.map(({ msgid }, at) => [msgid, at]));
  return {
    echoed: echoed.size,
    lost,
    doubled,
    different: pasts.filter((past) => digestOf(past) !== digestOf(first)).length,
    disordered: seen.views.reduce((sum, view) => sum + disorderIn(view, places), 0),
    contradictions: seen.contradictions.length,
  };
}

/** Whether every promise was kept. */
export function isKept({ lost, doubled, different, disordered, contradictions }: Verdict): boolean {
  return lost + doubled + different + disordered + contradictions === 0;
}

function digestOf(past: readonly Sighting[]): string {
  return new Bun.CryptoHasher("sha256")
    .update(past.map(({ msgid, text }) => `${msgid} ${text}`).join("\n"))
    .digest("hex");
}

/** How many sightings are unknown to the past, or come behind a later one. */
function disorderIn(view: readonly Sighting[], places: ReadonlyMap<string, number>): number {
  let [last, count] = [-1, 0];
  for (const { msgid } of view) {
    const place = places.get(msgid);
    if (place === undefined || place <= last) count++;
    else last = place;
  }
  return count;
}
