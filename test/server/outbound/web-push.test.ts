import { expect, test } from "bun:test";
import { createECDH, createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { defaultConfig, type ServerConfig } from "../../../src/server/config/read.ts";
import { arePushKeys, encrypt, PUSH_BYTES, VapidKey } from "../../../src/server/outbound/web-push.ts";
import { memoryStore, type SqliteStore } from "../../../src/store/sqlite.ts";
import { fold } from "../../../src/text/fold.ts";
import { startChat, type TestChat } from "../../support/chat-server.ts";
import { eventually } from "../../support/patience.ts";
import { decryptPush, type PushEndpoint, startPushEndpoint } from "../../support/push-endpoint.ts";
import { play } from "../../support/transcript.ts";

const LOOPBACK: Partial<ServerConfig> = { pushAllow: ["127.0.0.0/8"] };

/** A server that finds the test's push service at 127.0.0.1, and its store. */
function startPushing(
  { authority }: PushEndpoint,
  changes: Partial<ServerConfig> = {},
): { readonly chat: TestChat; readonly store: () => SqliteStore } {
  let store: SqliteStore | undefined;
  const open = (watch: Parameters<typeof memoryStore>[0]) => {
    store = memoryStore(watch);
    return store;
  };
  const network = { authority, resolve: async () => ["127.0.0.1"] };
  const chat = startChat({ ...LOOPBACK, ...changes }, Date.now, open, { network });
  return {
    chat,
    store: () => {
      if (!store) throw new Error("the server has not started");
      return store;
    },
  };
}

/** ann has an account, and a subscription with the capabilities of this session. */
function subscribed(endpoint: PushEndpoint, caps = "soju.im/webpush"): string {
  return `
    ann: irc ${caps}
    ann> REGISTER * * sesame88
    ann~ 900
    ann> WEBPUSH REGISTER ${endpoint.url()} ${endpoint.keys}
    ann~ WEBPUSH REGISTER ${endpoint.url()}`;
}

// "Each push notification MUST contain exactly one IRC message as the payload, without the final CRLF." "The messages
// follow the same capabilities [...] as when the client registered for Web Push notifications." "Servers MUST NOT drop
// the msgid tag if present." (soju.im/webpush)
test("direct messages and mentions go to the endpoint, encrypted, while the account is away", async () => {
  await using endpoint = await startPushEndpoint();
  const { chat } = startPushing(endpoint);
  await using _ = chat;
  await play(
    chat.port,
    `${subscribed(endpoint, "soju.im/webpush message-tags server-time")}
    ann> JOIN #dev
    ann~ 366
    bob: irc
    bob> JOIN #dev
    bob~ 366
    bob> PRIVMSG ann :not while you look
    bob> PRIVMSG #dev :nor this, ann
    ann~ nor this
    ann> AWAY :lunch
    ann~ 306
    bob> PRIVMSG #dev :nobody is meant, annabel
    bob> NOTICE ann :no program
    bob> PRIVMSG ann :look at this
    bob~ 301
    ann~ look at this
    `,
  );
  const first = await endpoint.next();
  expect(first.text).toMatch(/^@time=\S+;msgid=\S+ :bob!~bob@\S+ PRIVMSG ann :look at this$/);
  expect(first.headers.get("content-encoding")).toBe("aes128gcm");
  expect(first.headers.get("ttl")).toMatch(/^\d+$/);
  expect(first.headers.get("authorization")).toMatch(/^vapid t=\S+, k=\S+$/);
  expect(endpoint.left).toEqual([]);
});

test("a mention in a room and an action are sent too; of several lines the first", async () => {
  await using endpoint = await startPushEndpoint();
  const { chat } = startPushing(endpoint);
  await using _ = chat;
  await play(
    chat.port,
    `${subscribed(endpoint)}
    ann> JOIN #dev
    ann~ 366
    ann> AWAY :lunch
    ann~ 306
    bob: irc draft/multiline batch
    bob> JOIN #dev
    bob~ 366
    bob> PRIVMSG #dev :\\x01ACTION waves to Ann\\x01
    bob> BATCH +1 draft/multiline ann
    bob> @batch=1 PRIVMSG ann :one
    bob> @batch=1 PRIVMSG ann :two
    bob> BATCH -1
    bob~ 301
    ann~ two
    `,
  );
  const texts = [(await endpoint.next()).text, (await endpoint.next()).text].sort();
  expect(texts[0]).toMatch(/^:bob!\S+ PRIVMSG #dev :\x01ACTION waves to Ann\x01$/);
  expect(texts[1]).toMatch(/^:bob!\S+ PRIVMSG ann :one$/);
});

test("an offline account is notified of mentions in its rooms and of direct messages, except from ignored people", async () => {
  await using endpoint = await startPushEndpoint();
  const { chat } = startPushing(endpoint);
  await using _ = chat;
  await play(
    chat.port,
    `${subscribed(endpoint, "draft/webpush tcpchat/commands")}
    ann> JOIN #dev
    ann~ 366
    ann> SLASH * :/ignore eve
    ann~ eve
    ann> QUIT
    ann.
    eve: irc
    eve> PRIVMSG ann :buy this
    eve~ 301
    bob: irc
    bob> JOIN #other,#dev
    bob~ 366 bob #dev
    bob> PRIVMSG #other :ann is not here
    bob> PRIVMSG #dev :where is Ann?
    bob> PING barrier
    bob~ PONG
    `,
  );
  expect((await endpoint.next()).text).toMatch(/^:bob!\S+ PRIVMSG #dev :where is Ann\?$/);
  await play(chat.port, "bob: irc\nbob> PRIVMSG ann :are you there?\nbob~ 301");
  expect((await endpoint.next()).text).toMatch(/^:bob!\S+ PRIVMSG ann :are you there\?$/);
  expect(endpoint.left).toEqual([]);
});

test("a subscription that the push service no longer knows is removed", async () => {
  await using endpoint = await startPushEndpoint();
  const { chat, store } = startPushing(endpoint, { monitor: "127.0.0.1:0" });
  await using _ = chat;
  endpoint.answers(410);
  await play(
    chat.port,
    `${subscribed(endpoint)}
    ann> AWAY :lunch
    ann~ 306
    bob: irc
    bob> PRIVMSG ann :hello
    bob~ 301
    ann~ hello
    `,
  );
  await endpoint.next();
  const push = () => store().loadAccount(fold("ann"))?.push;
  await eventually(() => push() === undefined);
  expect(push()).toBeUndefined();
  const metrics = await (await fetch(`http://127.0.0.1:${chat.monitor}/metrics`)).text();
  expect(metrics).toContain('tcpchat_pushes_total{result="gone"} 1');
});

// "The VAPID ISUPPORT token: if [...] the client has enabled the soju.im/webpush capability, the server MUST advertise its
// public key". "Servers MUST replace any previous subscription with the same <endpoint>." "Servers MUST silently ignore UNREGISTER commands
// for non-existing subscriptions." "If the unregistration is successful, the server MUST echo back
// the WEBPUSH UNREGISTER message." "FAIL WEBPUSH INVALID_PARAMS <command> <endpoint> <message>" (soju.im/webpush)
test("WEBPUSH registers and unregisters the subscriptions of an account, and says what is wrong", async () => {
  await using endpoint = await startPushEndpoint();
  const { keys } = endpoint;
  const { chat } = startPushing(endpoint, { limits: { ...defaultConfig().limits, pushSubscriptions: 2 } });
  await using _ = chat;
  await play(
    chat.port,
    `
    old: irc message-tags
    old> WEBPUSH REGISTER ${endpoint.url()} ${keys}
    old< :chat.test 421 old WEBPUSH :Unknown command
    old> CAP REQ soju.im/webpush
    old< :chat.test CAP old ACK :soju.im/webpush
    old< :chat.test 005 old VAPID=* :are supported by this server
    old> WEBPUSH REGISTER ${endpoint.url()} ${keys}
    old< :chat.test FAIL WEBPUSH FORBIDDEN REGISTER ${endpoint.url()} :Log in first: *
    ann: raw
    ann> CAP REQ :soju.im/webpush draft/extended-isupport
    ann> NICK ann
    ann> ISUPPORT
    ann~ VAPID
    ann> USER ann 0 * :Ann
    ann> CAP END
    ann~ VAPID
    ann~ 422
    ann> REGISTER * * sesame88
    ann~ 900
    ann> WEBPUSH REGISTER ${endpoint.url("/1")} ${keys}
    ann< :chat.test WEBPUSH REGISTER ${endpoint.url("/1")}
    ann> webpush register ${endpoint.url("/1")} ${keys}
    ann< :chat.test WEBPUSH REGISTER ${endpoint.url("/1")}
    ann> WEBPUSH REGISTER ${endpoint.url("/2")} ${keys}
    ann< :chat.test WEBPUSH REGISTER ${endpoint.url("/2")}
    ann> WEBPUSH REGISTER ${endpoint.url("/3")} ${keys}
    ann< :chat.test FAIL WEBPUSH MAX_REGISTRATIONS REGISTER ${endpoint.url("/3")} :Your account has 2 push subscriptions *
    ann> WEBPUSH UNREGISTER ${endpoint.url("/3")}
    ann> WEBPUSH UNREGISTER ${endpoint.url("/2")}
    ann< :chat.test WEBPUSH UNREGISTER ${endpoint.url("/2")}
    ann> WEBPUSH
    ann< :chat.test FAIL WEBPUSH INVALID_PARAMS \\x2a \\x2a :*
    ann> WEBPUSH FORGET ${endpoint.url()}
    ann< :chat.test FAIL WEBPUSH INVALID_PARAMS FORGET ${endpoint.url()} :*
    ann> WEBPUSH REGISTER ${endpoint.url()}
    ann< :chat.test FAIL WEBPUSH INVALID_PARAMS REGISTER ${endpoint.url()} :*
    ann> WEBPUSH REGISTER ${endpoint.url()} p256dh=x;auth=y
    ann< :chat.test FAIL WEBPUSH INVALID_PARAMS REGISTER ${endpoint.url()} :The keys are *
    ann> WEBPUSH REGISTER http://${"push.test"}/ ${keys}
    ann< :chat.test FAIL WEBPUSH INVALID_PARAMS REGISTER http://push.test/ :An endpoint is an https URL *
    ann> WEBPUSH REGISTER https://10.0.0.1/ ${keys}
    ann< :chat.test FAIL WEBPUSH INVALID_PARAMS REGISTER https://10.0.0.1/ :*
    ann> WEBPUSH REGISTER https://chat.test/ ${keys}
    ann< :chat.test FAIL WEBPUSH INVALID_PARAMS REGISTER https://chat.test/ :*
    `,
  );
});

test("a new password ends the subscriptions, and so does the end of the account", async () => {
  await using endpoint = await startPushEndpoint();
  const { chat, store } = startPushing(endpoint);
  await using _ = chat;
  await play(
    chat.port,
    `${subscribed(endpoint)}
    ann> PASSWD another88
    ann~ PASSWD SUCCESS
    `,
  );
  expect(store().loadAccount(fold("ann"))).toMatchObject({ name: "ann" });
  expect(store().loadAccount(fold("ann"))?.push).toBeUndefined();
});

test("without [push] enabled nothing of it is offered", async () => {
  await using endpoint = await startPushEndpoint();
  const { chat } = startPushing(endpoint, { pushEnabled: false });
  await using _ = chat;
  await play(
    chat.port,
    `
    ann: irc
    ann> CAP REQ :soju.im/webpush
    ann< :chat.test CAP ann NAK :soju.im/webpush
    ann> WEBPUSH
    ann< :chat.test 421 ann WEBPUSH :*
    `,
  );
});

test("a new configuration holds for the next notification and the next subscription", async () => {
  await using endpoint = await startPushEndpoint();
  const { chat } = startPushing(endpoint);
  await using _ = chat;
  const contactIn = (headers: Headers) => {
    const [, claims = ""] = /^vapid t=[^.]+\.([^.]+)/.exec(headers.get("authorization") ?? "") ?? [];
    return JSON.parse(Buffer.from(claims, "base64url").toString()).sub;
  };
  const away = `${subscribed(endpoint)}
    ann> QUIT
    ann.`;
  await play(chat.port, `${away}\nbob: irc\nbob> PRIVMSG ann :one\nbob~ 301`);
  expect(contactIn((await endpoint.next()).headers)).toBe("https://chat.test");
  const next = { ...LOOPBACK, limits: { ...defaultConfig().limits, pushSubscriptions: 1 } };
  chat.reload({ ...next, pushContact: "mailto:ann@example.org" });
  await play(chat.port, "bob: irc\nbob> PRIVMSG ann :two\nbob~ 301");
  const { headers, text } = await endpoint.next();
  expect([contactIn(headers), text.slice(-4)]).toEqual(["mailto:ann@example.org", ":two"]);
  chat.reload({ ...next, pushAllow: [] });
  await play(
    chat.port,
    `
    bob: irc
    bob> PRIVMSG ann :nobody may be reached
    bob~ 301
    cat: irc soju.im/webpush
    cat> REGISTER * * sesame88
    cat~ 900
    cat> WEBPUSH REGISTER ${endpoint.url("/1")} ${endpoint.keys}
    cat< :chat.test FAIL WEBPUSH INVALID_PARAMS REGISTER ${endpoint.url("/1")} :An endpoint is an https URL *
    cat> WEBPUSH REGISTER https://push.test/1 ${endpoint.keys}
    cat~ WEBPUSH REGISTER
    cat> WEBPUSH REGISTER https://push.test/2 ${endpoint.keys}
    cat< :chat.test FAIL WEBPUSH MAX_REGISTRATIONS *
    `,
  );
  chat.reload({ ...next, pushContact: "" });
  await play(chat.port, "bob: irc\nbob> PRIVMSG ann :three\nbob~ 301");
  expect((await endpoint.next()).text.slice(-6)).toBe(":three");
});

test("the owner of an account sees where notifications go, and stops them", async () => {
  await using endpoint = await startPushEndpoint();
  const { chat, store } = startPushing(endpoint);
  await using _ = chat;
  await play(
    chat.port,
    `${subscribed(endpoint, "soju.im/webpush tcpchat/commands")}
    ann> SLASH * :/devices
    ann< * NOTE SLASH * :*: IRC from 127.0.0.1, *
    ann< * NOTE SLASH * :Notifications go to push.test:${endpoint.port}; /devices end push stops them.
    ann> SLASH * :/devices end push
    ann< * NOTE SLASH * :No notifications are sent any more.
    ann> SLASH * :/devices end push
    ann< * FAIL SLASH * :Nothing to do: no notifications are sent.
    ann> WEBPUSH REGISTER ${endpoint.url()} ${endpoint.keys}
    ann~ WEBPUSH REGISTER
    ann> NS SESSIONS
    ann< :NickServ!* NOTICE ann :*: IRC from *
    ann< :NickServ!* NOTICE ann :Notifications go to push.test:${endpoint.port}; SESSIONS END PUSH stops them.
    ann> NS SESSIONS END PUSH
    ann< :NickServ!* NOTICE ann :No notifications are sent any more.
    `,
  );
  expect(store().loadAccount(fold("ann"))?.push).toBeUndefined();
});

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
