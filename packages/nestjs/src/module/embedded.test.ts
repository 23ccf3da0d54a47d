import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embeddedEnsemble } from "@conclave/embedded";
import { freePorts } from "@conclave/runtime";
import { Injectable } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import { expect, it, onTestFinished } from "vitest";
import { ConclaveModule, ConclaveService, LeaderOnly } from "../index.js";

@Injectable()
class Reports {
  @LeaderOnly("reports")
  make(): string {
    return "made";
  }
}

it("an app carries a server of its ensemble from its start to its shutdown, and starts again on the same directory", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-nest-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const [discovery, quorum, election, client] = await freePorts(4);
  const ensemble = embeddedEnsemble({
    ...{ name: "reports", id: 1, expect: 1, peers: [], dataDir, host: "127.0.0.1", thread: "main" },
    ...{ ports: { discovery, quorum, election, client }, server: { preAllocBytes: 65_536 } },
  });
  for (const run of [1, 2]) {
    const module = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ ensemble })],
      providers: [Reports],
    }).compile();
    await module.init();
    const conclave = module.get(ConclaveService);
    await conclave.election("reports").leader();
    expect((await ensemble.join()).mode).toBe("leader");
    await conclave.client.create(`/run-${run}`);
    expect((await conclave.client.getChildren("/")).filter((name) => name.startsWith("run-"))).toHaveLength(run);
    await module.close();
    expect(conclave.client.state).toBe("closed");
  }
});
