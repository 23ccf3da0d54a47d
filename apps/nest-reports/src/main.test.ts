import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "@conclave/client";
import { type Ensemble, startEnsemble } from "@conclave/server";
import { eventually } from "@conclave/testing";
import { PATIENT_SESSION } from "@conclave/vitest";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

let folder: string;
const running = new Set<ChildProcess>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reports-main-"));
});
afterEach(async () => {
  await Promise.all([...running].map((child) => end(child, "SIGKILL")));
  running.clear();
  rmSync(folder, { recursive: true });
});

/** Runs an instance as a user would. */
function run(env: NodeJS.ProcessEnv, ...args: string[]): ChildProcess {
  if (!existsSync(main)) throw new Error(`${main} is missing: build first (pnpm build)`);
  const own = { CONCLAVE_SERVERS: "", PORT: "0", REPORTS_DB: join(folder, "reports.sqlite"), SUMMARY_MS: "0" };
  // Without the options of the test's own process: those lead to sources, and users have none.
  const options = { execArgv: [], silent: true, env: { ...process.env, ...own, ...env, NO_COLOR: "1" } };
  const child = fork(main, args, options);
  running.add(child);
  return child;
}

/** Returns its output since the call. */
function printedBy(child: ChildProcess): () => string {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return () => output;
}

/** Resolves with its URL. Rejects with its output if it exits before. */
function urlOf(child: ChildProcess): Promise<string> {
  const output = printedBy(child);
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve((message as { url: string }).url));
    child.once("exit", (code) => reject(new Error(`it ended with code ${code} before it listened\n${output()}`)));
  });
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

const leaderAt = async (url: string): Promise<string | null> => {
  const response = await fetch(`${url}/leader`);
  return ((await response.json()) as { leader: string | null }).leader;
};

it("an instance alone makes reports after each start, though a new embedded server issues small tokens again", async () => {
  for (const start of ["first", "second"]) {
    const child = run({ REPORTS_DB: "", TMPDIR: folder });
    const url = await urlOf(child);
    const makesReports = async (): Promise<boolean> => {
      const reports = (await (await fetch(`${url}/reports`)).json()) as { readonly instance: string }[];
      return reports.some(({ instance }) => instance === `reports-${child.pid}`);
    };
    await eventually(makesReports, { what: `reports after the ${start} start` });
    await end(child, "SIGKILL");
  }
});

it("an instance without --servers runs on an embedded server and leads", async () => {
  const child = run({ INSTANCE: "alone" });
  const url = await urlOf(child);
  await eventually(async () => (await leaderAt(url)) === "alone");
  await eventually(async () => ((await (await fetch(`${url}/reports`)).json()) as unknown[]).length > 0);
  await end(child, "SIGTERM");
});

it("an unknown option ends the process with exit code 1", async () => {
  const child = run({}, "--server", "127.0.0.1:2181");
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(1);
});

/** On Apache ZooKeeper, the demo's tests kill, stop and end leading instances. */
describe("instances on an existing ensemble, by --servers or CONCLAVE_SERVERS", () => {
  let ensemble: Ensemble;
  beforeAll(async () => {
    ensemble = await startEnsemble({ tickTimeMs: 200 });
  });
  afterAll(() => ensemble?.close());

  it("another instance leads when the leader is killed", async () => {
    await using zk = await connect(ensemble.connectString, PATIENT_SESSION);
    const servers = ensemble.connectString + (await zk.create("/killed"));
    const one = run({ SESSION_TIMEOUT_MS: "3000", INSTANCE: "one" }, "--servers", servers);
    const oneUrl = await urlOf(one);
    await eventually(async () => (await leaderAt(oneUrl)) === "one");
    const two = run({ SESSION_TIMEOUT_MS: "40000", INSTANCE: "two", CONCLAVE_SERVERS: servers });
    const twoUrl = await urlOf(two);
    await eventually(async () => (await leaderAt(twoUrl)) === "one");
    await end(one, "SIGKILL");
    await eventually(async () => (await leaderAt(twoUrl)) === "two");
    await end(two, "SIGTERM");
  });

  it("a leader that was stopped for longer than its session makes no report under its old token", async () => {
    await using zk = await connect(ensemble.connectString, PATIENT_SESSION);
    const root = await zk.create("/stopped");
    const child = run({
      CONCLAVE_SERVERS: ensemble.connectString + root,
      SESSION_TIMEOUT_MS: "1500",
      INSTANCE: "one",
    });
    const output = printedBy(child);
    const url = await urlOf(child);
    type Report = { readonly token: string; readonly at: number };
    const reports = async () => (await (await fetch(`${url}/reports`)).json()) as Report[];
    await eventually(async () => (await reports()).length > 0, { what: "a report" });
    const election = `${root}/conclave/elections/reports`;
    const tokens: string[] = [];
    for (const stop of ["first", "second", "third"]) {
      const token = (await reports()).at(-1)!.token;
      tokens.push(token);
      child.kill("SIGSTOP");
      const isOver = async (): Promise<boolean> => {
        const candidates = await zk.getChildren(election);
        const stats = await Promise.all(candidates.map((name) => zk.exists(`${election}/${name}`)));
        return !stats.some((stat) => String(stat?.czxid) === token);
      };
      await eventually(isOver, { what: `the end of the session of the ${stop} stop` });
      const wokenAt = Date.now();
      child.kill("SIGCONT");
      await eventually(async () => (await reports()).at(-1)!.token !== token, {
        what: "a new term",
      });
      expect((await reports()).filter((report) => report.token === token && report.at >= wokenAt)).toEqual([]);
    }
    // On a busy machine the short session may expire once more.
    expect(output().match(/the session expired/g)?.length).toBeGreaterThanOrEqual(tokens.length);
    expect(output()).not.toContain("deleted or changed");
    await end(child, "SIGTERM");
  });

  it("a summary can be made again when the session of a killed instance has expired", async () => {
    await using zk = await connect(ensemble.connectString, PATIENT_SESSION);
    const common = { CONCLAVE_SERVERS: ensemble.connectString + (await zk.create("/summary")) };
    const one = run({ ...common, SESSION_TIMEOUT_MS: "5000", INSTANCE: "one", SUMMARY_MS: "600000" });
    const two = run({ ...common, SESSION_TIMEOUT_MS: "40000", INSTANCE: "two" });
    const [oneUrl, twoUrl] = await Promise.all([urlOf(one), urlOf(two)]);
    const summarise = async (url: string): Promise<number> =>
      (await fetch(`${url}/summary`, { method: "POST" })).status;
    const never = summarise(oneUrl).catch(() => "killed");
    const lock = "/summary/conclave/locks/summary";
    await eventually(async () => (await zk.getChildren(lock)).length === 1, { what: "the lock of a summary" });
    expect(await summarise(twoUrl)).toBe(423);
    await end(one, "SIGKILL");
    expect(await never).toBe("killed");
    await eventually(async () => (await summarise(twoUrl)) === 200);
    await end(two, "SIGTERM");
  });
});

it.each([
  [{ PORT: "high" }, 2, /^PORT must be a whole number from 0 to 65535, got "high"$/m],
  [{ REPORTS_DB: "/" }, 1, /cannot use \/ as an SQLite database: unable to open database file/],
])("a wrong setting is named in the error, with the reason: %j", async (env, code, message) => {
  const child = run(env);
  const output = printedBy(child);
  expect(await once(child, "close")).toEqual([code, null]);
  expect(output()).toMatch(message);
});

it("a port in use is reported with the variable to set, and the exit code is 1", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const child = run({ PORT: String(port) });
  const output = printedBy(child);
  expect(await once(child, "close")).toEqual([1, null]);
  expect(output()).toContain(`address already in use 127.0.0.1:${port}: set PORT to another port`);
  taken.close();
});

it("GET /leader responds with 503 and the reason while the ensemble cannot be reached", async () => {
  const ensemble = await startEnsemble();
  const url = await urlOf(run({}, "--servers", ensemble.connectString));
  await ensemble.close();
  const answer = await fetch(`${url}/leader`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("the leader cannot be read")]);
});
