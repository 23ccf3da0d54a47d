import { type Postgres, startPostgres as startOnThisMachine } from "@conclave/services";
import type { TestOptions } from "vitest";
import { services } from "./services.ts";

/** Options that skip a test or a suite where there is no PostgreSQL; the run counts the reason at its end. */
export const onPostgresOnly = (): Pick<TestOptions, "skip" | "meta"> => {
  const found = services().postgres;
  return found.available ? {} : { skip: true, meta: { skippedBecause: found.reason } };
};

/** A PostgreSQL of the caller's own, to be closed by it. Call it in tests and hooks that {@link onPostgresOnly} guards. */
export const startPostgres = async (): Promise<Postgres> => {
  const found = services().postgres;
  if (!found.available) throw new Error(found.reason);
  return startOnThisMachine({ postgres: found });
};
