import { silentLogger } from "@conclave/runtime";
import { expect } from "vitest";
import type { ConnectOptions } from "../src/api/connect-options.js";
import { connectForLong } from "./long-session.js";

/** Connects until the first attempt fails; resolves with the error that is logged for it. */
export async function firstFailure(connectString: string, options: ConnectOptions = {}): Promise<unknown> {
  const controller = new AbortController();
  const failures: unknown[] = [];
  const warn = (_message: string, fields: { readonly error?: unknown } = {}): void => {
    failures.push(fields.error);
    controller.abort();
  };
  const logger = { ...silentLogger, warn };
  const connecting = connectForLong(connectString, { ...options, signal: controller.signal, logger });
  await expect(connecting).rejects.toMatchObject({ code: "ABORTED" });
  return failures[0];
}
