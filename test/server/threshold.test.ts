import { expect, test } from "bun:test";
import { makeCertificate } from "../../src/server/certificate.ts";
import { Security } from "../../src/server/security.ts";
import { Threshold } from "../../src/server/threshold.ts";
import { FakeTransport, Stage } from "./fakes.ts";

const HELLO = Uint8Array.from([0x16, 0x03, 0x01, 0x00, 0x05]);
const certificate = await makeCertificate("chat.test");

function enter(stage: Stage): { threshold: Threshold; socket: FakeTransport } {
  const socket = new FakeTransport();
  const threshold = new Threshold(stage.hall, socket, 1);
  stage.hall.came(threshold.connection);
  return { threshold, socket };
}

test("without TLS a handshake is answered with the end", () => {
  using stage = new Stage();
  const { threshold, socket } = enter(stage);
  threshold.received(HELLO);
  stage.hall.turn.end();
  expect([stage.faces.length, ...socket.asked]).toEqual([0, "finish"]);
});

test("what does not begin like a handshake goes to the connection as it comes", () => {
  using stage = new Stage({ security: new Security(() => certificate) });
  const { threshold } = enter(stage);
  threshold.received(Buffer.from("hello\n"));
  threshold.received(Buffer.from("\x16 is only that byte\n"));
  stage.turn();
  expect(stage.faces.flatMap((face) => face.told)).toEqual(["hello", "\x16 is only that byte"]);
  expect(threshold.connection.isSecure).toBe(false);
});

test("during a handshake silence means nothing", () => {
  using stage = new Stage({ security: new Security(() => certificate) });
  const { threshold, socket } = enter(stage);
  expect(stage.hall.undecided.size).toBe(1);
  threshold.received(HELLO);
  expect(stage.hall.undecided.size).toBe(0);
  expect([threshold.connection.isSecure, socket.taken]).toEqual([true, ""]);
  threshold.closed("Connection reset");
  expect(stage.hall.connections.size).toBe(0);
});
