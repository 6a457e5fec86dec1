import { expect, test } from "bun:test";
import { type Certificate, makeCertificate, Security } from "../../../src/server/net/certificate.ts";

const [first, second] = [await makeCertificate("one.test"), await makeCertificate("two.test")];

test("a certificate is read again, and it is told whether it is another one", () => {
  let current: Certificate = first;
  const security = new Security(() => current);
  const { context } = security;
  expect([security.fingerprint, security.isSelfSigned]).toEqual([first.fingerprint, true]);
  expect(security.renew()).toBe(false);
  current = second;
  expect(security.renew()).toBe(true);
  expect(security.fingerprint).toBe(second.fingerprint);
  expect(security.context).not.toBe(context);
});

test("one that cannot be read changes nothing", () => {
  let current: Certificate | undefined = first;
  const security = new Security(() => {
    if (!current) throw new Error("cannot be read");
    return current;
  });
  const { context } = security;
  current = undefined;
  expect(() => security.renew()).toThrow("cannot be read");
  expect(security.context).toBe(context);
  expect(security.fingerprint).toBe(first.fingerprint);
});
