/** For test files. The settings of a run are in `@conclave/vitest/config`. */
export type { Apache, Postgres, Redis } from "@conclave/services";
export { apache, describeOnApache, itOnApache, sharedApache } from "./apache.ts";
export { describeOnEachEnsemble, type EnsembleUnderTest } from "./describe-on-each-ensemble.ts";
export { PATIENT_SESSION } from "./patient-session.ts";
export { onPostgresOnly, startPostgres } from "./postgres.ts";
export type { ProvidedServices } from "./provided.ts";
export { onRedisOnly, startRedis } from "./redis.ts";
