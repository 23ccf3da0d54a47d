import { ConclaveHealthIndicator } from "@conclave/nestjs/health";
import { Controller, Get } from "@nestjs/common";
import { HealthCheck, HealthCheckService } from "@nestjs/terminus";

/** Whether this instance is connected; `degraded`, and a 200 still, while that is in doubt. */
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
