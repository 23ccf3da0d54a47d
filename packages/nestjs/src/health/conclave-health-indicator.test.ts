import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Server } from "node:net";
import { connect } from "@conclave/client";
import * as kit from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { Controller, Get, type INestApplication } from "@nestjs/common";
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from "@nestjs/terminus";
import { Test } from "@nestjs/testing";
import { afterEach, expect, it } from "vitest";
import { ConclaveModule, ConclaveService } from "../index.js";
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
/** Terminus before 12.1 has no state "degraded". */
const degraded = "degraded" in new HealthIndicatorService().check("x") ? "degraded" : "up";

let app: INestApplication;

const ask = async () => {
  const response = await fetch(`${await app.getUrl()}/health`);
  const { details } = (await response.json()) as {
    details: Record<string, { status: string; state: string; session?: string }>;
  };
  return { http: response.status, ...details };
};

const start = async (servers: string): Promise<void> => {
  const module = await Test.createTestingModule({
    imports: [
      TerminusModule.forRoot({ logger: false }),
      ConclaveTestingModule.forRoot({ kit, logger, servers }),
      ConclaveTestingModule.forRoot({ kit, logger, servers, name: "billing" }),
    ],
    controllers: [Health],
    providers: [ConclaveHealthIndicator],
  }).compile();
  app = module.createNestApplication({ logger: false });
  await app.listen(0, "127.0.0.1");
};
afterEach(() => app.close());

describeOnEachEnsemble("a connection", (ensemble: EnsembleUnderTest) => {
  it("is up when connected, with the session", async () => {
    await start(ensemble.connectString());
    const { client } = app.get(ConclaveService);
    const session = String(client.session);
    expect(await ask()).toMatchObject({ http: 200, conclave: { status: "up", state: "connected", session } });
  });

  it("is degraded, and the check succeeds, while a session is suspended", async () => {
    await start(ensemble.connectString());
    const faults = app.get(TestEnsemble);
    await faults.suspend();
    expect(await ask()).toMatchObject({
      http: 200,
      conclave: { status: degraded, state: "suspended" },
      billing: { status: "up" },
    });
    await faults.heal();
    expect(await ask()).toMatchObject({ http: 200, conclave: { status: "up" } });
  });

  it("is degraded while a new session is awaited, for each connection separately", async () => {
    await start(ensemble.connectString());
    await app.get(TestEnsemble).split();
    await app.get<TestEnsemble>(getTestEnsembleToken("billing")).suspend();
    expect(await ask()).toMatchObject({
      http: 200,
      conclave: { status: degraded, state: "connecting" },
      billing: { status: degraded, state: "suspended" },
    });
  });

  it("is down when the client is closed", async () => {
    await start(ensemble.connectString());
    await app.get(ConclaveService).client.close();
    expect(await ask()).toMatchObject({
      http: 503,
      conclave: { status: "down", state: "closed" },
      billing: { status: "up" },
    });
  });
});

it("is degraded while the server serves reads only", async () => {
  const server = await kit.startTestServer();
  const proxy = await startReadOnlyProxy(server.connectString);
  const { port } = proxy.address() as AddressInfo;
  const client = await connect(`127.0.0.1:${port}`, { canBeReadOnly: true });
  const module = await Test.createTestingModule({
    imports: [TerminusModule.forRoot({ logger: false }), ConclaveModule.forRoot({ client, logger })],
    providers: [ConclaveHealthIndicator],
  }).compile();
  app = module.createNestApplication({ logger: false });
  await app.init();
  expect([client.state, client.isReadOnly]).toEqual(["connecting", true]);
  expect(app.get(ConclaveHealthIndicator).check()).toMatchObject({
    conclave: { status: degraded, state: "connecting", isReadOnly: true },
  });
  await client.close();
  proxy.close();
  await server.close();
});

/**
 * Proxy that makes a real server look like one that has lost its ensemble: it answers `isro` with `ro`, closes connections of
 * clients that are not read-only, and marks the answer to the handshake as read-only.
 */
async function startReadOnlyProxy(target: string): Promise<Server> {
  const [host = "", port = ""] = target.split(":");
  const proxy = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (hello: Buffer) => {
      if (hello.toString() === "isro") return void socket.end("ro");
      if (hello.at(-1) === 0) return void socket.destroy();
      const upstream = createConnection({ host, port: Number(port) });
      upstream.on("error", () => socket.destroy());
      upstream.write(hello);
      socket.pipe(upstream);
      upstream.once("data", (answer: Buffer) => {
        answer.writeUInt8(1, answer.length - 1);
        socket.write(answer);
        upstream.pipe(socket);
      });
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return proxy;
}
