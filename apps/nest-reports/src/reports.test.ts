import "reflect-metadata";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, PATIENT_SESSION } from "@conclave/vitest";
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
    const database = join(folder, "reports.sqlite");
    const settings = { servers, instance, port: 0, database, sessionTimeoutMs: 60_000, summaryMs: 200 };
    const app = await NestFactory.create(ReportsModule.forRoot(settings), { logger: false });
    apps.set(instance, app);
    await app.listen(0, "127.0.0.1");
  };
  const ask = async (instance: string): Promise<Answer> => {
    const response = await fetch(`${await apps.get(instance)!.getUrl()}/leader`);
    return (await response.json()) as Answer;
  };

  const fetchFrom = async (instance: string, path: string, method = "GET"): Promise<Response> =>
    fetch(`${await apps.get(instance)!.getUrl()}/${path}`, { method });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "reports-"));
    store = new ReportStore(join(folder, "reports.sqlite"));
    apps = new Map();
    const root = `${ensemble.root}-${Math.random().toString(36).slice(2)}`;
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
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

  it("agree on the leader, which alone makes the reports, and hands over when it is stopped", async () => {
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

  it("make one summary at a time, and answer 423 meanwhile", async () => {
    const answers = await Promise.all(["one", "two"].map((instance) => fetchFrom(instance, "summary", "POST")));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 423]);
    const first = (await answers.find(({ ok }) => ok)!.json()) as { token: string; instance: string };
    await using zk = await connect(servers, PATIENT_SESSION);
    await zk.sync("/");
    const again = await eventually(() => fetchFrom("one", "summary", "POST"), { until: ({ ok }) => ok });
    const second = (await again.json()) as { token: string };
    expect(BigInt(second.token) > BigInt(first.token)).toBe(true);
    expect(await (await fetchFrom("two", "summary")).json()).toMatchObject({ token: second.token, instance: "one" });
  });

  it("report their health and metrics", async () => {
    const health = await fetchFrom("one", "health");
    expect([health.status, await health.json()]).toMatchObject([
      200,
      { details: { conclave: { status: "up", state: "connected" } } },
    ]);
    await fetchFrom("one", "summary", "POST");
    const leading = async () => {
      const texts = await Promise.all(["one", "two"].map(async (each) => (await fetchFrom(each, "metrics")).text()));
      return texts.join("\n");
    };
    const text = await eventually(leading, { until: (all) => /leading{election="reports"} 1/.test(all) });
    expect(text.match(/^conclave_nestjs_leading{election="reports"} [01]$/gm)).toHaveLength(2);
    expect(text).toContain('conclave_nestjs_calls_total{kind="lock",method="SummaryService.make",outcome="ran"} 1');
    expect(text).toMatch(/^conclave_client_operation_duration_ms_count{operation="\w+",code="OK"} \d+$/m);
  });
});
