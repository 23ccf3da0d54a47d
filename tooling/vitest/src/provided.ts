import type { Apache, Availability, PostgresProgram, RedisProgram } from "@conclave/services";

/** Services that all test files of a run share, passed from the main process as plain data. */
export interface ProvidedServices {
  readonly apache: Availability<Apache>;
  readonly redis: Availability<RedisProgram>;
  /** Found if it is installed already; never installed, and never required. */
  readonly postgres: Availability<PostgresProgram>;
  /** URL that answers a GET with the connect string of the shared Apache ensemble; the first request starts the ensemble. */
  readonly sharedApacheUrl: string;
}

declare module "vitest" {
  interface ProvidedContext {
    conclaveServices: ProvidedServices;
  }
  interface TaskMeta {
    /** Reason why a test cannot run on this machine; the report counts the tests by reason. */
    skippedBecause?: string;
  }
}
