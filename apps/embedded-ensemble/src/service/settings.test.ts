import { expect, it } from "vitest";
import { readSettings } from "./settings.js";

const env = { REPLICA: "2", PEERS: "a:2887,b:2887", DATA_DIR: "/data", INVOICES_DB: "/shared/invoices.sqlite" };

it("reads a replica's settings from its environment, with defaults", () => {
  expect(readSettings(env)).toMatchObject({
    ensemble: { id: 2, expect: 3, peers: ["a:2887", "b:2887"], ports: { discovery: 2887, client: 2181 } },
    ...{ port: 3000, periodMs: 60_000, sessionTimeoutMs: 10_000 },
  });
});

it("takes the name of a DNS record in place of addresses", () => {
  expect(readSettings({ ...env, PEERS: "dns:invoices-headless" }).ensemble.peers).toBeTypeOf("function");
});

it.each([
  [{ PEERS: "" }, "PEERS is not set: the discovery ports of all replicas"],
  [{ DATA_DIR: undefined }, "DATA_DIR is not set: a directory of this replica alone"],
  [{ INVOICES_DB: "" }, "INVOICES_DB is not set"],
  [{ REPLICA: "0" }, 'REPLICA must be a whole number from 1 to 255, got "0"'],
  [{ PORT: "high" }, 'PORT must be a whole number from 0 to 65535, got "high"'],
  [{ ENSEMBLE_PORTS: "1,2,3" }, "ENSEMBLE_PORTS must be four ports"],
])("names the variable that is missing or wrong: %j", (wrong, message) => {
  expect(() => readSettings({ ...env, ...wrong })).toThrow(message);
});
