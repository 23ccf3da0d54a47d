import { ConclaveModule } from "@conclave/nestjs";
import { type DynamicModule, Module } from "@nestjs/common";
import { ScheduleModule } from "@nestjs/schedule";
import { ReportStore } from "./report-store.js";
import { SETTINGS } from "./reports.constants.js";
import { ReportsController } from "./reports.controller.js";
import { ReportsService } from "./reports.service.js";
import type { Settings } from "./settings.js";

@Module({})
export class ReportsModule {
  static forRoot(settings: Settings & { readonly servers: string }): DynamicModule {
    const { servers, instance, sessionTimeoutMs, database } = settings;
    return {
      module: ReportsModule,
      imports: [
        ConclaveModule.forRoot({ servers, id: instance, connect: { sessionTimeoutMs } }),
        ScheduleModule.forRoot(),
      ],
      controllers: [ReportsController],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: ReportStore, useFactory: () => new ReportStore(database) },
        ReportsService,
      ],
    };
  }
}
