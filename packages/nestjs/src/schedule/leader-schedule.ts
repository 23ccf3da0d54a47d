import { Inject, type OnModuleInit, type Type } from "@nestjs/common";
import { DiscoveryService } from "@nestjs/core";
import { conclaveOf } from "../connection/injection.js";
import { LeaderOnly } from "../decorators/leader-only.js";

/** Options of `ConclaveModule.forSchedule`. */
export interface ScheduleOptions {
  /**
   * Name of the election whose leader runs the schedule.
   * @default "schedule"
   */
  readonly election?: string | undefined;
  /**
   * Names of the cron jobs, intervals and timeouts that run in every process, as in `@Cron("* * * * *", { name: "heartbeat" })`.
   * A name that the app does not have is logged as a warning.
   * @default []
   */
  readonly except?: readonly string[] | undefined;
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
}

type Target = (...args: unknown[]) => unknown;

/** Entries of `@nestjs/schedule` by their names, before it starts their timers. */
type Entries = Record<string, { target: Target }>;

/** The provider of `@nestjs/schedule` 6 and 12 that starts the timers of all decorated methods. */
interface Orchestrator {
  readonly cronJobs: Entries;
  readonly intervals: Entries;
  readonly timeouts: Entries;
  onApplicationBootstrap(): unknown;
}

const LED = Symbol.for("conclave:schedule");
const FOR_SCHEDULE = "ConclaveModule.forSchedule";

/**
 * Returns a provider that makes every cron job, interval and timeout of the app run only in the leader of an election. It
 * replaces the functions that `@nestjs/schedule` has collected from the decorators, before it starts their timers. Throws a
 * `TypeError` for invalid options.
 */
export function leaderSchedule({
  election = "schedule",
  except = [],
  connection,
}: ScheduleOptions): Type<OnModuleInit> {
  if (!Array.isArray(except) || except.some((name) => typeof name !== "string")) {
    throw new TypeError(`${FOR_SCHEDULE}: the option except must be a list of names, as in { except: ["heartbeat"] }`);
  }

  class LeaderSchedule implements OnModuleInit {
    readonly #discovery: DiscoveryService;

    constructor(discovery: DiscoveryService) {
      this.#discovery = discovery;
    }

    /** Runs before any module's `onApplicationBootstrap`, where the timers are started. */
    onModuleInit(): void {
      const orchestrator = findOrchestrator(this.#discovery);
      const start = orchestrator.onApplicationBootstrap;
      orchestrator.onApplicationBootstrap = () => {
        this.#replaceTargets(orchestrator);
        return start.call(orchestrator);
      };
    }

    runAsLeader(target: Target, args: readonly unknown[]): unknown {
      return target(...args);
    }

    #replaceTargets({ cronJobs, intervals, timeouts }: Orchestrator): void {
      const unknown = new Set(except);
      for (const [name, entry] of [cronJobs, intervals, timeouts].flatMap(Object.entries<{ target: Target }>)) {
        if (unknown.delete(name) || except.includes(name)) continue;
        const { target } = entry;
        entry.target = (...args) => this.runAsLeader(target, args);
      }
      if (unknown.size === 0) return;
      const { logger } = conclaveOf(this, connection, FOR_SCHEDULE, "except");
      const names = [...unknown].map((name) => JSON.stringify(name)).join(", ");
      logger.warn(`${FOR_SCHEDULE}: the app has no cron job, interval or timeout named ${names}`);
    }
  }

  const prototype = LeaderSchedule.prototype;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, "runAsLeader") as PropertyDescriptor;
  LeaderOnly(election, { connection })(prototype, "runAsLeader", descriptor);
  Object.defineProperty(prototype, "runAsLeader", descriptor);
  Inject(DiscoveryService)(LeaderSchedule, undefined, 0);
  return LeaderSchedule;
}

/** Finds the provider by its shape, as its class is not exported. Throws an `Error` if it is missing, changed or led already. */
function findOrchestrator(discovery: DiscoveryService): Orchestrator {
  const found = discovery
    .getProviders()
    .map(({ instance }) => instance as unknown)
    .find(isOrchestrator);
  if (found === undefined) {
    throw new Error(
      `${FOR_SCHEDULE} found no schedule: import ScheduleModule.forRoot() of @nestjs/schedule 6 or 12 in the app`,
    );
  }
  if (LED in found) throw new Error(`${FOR_SCHEDULE} was called twice: the schedule of an app has one leader`);
  Object.defineProperty(found, LED, { value: true });
  return found;
}

function isOrchestrator(instance: unknown): instance is Orchestrator {
  if (typeof instance !== "object" || instance === null || !("addCron" in instance)) return false;
  const { cronJobs, intervals, timeouts, onApplicationBootstrap } = instance as unknown as Partial<Orchestrator>;
  const areEntries = [cronJobs, intervals, timeouts].every((each) => typeof each === "object" && each !== null);
  return areEntries && typeof onApplicationBootstrap === "function";
}
