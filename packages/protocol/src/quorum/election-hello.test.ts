import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../golden/hex.js";
import { hellos, streams } from "../golden/quorum-recording.js";
import { JuteWriter } from "../jute-writer.js";
import {
  type ElectionHello,
  ElectionHelloDecoder,
  HelloVersion,
  OBSERVER_WITHOUT_ID,
  writeElectionHello,
} from "./election-hello.js";

function encode(hello: ElectionHello): Uint8Array {
  const out = new JuteWriter();
  writeElectionHello(out, hello);
  return out.take();
}

/** Decodes in one chunk, and byte by byte; both give the same hello and rest, or throw the same error. */
function decode(bytes: Uint8Array): { hello: ElectionHello; rest: string } | undefined {
  const whole = outcome(() => new ElectionHelloDecoder().push(bytes));
  const decoder = new ElectionHelloDecoder();
  const parts = outcome(() => {
    for (let at = 0; at < bytes.length; at++) {
      const received = decoder.push(bytes.slice(at, at + 1));
      if (received !== undefined) return { ...received, rest: bytes.subarray(at + 1) };
    }
    return undefined;
  });
  expect(parts).toStrictEqual(whole);
  if (whole.error !== undefined) throw whole.error;
  return whole.received && { hello: whole.received.hello, rest: toHex(whole.received.rest) };
}

function outcome(run: () => ReturnType<ElectionHelloDecoder["push"]>) {
  try {
    return { received: run(), error: undefined };
  } catch (error) {
    return { received: undefined, error };
  }
}

const head = (protocol: bigint, serverId: bigint, length: number): string => {
  const out = new JuteWriter();
  out.writeLong(protocol);
  out.writeLong(serverId);
  out.writeInt(length);
  return toHex(out.peek());
};

const refusal = (reason: string, message: string) =>
  expect.objectContaining({ name: "ProtocolError", reason, message: expect.stringContaining(message) });

describe("the hello of Apache's servers", () => {
  const dialed = streams.filter(({ kind }) => kind === "dialed");
  const versions = { "-65536": HelloVersion.V1, "-65535": HelloVersion.V2 };

  test.each(dialed)("is read as Java reads it, and written with the same bytes: $name", ({ bytes, items }) => {
    const [{ first, sid, addresses }] = items as [(typeof items)[0]];
    const { hello, rest } = decode(bytes)!;
    const version = versions[first as keyof typeof versions];
    expect(hello).toStrictEqual({ version, serverId: BigInt(sid!), addresses });
    expect(toHex(encode(hello)) + rest).toBe(toHex(bytes));
  });

  test("is recorded in version 1, and in version 2 with an IPv6 address", () => {
    const all = dialed.map(({ bytes }) => decode(bytes)!.hello);
    expect(new Set(all.map(({ version }) => version))).toStrictEqual(new Set([HelloVersion.V1, HelloVersion.V2]));
    expect(all.flatMap(({ addresses }) => addresses.map(({ host }) => host))).toContain("0:0:0:0:0:0:0:1");
  });

  /** Java writes an IPv6 address in full, and reads a single separator as no address. */
  const inFull = (host: string) => (host === "::1" ? "0:0:0:0:0:0:0:1" : host);
  const isAcceptedByJavaOnly = (address: string) => address === "|";

  test.each(hellos)("has the addresses that Java reads: $address", ({ address, bytes, addresses }) => {
    if (addresses === undefined || isAcceptedByJavaOnly(address)) {
      expect(() => decode(bytes)).toThrow(refusal("malformed", "election address"));
      return;
    }
    const { serverId, addresses: read } = decode(bytes)!.hello;
    expect(serverId).toBe(7n);
    expect(read.map(({ host, port }) => ({ host: inFull(host), port }))).toStrictEqual(addresses);
  });
});

describe("a hello", () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()).filter((text) => !/^[0:.]+$/.test(text));
  const address = fc.record({ host, port: fc.integer({ min: 1, max: 65_535 }) }, { noNullPrototype: true });
  const serverId = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  const hello: fc.Arbitrary<ElectionHello> = fc.oneof(
    fc.record(
      { version: fc.constant(HelloVersion.BARE_ID), serverId, addresses: fc.constant([]) },
      { noNullPrototype: true },
    ),
    fc.record(
      {
        version: fc.constantFrom(HelloVersion.V1, HelloVersion.V2),
        serverId,
        addresses: fc.array(address, { minLength: 1, maxLength: 5 }),
      },
      { noNullPrototype: true },
    ),
  );

  test("is read as it was written, and the bytes after it are left", () => {
    const check = (sent: ElectionHello, rest: Uint8Array) => {
      const bytes = Uint8Array.of(...encode(sent), ...rest);
      expect(decode(bytes)).toStrictEqual({ hello: sent, rest: toHex(rest) });
    };
    fc.assert(fc.property(hello, fc.uint8Array({ maxLength: 20 }), check), { numRuns: 200 });
  });

  test("that is not complete is awaited", () => {
    for (const sent of [
      { version: HelloVersion.BARE_ID, serverId: 5n, addresses: [] },
      { version: HelloVersion.V1, serverId: 5n, addresses: [{ host: "a", port: 1 }] },
    ]) {
      const bytes = encode(sent);
      for (let length = 0; length < bytes.length; length++) expect(decode(bytes.subarray(0, length))).toBeUndefined();
    }
  });

  test("of a server before 3.5 is its id alone", () => {
    expect(decode(fromHex("0000000000000007"))).toStrictEqual({
      hello: { version: HelloVersion.BARE_ID, serverId: 7n, addresses: [] },
      rest: "",
    });
  });

  test("of an observer without an id has the largest id", () => {
    expect(decode(fromHex("7fffffffffffffff"))!.hello.serverId).toBe(OBSERVER_WITHOUT_ID);
  });

  test.each([
    ["an unknown protocol version", head(-65_537n, 1n, 1), "malformed", "election protocol version -65537"],
    ["a small negative first long", head(-1n, 1n, 1), "malformed", "election protocol version -1"],
    ["the smallest long", head(-(2n ** 63n), 1n, 1), "malformed", "election protocol version"],
    ["a negative id", head(-65_536n, -1n, 1), "malformed", "a hello with server id -1"],
    ["no addresses", head(-65_536n, 1n, 0), "malformed", "a hello with 0 bytes of addresses"],
    ["addresses of -1 bytes", head(-65_535n, 1n, -1), "malformed", "a hello with -1 bytes of addresses"],
    ["addresses of -2^31 bytes", head(-65_535n, 1n, -(2 ** 31)), "malformed", "-2147483648 bytes"],
    [
      "addresses of 2049 bytes",
      head(-65_536n, 1n, 2049),
      "oversized",
      "2049 bytes of addresses, where 2048 are allowed",
    ],
    ["addresses of 2^31 - 1 bytes", head(-65_535n, 1n, 2 ** 31 - 1), "oversized", "2147483647 bytes"],
  ])("with %s is refused", (_title, hex, reason, message) => {
    expect(() => decode(fromHex(hex))).toThrow(refusal(reason, message));
  });

  test.each([
    "a b:1",
    ":1",
    "[]:1",
    "[a b]:1",
    "[xyz]:1",
    "[::1]x1",
    "a:0",
    "a:65536",
    "a:+1",
    "a:1 ",
    "a:1|",
    "[1]|[2]",
  ])("with the address %j is refused", (text) => {
    const bytes = new TextEncoder().encode(text);
    const hex = head(-65_535n, 1n, bytes.length) + toHex(bytes);
    expect(() => decode(fromHex(hex))).toThrow(
      refusal("malformed", JSON.stringify(text.split("|").at(text === "a:1|" ? 1 : 0))),
    );
  });

  test("may have addresses of 2048 bytes", () => {
    const addresses = [{ host: "a".repeat(2046), port: 1 }];
    expect(decode(encode({ version: HelloVersion.V1, serverId: 1n, addresses }))!.hello.addresses).toStrictEqual(
      addresses,
    );
  });

  test("that no server accepts is not written", () => {
    const write = (addresses: ElectionHello["addresses"], serverId = 1n) =>
      encode({ version: HelloVersion.V2, serverId, addresses });
    expect(() => write([])).toThrow(RangeError);
    expect(() => write([{ host: "a".repeat(2047), port: 1 }])).toThrow("2049 bytes, where 1 to 2048 are allowed");
    expect(() => write([{ host: "a", port: 1 }], -1n)).toThrow("server id -1 is negative");
  });
});
