import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connect } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnApache, sharedApache } from "@conclave/vitest";
import { describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const ensemble = fileURLToPath(new URL("../dist/ensemble.js", import.meta.url));

interface Run {
  readonly code: number;
  readonly output: string;
}

/** Runs the demo as a user would, and returns its exit code and all that it printed. */
function runDemo(...args: string[]): Promise<Run> {
  if (!existsSync(main)) throw new Error(`${main} is missing: build first (pnpm build)`);
  const env = { ...process.env, CONCLAVE_SERVERS: "", NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, output: stdout + stderr });
    });
  });
}

describeOnApache("the demo's verdict", () => {
  it("holds on an Apache ensemble", async () => {
    const { code, output } = await runDemo("--servers", await sharedApache());
    const reports = ["one leader at a time", "failover", "no report lost"];
    const payouts = ["paid exactly once", "one at a time", "no job lost or stuck"];
    const cluster = ["members agree", "one owner per key"];
    for (const name of [...reports, ...payouts, ...cluster]) expect(output).toContain(`✓ ${name}`);
    expect(output).not.toContain("✗ ");
    expect(code).toBe(0);
  });
});

describe("the demo", () => {
  it("kills its own ensemble's server, starts it again, and its verdict holds", async () => {
    const { code, output } = await runDemo();
    expect(output).toMatch(/the ensemble's server is dead[\s\S]*started again as process \d+[\s\S]*Verdict/);
    expect(output).not.toContain("✗ ");
    expect(code).toBe(0);
  });

  it("says what is wrong with its options, and exits with 2", async () => {
    const { code, output } = await runDemo("--instances", "two");
    expect(output).toContain("--instances must be a whole number from 3 to 20, and is two");
    expect(code).toBe(2);
  });

  it("says that it cannot reach the ensemble it was given, and exits with 1", async () => {
    const { code, output } = await runDemo("--servers", "127.0.0.1:1");
    expect(output).toContain("The demo could not be carried out");
    expect(code).toBe(1);
  });
});

describe("the demo, when it is interrupted", () => {
  it("ends at Ctrl-C, which reaches the whole group of processes, and leaves none", async () => {
    const env = { ...process.env, CONCLAVE_SERVERS: "", NO_COLOR: "1" };
    const child = spawn(process.execPath, [main], { env, detached: true });
    const ended = once(child, "close");
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const pid = await eventually(() => /process (\d+)\n[\s\S]* demo +started/.exec(output)?.[1], { what: "the start" });
    process.kill(-child.pid!, "SIGINT");
    expect(await ended).toEqual([1, null]);
    expect(output.trimEnd()).toMatch(/The demo could not be carried out: the demo was ended by SIGINT$/);
    expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  });

  it("ends where its ensemble's server ends by itself, and says so", async () => {
    const env = { ...process.env, CONCLAVE_SERVERS: "", NO_COLOR: "1" };
    const child = spawn(process.execPath, [main], { env });
    const ended = once(child, "close");
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const pid = await eventually(() => /process (\d+)\n[\s\S]* demo +started/.exec(output)?.[1], { what: "the start" });
    process.kill(Number(pid), "SIGTERM");
    expect(await ended).toEqual([1, null]);
    expect(output).toContain("could not be carried out: the ensemble's server ended by itself, with code 0");
  });

  it("ends where nobody reads what it prints any more", async () => {
    const env = { ...process.env, CONCLAVE_SERVERS: "", NO_COLOR: "1" };
    const child = spawn(process.execPath, [main], { env });
    const ended = once(child, "close");
    const [chunk] = (await once(child.stdout, "data")) as [Buffer];
    expect(chunk.toString()).toContain("Conclave demo");
    child.stdout.destroy();
    let errors = "";
    child.stderr.on("data", (more: Buffer) => {
      errors += more.toString();
    });
    expect(await ended).toEqual([1, null]);
    expect(errors).toContain("nobody reads what the demo prints: write EPIPE");
  });
});

describe("the ensemble alone", () => {
  it("says where it is, serves, and ends with exit code 0 when it is told to", async () => {
    const child = execFile(process.execPath, [ensemble, "--port", "0"], { env: { ...process.env, NO_COLOR: "1" } });
    const ended = once(child, "exit");
    let output = "";
    child.stdout?.on("data", (text: string) => {
      output += text;
    });
    const servers = await eventually(() => /● (127\.0\.0\.1:\d+)/.exec(output)?.[1], { what: "the connect string" });
    const zk = await connect(servers!);
    await zk.create("/here");
    await zk.close();
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(output).toContain(`CONCLAVE_SERVERS=${servers}`);
  });
});
