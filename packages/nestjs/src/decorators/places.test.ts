import { connect, type ZooKeeper } from "@conclave/client";
import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import {
  applyDecorators,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  NotFoundException,
  Param,
  Scope,
} from "@nestjs/common";
import { WsAdapter } from "@nestjs/platform-ws";
import { Cron, Interval, ScheduleModule, SchedulerRegistry } from "@nestjs/schedule";
import { Test } from "@nestjs/testing";
import { MessageBody, SubscribeMessage, WebSocketGateway } from "@nestjs/websockets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConclaveModule, ConclaveService, Grant, Locked, ReadLocked, Semaphore } from "../index.js";

const ONCE_A_YEAR = "0 0 1 1 *";
const busy = "busy";
const hasGrant = (grant?: Grant): boolean => grant !== undefined && grant.fencingToken > 0n;

@Injectable()
class Jobs {
  readonly ran: string[] = [];

  @Locked("cron")
  @Cron(ONCE_A_YEAR, { name: "above" })
  above(_onComplete: unknown, @Grant() grant?: Grant): void {
    this.ran.push(`above ${hasGrant(grant)}`);
  }

  @Cron(ONCE_A_YEAR, { name: "below" })
  @Locked("cron")
  below(_onComplete: unknown, @Grant() grant?: Grant): void {
    this.ran.push(`below ${hasGrant(grant)}`);
  }

  @Cron(ONCE_A_YEAR, { name: "skipped" })
  @Locked(busy, { otherwise: "skip" })
  skipped(): void {
    this.ran.push("skipped");
  }

  @Interval("often", 20)
  @Semaphore("often", { permits: 1, otherwise: "skip" })
  often(@Grant() grant?: Grant): void {
    this.ran.push(`often ${hasGrant(grant)}`);
  }
}

class Base {
  @Locked("inherited")
  inherited(@Grant() grant?: Grant): string {
    return `${this.constructor.name} ${hasGrant(grant)}`;
  }

  @Locked("overridden")
  async overridden(@Grant() grant?: Grant): Promise<string> {
    return `base ${hasGrant(grant)}`;
  }
}

@Injectable()
class Heir extends Base {
  override async overridden(): Promise<string> {
    return `heir of ${await super.overridden()}`;
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @ReadLocked("per request")
  run(@Grant() grant?: Grant): string {
    return `${hasGrant(grant)}`;
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class Transient {
  @Locked("transient")
  run(@Grant() grant?: Grant): string {
    return `${hasGrant(grant)}`;
  }
}

const LockedGet = (path: string, key: string): MethodDecorator =>
  applyDecorators(Get(path), Locked(key, { otherwise: "throw" })) as MethodDecorator;

@Controller()
class Routes {
  constructor(
    private readonly perRequest: PerRequest,
    private readonly transient: Transient,
  ) {}

  @Locked((day: string) => `day-${day}`)
  @Get("above/:day")
  above(@Param("day") day: string, @Grant() grant?: Grant): string {
    return `${day} ${hasGrant(grant)}`;
  }

  @Get("below/:day")
  @Locked((day: string) => `day-${day}`)
  async below(@Param("day") day: string, @Grant() grant?: Grant): Promise<string> {
    return `${day} ${hasGrant(grant)}`;
  }

  @Get("missing")
  @Locked("missing")
  missing(): void {
    throw new NotFoundException("no such thing");
  }

  @Get("scoped")
  async scoped(): Promise<string> {
    return `${await this.perRequest.run()} ${await this.transient.run()}`;
  }

  @LockedGet("composed", busy)
  composed(): string {
    return "ran";
  }
}

@WebSocketGateway()
class Gateway {
  @SubscribeMessage("pay")
  @Locked((data: { account: string }) => data.account)
  pay(@MessageBody() data: { account: string }, @Grant() grant?: Grant): object {
    return { event: "paid", data: `${data.account} ${hasGrant(grant)}` };
  }
}

// The explorers of the frameworks take methods in their own onModuleInit, before or after ours (D9).
describeOnEachEnsemble("an exclusive method", (ensemble: EnsembleUnderTest) => {
  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
  });
  describe.each(["schedule", "conclave"])("with the module of %s first", (first) => suite(ensemble, first));
});

function suite(ensemble: EnsembleUnderTest, first: string): void {
  let app: INestApplication;
  let other: ZooKeeper;
  let url = "";

  const get = async (path: string): Promise<string> => {
    const response = await fetch(`${url}/${path}`);
    return `${response.status} ${await response.text()}`;
  };
  const fire = async (name: string): Promise<readonly string[]> => {
    const { ran } = app.get(Jobs);
    app.get(SchedulerRegistry).getCronJob(name).fireOnTick();
    await eventually(() => ran.some((line) => line.startsWith(name)));
    return ran.filter((line) => line.startsWith(name));
  };

  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    const servers = `${ensemble.connectString()}${await zk.create(`${ensemble.root}/${first}`)}`;
    other = await connect(servers, PATIENT_SESSION);
    await new Mutex(other, { name: busy }).acquire();
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const [schedule, conclave] = [
      ScheduleModule.forRoot(),
      ConclaveModule.forRoot({ servers, logger, ...PATIENT_SESSION }),
    ];
    const module = await Test.createTestingModule({
      imports: first === "schedule" ? [schedule, conclave] : [conclave, schedule],
      controllers: [Routes],
      providers: [Jobs, Heir, PerRequest, Transient, Gateway],
    }).compile();
    app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, "127.0.0.1");
    url = await app.getUrl();
  });
  afterAll(async () => {
    await app?.close();
    await other?.close();
  });

  it.each(["above", "below"])("runs on a cron, %s its decorator", async (name) => {
    expect(await fire(name)).toEqual([`${name} true`]);
  });

  it("is skipped on a cron while another process holds the lock", async () => {
    app.get(SchedulerRegistry).getCronJob("skipped").fireOnTick();
    const { client } = app.get(ConclaveService);
    // A later request for it was answered: so was that of the cron.
    expect(await new Mutex(client, { name: busy }).tryAcquire()).toBeUndefined();
    await fire("above");
    expect(app.get(Jobs).ran).not.toContain("skipped");
  });

  it("runs on an interval", async () => {
    const { ran } = app.get(Jobs);
    await eventually(() => ran.filter((line) => line === "often true").length > 1);
  });

  it("runs when it is inherited, and when it is overridden", async () => {
    expect(await app.get(Heir).inherited()).toBe("Heir true");
    expect(await app.get(Heir).overridden()).toBe("heir of base true");
  });

  it("runs in request-scoped and transient instances", async () => {
    expect(await get("scoped")).toBe("200 true true");
  });

  it.each(["above", "below"])("keeps its route and its parameters, %s its decorator", async (name) => {
    expect(await get(`${name}/monday`)).toBe("200 monday true");
  });

  it("answers with its own error on a route", async () => {
    expect(await get("missing")).toMatch(/^404 .*no such thing/);
  });

  it("answers 423 while another process holds the lock, also composed by applyDecorators", async () => {
    expect(await get("composed")).toMatch(/^423 .*the lock \\"busy\\" is not free/);
  });

  it("runs in a gateway", async () => {
    const socket = new WebSocket(url.replace("http", "ws"));
    const answer = await new Promise((resolve, reject) => {
      socket.onerror = reject;
      socket.onopen = () => socket.send(JSON.stringify({ event: "pay", data: { account: "a" } }));
      socket.onmessage = ({ data }) => resolve(JSON.parse(String(data)));
    });
    socket.close();
    expect(answer).toEqual({ event: "paid", data: "a true" });
  });
}
