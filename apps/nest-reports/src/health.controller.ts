import { ConclaveHealthIndicator } from "@conclave/nestjs/health";
import { Controller, Get } from "@nestjs/common";
import { HealthCheck, HealthCheckService } from "@nestjs/terminus";

/** Answers with the state of the connection; `degraded`, with a 200, while it is in doubt. */
@Controller("health")
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly conclave: ConclaveHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.conclave.check()]);
  }
}
