import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../golden/hex.js";
import { recordedData } from "../golden/quorum-recording.js";
import { JuteReader } from "../jute-reader.js";
import { OpCode } from "../op-code.js";
import { create } from "../operations/create.js";
import { commitAndActivate, informAndActivate } from "./activation.js";
import { forwardedRequest } from "./forwarded-request.js";
import type { PacketData } from "./packet-data.js";
import { PacketType } from "./packet-type.js";
import { epochAck, LEARNER_PROTOCOL_VERSION, leaderInfo, learnerInfo, newLeader } from "./registration.js";
import { revalidation, revalidationReply, sessionTouches } from "./session-packets.js";

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const int = fc.integer();
const session = fc.record({ sessionId: long, timeoutMs: int }, { noNullPrototype: true });
const bytes = fc.uint8Array({ maxLength: 40 });

const leader = /server 2 to/;
const learner = /to 2$/;

/** Without the null of the leader's PING. */
const present = (data: Uint8Array | null) => data !== null;

type Case = readonly [
  name: string,
  codec: PacketData<unknown>,
  values: fc.Arbitrary<unknown>,
  recorded: readonly (Uint8Array | null)[],
];
/** Any value is of the codec's type: each row gives both. */
const row = <T>(name: string, codec: PacketData<T>, values: fc.Arbitrary<T>, recorded: Case[3]): Case => [
  name,
  codec as PacketData<unknown>,
  values,
  recorded,
];

const cases: readonly Case[] = [
  row("LEADERINFO", leaderInfo, int, recordedData(PacketType.LEADERINFO)),
  row(
    "ACKEPOCH",
    epochAck,
    fc.option(fc.integer({ min: 0, max: 0xffff_fffe }), { nil: undefined }),
    recordedData(PacketType.ACKEPOCH),
  ),
  row(
    "REQUEST",
    forwardedRequest,
    fc.record({ sessionId: long, cxid: int, type: int, body: bytes }, { noNullPrototype: true }),
    recordedData(PacketType.REQUEST),
  ),
  row("REVALIDATE of a learner", revalidation, session, recordedData(PacketType.REVALIDATE, learner)),
  row(
    "REVALIDATE of the leader",
    revalidationReply,
    fc.record({ sessionId: long, valid: fc.boolean() }, { noNullPrototype: true }),
    recordedData(PacketType.REVALIDATE, leader),
  ),
  row("PING of a learner", sessionTouches, fc.array(session), recordedData(PacketType.PING, learner).filter(present)),
  row("COMMITANDACTIVATE", commitAndActivate, long, recordedData(PacketType.COMMITANDACTIVATE)),
  row(
    "INFORMANDACTIVATE",
    informAndActivate,
    fc.record({ designatedLeader: long, transaction: bytes }, { noNullPrototype: true }),
    recordedData(PacketType.INFORMANDACTIVATE),
  ),
];

describe("data of a packet", () => {
  test.each(cases)("of Apache's servers are read and written with the same bytes: %s", (_name, codec, _, recorded) => {
    expect(recorded.length).toBeGreaterThan(0);
    for (const data of recorded) expect(toHex(codec.encode(codec.decode(data)))).toBe(toHex(data!));
  });

  test.each(cases)("are read as they were written: %s", (_name, codec, values) => {
    const check = (value: unknown) => {
      expect(codec.decode(codec.encode(value))).toStrictEqual(value);
    };
    fc.assert(fc.property(values, check));
  });

  test.each(cases.filter(([name]) => name !== "PING of a learner"))(
    "are refused if they are null or cut: %s",
    (name, codec) => {
      const refusal = (reason: string) => expect.objectContaining({ name: "ProtocolError", reason });
      expect(() => codec.decode(null)).toThrow(refusal("malformed"));
      expect(() => codec.decode(null)).toThrow(`${name.split(" ")[0]} packet without data`);
      const [first] = cases.find(([other]) => other === name)![3];
      const fixed = { REQUEST: 16, INFORMANDACTIVATE: 8 }[name] ?? first!.length;
      for (let length = 0; length < fixed; length++) {
        expect(() => codec.decode(first!.subarray(0, length))).toThrow(refusal("truncated"));
      }
    },
  );

  test("may have more bytes than are known", () => {
    expect(leaderInfo.decode(fromHex("0001000000000001"))).toBe(LEARNER_PROTOCOL_VERSION);
    expect(commitAndActivate.decode(fromHex("0000000000000005ff"))).toBe(5n);
    expect(revalidationReply.decode(fromHex("000000000000000501ff"))).toStrictEqual({ sessionId: 5n, valid: true });
  });
});

describe("the values of Apache's servers", () => {
  test("in FOLLOWERINFO and OBSERVERINFO are the server's id, 0x10000 and the configuration's version", () => {
    const info = { protocolVersion: LEARNER_PROTOCOL_VERSION, configVersion: 0n };
    const decoded = (type: number) => recordedData(type).map(learnerInfo.decode);
    expect(decoded(PacketType.FOLLOWERINFO)).toStrictEqual([{ serverId: 1n, ...info }]);
    expect(decoded(PacketType.OBSERVERINFO)).toStrictEqual([{ serverId: 3n, ...info }]);
    expect(recordedData(PacketType.LEADERINFO).map(leaderInfo.decode)).toContain(LEARNER_PROTOCOL_VERSION);
  });

  test("in NEWLEADER are the text of the configuration, with the new epoch as its version", () => {
    const texts = recordedData(PacketType.NEWLEADER).map(newLeader.decode);
    expect(texts[0]).toMatch(/^server\.1=127\.0\.0\.1:\d+:\d+:participant\n(?:.*\n)*version=100000000$/);
  });

  test("in REQUEST are the session, and the client's bytes; createSession has the timeout", () => {
    const requests = recordedData(PacketType.REQUEST, /server 1 to 2/).map(forwardedRequest.decode);
    const { createSession, create: createType, sync, setData, closeSession } = OpCode;
    const types = [createSession, createType, sync, setData, createSession, closeSession];
    expect(requests.map(({ type }) => type)).toStrictEqual(types);
    expect(requests.slice(0, 4).map(({ cxid }) => cxid)).toStrictEqual([0, 1, 2, 3]);
    expect(new JuteReader(requests[0]!.body).readInt()).toBe(30_000);
    const { path, data } = create.readRequest(new JuteReader(requests[1]!.body));
    expect([path, toHex(data!)]).toStrictEqual(["/a", "010203"]);
  });

  test("in REVALIDATE are valid for a session that exists, and not for a closed one", () => {
    const asked = recordedData(PacketType.REVALIDATE, learner).map(revalidation.decode);
    const answered = recordedData(PacketType.REVALIDATE, leader).map(revalidationReply.decode);
    expect(answered.map(({ sessionId }) => sessionId)).toStrictEqual(asked.map(({ sessionId }) => sessionId));
    expect(answered.slice(0, 2).map(({ valid }) => valid)).toStrictEqual([true, false]);
  });

  test("in COMMITANDACTIVATE and INFORMANDACTIVATE are the leader, and the transaction that was proposed", () => {
    expect(recordedData(PacketType.COMMITANDACTIVATE).map(commitAndActivate.decode)).toStrictEqual([2n]);
    const [inform] = recordedData(PacketType.INFORMANDACTIVATE).map(informAndActivate.decode);
    expect(inform!.designatedLeader).toBe(2n);
    expect(toHex(inform!.transaction)).toBe(toHex(recordedData(PacketType.PROPOSAL).at(-1)!));
  });
});

describe("learner info", () => {
  const whole = fromHex("0000000000000007000100000000000500000009");

  test("is written in its form of 20 bytes and read with all its fields", () => {
    const info = { serverId: 7n, protocolVersion: LEARNER_PROTOCOL_VERSION, configVersion: 0x5_0000_0009n };
    expect(learnerInfo.encode(info)).toStrictEqual(whole);
    expect(learnerInfo.decode(whole)).toStrictEqual(info);
    expect(learnerInfo.decode(Uint8Array.of(...whole, 1))).toStrictEqual(info);
  });

  test("of older servers lacks the fields that they do not send", () => {
    const none = { serverId: undefined, protocolVersion: undefined, configVersion: undefined };
    expect(learnerInfo.decode(whole.subarray(0, 12))).toStrictEqual({
      ...none,
      serverId: 7n,
      protocolVersion: 0x10000,
    });
    expect(learnerInfo.decode(whole.subarray(0, 8))).toStrictEqual({ ...none, serverId: 7n });
    expect(learnerInfo.decode(null)).toStrictEqual(none);
  });

  test("of any other length below 20 bytes is refused", () => {
    for (let length = 0; length < whole.length; length++) {
      if (length === 8 || length === 12) continue;
      const refusal = expect.objectContaining({ reason: "malformed", message: `learner info of ${length} bytes` });
      expect(() => learnerInfo.decode(whole.subarray(0, length))).toThrow(refusal);
    }
  });
});

describe("an acknowledged epoch", () => {
  test("is unsigned, and -1 is none", () => {
    expect(epochAck.decode(fromHex("ffffffff"))).toBeUndefined();
    expect(epochAck.decode(fromHex("fffffffe"))).toBe(0xffff_fffe);
    expect(toHex(epochAck.encode(undefined))).toBe("ffffffff");
  });
});

describe("the configuration in NEWLEADER", () => {
  test("is text in UTF-8", () => {
    const text = "server.1=zürich:1:2:participant\nversion=0";
    expect(newLeader.decode(newLeader.encode(text))).toBe(text);
    expect(toHex(newLeader.encode("zü"))).toBe("7ac3bc");
  });

  test("is absent in null data, and in data below two bytes", () => {
    expect([null, "", "61"].map((hex) => newLeader.decode(hex === null ? null : fromHex(hex)))).toStrictEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(newLeader.decode(fromHex("6162"))).toBe("ab");
  });
});

describe("session touches", () => {
  test("are none in the leader's PING, and are written as no bytes", () => {
    expect(recordedData(PacketType.PING, leader).map(sessionTouches.decode)).toContainEqual([]);
    expect(sessionTouches.encode([])).toHaveLength(0);
    expect(sessionTouches.decode(new Uint8Array(0))).toStrictEqual([]);
  });

  test("are refused if the last one is cut", () => {
    const touches = sessionTouches.encode([
      { sessionId: 1n, timeoutMs: 2 },
      { sessionId: 3n, timeoutMs: 4 },
    ]);
    for (const length of [1, 8, 11, 13, 20, 23]) {
      const refusal = expect.objectContaining({ reason: "malformed", message: `session touches of ${length} bytes` });
      expect(() => sessionTouches.decode(touches.subarray(0, length))).toThrow(refusal);
    }
  });
});
