import { execFile, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connect } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnApache, PATIENT_SESSION, sharedApache } from "@conclave/vitest";
import { describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const ensemble = fileURLToPath(new URL("../dist/ensemble.js", import.meta.url));

interface Run {
  readonly code: number;
  readonly output: string;
}

const LAUNCHED = /leads, process (\d+)\n[\s\S]* demo +started/;
/** Only a hang takes longer, on a busy machine too. */
const PATIENT = ["--session-timeout-ms", "8000", "--slack-ms", "120000"];

/** Runs the demo and returns its exit code and its output. */
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

/** Starts the demo, and collects its output. */
function startDemo(options: SpawnOptions = {}) {
  const env = { ...process.env, CONCLAVE_SERVERS: "", NO_COLOR: "1" };
  const child = spawn(process.execPath, [main], { ...options, env, stdio: ["ignore", "pipe", "pipe"] });
  const demo = { child, ended: once(child, "close"), output: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      demo.output += chunk.toString();
    });
  }
  return demo;
}

describeOnApache("the demo on an Apache ensemble", () => {
  it("ends with a verdict in which all checks hold", { timeout: 600_000 }, async () => {
    const { code, output } = await runDemo("--servers", await sharedApache(), ...PATIENT);
    const reports = ["one leader at a time", "failover", "no report lost"];
    const payouts = ["paid exactly once", "one at a time", "no job lost or stuck"];
    const cluster = ["members agree", "one owner per key"];
    for (const name of [...reports, ...payouts, ...cluster]) expect(output).toContain(`✓ ${name}`);
    expect(output).not.toContain("✗ ");
    expect(code).toBe(0);
  });
});

describe("the demo", () => {
  it("kills and restarts the leading server of its own ensemble, and all checks hold", {
    timeout: 600_000,
  }, async () => {
    const { code, output } = await runDemo(...PATIENT);
    const [, killed, next] =
      /server\.(\d), the leader of the ensemble, is killed[\s\S]*server\.(\d) leads the ensemble [\d.]+ s later/.exec(
        output,
      )!;
    expect(next).not.toBe(killed);
    expect(output).toMatch(new RegExp(`server\\.${killed} is restarted as process \\d+[\\s\\S]*Verdict`));
    for (const name of ["servers fail over", "no write lost or twice"]) expect(output).toContain(`✓ ${name}`);
    expect(output).not.toContain("✗ ");
    expect(code).toBe(0);
  });

  it("names an option with a wrong value, and exits with code 2", async () => {
    const { code, output } = await runDemo("--instances", "two");
    expect(output).toContain("--instances must be a whole number from 3 to 20, not two");
    expect(code).toBe(2);
  });

  it("fails with exit code 1 if the given ensemble does not answer", async () => {
    const { code, output } = await runDemo("--servers", "127.0.0.1:1");
    expect(output).toContain("The demo failed:");
    expect(code).toBe(1);
  });

  it("ends all its processes at Ctrl-C, which the terminal sends to the whole process group", async () => {
    const demo = startDemo({ detached: true });
    const pid = await eventually(() => LAUNCHED.exec(demo.output)?.[1], { what: "the start" });
    process.kill(-demo.child.pid!, "SIGINT");
    expect(await demo.ended).toEqual([1, null]);
    expect(demo.output.trimEnd()).toMatch(/The demo failed: interrupted by SIGINT$/);
    expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  });

  it("fails if a server of its ensemble exits unexpectedly", async () => {
    const demo = startDemo();
    const pid = await eventually(() => LAUNCHED.exec(demo.output)?.[1], { what: "the start" });
    process.kill(Number(pid), "SIGTERM");
    expect(await demo.ended).toEqual([1, null]);
    expect(demo.output).toMatch(/The demo failed: server\.\d of the ensemble exited unexpectedly with code 0/);
  });

  it("ends if its standard output is closed", async () => {
    const demo = startDemo();
    await eventually(() => demo.output.includes("Conclave demo"), { what: "the first output" });
    demo.child.stdout.destroy();
    expect(await demo.ended).toEqual([1, null]);
    expect(demo.output).toContain("standard output is closed: write EPIPE");
  });
});

describe("the ensemble command", () => {
  it("prints its connect string, serves, and exits with code 0 on SIGTERM", async () => {
    const child = execFile(process.execPath, [ensemble, "--port", "0"], { env: { ...process.env, NO_COLOR: "1" } });
    const ended = once(child, "exit");
    let output = "";
    child.stdout?.on("data", (text: string) => {
      output += text;
    });
    const servers = await eventually(() => /● ((?:127\.0\.0\.1:\d+,){2}127\.0\.0\.1:\d+)/.exec(output)?.[1], {
      what: "the connect string",
    });
    const zk = await connect(servers!, PATIENT_SESSION);
    await zk.create("/here");
    await zk.close();
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(output).toContain(`CONCLAVE_SERVERS=${servers}`);
  });
});
