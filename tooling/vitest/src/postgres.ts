import { type Postgres, startPostgres as startOnThisMachine } from "@conclave/services";
import type { TestOptions } from "vitest";
import { services } from "./services.ts";

/** Returns options that skip a test or suite without PostgreSQL; the report counts the reason. */
export const onPostgresOnly = (): Pick<TestOptions, "skip" | "meta"> => {
  const found = services().postgres;
  return found.available ? {} : { skip: true, meta: { skippedBecause: found.reason } };
};

/** Starts PostgreSQL, which the caller closes. Call it in tests and hooks with {@link onPostgresOnly}. */
export const startPostgres = async (): Promise<Postgres> => {
  const found = services().postgres;
  if (!found.available) throw new Error(found.reason);
  return startOnThisMachine({ postgres: found });
};
