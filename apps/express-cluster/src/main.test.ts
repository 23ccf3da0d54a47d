import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { startEnsemble } from "@conclave/server";
import { eventually } from "@conclave/testing";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** Runs the app to its end, and returns all that it printed. */
function run(...args: string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  const env = { ...process.env, CONCLAVE_SERVERS: "", NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
    );
  });
}

it("an unknown option is reported with the list of options, and the exit code is 1", async () => {
  const { code, output } = await run("--server", "127.0.0.1:2181");
  expect(output).toMatch(/^express-cluster: Unknown option '--server'.*Options: --servers, --port, --instances/);
  expect(code).toBe(1);
});

it("a port in use is reported in one line by each process, and the exit code is 1", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const { code, output } = await run("--port", String(port));
  expect(output).toContain(`address already in use 127.0.0.1:${port}: choose another port with --port or PORT\n`);
  expect(output).toContain("express-cluster: web-1 ended with code 1 before it had joined\n");
  expect(output).not.toContain("    at ");
  expect(code).toBe(1);
  taken.close();
});

it("a process warns while another session is the member of its name, and joins when that has left", async () => {
  await using ensemble = await startEnsemble();
  const args = ["--servers", ensemble.connectString, "--name", "web-1", "--port", "0"];
  const [first, second] = [start(args), start(args)];
  await eventually(() => first.output().includes("web-1, process") !== second.output().includes("web-1, process"));
  const [member, waiting] = first.output().includes("web-1, process") ? [first, second] : [second, first];
  await eventually(() => waiting.output().includes("web-1 is waiting to join: another session has its name"));
  await member.end();
  await eventually(() => waiting.output().includes("web-1, process"));
  await waiting.end();
});

/** Starts one process of the cluster. */
function start(args: readonly string[]): { readonly output: () => string; readonly end: () => Promise<void> } {
  const instance = fileURLToPath(new URL("../dist/instance.js", import.meta.url));
  const child = spawn(process.execPath, [instance, ...args], {
    env: { ...process.env, NO_COLOR: "1", SESSION_TIMEOUT_MS: "40000" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const end = async (): Promise<void> => {
    const ended = once(child, "close");
    child.kill("SIGTERM");
    await ended;
  };
  return { output: () => output, end };
}
