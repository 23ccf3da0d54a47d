import { startTestServer, type TestServer } from "@conclave/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CommandFolder } from "../test-support/command-folder.js";

let server: TestServer;
let folder: CommandFolder;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.close());

async function shell(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const conclave = folder.start("shell", ...args);
  const { code } = await conclave.ended;
  return { code, stdout: conclave.stdout, stderr: conclave.stderr };
}

describe("conclave shell", () => {
  it("runs one command with its own options, and prints its result alone", async () => {
    const { connectString } = server;
    expect(await shell(connectString, "create", "-p", "/app/a", "one")).toEqual({
      code: 0,
      stdout: "/app/a\n",
      stderr: "",
    });
    expect(await shell(connectString, "ls", "-R", "/app")).toMatchObject({ code: 0, stdout: "/app\n/app/a\n" });
    expect(await shell(`${connectString}/app`, "get", "/a")).toMatchObject({ code: 0, stdout: "one\n" });
    for (const args of [
      ["--json", connectString, "get", "/app/a"],
      [connectString, "get", "/app/a", "--json"],
    ]) {
      expect(JSON.parse((await shell(...args)).stdout)).toMatchObject({ path: "/app/a", text: "one" });
    }
  });

  it("ends with exit code 1 for a command that fails, and 2 for a wrong command line", async () => {
    expect(await shell(server.connectString, "get", "/nowhere")).toEqual({
      ...{ code: 1, stdout: "" },
      stderr:
        "conclave: /nowhere does not exist, or a znode above it: ls shows what does, create --parents creates all\n",
    });
    expect(await shell()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("missing required argument 'servers'"),
    });
    const late = await shell(server.connectString, "--json", "ls");
    expect(late).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--json: options come before the connect string"),
    });
    expect(await shell("--jsn", server.connectString)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--json"),
    });
  });

  it("has its commands about recipes as commands of their own, with the same options", async () => {
    const { connectString } = server;
    await shell(connectString, "create", "-p", "/conclave/elections/reports/_c_0-latch-0000000000", "worker-1");
    for (const args of [
      ["elections", connectString, "--json"],
      ["elections", "--json", connectString, "reports"],
    ]) {
      const conclave = folder.start(...args);
      expect(await conclave.ended).toEqual({ code: 0, signal: null });
      expect(JSON.parse(conclave.stdout)).toMatchObject({
        path: "/conclave/elections/reports",
        entrants: [{ id: "worker-1", role: "leads" }],
      });
    }
  });

  it("takes -r and --readonly", async () => {
    for (const flag of ["-r", "--readonly"]) {
      expect(await shell(flag, server.connectString, "ls", "/")).toMatchObject({ code: 0, stderr: "" });
    }
  });

  it("ends a watch at SIGINT with exit code 0", async () => {
    const conclave = folder.start("shell", server.connectString, "watch", "/");
    expect(await conclave.firstLine()).toMatch(/^\S+Z watching \/$/);
    conclave.process.kill("SIGINT");
    expect(await conclave.ended).toEqual({ code: 0, signal: null });
  });
});
