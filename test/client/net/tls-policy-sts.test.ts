import { expect, test } from "bun:test";
import { type Sts, stsOf } from "../../../src/client/net/tls-policy.ts";
import { Play } from "../../support/client/play.ts";

test.each<[string, Sts]>([
  ["sts=port=6697", { port: 6697 }],
  ["batch sts=duration=60,port=6697,preload", { port: 6697, seconds: 60 }],
  ["sts=duration=0", { seconds: 0 }],
  ["sts sasl=PLAIN", {}],
  ["sts=port=0,duration=-1", {}],
  ["sts=port=70000,duration=1e9", {}],
  ["sts=port", {}],
  ["draft/sts=port=6697", {}],
])("%j announces %j", (capabilities, said) => {
  expect(stsOf(capabilities.split(" "))).toEqual(said);
});

test("in plain text the client moves to the TLS port before it sends anything else", () => {
  const play = new Play();
  play.open("exposed");
  expect(play.server(":s CAP * LS * :batch", ":s CAP * LS :sts=port=6697,duration=60")).toEqual([
    "go to TLS on port 6697",
  ]);
});

test("over TLS the port is ignored, and the duration is kept, also when it changes", () => {
  const play = new Play();
  play.open("tls");
  expect(play.server(":s CAP * LS :batch sts=port=6697,duration=60")).toEqual([
    "keep to TLS for 60 s",
    "> CAP REQ batch",
  ]);
  expect(play.server(":s CAP * NEW :sts=duration=0")).toEqual(["keep to TLS for 0 s"]);
  expect(play.server(":s CAP * DEL :sts")).toEqual([]);
});

test("in plain text that the user accepts, sts is ignored", () => {
  const play = new Play();
  play.open("accepted");
  expect(play.server(":s CAP * LS :sts=port=6697,duration=60")).toEqual(["> CAP END"]);
});
