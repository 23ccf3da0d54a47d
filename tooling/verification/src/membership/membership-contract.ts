import { type Ensemble, startEnsemble } from "@conclave/server";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { StartContractApp } from "./contract-app.ts";
import { draining } from "./draining.ts";
import { forwarding } from "./forwarding.ts";
import { guards } from "./guards.ts";
import { exchanges, messages, targets } from "./messages.ts";
import { outages } from "./outages.ts";
import { type ClusterTest, TestCluster } from "./test-cluster.ts";
import { views } from "./views.ts";

/**
 * Describes the tests that an adapter must pass: views, guards, requests that are passed on, draining, and outages of the ensemble.
 * `start` starts a member.
 */
export function describeMembershipContract(adapter: string, start: StartContractApp): void {
  describe(`${adapter} on Conclave`, () => {
    let ensemble: Ensemble;
    beforeAll(async () => {
      ensemble = await startEnsemble({ tickTimeMs: 200 });
    });
    afterAll(() => ensemble?.close());
    contract(start, () => ensemble.connectString, "/cluster");
  });
}

/**
 * Describes the same tests on each kind of ensemble. One adapter is enough for that: none of them sees which servers the members of
 * a cluster are connected to.
 */
export function describeMembershipContractOnEachEnsemble(adapter: string, start: StartContractApp): void {
  describeOnEachEnsemble(adapter, ({ connectString, root }) => contract(start, connectString, root));
}

function contract(start: StartContractApp, connectString: () => string, root: string): void {
  let made = 0;
  const test: ClusterTest = (name, body) =>
    it(name, async () => {
      await body(await TestCluster.create(start, connectString(), `${root}-${made++}`));
    });
  describe("membership contract", () => {
    views(test);
    guards(test);
    forwarding(test);
    messages(test);
    targets(test);
    exchanges(test);
    draining(test);
    outages(test);
  });
}
