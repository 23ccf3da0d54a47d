import { describeOnEachEnsemble } from "@conclave/vitest";
import { describe, it } from "vitest";
import type { StartContractApp } from "./contract-app.ts";
import { draining } from "./draining.ts";
import { forwarding } from "./forwarding.ts";
import { guards } from "./guards.ts";
import { exchanges, messages, targets } from "./messages.ts";
import { outages } from "./outages.ts";
import { type ClusterTest, TestCluster } from "./test-cluster.ts";
import { views } from "./views.ts";

/**
 * Describes the tests that an adapter must pass on each kind of ensemble: views, guards, requests that are passed on, draining,
 * and outages of the ensemble. `start` starts a member.
 */
export function describeMembershipContract(adapter: string, start: StartContractApp): void {
  describeOnEachEnsemble(adapter, (ensemble) => {
    let made = 0;
    const test: ClusterTest = (name, body) =>
      it(name, async () => {
        const chroot = `${ensemble.root}-${made++}`;
        await body(await TestCluster.create(start, ensemble.connectString(), chroot));
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
  });
}
