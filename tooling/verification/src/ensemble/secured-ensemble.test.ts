import { removeFolder, temporaryFolder } from "@conclave/services";
import { itOnApache } from "@conclave/vitest";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { names } from "./expect-everywhere.ts";
import { saslSettings, tlsSettings } from "./secured-ensemble.ts";
import { TestEnsemble } from "./test-ensemble.ts";

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder("secured");
});
afterEach(() => removeFolder(folder));

describe.each([
  ["TLS", tlsSettings],
  ["SASL", saslSettings],
])("an ensemble of two Apache servers and one of ours with %s between servers", (_, settings) => {
  itOnApache("serves under a leader of either kind, and takes back the one that was restarted", async (apache) => {
    await using all = await TestEnsemble.start(["apache", "apache", "conclave"], apache, [], await settings(folder));
    const ours = await all.ledBy("conclave");
    const zk = await all.client(all.members[0]);
    await zk.create("/t");
    await zk.create("/t/ours");
    await ours.stop();
    expect((await all.leader()).kind).toBe("apache");
    await ours.start();
    for (const member of all.members) {
      const client = await all.client(member);
      await client.create(`/t/${member.id}`);
      expect(await names(client, "/t")).toContain(`${member.id}`);
    }
    expect(await names(zk, "/t")).toEqual(["1", "2", "3", "ours"]);
  });
});
