import { randomUUID } from "node:crypto";
import { EmbeddedEnsemble, embeddedEnsemble } from "@conclave/embedded";
import { ConclaveModule } from "@conclave/nestjs";
import type { Logger as ConclaveLogger, LogFields } from "@conclave/runtime";
import { type DynamicModule, Logger, Module } from "@nestjs/common";
import { ScheduleModule } from "@nestjs/schedule";
import { InvoiceStore } from "../store/invoice-store.js";
import { GROUP, SETTINGS } from "./invoices.constants.js";
import { InvoicesController } from "./invoices.controller.js";
import { InvoicesService } from "./invoices.service.js";
import { type ReplicaData, ReplicasService } from "./replicas.service.js";
import type { Settings } from "./settings.js";

@Module({})
export class InvoicesModule {
  static forRoot(settings: Settings): DynamicModule {
    const { id, host, ports } = settings.ensemble;
    const ensemble = embeddedEnsemble({
      ...settings.ensemble,
      logger: ensembleLogger(),
      // The log of the ensemble cannot be written: the orchestrator starts the replica again, and the others go on.
      onFailure: () => process.exit(1),
    });
    const data: ReplicaData = { id, readyz: `http://${host}:${ports?.discovery}/readyz` };
    return {
      module: InvoicesModule,
      imports: [
        ConclaveModule.forRoot({
          ensemble,
          // A restarted replica is another candidate than the process before it: the session of that one may live on for a while.
          id: `replica-${id}@${randomUUID().slice(0, 8)}`,
          connect: { sessionTimeoutMs: settings.sessionTimeoutMs },
        }),
        ConclaveModule.forFeature({ groups: [{ name: GROUP, join: { data } }] }),
        ScheduleModule.forRoot(),
      ],
      controllers: [InvoicesController],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: EmbeddedEnsemble, useValue: ensemble },
        { provide: InvoiceStore, useFactory: () => new InvoiceStore(settings.database) },
        InvoicesService,
        ReplicasService,
      ],
    };
  }
}

/** Returns a logger of the ensemble that writes to the log of the app. */
function ensembleLogger(): ConclaveLogger {
  const log = new Logger("Ensemble");
  const line = (message: string, fields: LogFields = {}): string => {
    const shown = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
    return shown.length === 0 ? message : `${message} (${shown.join(", ")})`;
  };
  return {
    debug: (message, fields) => log.debug(line(message, fields)),
    info: (message, fields) => log.log(line(message, fields)),
    warn: (message, fields) => log.warn(line(message, fields)),
    error: (message, fields) => log.error(line(message, fields)),
  };
}
