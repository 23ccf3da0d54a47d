import { silentLogger, silentMeter, systemClock, systemRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import type { ConnectOptions } from "../api/connect-options.js";
import { resolveOptions } from "./resolve-options.js";

it("resolveOptions fills in every default", () => {
  expect(resolveOptions()).toEqual({
    sessionTimeoutMs: 10_000,
    connectTimeoutMs: undefined,
    signal: undefined,
    newSessionAfterExpiry: true,
    auth: [],
    session: undefined,
    canBeReadOnly: false,
    serverOrder: "random",
    tls: undefined,
    sasl: undefined,
    maxRequestBytes: 1_048_575,
    maxReplyBytes: 16_777_216,
    batchReads: "auto",
    createChroot: false,
    linearizableReads: false,
    backoff: { initialMs: 100, maxMs: 5_000 },
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    meter: silentMeter,
  });
});

it("resolveOptions rejects invalid certificates before it opens a connection", () => {
  expect(() => resolveOptions({ tls: { cert: "no certificate", key: "no key" } })).toThrow(/^connect: tls: /);
  expect(() => resolveOptions({ tls: { ca: "certificates/ca.pem" } })).toThrow(/^connect: tls.ca holds no certificate/);
  expect(() => resolveOptions({ tls: { ca: [Buffer.from("ca")] } })).toThrow(/^connect: tls.ca holds no certificate/);
  expect(resolveOptions({ tls: true }).tls?.secureContext).toBeDefined();
});

it("resolved options are frozen, and independent of later changes to the caller's objects", () => {
  const secret = Buffer.from("a:b");
  const auth = [{ scheme: "digest", auth: secret }];
  const resolved = resolveOptions({ auth });
  secret.fill(0);
  auth.pop();
  expect(resolved.auth).toEqual([{ scheme: "digest", auth: new Uint8Array(Buffer.from("a:b")) }]);
  for (const part of [resolved, resolved.auth, resolved.auth[0], resolved.backoff])
    expect(Object.isFrozen(part)).toBe(true);
});

it("resolveOptions raises maxMs to initialMs if it is smaller", () => {
  expect(resolveOptions({ backoff: { initialMs: 8_000 } }).backoff).toEqual({ initialMs: 8_000, maxMs: 8_000 });
});

it.each<[string, ConnectOptions]>([
  ["sessionTimeoutMs", { sessionTimeoutMs: 0 }],
  ["sessionTimeoutMs", { sessionTimeoutMs: 2 ** 31 }],
  ["sessionTimeoutMs", { sessionTimeoutMs: "10s" as unknown as number }],
  ["connectTimeoutMs", { connectTimeoutMs: Number.POSITIVE_INFINITY }],
  ["maxRequestBytes", { maxRequestBytes: 1.5 }],
  ["maxReplyBytes", { maxReplyBytes: -1 }],
  ["backoff.initialMs", { backoff: { initialMs: Number.NaN } }],
  ["backoff.maxMs", { backoff: { maxMs: 0 } }],
  ["auth[0].scheme", { auth: [{ scheme: "", auth: "x" }] }],
  [
    "auth[1].auth",
    {
      auth: [
        { scheme: "digest", auth: "x" },
        { scheme: "digest", auth: 7 as unknown as string },
      ],
    },
  ],
])("resolveOptions names the invalid option %s in its error", (name, options) => {
  expect(() => resolveOptions(options)).toThrow(TypeError);
  expect(() => resolveOptions(options)).toThrow(name);
});
