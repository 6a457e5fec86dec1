import { expect, test } from "bun:test";
import { Alternatives, type ClientTransportListener, type Server } from "../../../src/client/net/transport.ts";

/** A server that writes down where connections go; it may have several addresses. */
function server(host: string, opened: string[], addresses = 1): Server {
  let at = 1;
  const next = () => {
    at = (at % addresses) + 1;
  };
  return { host, port: 9000, addresses, next, connect: () => void opened.push(`${host}${at}`) };
}

const listener: ClientTransportListener = {
  opened: () => {},
  received: () => {},
  drained: () => {},
  closed: () => {},
  told: () => {},
};

test("connections go to the same address until the next one is asked for, and round all of them", () => {
  const opened: string[] = [];
  const all = new Alternatives([server("a", opened), server("b", opened, 2), server("c", opened)]);
  const names: string[] = [];
  for (let turn = 0; turn < 9; turn++) {
    all.connect(listener);
    names.push(`${all.host}:${all.port}`);
    if (turn > 0) all.next();
  }
  expect(opened).toEqual(["a1", "a1", "b1", "b2", "c1", "a1", "b1", "b2", "c1"]);
  expect(names).toEqual(["a", "a", "b", "b", "c", "a", "b", "b", "c"].map((host) => `${host}:9000`));
  expect(all.addresses).toBe(4);
});
