import { expect, it } from "vitest";
import { ensembleCfg, renderZooCfg } from "./zoo-cfg.ts";

it("renderZooCfg writes one line for each key, with the last value", () => {
  expect(renderZooCfg({ tickTime: 500, dataDir: "/d" }, { tickTime: 200, snapCount: 9 })).toBe(
    "tickTime=200\ndataDir=/d\nsnapCount=9\n",
  );
});

it("renderZooCfg omits a key that a later part sets to undefined", () => {
  expect(renderZooCfg({ tickTime: 500, maxClientCnxns: 0 }, { maxClientCnxns: undefined })).toBe("tickTime=500\n");
});

it("ensembleCfg has a line with the ports of each member", () => {
  const members = [1, 2].map((id) => ({ id, clientPort: id, quorumPort: 10 + id, electionPort: 20 + id }));
  expect(renderZooCfg(ensembleCfg(members))).toContain("server.1=127.0.0.1:11:21\nserver.2=127.0.0.1:12:22\n");
});
