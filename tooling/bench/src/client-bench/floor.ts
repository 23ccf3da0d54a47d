import { join } from "node:path";
import { Child } from "../processes/child.ts";
import type { EchoInput, EchoResult } from "./echo-client.ts";
import type { EchoReport } from "./echo-server.ts";
import type { Measured } from "./measure.ts";

const LIMIT_MS = 20_000;

/**
 * Measures a TCP round trip between two processes without any client. No client can be faster at depth 1, and a change of
 * this figure from round to round affects all figures.
 */
export async function measureFloor(durationMs: number, node: string): Promise<Measured> {
  const server = new Child<EchoReport>(join(import.meta.dirname, "echo-server.ts"), { node, side: "server" });
  try {
    const { port } = await server.next("listening", LIMIT_MS);
    const input: EchoInput = { port, durationMs };
    const client = new Child<EchoResult>(join(import.meta.dirname, "echo-client.ts"), { input, node, side: "client" });
    try {
      return (await client.next("measured", LIMIT_MS)).measured;
    } finally {
      await client.stop();
    }
  } finally {
    await server.stop();
  }
}
