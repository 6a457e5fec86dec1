/** Loaded before all tests (bunfig.toml): gives every test a time-out that load on the machine does not reach. */

import { plugin } from "bun";

/** Milliseconds that a test may take. Only a test that hangs takes so long, however busy the machine is. */
const TIME_OUT = 300_000;

/**
 * Gives every test this time-out, so that `bun test` needs no flag. bunfig.toml has no key for it, and Bun forgets a
 * default that a preload sets after the first file: so each test file sets it, in front of its own first line.
 */
plugin({
  name: "time-out",
  setup({ onLoad }) {
    onLoad({ filter: /\.test\.ts$/ }, async ({ path }) => {
      const set = `import { setDefaultTimeout as $setTimeOut } from "bun:test"; $setTimeOut(${TIME_OUT}); `;
      return { loader: "ts", contents: set + (await Bun.file(path).text()) };
    });
  },
});
