/** Global setup of every project whose tests may use real services. */
import type { TestProject } from "vitest/node";
import { SharedServices } from "./shared-services.ts";

const key = Symbol.for("@conclave/vitest shared services");
const holder = globalThis as { [key]?: { readonly services: SharedServices; users: number } };

export default async (project: TestProject): Promise<() => Promise<void>> => {
  holder[key] ??= { services: new SharedServices(), users: 0 };
  const shared = holder[key];
  shared.users++;
  const release = async (): Promise<void> => {
    shared.users--;
    if (shared.users > 0) return;
    delete holder[key];
    await shared.services.close();
  };
  try {
    project.provide("conclaveServices", await shared.services.provided());
    return release;
  } catch (error) {
    await release();
    throw error;
  }
};
