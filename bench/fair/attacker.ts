/** One attack on a server of this machine until it is killed: `bun bench/fair/attacker.ts PORT ATTACKERS NAME`. */
import { ATTACKS } from "./attacks.ts";

const [port, attackers, name] = process.argv.slice(2);
for (const attack of ATTACKS)
  if (name === "all" || attack.name === name) attack.begin({ port: Number(port), attackers: Number(attackers) });
