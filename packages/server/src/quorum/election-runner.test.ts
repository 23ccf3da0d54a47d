import { freePorts, silentLogger, systemClock } from "@conclave/runtime";
import { expect, it, onTestFinished } from "vitest";
import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import { QuorumSet } from "../zab/configuration/quorum-set.js";
import { ElectionRunner } from "./election-runner.js";
import { tcpNetwork } from "./network.js";

const quorums = new QuorumSet(EnsembleConfiguration.parse("server.1=localhost:1:2\nserver.2=localhost:3:4"));
const parts = {
  ...{ id: 9n, quorums, network: tcpNetwork, clock: systemClock, logger: silentLogger, isReconfigEnabled: true },
  onDecided() {},
  onConfiguration() {},
};

it("a server that is joining listens where the given configuration says, if the one that it has stored is without it", async () => {
  const [quorumPort = 0, electionPort = 0] = await freePorts(2);
  const runner = new ElectionRunner({ ...parts, givenAddresses: [{ host: "127.0.0.1", quorumPort, electionPort }] });
  onTestFinished(() => runner.close());
  await runner.listen();
  const taken = new ElectionRunner({ ...parts, givenAddresses: [{ host: "127.0.0.1", quorumPort, electionPort }] });
  await expect(taken.listen()).rejects.toMatchObject({ code: "EADDRINUSE" });
});

it("a server that no configuration has is refused with advice", () => {
  expect(() => new ElectionRunner(parts)).toThrow("start it with the present configuration");
});
