import { expect, it } from "vitest";
import { explain, table } from "./explain.js";
import { parseServerConfig } from "./server-config.js";
import { SETTING_NAMES } from "./settings.js";

const text =
  "dataDir=/d\nclientPort=2181\nconnectionMaxTokens=5\nsnapCount=10\nssl.keyStore.password=secret\nelectionAlg=3\n";
const rows = explain(parseServerConfig(text, "zoo.cfg", "/", ["zookeeper.preAllocSize=64"]), "zoo.cfg");

it("shows each setting once, with its source", () => {
  expect(rows.slice(0, 7)).toEqual([
    { key: "preAllocSize", value: "64 KiB", from: "-Dzookeeper.preAllocSize" },
    { key: "dataDir", value: "/d", from: "zoo.cfg:1" },
    { key: "clientPort", value: "2181", from: "zoo.cfg:2" },
    { key: "connection_throttle_tokens", value: "5", from: "zoo.cfg:3" },
    { key: "snapCount", value: "10 transactions", from: "zoo.cfg:4" },
    { key: "ssl.keyStore.password", value: "(not shown)", from: "zoo.cfg:5" },
    { key: "electionAlg", value: "3 (of ensembles; nothing here)", from: "zoo.cfg:6" },
  ]);
  expect(rows).toContainEqual({ key: "tickTime", value: "3000 ms", from: "default" });
  expect(rows).toContainEqual({ key: "autopurge.purgeInterval", value: "0 hours, never", from: "default" });
  const keys = rows.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.length).toBeGreaterThan(SETTING_NAMES.length / 2);
});

it("shows the value in effect of a decoded and of an ignored number", () => {
  const parsed = parseServerConfig(text, "zoo.cfg", "/", ["jute.maxbuffer=0x400000", "zookeeper.admin.idleTimeout=1m"]);
  const shown = explain(parsed, "zoo.cfg").filter(({ key }) => /^jute|idleTimeout/.test(key));
  expect(shown.map(({ value }) => value)).toEqual(["4194304 bytes (0x400000)", "30000 ms (1m is ignored)"]);
});

it("aligns the columns", () => {
  const lines = table(rows.slice(0, 3)).split("\n");
  expect(lines).toEqual([
    "preAllocSize  64 KiB  -Dzookeeper.preAllocSize",
    "dataDir       /d      zoo.cfg:1",
    "clientPort    2181    zoo.cfg:2",
    "",
  ]);
});
