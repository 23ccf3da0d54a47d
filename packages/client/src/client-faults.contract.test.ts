import { type ApacheStandalone, startApacheStandalone } from "@conclave/services";
import { startFaultTarget } from "@conclave/testing";
import { type ClientFaultsHarness, runClientFaults } from "@conclave/testing/contracts";
import { apache, describeOnApache } from "@conclave/vitest";
import { describe } from "vitest";
import { connect } from "./connect.js";

/** An Apache server of our own: SIGKILL ends it, where it stands. */
async function startApache(): ReturnType<ClientFaultsHarness["start"]> {
  const server: ApacheStandalone = await startApacheStandalone({ apache: apache(), config: { tickTime: 100 } });
  return {
    connectString: server.connectString,
    restart: async () => {
      await server.kill();
      await server.restart();
    },
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

describe("client on Conclave", () => {
  runClientFaults({ start: startFaultTarget, connect });
});
describeOnApache("client on Apache ZooKeeper", () => {
  runClientFaults({ start: startApache, connect });
});
