import { decode } from "../../text/bytes.ts";
import { closing } from "../../wire/closing.ts";
import { LINE_IN } from "../../wire/limits.ts";
import type { Connection } from "../peer/connection.ts";
import type { Hall } from "../peer/connection-registry.ts";
import { isHttp } from "./face.ts";
import { type FirstBytes, ProtocolDetector } from "./protocol-detector.ts";
import { readProxyHeader } from "./proxy-protocol.ts";
import { TlsTransport } from "./tls.ts";

const HANDSHAKE = 0x16; // the first byte of a TLS handshake (RFC 8446 5.1): nothing else that is spoken here begins so
const LF = 10;
const VERB = /^[A-Z]{1,20}(?: |$)/;
const VERB_LONGEST = 21; // bytes, with the space behind it

/** Looks at a connection's first bytes: a proxy's header, if it may bring one; TLS; then the server's own table. */
export function detectProtocol(hall: Hall, connection: Connection): void {
  const isProxy = hall.relays.isProxy(connection.address);
  const table = isProxy ? [PROXY, TLS, ...hall.detectable] : [TLS, ...hall.detectable];
  ProtocolDetector.detect(hall, connection, table);
}

/** What a proxy says of whom it speaks for; what is behind it is the peer's. */
const PROXY: FirstBytes = {
  look(bytes) {
    const { type } = readProxyHeader(bytes);
    return type === "none" ? "no" : type === "more" ? "begun" : "whole";
  },
  take(connection, bytes, hall) {
    const reading = readProxyHeader(bytes);
    if (reading.type === "bad") return refuseHeader(connection, hall, reading.why);
    const { length, origin } = reading.type === "header" ? reading : { length: 0, origin: undefined };
    if (origin && !connection.comeFrom(origin, hall.relays.isGateway(origin.address))) return;
    connection.opening.begin();
    ProtocolDetector.detect(hall, connection, [TLS, ...hall.detectable], bytes.subarray(length));
  },
  refuse: (connection, hall) => refuseHeader(connection, hall, "it has no end"),
};

function refuseHeader(connection: Connection, hall: Hall, why: string): void {
  hall.refuseHeader(connection, why);
  connection.finish(closing("proxy-header"));
}

/** The connection goes on over TLS, and the choice is made again inside. */
const TLS: FirstBytes = {
  look: (bytes) => (bytes[0] === HANDSHAKE ? "whole" : "no"),
  take(connection, bytes, hall) {
    const { security } = hall;
    if (!security) return connection.finish(closing("tls-not-offered"));
    const tls = new TlsTransport(connection.transport, security, {
      secured: () => connection.opening.begin(),
      input: hall.turn.input,
      share: connection.share,
    });
    connection.exchange(tls);
    ProtocolDetector.detect(hall, connection, hall.detectable);
    tls.carrier.received(bytes);
  },
};

/** HTTP: the whole head has to come before it is answered; the connection's lines are the head's. */
export const HTTP: FirstBytes = {
  look(bytes) {
    const end = bytes.indexOf(LF);
    if (end < 0) return bytes.length <= LINE_IN && VERB.test(latin1(bytes.subarray(0, VERB_LONGEST))) ? "maybe" : "no";
    if (end > LINE_IN || !isHttp(decode(bytes.subarray(0, bytes[end - 1] === 13 ? end - 1 : end)))) return "no";
    const rest = Buffer.from(bytes.buffer, bytes.byteOffset + end, bytes.length - end);
    return rest.includes("\n\r\n") || rest.includes("\n\n") ? "whole" : "begun";
  },
  take: (connection, bytes) => connection.received(bytes),
};

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
