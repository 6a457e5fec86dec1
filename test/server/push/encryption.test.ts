import { expect, test } from "bun:test";
import { createECDH, createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { arePushKeys, encrypt, PUSH_BYTES, VapidKey } from "../../../src/server/push/encryption.ts";
import { decryptPush } from "../../support/push-endpoint.ts";

const bytes = (text: string) => Buffer.from(text, "base64url");

/** The example of RFC 8291, section 5 and appendix A. */
const EXAMPLE = {
  text: "When I grow up, I want to be a watermelon",
  sender: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
  receiver: "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
  salt: "DGv6ra1nlYgDCS1FRnbzlw",
  keys: {
    p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  },
  body: "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
} as const;

test("a message is encrypted as in the example of RFC 8291", () => {
  const sender = createECDH("prime256v1");
  sender.setPrivateKey(bytes(EXAMPLE.sender));
  const body = encrypt(EXAMPLE.text, EXAMPLE.keys, { sender, salt: bytes(EXAMPLE.salt) });
  expect(body.toString("base64url")).toBe(EXAMPLE.body);
  expect(decryptPush(body, bytes(EXAMPLE.receiver), bytes(EXAMPLE.keys.auth))).toBe(EXAMPLE.text);
});

test("each encryption has a key and a salt of its own, and the longest message fits into 4096 bytes", () => {
  const [one, other] = [encrypt("x".repeat(PUSH_BYTES), EXAMPLE.keys), encrypt("x".repeat(PUSH_BYTES), EXAMPLE.keys)];
  expect(one).toHaveLength(4096);
  expect(one.subarray(0, 86)).not.toEqual(other.subarray(0, 86));
});

test.each([
  ["both keys are needed in full", EXAMPLE.keys, true],
  ["padding is allowed", { ...EXAMPLE.keys, auth: `${EXAMPLE.keys.auth}==` }, true],
  ["a secret of 15 bytes", { ...EXAMPLE.keys, auth: randomBytes(15).toString("base64url") }, false],
  ["a point that is not on the curve", { ...EXAMPLE.keys, p256dh: Buffer.alloc(65, 4).toString("base64url") }, false],
  ["other characters", { ...EXAMPLE.keys, p256dh: "+/+/" }, false],
  ["nothing", { p256dh: "", auth: "" }, false],
])("keys: %s", (_name, keys, isRight) => {
  expect(arePushKeys(keys)).toBe(isRight);
});

// "the server MUST use this VAPID public key": RFC 8292, 2: a JWT by ES256 with the origin, an end, and a contact.
test("the server signs the origin of the endpoint with the key that clients know", () => {
  const key = new VapidKey(createHash("sha256").update("a fixed key").digest());
  const header = key.authorization(new URL("https://push.test:8443/x?y"), "mailto:ann@example.org", 1_000_000);
  const [, token = "", k] = /^vapid t=(\S+), k=(\S+)$/.exec(header) ?? [];
  const [head = "", claims = "", signature = ""] = token.split(".");
  expect(k).toBe(key.publicKey);
  expect(new VapidKey(new Uint8Array(32).fill(255)).publicKey).toHaveLength(87);
  expect(JSON.parse(bytes(head).toString())).toEqual({ typ: "JWT", alg: "ES256" });
  expect(JSON.parse(bytes(claims).toString())).toEqual({
    aud: "https://push.test:8443",
    exp: 1000 + 43_200,
    sub: "mailto:ann@example.org",
  });
  const point = bytes(key.publicKey);
  const [x, y] = [point.subarray(1, 33).toString("base64url"), point.subarray(33).toString("base64url")];
  const publicKey = createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x, y } });
  const signed = Buffer.from(`${head}.${claims}`);
  expect(verify("sha256", signed, { key: publicKey, dsaEncoding: "ieee-p1363" }, bytes(signature))).toBe(true);
});
