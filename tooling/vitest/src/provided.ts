import type { Apache, Availability, PostgresProgram, RedisProgram } from "@conclave/services";

/** Services that all test files of a run share, as the main process hands them over. Plain data. */
export interface ProvidedServices {
  readonly apache: Availability<Apache>;
  readonly redis: Availability<RedisProgram>;
  /** Looked for, and neither installed nor required. */
  readonly postgres: Availability<PostgresProgram>;
  /** Answers a GET with the connect string of the shared Apache ensemble, which the first request starts. */
  readonly sharedApacheUrl: string;
}

declare module "vitest" {
  interface ProvidedContext {
    conclaveServices: ProvidedServices;
  }
  interface TaskMeta {
    /** Why a test could not run on this machine; the reporter counts the tests by reason. */
    skippedBecause?: string;
  }
}
