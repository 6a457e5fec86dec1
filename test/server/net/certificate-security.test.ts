import { expect, test } from "bun:test";
import { type Certificate, makeCertificate, TlsContext } from "../../../src/server/net/certificate.ts";

const [first, second] = [await makeCertificate("one.test"), await makeCertificate("two.test")];

test("a certificate is read again, and whether it has changed is returned", () => {
  let current: Certificate = first;
  const tlsContext = new TlsContext(() => current);
  const { context } = tlsContext;
  expect([tlsContext.fingerprint, tlsContext.isSelfSigned]).toEqual([first.fingerprint, true]);
  expect(tlsContext.renew()).toBe(false);
  current = second;
  expect(tlsContext.renew()).toBe(true);
  expect(tlsContext.fingerprint).toBe(second.fingerprint);
  expect(tlsContext.context).not.toBe(context);
});

test("an unreadable certificate changes nothing", () => {
  let current: Certificate | undefined = first;
  const tlsContext = new TlsContext(() => {
    if (!current) throw new Error("cannot be read");
    return current;
  });
  const { context } = tlsContext;
  current = undefined;
  expect(() => tlsContext.renew()).toThrow("cannot be read");
  expect(tlsContext.context).toBe(context);
  expect(tlsContext.fingerprint).toBe(first.fingerprint);
});
