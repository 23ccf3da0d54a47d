import * as kit from "@conclave/testing";
import { Controller, Get, type INestApplication } from "@nestjs/common";
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from "@nestjs/terminus";
import { Test } from "@nestjs/testing";
import { afterEach, expect, it } from "vitest";
import { ConclaveService } from "../index.js";
import { ConclaveTestingModule, getTestEnsembleToken, TestEnsemble } from "../testing/index.js";
import { ConclaveHealthIndicator } from "./index.js";

@Controller()
class Health {
  constructor(
    private readonly health: HealthCheckService,
    private readonly conclave: ConclaveHealthIndicator,
  ) {}

  @Get("health")
  @HealthCheck()
  check() {
    return this.health.check([
      () => this.conclave.check(),
      () => this.conclave.check("billing", { connection: "billing" }),
    ]);
  }
}

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** Terminus before 12.1 has no word for it. */
const degraded = "degraded" in new HealthIndicatorService().check("x") ? "degraded" : "up";

let app: INestApplication;

const ask = async () => {
  const response = await fetch(`${await app.getUrl()}/health`);
  const { details } = (await response.json()) as {
    details: Record<string, { status: string; state: string; session?: string }>;
  };
  return { http: response.status, ...details };
};

const start = async (sessionTimeoutMs: number): Promise<void> => {
  const module = await Test.createTestingModule({
    imports: [
      TerminusModule.forRoot({ logger: false }),
      ConclaveTestingModule.forRoot({ kit, logger, sessionTimeoutMs }),
      ConclaveTestingModule.forRoot({ kit, logger, name: "billing" }),
    ],
    controllers: [Health],
    providers: [ConclaveHealthIndicator],
  }).compile();
  app = module.createNestApplication({ logger: false });
  await app.listen(0, "127.0.0.1");
};
afterEach(() => app.close());

it("is up when connected, and tells the session", async () => {
  await start(2_000);
  const { client } = app.get(ConclaveService);
  const session = String(client.session);
  expect(await ask()).toMatchObject({ http: 200, conclave: { status: "up", state: "connected", session } });
});

it("is degraded, and no failure, while a session is suspended", async () => {
  await start(2_000);
  const ensemble = app.get(TestEnsemble);
  await ensemble.suspend();
  expect(await ask()).toMatchObject({
    http: 200,
    conclave: { status: degraded, state: "suspended" },
    billing: { status: "up" },
  });
  await ensemble.heal();
  expect(await ask()).toMatchObject({ http: 200, conclave: { status: "up" } });
});

it("is down when there is no session, for each connection by itself", async () => {
  await start(500);
  await app.get(TestEnsemble).suspend();
  const { client } = app.get(ConclaveService);
  await kit.eventually(() => client.state === "connecting" || client.state === "expired");
  await app.get<TestEnsemble>(getTestEnsembleToken("billing")).suspend();
  expect(await ask()).toMatchObject({ http: 503, conclave: { status: "down" }, billing: { state: "suspended" } });
});
