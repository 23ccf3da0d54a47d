import { expect, test } from "vitest";
import { streams } from "../golden/quorum-recording.js";
import { PacketType, packetTypeName } from "./packet-type.js";

test("every type has its name, and an unknown one has none", () => {
  for (const [name, type] of Object.entries(PacketType)) expect(packetTypeName(type)).toBe(name);
  expect([0, 20, -1].map(packetTypeName)).toStrictEqual([undefined, undefined, undefined]);
});

test("the recorded members of an Apache ensemble send every type, and no other", () => {
  const sent = new Set(streams.flatMap(({ items }) => items.flatMap(({ type }) => type ?? [])));
  expect([...sent].sort((a, b) => a - b)).toStrictEqual(Object.values(PacketType));
});
