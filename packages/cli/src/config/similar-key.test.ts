import { expect, it } from "vitest";
import { similarKey } from "./similar-key.js";

const known = ["dataDir", "dataLogDir", "tickTime", "clientPort", "4lw.commands.whitelist", "snapCount"];

it.each([
  ["datadir", "dataDir"],
  ["dataDri", "dataDir"],
  ["clientport", "clientPort"],
  ["clientPorts", "clientPort"],
  ["tikTime", "tickTime"],
  ["4lw.command.whitelist", "4lw.commands.whitelist"],
  ["zookeeper.snapCount", "snapCount"],
])("corrects %s to %s", (key, expected) => {
  expect(similarKey(key, known)).toBe(expected);
});

it.each(["x", "data", "somethingElse", "port"])("finds nothing similar to %s", (key) => {
  expect(similarKey(key, known)).toBeUndefined();
});
