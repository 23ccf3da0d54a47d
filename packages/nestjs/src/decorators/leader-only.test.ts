import { connect, type ZooKeeper } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import {
  applyDecorators,
  Body,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  NotFoundException,
  Param,
  Post,
  Scope,
  SetMetadata,
} from "@nestjs/common";
import { Test } from "@nestjs/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConclaveModule, ConclaveService, currentGrant, LeaderOnly, NotLeaderError } from "../index.js";

const Mark = (name: string): MethodDecorator => SetMetadata("mark", name) as MethodDecorator;
const led = "led";
const foreign = "foreign";

const token = (): string => currentGrant().fencingToken.toString();

@Injectable()
class Reports {
  calls: string[] = [];

  @LeaderOnly(led)
  async daily(day: string, copies = 1): Promise<string> {
    await Promise.resolve();
    this.calls.push(`${day} x${copies}`);
    return token();
  }

  @LeaderOnly(led)
  now(): string {
    return token();
  }

  @LeaderOnly(led)
  broken(): void {
    throw new NotFoundException("no such report");
  }

  @LeaderOnly(led)
  async brokenLater(): Promise<void> {
    await Promise.resolve();
    throw new NotFoundException("no such report");
  }

  @LeaderOnly(led)
  outer(): Promise<string> {
    return this.daily("nested");
  }

  @LeaderOnly(foreign)
  skipped(): string {
    throw new Error("ran");
  }

  @LeaderOnly(foreign, { otherwise: "throw" })
  async refused(): Promise<string> {
    throw new Error("ran");
  }

  @LeaderOnly(led)
  @LeaderOnly(foreign)
  both(): string {
    throw new Error("ran");
  }
}

@Injectable()
class MonthlyReports extends Reports {
  override async daily(day: string): Promise<string> {
    return `monthly ${await super.daily(day)}`;
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class TransientReports {
  @LeaderOnly(led)
  now(): string {
    return token();
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestReports {
  @LeaderOnly(led)
  now(): string {
    return token();
  }
}

const LeaderGet = (path: string): MethodDecorator => applyDecorators(Get(path), LeaderOnly(foreign)) as MethodDecorator;
const GetLeader = (path: string): MethodDecorator => applyDecorators(LeaderOnly(foreign), Get(path)) as MethodDecorator;

@Controller()
class ReportsController {
  constructor(private readonly reports: RequestReports) {}

  @LeaderOnly(led)
  @Get("above/:day")
  above(@Param("day") day: string): string {
    return `${day} ${token()}`;
  }

  @Post("below/:day")
  @LeaderOnly(led)
  below(@Param("day") day: string, @Body() body: { copies: number }): string {
    return `${day} x${body.copies} ${token()}`;
  }

  @Get("scoped")
  scoped(): string {
    return this.reports.now();
  }

  @Get("missing")
  @LeaderOnly(led)
  missing(): void {
    throw new NotFoundException("no such report");
  }

  @Get("elsewhere")
  @LeaderOnly(foreign, { otherwise: "throw" })
  elsewhere(): string {
    return "ran";
  }

  @LeaderGet("composed")
  composed(): string {
    return "ran";
  }

  @GetLeader("composed-too")
  composedToo(): string {
    return "ran";
  }
}

describeOnEachEnsemble("@LeaderOnly", (ensemble: EnsembleUnderTest) => {
  let app: INestApplication;
  let other: ZooKeeper;
  let reports: Reports;
  let url = "";
  let fencingToken = "";

  beforeAll(async () => {
    other = await connect(ensemble.connectString(), PATIENT_SESSION);
    await other.create(ensemble.root);
    const servers = ensemble.connectString() + ensemble.root;
    // Another client leads `foreign`.
    await other.close();
    other = await connect(servers, PATIENT_SESSION);
    const { LeaderElection } = await import("@conclave/recipes");
    await new LeaderElection(other, { name: foreign, id: "somebody else" }).campaign();
    const module = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ servers, id: "web-1", logger: silent })],
      controllers: [ReportsController],
      providers: [Reports, MonthlyReports, TransientReports, RequestReports],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, "127.0.0.1");
    url = await app.getUrl();
    reports = app.get(Reports);
    const leadership = await eventually(() => app.get(ConclaveService).election(led).current);
    fencingToken = String(leadership?.fencingToken);
  });
  afterAll(async () => {
    await app?.close();
    await other?.close();
  });

  describe("on a provider", () => {
    it("runs in the leading process, with its arguments and result", async () => {
      expect(await reports.daily("monday", 3)).toBe(fencingToken);
      expect(reports.calls.at(-1)).toBe("monday x3");
    });

    it("keeps a synchronous method synchronous", () => {
      expect(reports.now()).toBe(fencingToken);
    });

    it("throws what the method throws, unchanged (D4)", async () => {
      expect(() => reports.broken()).toThrow(NotFoundException);
      await expect(reports.brokenLater()).rejects.toBeInstanceOf(NotFoundException);
    });

    it("lets a leader-only method call another one, or itself (D2)", async () => {
      expect(await reports.outer()).toBe(fencingToken);
    });

    it("skips in a process that does not lead", () => {
      expect(reports.skipped()).toBeUndefined();
    });

    it("throws in a process that does not lead, if `otherwise` is `throw`", () => {
      expect(() => reports.refused()).toThrow(NotLeaderError);
      expect(() => reports.refused()).toThrow('This process does not lead "foreign"');
    });

    it("requires the leadership of all its decorators", () => {
      expect(reports.both()).toBeUndefined();
    });

    it("works in a class that inherits the method, and in one that overrides it", async () => {
      const monthly = app.get(MonthlyReports);
      expect(monthly.now()).toBe(fencingToken);
      expect(await monthly.daily("june")).toBe(`monthly ${fencingToken}`);
    });

    it("works in transient and request-scoped instances", async () => {
      expect((await app.resolve(TransientReports)).now()).toBe(fencingToken);
      expect((await app.resolve(RequestReports)).now()).toBe(fencingToken);
      expect(await text(`${url}/scoped`)).toBe(`200 ${fencingToken}`);
    });

    it("works through a proxy of the instance", () => {
      expect(new Proxy(reports, {}).now()).toBe(fencingToken);
    });

    it("has no current grant outside of it", () => {
      expect(() => currentGrant()).toThrow("@LeaderOnly");
    });
  });

  describe("on a route", () => {
    it("keeps the route, above it (D7)", async () => {
      expect(await text(`${url}/above/monday`)).toBe(`200 monday ${fencingToken}`);
    });

    it("keeps the route and its parameters, below it", async () => {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"copies":2}' };
      expect(await text(`${url}/below/monday`, init)).toBe(`201 monday x2 ${fencingToken}`);
    });

    it("answers with the method's own error", async () => {
      expect(await text(`${url}/missing`)).toMatch(/^404 .*no such report/);
    });

    it("answers 503 where another process leads", async () => {
      expect(await text(`${url}/elsewhere`)).toMatch(/^503 .*does not lead/);
    });

    it.each(["composed", "composed-too"])("is not lost in applyDecorators: %s (D8)", async (path) => {
      expect(await text(`${url}/${path}`)).toBe("200 ");
    });
  });
});

describe("@LeaderOnly, on the class", () => {
  class Marked {
    @LeaderOnly(led)
    @Mark("below")
    below(_day: string, _copies: number): void {}

    @Mark("above")
    @LeaderOnly(led)
    above(_day: string): void {}
  }

  it("keeps metadata in either order of decorators (D6)", () => {
    expect(Reflect.getMetadata("mark", Marked.prototype.below)).toBe("below");
    expect(Reflect.getMetadata("mark", Marked.prototype.above)).toBe("above");
  });

  it("keeps name and length", () => {
    expect([Marked.prototype.below.name, Marked.prototype.below.length]).toEqual(["below", 2]);
    expect([Marked.prototype.above.name, Marked.prototype.above.length]).toEqual(["above", 1]);
  });

  it("names the problem of an instance that Nest has not made", () => {
    expect(() => new Marked().above("monday")).toThrow(
      '@LeaderOnly("led") on above needs an instance that Nest itself made',
    );
  });

  it("refuses anything but a method of an instance", () => {
    const decorate = LeaderOnly(led) as (...args: unknown[]) => void;
    class Wrong {
      static run(): void {}
      get day(): string {
        return "monday";
      }
    }
    const descriptor = (of: object, key: string) => [of, key, Object.getOwnPropertyDescriptor(of, key)];
    expect(() => decorate(...descriptor(Wrong, "run"))).toThrow(TypeError);
    expect(() => decorate(...descriptor(Wrong.prototype, "day"))).toThrow(TypeError);
    expect(() => decorate(Wrong.prototype, "field")).toThrow(TypeError);
  });
});

const nothing = (): void => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

async function text(url: string, init?: RequestInit): Promise<string> {
  const response = await fetch(url, init);
  return `${response.status} ${await response.text()}`;
}
