import type { Messages } from "ssh2";
import { encode } from "../text/bytes.ts";
import type { Closing, ClosingReason } from "../wire/closing.ts";

const DISCONNECT = 1; // RFC 4253 11.1
const BY_APPLICATION = 11;
/** Codes of RFC 4250 4.2.2; all other reasons are the application's. */
const CODES: Partial<Record<ClosingReason, number>> = {
  "ssh-logins": 12, // too many connections
  "login-tries": 14, // no more auth methods available
};

const HEAD = 5; // bytes before the payload of a packet: its length and that of its padding
const BLOCK = 8; // bytes that an unencrypted packet is a multiple of
const LEAST_PADDING = 4; // bytes

/** Tells a client why it is disconnected: ssh2 would send the message without words. */
export function sendDisconnect({ _cipher: cipher }: Messages, reason: Closing): void {
  const payload = disconnectPayload(reason);
  const packet = cipher.allocPacket(payload.length);
  packet.set(payload, HEAD);
  cipher.encrypt(packet);
}

/** The bytes that disconnect a client before the key exchange: the server's first line, and an unencrypted packet. */
export function refusalOf(ident: string, reason: Closing): Uint8Array {
  const payload = disconnectPayload(reason);
  const unpadded = HEAD + payload.length + LEAST_PADDING;
  const packet = Buffer.alloc(Math.ceil(unpadded / BLOCK) * BLOCK);
  packet.writeUInt32BE(packet.length - 4);
  packet[4] = packet.length - HEAD - payload.length;
  packet.set(payload, HEAD);
  return Buffer.concat([encode(`SSH-2.0-${ident}\r\n`), packet]);
}

function disconnectPayload({ why, words }: Closing): Uint8Array {
  const text = encode(words);
  const payload = Buffer.alloc(1 + 4 + 4 + text.length + 4);
  payload[0] = DISCONNECT;
  payload.writeUInt32BE(CODES[why] ?? BY_APPLICATION, 1);
  payload.writeUInt32BE(text.length, 5);
  payload.set(text, 9);
  return payload;
}
