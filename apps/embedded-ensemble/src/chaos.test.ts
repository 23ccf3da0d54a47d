import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { eventually } from "@conclave/testing";
import { describe, expect, it, type TestContext } from "vitest";

const CHAOS = join(import.meta.dirname, "../dist/chaos.js");

const onLinux =
  process.platform === "linux"
    ? {}
    : { skip: true, meta: { skippedBecause: "finds processes in /proc, which only Linux has" } as object };

async function start({ onTestFinished }: TestContext, ...args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), "embedded-ensemble-"));
  const env = { ...process.env, CI: "1", TMPDIR: folder };
  const child = spawn(process.execPath, [CHAOS, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close") as Promise<[code: number | null]>;
  const output = Promise.all([text(child.stdout), text(child.stderr)]).then((all) =>
    stripVTControlCharacters(all.join("")),
  );
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true });
  });
  return { child, ended, output, folder };
}

describe.concurrent("the chaos demo", () => {
  it("ends with a verdict after a fault of each kind, and a late write was refused", async (context) => {
    // A busy machine elects slowly: the slack is no subject here.
    const { ended, output } = await start(
      context,
      "--seed=11",
      "--seconds=0",
      "--session-timeout-ms=2000",
      "--slack-ms=120000",
    );
    const [[code], printed] = await Promise.all([ended, output]);
    expect(printed).toMatch(/✓ late writes refused [1-9]\d* late writes refused; .* of a run: 1\n/);
    expect(printed).toMatch(/passed: 1 round, .*; faults: kill 1, stop 1, pause 1, lose disk 1; /);
    expect(printed).not.toContain("✗");
    expect(code).toBe(0);
  });

  it("leaves no process and no folder when it is interrupted, and says so", onLinux, async (context) => {
    const { child, ended, output, folder } = await start(context, "--seed=12");
    const replicas = await eventually(() => childrenOf(child.pid!), { until: ({ length }) => length === 3 });
    child.kill("SIGINT");
    const [[code], printed] = await Promise.all([ended, output]);
    expect(printed).toContain("All replicas have been ended: interrupted by SIGINT");
    expect(replicas.filter(isRunning)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    expect(code).toBe(1);
  });
});

async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "latin1");
  return children.split(" ").filter(Boolean).map(Number);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
