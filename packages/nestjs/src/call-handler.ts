import type { Logger } from "@conclave/runtime";
import type { BoundMethod } from "./find-roles.js";

/** Calls a handler and waits for it. What it throws is logged: nobody else is there to be told. */
export async function callHandler(
  { instance, method }: BoundMethod,
  args: readonly unknown[],
  logger: Logger,
): Promise<void> {
  try {
    await (instance as Record<string | symbol, (...args: readonly unknown[]) => unknown>)[method]?.(...args);
  } catch (error) {
    logger.error(`${instance.constructor.name}.${String(method)} failed`, { error });
  }
}
