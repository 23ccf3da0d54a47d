import { PassThrough } from "node:stream";
import { connect } from "@conclave/client";
import { type Ensemble, startEnsemble } from "@conclave/server";
import { eventually } from "@conclave/testing";
import { itOnApache, sharedApache } from "@conclave/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DoctorSettings, runDoctor } from "./doctor/run-doctor.js";
import { Output } from "./output.js";
import { runTop, type TopContext, type TopSettings } from "./top/run-top.js";
import { Screen } from "./top/screen.js";

let ensemble: Ensemble;
beforeAll(async () => {
  ensemble = await startEnsemble({ servers: 3, fourLetterWords: "*" });
});
afterAll(() => ensemble?.close());

const connection = {
  ...{ auth: undefined, sasl: undefined, tls: false, ca: undefined, cert: undefined, key: undefined },
  ...{ connectTimeoutMs: 60_000, canBeReadOnly: false, answerTimeoutMs: 60_000, adminPort: 0, asJson: false },
};

/** Runs with streams of its own; resolves with the exit code and the output. */
async function printed(run: (context: Omit<TopContext, "screen" | "keys">) => Promise<number>) {
  const stream = new PassThrough({ encoding: "utf8" });
  const complaints: string[] = [];
  const complain = (text: string): void => void complaints.push(text);
  const code = await run({ output: new Output(stream), complain, signal: new AbortController().signal });
  return { code, text: (stream.read() as string | null) ?? "", complaints };
}

const doctor = (servers: string, given: Partial<DoctorSettings> = {}) =>
  printed((context) =>
    runDoctor(
      { ...connection, servers, hasColors: false, readsZnodes: false, mayRestart: undefined, ...given },
      context,
    ),
  );
const top = (servers: string, given: Partial<TopSettings> = {}, terminal: Partial<TopContext> = {}) =>
  printed((context) =>
    runTop(
      { ...connection, servers, once: true, intervalMs: 20, ...given },
      { screen: undefined, keys: undefined, ...context, ...terminal },
    ),
  );

it("doctor finds a healthy ensemble, of which each server may be restarted", async () => {
  const { code, text, complaints } = await doctor(ensemble.connectString, { readsZnodes: true });
  expect([code, complaints]).toEqual([0, []]);
  expect(text).toMatch(/^✓ quorum +3 of 3 voters serve; 1 more may stop$/m);
  expect(text).toMatch(/^✓ leader +server\.[123] leads$/m);
  expect(text).toMatch(/^✓ tree +\d+ znodes/m);
  expect(text.match(/^ {2}server\.[123] {2}(?:leader|follower) +yes: 2 voters of 3 remain/gm)).toHaveLength(3);
  expect(text.trimEnd().endsWith("✓ the ensemble is healthy")).toBe(true);
});

it("doctor exits by its answer about one server, and names an unknown one", async () => {
  expect((await doctor(ensemble.connectString, { mayRestart: "2", asJson: true })).code).toBe(0);
  const unknown = await doctor(ensemble.connectString, { mayRestart: "9" });
  expect([unknown.code, unknown.complaints]).toEqual([
    2,
    ["9 is no server of this ensemble: name the id or the address of one"],
  ]);
});

it("doctor says in JSON that one server alone has no quorum, and why no client gets a session", async () => {
  const { code, text } = await doctor("127.0.0.1:1", { asJson: true, connectTimeoutMs: 200 });
  expect(code).toBe(2);
  const objects = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(objects).toContainEqual(expect.objectContaining({ level: "problem", check: "session" }));
  expect(objects).toContainEqual(expect.objectContaining({ restart: "127.0.0.1:1", may: true }));
  expect(objects.at(-1)).toEqual({ level: "problem" });
});

it("top prints one page with a line for each server, and JSON with exact zxids", async () => {
  const { code, text } = await top(ensemble.connectString);
  expect(code).toBe(0);
  expect(text).toMatch(/^3 of 3 servers answer, leader server\.[123], \d+ requests\/s$/m);
  expect(text.match(/^server\.[123] +(?:leader|follower) +127\.0\.0\.1:\d+/gm)).toHaveLength(3);
  const { rows } = JSON.parse((await top(ensemble.connectString, { asJson: true })).text);
  expect(rows[0]).toMatchObject({ server: "server.1", zxid: expect.stringMatching(/^0x1[0-9a-f]{8}$/) });
});

it("top refreshes its page on a terminal until q, and leaves the terminal as it was", async () => {
  const [terminal, keys] = [new PassThrough({ encoding: "utf8" }), new PassThrough()];
  let shown = "";
  terminal.on("data", (text: string) => {
    shown += text;
  });
  const running = top(ensemble.connectString, { once: false }, { screen: new Screen(terminal), keys });
  await eventually(() => shown.split("requests/s").length > 2, { what: "two pages" });
  keys.write("q");
  expect((await running).code).toBe(0);
  expect(shown.startsWith("\u001b[?1049h\u001b[?25l")).toBe(true);
  expect(shown.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
});

it("top says which server does not answer, with exit code 1", async () => {
  const { code, complaints } = await top("127.0.0.1:1", { connectTimeoutMs: 200 });
  expect(code).toBe(1);
  expect(complaints.join()).toContain("127.0.0.1:1");
});

itOnApache("doctor and top read an ensemble of Apache, also from one server of it", async () => {
  const servers = await sharedApache();
  await using zk = await connect(servers);
  expect(zk.state).toBe("connected");
  const { text } = await doctor(servers);
  expect(text).toMatch(/^✓ quorum +3 of 3 voters serve; 1 more may stop$/m);
  expect(text).toMatch(/^✓ configuration +3 servers have version 0x/m);
  expect(text).not.toContain("✗");
  const page = (await top(servers)).text;
  expect(page).toMatch(/^3 of 3 servers answer, leader server\.[123]/m);
  expect(page).toMatch(/^server\.1 +\w+ +\S+ +\d+ /m);
  const one = await doctor(servers.split(",")[0]!);
  expect(one.text).toMatch(
    /^\? servers +not read, or without a known id, as the configuration names no address for clients: server\.\d, server\.\d;/m,
  );
});
