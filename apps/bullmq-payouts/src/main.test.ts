import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { connect } from "@conclave/client";
import { startEnsemble } from "@conclave/server";
import { eventually } from "@conclave/testing";
import { onRedisOnly, PATIENT_SESSION, startRedis } from "@conclave/vitest";
import { describe, expect, it } from "vitest";

/** Starts the app by the command of the README. */
function startApp(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams {
  const main = fileURLToPath(import.meta.resolve("@conclave/bullmq-payouts/main"));
  return spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env, NO_COLOR: "1" } });
}

/** Runs the app until it exits. Resolves with its exit code and its output. */
async function runApp(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  const child = startApp(args, env);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, output: output + errors };
}

it("names an invalid option", async () => {
  const { code, output } = await runApp(["--workers", "none"], {});
  expect(output).toContain("It must be a whole number from 1 on.");
  expect(code).toBe(1);
});

it("reports that the given Redis does not answer", async () => {
  const { code, output } = await runApp(["--redis", "redis://127.0.0.1:1"], {});
  expect(output).toContain("no answer from Redis at redis://127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1)");
  expect(code).toBe(1);
});

it("reports that the given ensemble does not answer", async () => {
  const { code, output } = await runApp(["--servers", "127.0.0.1:1"], {});
  expect(output).toMatch(/^connect 127\.0\.0\.1:1: no session within 10000 ms/);
  expect(code).toBe(1);
});

describe("the app on SIGINT", onRedisOnly(), () => {
  it("ends its workers and itself if Redis does not answer", async () => {
    await using redis = await startRedis();
    const child = startApp([], { REDIS_URL: redis.url });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const ended = once(child, "close");
    await eventually(() => output.includes(" pay out"), { what: "workers" });
    const pids = [...output.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
    await redis.close();
    child.kill("SIGINT");
    expect(await ended).toEqual([1, null]);
    expect(output).toContain("ended by SIGINT");
    expect(pids).toHaveLength(3);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

describe("the app", onRedisOnly(), () => {
  // The tests of a run are on Apache ZooKeeper, too.
  it("makes all payouts although a worker is killed, and reports it", async () => {
    await using ensemble = await startEnsemble({ tickTimeMs: 200 });
    await using zk = await connect(ensemble.connectString, PATIENT_SESSION);
    await using redis = await startRedis();
    const { code, output } = await runApp(["--payouts", "80", "--transfer-ms", "30"], {
      CONCLAVE_SERVERS: ensemble.connectString + (await zk.create("/payouts")),
      REDIS_URL: redis.url,
    });
    expect(output).toMatch(/worker-(\d) \(pid \d+\) ended: SIGKILL; worker-\1\.2 \(pid \d+\) replaces it/);
    expect(output).toContain("✓ paid exactly once    80 payouts were due, the ledger has 80");
    expect(output).not.toContain("✗");
    expect(code, output).toBe(0);
  });
});
