import { inject } from "vitest";
import type { ProvidedServices } from "./provided.ts";

/** Returns the services of the run. Throws in a project that takes part without services. */
export const services = (): ProvidedServices => {
  const provided = inject("conclaveServices") as ProvidedServices | undefined;
  if (provided === undefined) {
    throw new Error(
      "This project takes part without services: see `withoutServices` in tooling/vitest/src/projects.ts",
    );
  }
  return provided;
};
