import { ConclaveService } from "@conclave/nestjs";
import { Controller, Get, Inject, ServiceUnavailableException } from "@nestjs/common";
import { ReportStore } from "./report-store.js";
import { SETTINGS } from "./reports.constants.js";
import type { Settings } from "./settings.js";

/** Answers with the leader, the candidates and the reports, the same on every instance. */
@Controller()
export class ReportsController {
  constructor(
    private readonly conclave: ConclaveService,
    private readonly store: ReportStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get("leader")
  async leader() {
    const election = this.conclave.election("reports");
    const participants = await election.participants().catch((cause: Error) => {
      throw new ServiceUnavailableException(`the leader cannot be read: ${cause.message}`, { cause });
    });
    return {
      me: this.settings.instance,
      leader: participants[0]?.id ?? null,
      participants: participants.map(({ id }) => id),
      sessionTimeoutMs: this.conclave.client.sessionTimeoutMs,
    };
  }

  @Get("reports")
  reports() {
    return this.store.reports().map(({ token, ...report }) => ({ ...report, token: token.toString() }));
  }
}
