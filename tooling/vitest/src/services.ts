import { inject } from "vitest";
import type { ProvidedServices } from "./provided.ts";

/** Returns the services of the run; throws in a project that is configured without services. */
export const services = (): ProvidedServices => {
  const provided = inject("conclaveServices") as ProvidedServices | undefined;
  if (provided === undefined) {
    throw new Error(
      "this project is configured without services: remove it from `withoutServices` in tooling/vitest/src/projects.ts",
    );
  }
  return provided;
};
