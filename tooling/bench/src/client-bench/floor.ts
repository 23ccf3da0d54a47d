import { join } from "node:path";
import { Child } from "../child.ts";
import type { EchoInput, EchoResult } from "./echo-client.ts";
import type { EchoReport } from "./echo-server.ts";
import type { Measured } from "./measure.ts";

const LIMIT_MS = 20_000;

/**
 * What a round trip over TCP costs here between two processes that do nothing else: no client can be below it at depth 1,
 * and where it changes from round to round, so do all figures.
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
