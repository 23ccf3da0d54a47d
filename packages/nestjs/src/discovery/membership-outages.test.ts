import { connect, type ZooKeeper } from "@conclave/client";
import { Group } from "@conclave/recipes";
import * as kit from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { Injectable } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import {
  ConclaveModule,
  ConclaveService,
  type GroupJoin,
  type MembershipChange,
  OnMembershipChange,
} from "../index.js";
import { ConclaveTestingModule, TestClock, TestEnsemble } from "../testing/index.js";

import { CompleteView } from "./complete-view.js";

const { eventually } = kit;

@Injectable()
class Peers {
  readonly calls: string[] = [];

  @OnMembershipChange("workers")
  changed({ members, joined, left }: MembershipChange): void {
    const ids = (of: MembershipChange["members"]): string => of.map(({ id }) => id).join(" ");
    this.calls.push(`${ids(members)} | +${ids(joined)} | -${ids(left)}`);
  }
}

describeOnEachEnsemble("the members of a group that the app joins itself", (given: EnsembleUnderTest) => {
  const apps: TestingModule[] = [];
  let servers = "";
  let count = 0;
  let zk: ZooKeeper;

  const start = async (id: string, join: GroupJoin = {}): Promise<[Peers, TestEnsemble, ConclaveService]> => {
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const app = await Test.createTestingModule({
      imports: [
        ConclaveTestingModule.forRoot({ kit, servers, id, logger }),
        ConclaveModule.forFeature({ groups: [{ name: "workers", join }] }),
      ],
      providers: [Peers],
    }).compile();
    app.useLogger(false);
    apps.push(await app.init());
    return [app.get(Peers), app.get(TestEnsemble), app.get(ConclaveService)];
  };
  /** The first members of each line that a method was called with. */
  const members = ({ calls }: Peers): string[] => calls.map((line) => line.slice(0, line.indexOf(" |")));

  beforeAll(async () => {
    await using first = await connect(given.connectString(), PATIENT_SESSION);
    await first.create(given.root);
  });
  beforeEach(async () => {
    await using first = await connect(given.connectString(), PATIENT_SESSION);
    servers = `${given.connectString()}${await first.create(`${given.root}/${count++}`)}`;
    zk = await connect(servers, { sessionTimeoutMs: 40_000 });
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await zk.close();
  });

  it("include the app and all others from the first call on", async () => {
    await new Group(zk, { name: "workers" }).join({ id: "other", data: 1 });
    const [peers] = await start("me");
    await eventually(() => peers.calls.length > 0);
    expect(peers.calls).toEqual(["other me | +other me | -"]);
  });

  it("include the app after each outage, with no call in between", async () => {
    const other = await new Group(zk, { name: "workers" }).join({ id: "other", data: 1 });
    const [peers, ensemble] = await start("me");
    await eventually(() => peers.calls.length > 0);
    for (const fault of ["suspend", "expire"] as const) {
      await ensemble[fault]();
      await ensemble.heal();
    }
    await other.leave();
    await eventually(() => members(peers).at(-1) === "me");
    for (const line of members(peers)) expect(line.split(" "), peers.calls.join("\n")).toContain("me");
    expect(peers.calls.filter((line) => line.startsWith("|"))).toEqual([]);
  });

  it("are passed once after the session expired, when the app has joined again", async () => {
    const [first, ensemble, conclave] = await start("me");
    await eventually(() => first.calls.length > 0);
    const { sessionId } = conclave.client;
    await ensemble.expire();
    await eventually(() => first.calls.length > 1);
    expect(first.calls).toEqual(["me | +me | -", "me | +me | -me"]);
    expect(conclave.client.sessionId).not.toBe(sessionId);
  });

  it("are passed without the app when another session keeps its id for longer than a session timeout", async () => {
    const client = await connect(servers, PATIENT_SESSION);
    await new Group(client, { name: "workers" }).join({ id: "me", data: "of another session" });
    await zk.sync("/");
    await using view = await new Group(zk, { name: "workers" }).follow();
    const conclave = await ConclaveService.open({ client: zk });
    conclave.ownIds.add("workers", "me");
    const clock = new TestClock();
    let calls = 0;
    using complete = new CompleteView(view, "workers", conclave, () => calls++, clock);
    expect(complete.isComplete()).toBe(false);
    clock.advance(zk.sessionTimeoutMs);
    expect([calls, complete.isComplete()]).toEqual([1, true]);
    await client.close();
  });

  it("are passed at once when the app cannot join", async () => {
    const [peers] = await start("me", { id: "a/b" });
    await eventually(() => peers.calls.length > 0);
    expect(peers.calls).toEqual([" | + | -"]);
  });
});
