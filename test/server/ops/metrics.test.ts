import { describe, expect, test } from "bun:test";
import {
  Counters,
  DURATIONS,
  Histogram,
  METRICS,
  Metrics,
  renderMetrics,
  type ServerSnapshot,
} from "../../../src/server/ops/metrics.ts";
import { parseMetrics } from "../../support/metrics-text.ts";

function watched(change: (metrics: Metrics) => void = () => {}, more: Partial<ServerSnapshot> = {}): ServerSnapshot {
  const metrics = new Metrics();
  change(metrics);
  return {
    version: "1.2.3",
    metrics,
    started: 1000,
    now: 3500,
    protocols: new Map([["irc", 2]]),
    members: 3,
    rooms: 1,
    unsent: { all: 10, most: 7 },
    isStoring: true,
    memory: 1 << 20,
    cluster: undefined,
    ...more,
  };
}

const CLUSTER = {
  cluster: {
    position: 70,
    version: 2,
    isDark: true,
    stored: [
      ["a", 69],
      ["b", 68],
    ],
  },
} as const;

test("a server on its own has no metrics of a cluster", () => {
  expect(renderMetrics(watched(() => {}))).not.toContain("cluster");
});

describe("the metrics as text", () => {
  const text = renderMetrics(
    watched((metrics) => {
      metrics.connections = 5;
      metrics.events.add("said", 4);
      metrics.events.add("joined");
      metrics.refusals.add("nick-taken", 2);
      metrics.logins.add("failed", 6);
      metrics.ticks.add(0.0002);
      metrics.ticks.add(2);
    }, CLUSTER),
  );
  const families = parseMetrics(text);

  test("has every metric of the table, with its type and help, once", () => {
    expect([...families.keys()]).toEqual(METRICS.map(({ name }) => name));
    for (const { name, type, help } of METRICS) expect(families.get(name)).toMatchObject({ type, help });
  });

  const rows: readonly [family: string, sample: string, value: number][] = [
    ["tcpchat_build_info", 'tcpchat_build_info{version="1.2.3"}', 1],
    ["tcpchat_uptime_seconds", "tcpchat_uptime_seconds", 2.5],
    ["tcpchat_connections", 'tcpchat_connections{face="irc"}', 2],
    ["tcpchat_connections_total", "tcpchat_connections_total", 5],
    ["tcpchat_messages_total", "tcpchat_messages_total", 4],
    ["tcpchat_events_total", 'tcpchat_events_total{type="joined"}', 1],
    ["tcpchat_refusals_total", 'tcpchat_refusals_total{reason="nick-taken"}', 2],
    ["tcpchat_logins_total", 'tcpchat_logins_total{result="ok"}', 0],
    ["tcpchat_logins_total", 'tcpchat_logins_total{result="failed"}', 6],
    ["tcpchat_queue_bytes", "tcpchat_queue_bytes", 10],
    ["tcpchat_storing", "tcpchat_storing", 1],
    ["tcpchat_cluster_dark", "tcpchat_cluster_dark", 1],
    ["tcpchat_cluster_version", "tcpchat_cluster_version", 2],
    ["tcpchat_cluster_position", "tcpchat_cluster_position", 70],
    ["tcpchat_cluster_stored_position", 'tcpchat_cluster_stored_position{node="b"}', 68],
    ["tcpchat_turn_seconds", 'tcpchat_turn_seconds_bucket{le="0.0001"}', 0],
    ["tcpchat_turn_seconds", 'tcpchat_turn_seconds_bucket{le="0.00025"}', 1],
    ["tcpchat_turn_seconds", 'tcpchat_turn_seconds_bucket{le="+Inf"}', 2],
    ["tcpchat_turn_seconds", "tcpchat_turn_seconds_count", 2],
    ["tcpchat_turn_seconds", "tcpchat_turn_seconds_sum", 2.0002],
  ];
  for (const [family, sample, value] of rows) {
    test(`${sample} is ${value}`, () => expect(families.get(family)?.samples.get(sample)).toBe(value));
  }
});

test("names follow Prometheus' rules: a counter ends in _total, a unit is the base unit", () => {
  for (const { name, type } of METRICS) {
    expect(name).toMatch(/^tcpchat_[a-z_]+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
  }
});

test("a label's value is quoted", () => {
  expect(renderMetrics(watched(() => {}, { version: '1"\\\n' }))).toContain('{version="1\\"\\\\\\n"} 1\n');
});

test("a value is counted under every bound that is not below it", () => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0, 1, 1.5, 5, 9]) histogram.add(value);
  expect(histogram.upTo()).toEqual([2, 3, 4]);
  expect([histogram.count, histogram.sum]).toEqual([5, 16.5]);
});

test("an empty histogram is all zeros", () => {
  const histogram = new Histogram();
  expect(histogram.upTo()).toEqual(DURATIONS.map(() => 0));
  expect([histogram.count, histogram.sum]).toEqual([0, 0]);
});

test("the bounds of durations rise", () => {
  expect([...DURATIONS].sort((a, b) => a - b)).toEqual([...DURATIONS]);
});

test("counts are by name, in the order in which the names came", () => {
  const counts = new Counters();
  counts.add("said");
  counts.add("joined", 2);
  counts.add("said");
  expect([...counts]).toEqual([
    ["said", 2],
    ["joined", 2],
  ]);
  expect([counts.get("said"), counts.get("left")]).toEqual([2, 0]);
});
