import { connect, jsonCodec, type ZooKeeper } from "@conclave/client";
import { type CachedNode, Group } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { type INestApplicationContext, Injectable, Scope, type Type } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { ConclaveModule, type MembershipChange, OnMembershipChange, WatchNode } from "../index.js";

const ids = (members: MembershipChange["members"]): string => members.map(({ id }) => id).join(" ");

@Injectable()
class Peers {
  readonly told: string[] = [];
  inside = 0;

  @OnMembershipChange("workers")
  async changed({ members, joined, left }: MembershipChange): Promise<void> {
    if (++this.inside > 1) throw new Error("two at a time");
    await Promise.resolve();
    this.told.push(`${ids(members)} | +${ids(joined)} | -${ids(left)}`);
    this.inside--;
  }
}

@Injectable()
class Settings {
  readonly told: unknown[] = [];

  @WatchNode("/settings", { codec: jsonCodec() })
  changed(node: CachedNode<unknown> | undefined): void {
    this.told.push(node?.data);
    if (node?.data === "thrown") throw new Error("not this one");
  }
}

@Injectable()
class Plain {
  text: string | undefined;

  @WatchNode("/plain")
  changed(node: CachedNode<string> | undefined): void {
    this.text = node?.data;
  }
}

@Injectable({ scope: Scope.REQUEST })
class Scoped {
  @WatchNode("/settings")
  changed(): void {}

  @OnMembershipChange("workers")
  peers(): void {}
}

@Injectable()
class Wrong {
  @WatchNode("no path")
  changed(): void {}
}

describeOnEachEnsemble("a view subscription", (ensemble: EnsembleUnderTest) => {
  let zk: ZooKeeper;
  let servers = "";
  let count = 0;
  const log: string[] = [];
  const apps: INestApplicationContext[] = [];

  const start = async (...providers: Type[]): Promise<INestApplicationContext> => {
    const note = (line: string): void => void log.push(line);
    const logger = { debug: () => {}, info: () => {}, warn: note, error: note };
    const app = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ client: zk, logger })],
      providers,
    }).compile();
    app.useLogger(false);
    await app.init();
    apps.push(app);
    return app;
  };

  beforeAll(async () => {
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    await first.create(ensemble.root);
  });
  beforeEach(async () => {
    await using first = await connect(ensemble.connectString(), PATIENT_SESSION);
    servers = `${ensemble.connectString()}${await first.create(`${ensemble.root}/${count++}`)}`;
    zk = await connect(servers, PATIENT_SESSION);
    log.length = 0;
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await zk.close();
  });

  it("passes all members of a group first, then each change", async () => {
    const group = new Group(zk, { name: "workers" });
    const a = await group.join({ id: "a", data: 1 });
    const { told } = (await start(Peers)).get(Peers);
    await eventually(() => told.length === 1);
    const b = await group.join({ id: "b", data: 1 });
    await eventually(() => told.length === 2);
    await a.leave();
    await eventually(() => told.length === 3);
    expect(told).toEqual(["a | +a | -", "a b | +b | -", "b | + | -a"]);
    await b.leave();
    await eventually(() => told.at(-1) === " | + | -b");
  });

  it("passes an empty group", async () => {
    const { told } = (await start(Peers)).get(Peers);
    await eventually(() => told.length === 1);
    expect(told).toEqual([" | + | -"]);
  });

  it("passes a znode's data and its deletion, and makes no call for unreadable data", async () => {
    const { told } = (await start(Settings)).get(Settings);
    await eventually(() => told.length === 1);
    for (const data of ['"one"', '"thrown"', "no json", '"two"']) {
      if ((await zk.exists("/settings")) === null) await zk.create("/settings", data);
      else await zk.setData("/settings", data);
      if (data === "no json") await eventually(() => log.some((line) => line === "cannot read /settings"));
      else await eventually(() => told.at(-1) === JSON.parse(data));
    }
    await zk.delete("/settings");
    await eventually(() => told.at(-1) === undefined);
    expect(told).toEqual([undefined, "one", "thrown", "two", undefined]);
    expect(log).toContain("Settings.changed failed");
  });

  it("passes the deletion of a znode that was never readable", async () => {
    await zk.create("/settings", "no json");
    const { told } = (await start(Settings)).get(Settings);
    await eventually(() => log.includes("cannot read /settings"));
    expect(told).toEqual([]);
    await zk.delete("/settings");
    await eventually(() => told.length === 1);
    await zk.create("/settings", "1");
    await eventually(() => told.length === 2);
    expect(told).toEqual([undefined, 1]);
  });

  it("reads text by default", async () => {
    const plain = (await start(Plain)).get(Plain);
    await zk.create("/plain", "words");
    await eventually(() => plain.text === "words");
  });

  it("makes no call after the app has shut down", async () => {
    const settings = (await start(Settings)).get(Settings);
    await eventually(() => settings.told.length === 1);
    await apps.pop()?.close();
    await zk.create("/settings", "1");
    const later = (await start(Settings)).get(Settings);
    await eventually(() => later.told.length === 1);
    expect(settings.told).toHaveLength(1);
  });

  it("warns of a handler without an instance", async () => {
    await start(Scoped);
    expect(log).toEqual([
      '@WatchNode("/settings") on Scoped.changed is never called: Scoped must be a singleton',
      '@OnMembershipChange("workers") on Scoped.peers is never called: Scoped must be a singleton',
    ]);
  });

  it("fails the start for an invalid path", async () => {
    await expect(start(Wrong)).rejects.toThrow('"no path" cannot be the path of a cache');
  });
});
