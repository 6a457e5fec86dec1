/**
 * All attacks at once on a server of this machine, for as long as standard input is open: `bun bench/attack/attacker.ts PORT
 * FORCE`, the latter as JSON. Once a second it prints what each attack has done, as JSON, on a line.
 */
import type { Force } from "./attack.ts";
import { AttackBase } from "./attacking-connection.ts";
import { attacksOf } from "./attacks.ts";

const FIRST = 10; // of the second number of the addresses: 127.10.0.0/16 and so on

const [port = "", given = ""] = process.argv.slice(2);
const force: Force = JSON.parse(given);
const bases = attacksOf(force).map(({ name, begin }, index) => {
  const base = new AttackBase(Number(port), FIRST + index);
  begin(base, force);
  return [name, base] as const;
});
const report = () => {
  process.stdout.write(`${JSON.stringify(Object.fromEntries(bases.map(([name, { done }]) => [name, done])))}\n`);
};
setInterval(report, 1000);
for await (const _ of Bun.stdin.stream()) {
  // Nothing is sent over it: it is only open or closed.
}
for (const [, base] of bases) base.stop();
report();
process.exit(0);
