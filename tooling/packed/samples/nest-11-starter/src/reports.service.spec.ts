import { ConclaveModule } from "@conclave/nestjs";
import { ConclaveTestingModule, TestEnsemble } from "@conclave/nestjs/testing";
import * as kit from "@conclave/testing";
import { Test, TestingModule } from "@nestjs/testing";
import { ReportsService } from "./reports.service";

describe("ReportsService", () => {
  let app: TestingModule;

  beforeEach(async () => {
    app = await Test.createTestingModule({
      imports: [ConclaveTestingModule.forRoot({ kit })],
      providers: [ReportsService],
    }).compile();
    await app.init();
  });

  afterEach(() => app.close());

  it("runs under a lock", async () => {
    expect(await app.get(ReportsService).nightly()).toBe("bigint");
  });

  it("sees a connection that is lost", async () => {
    await app.get(TestEnsemble).suspend();
    expect(app.get(ReportsService).state).toBe("suspended");
    await app.get(TestEnsemble).heal();
    expect(app.get(ReportsService).state).toBe("connected");
  });

  it("connects by its module", async () => {
    const { servers } = app.get(TestEnsemble);
    const another = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ servers })],
      providers: [ReportsService],
    }).compile();
    await another.init();
    expect(another.get(ReportsService).state).toBe("connected");
    await another.close();
  });
});
