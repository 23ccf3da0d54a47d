import { join } from "node:path";
import { Child, type ChildOptions } from "../processes/child.ts";
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
    return await measureEcho({ port, durationMs }, { node, side: "client" });
  } finally {
    await server.stop();
  }
}

/** Measures round trips to a server that sends back what it receives, one message at a time. */
export async function measureEcho(input: EchoInput, options: Pick<ChildOptions, "node" | "side">): Promise<Measured> {
  const client = new Child<EchoResult>(join(import.meta.dirname, "echo-client.ts"), { ...options, input });
  try {
    return (await client.next("measured", LIMIT_MS)).measured;
  } finally {
    await client.stop();
  }
}
