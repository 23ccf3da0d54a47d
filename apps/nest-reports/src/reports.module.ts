import { ConclaveModule } from "@conclave/nestjs";
import { ConclaveHealthIndicator } from "@conclave/nestjs/health";
import { type DynamicModule, Module } from "@nestjs/common";
import { ScheduleModule } from "@nestjs/schedule";
import { TerminusModule } from "@nestjs/terminus";
import { Registry } from "prom-client";
import { HealthController } from "./health.controller.js";
import { MetricsController } from "./metrics.controller.js";
import { PrometheusMeter } from "./prometheus-meter.js";
import { ReportStore } from "./report-store.js";
import { SETTINGS } from "./reports.constants.js";
import { ReportsController } from "./reports.controller.js";
import { ReportsService } from "./reports.service.js";
import type { Settings } from "./settings.js";
import { SummaryController } from "./summary.controller.js";
import { SummaryService } from "./summary.service.js";
import { SummaryStore } from "./summary-store.js";

@Module({})
export class ReportsModule {
  static forRoot(settings: Settings & { readonly servers: string }): DynamicModule {
    const { servers, instance, sessionTimeoutMs, database } = settings;
    const registry = new Registry();
    const meter = new PrometheusMeter(registry);
    return {
      module: ReportsModule,
      imports: [
        ConclaveModule.forRoot({ servers, id: instance, meter, connect: { sessionTimeoutMs } }),
        ScheduleModule.forRoot(),
        TerminusModule,
      ],
      controllers: [ReportsController, SummaryController, HealthController, MetricsController],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: ReportStore, useFactory: () => new ReportStore(database) },
        { provide: SummaryStore, useFactory: () => new SummaryStore(database) },
        { provide: Registry, useValue: registry },
        ConclaveHealthIndicator,
        ReportsService,
        SummaryService,
      ],
    };
  }
}
