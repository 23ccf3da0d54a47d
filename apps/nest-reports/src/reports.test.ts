import "reflect-metadata";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import type { INestApplication } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ReportStore } from "./report-store.js";
import { ReportsModule } from "./reports.module.js";

interface Answer {
  readonly me: string;
  readonly leader: string | null;
  readonly participants: readonly string[];
}

describeOnEachEnsemble("two instances of the reports service", (ensemble) => {
  let folder: string;
  let store: ReportStore;
  let apps: Map<string, INestApplication>;
  let servers: string;

  const start = async (instance: string): Promise<void> => {
    const settings = { servers, instance, port: 0, database: join(folder, "reports.sqlite"), sessionTimeoutMs: 4000 };
    const app = await NestFactory.create(ReportsModule.forRoot(settings), { logger: false });
    apps.set(instance, app);
    await app.listen(0, "127.0.0.1");
  };
  const ask = async (instance: string): Promise<Answer> => {
    const response = await fetch(`${await apps.get(instance)!.getUrl()}/leader`);
    return (await response.json()) as Answer;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "reports-"));
    store = new ReportStore(join(folder, "reports.sqlite"));
    apps = new Map();
    const root = `${ensemble.root}-${Math.random().toString(36).slice(2)}`;
    await using zk = await connect(ensemble.connectString());
    await zk.create(root);
    servers = `${ensemble.connectString()}${root}`;
    await start("one");
    await start("two");
  });
  afterEach(async () => {
    for (const app of apps.values()) await app.close();
    store.close();
    rmSync(folder, { recursive: true });
  });

  it("agree on who leads, which alone makes the reports; asked to stop, it hands over", async () => {
    const { leader } = await eventually(() => ask("one"), { until: ({ participants }) => participants.length === 2 });
    expect(await ask("two")).toMatchObject({ me: "two", leader });
    await eventually(() => store.reports(), { until: ({ length }) => length > 1 });
    expect(new Set(store.reports().map(({ instance }) => instance))).toEqual(new Set([leader]));

    const heir = leader === "one" ? "two" : "one";
    await apps.get(leader!)!.close();
    apps.delete(leader!);
    await eventually(() => store.reports().at(-1)?.instance, { until: (instance) => instance === heir });
    const tokens = store.terms().map(({ token, instance }) => [instance, token] as const);
    expect(tokens.map(([instance]) => instance)).toEqual([leader, heir]);
    expect(store.refusals()).toEqual([]);
  });
});
