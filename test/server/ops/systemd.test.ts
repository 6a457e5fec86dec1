import { expect, test } from "bun:test";
import { join } from "node:path";
import { handedOver, SystemdNotifier, watchdogPeriod } from "../../../src/server/ops/systemd.ts";
import { nowhere } from "../../support/binary.ts";
import { Datagrams, isMissing } from "../../support/inherited-sockets.ts";

test.skipIf(isMissing).each([join(nowhere(), "notify"), `@tcpchat-test-${process.pid}`])(
  "%s is asked for patience, and told that the server is ready, lives, and stops",
  async (path) => {
    using manager = new Datagrams(path);
    const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "20000" };
    const notifier = new SystemdNotifier(env);
    notifier.starting();
    expect(await manager.next()).toBe("EXTEND_TIMEOUT_USEC=60000000");
    notifier.ready(env, process.pid);
    expect(await manager.next()).toBe("READY=1");
    expect(await manager.next()).toBe("WATCHDOG=1");
    expect(await manager.next()).toBe("WATCHDOG=1");
    notifier.stop();
    notifier.stopping();
    expect(await manager.next()).toBe("STOPPING=1");
  },
);

test("without a service manager, or after its end, notifications are ignored", () => {
  for (const env of [{}, { NOTIFY_SOCKET: join(nowhere(), "gone") }]) {
    const notifier = new SystemdNotifier(env);
    notifier.ready(env, process.pid);
    notifier.stop();
  }
});

test.each([
  [{ WATCHDOG_USEC: "30000000" }, 15_000],
  [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7" }, 15_000],
  [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "8" }, undefined],
  [{ WATCHDOG_USEC: "no" }, undefined],
  [{}, undefined],
])("with %o, a sign of life is due every %p ms", (env, period) => {
  expect(watchdogPeriod(env, 7)).toBe(period);
});

test.each([
  [{ LISTEN_FDS: "2", LISTEN_PID: "7" }, ["fd:3", "fd:4"]],
  [{ LISTEN_FDS: "2", LISTEN_PID: "8" }, []],
  [{ LISTEN_FDS: "two", LISTEN_PID: "7" }, []],
  [{ LISTEN_PID: "7" }, []],
  [{}, []],
])("with %o, process 7 was given %p", (env, places) => {
  expect(handedOver(env, 7)).toEqual(places);
});
