import { PassThrough } from "node:stream";
import { CreateMode, connect, makePath, type ZooKeeper } from "@conclave/client";
import { Group } from "@conclave/recipes/group";
import { LeaderElection } from "@conclave/recipes/leader-election";
import { Mutex } from "@conclave/recipes/mutex";
import { ReadWriteLock } from "@conclave/recipes/read-write-lock";
import { Semaphore } from "@conclave/recipes/semaphore";
import { startServer } from "@conclave/server";
import { eventually, startTestServer, type TestServer } from "@conclave/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { runShell } from "./run-shell.js";

let server: TestServer;
let servers: string;
let zk: ZooKeeper;
let other: ZooKeeper;
let count = 0;
const patient = { sessionTimeoutMs: 40_000 };
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  const chroot = `/test-${count++}`;
  await using bare = await connect(server.connectString);
  await bare.create(chroot);
  servers = server.connectString + chroot;
  [zk, other] = [await connect(servers, patient), await connect(servers, patient)];
  return () => Promise.all([zk.close(), other.close()]);
});

/** Runs one command of the shell; resolves with what it printed. */
async function printed(asJson: boolean, ...command: string[]): Promise<string> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let text = "";
  output.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const none = {
    auth: undefined,
    sasl: undefined,
    tls: false,
    ca: undefined,
    cert: undefined,
    key: undefined,
    canBeReadOnly: false,
  };
  const code = await runShell(
    { servers, command, asJson, connectTimeoutMs: 60_000, ...none },
    {
      input,
      output,
      isTerminal: false,
      complain: (complaint) => expect.unreachable(complaint),
      onStopRequested: () => () => {},
    },
  );
  expect(code).toBe(0);
  return text;
}

const TIME = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
const place = ({ sessionId }: ZooKeeper): string =>
  String.raw`session 0x${sessionId.toString(16)}, token \d+, since ${TIME} \(\d+ s\)`;

it("locks prints the holder and the waiters of each mutex that has some, in order", async () => {
  const grant = await new Mutex(zk, { name: "billing/eu", id: "worker-1" }).acquire();
  await (await new Mutex(zk, { name: "free", id: "worker-1" }).acquire()).release();
  const waiting = new Mutex(other, { name: "billing/eu", id: "two words" });
  const later = waiting.acquire();
  await eventually(async () => (await waiting.contenders()).length === 2, { what: "the waiter" });
  const text = await printed(false, "locks");
  expect(text).toMatch(
    new RegExp(
      String.raw`^billing/eu  /conclave/locks/billing%2Feu\n  holds      worker-1  \(${place(zk)}\)\n  waits      "two words"  \(${place(other)}\)  waits for worker-1: it holds\n$`,
    ),
  );
  expect(await printed(false, "locks", "billing/eu")).toBe(text);
  expect(await printed(false, "locks", "free")).toBe("free  /conclave/locks/free: no process takes part\n");
  const [holder, waiter] = JSON.parse(
    await printed(true, "locks", grant.path.slice(0, grant.path.lastIndexOf("/"))),
  ).entrants;
  expect(holder).toMatchObject({ id: "worker-1", role: "holds", fencingToken: `0x${grant.fencingToken.toString(16)}` });
  expect(waiter).toMatchObject({ id: "two words", role: "waits" });
  await grant.release();
  await (await later).release();
});

it("locks prints all readers that hold a read-write lock, and the writer and the readers that wait", async () => {
  const lock = (client: ZooKeeper, id: string): ReadWriteLock => new ReadWriteLock(client, { name: "pages", id });
  const readers = [await lock(zk, "r1").read.acquire(), await lock(other, "r2").read.acquire()];
  const writer = lock(zk, "w1").write.acquire();
  await eventually(async () => (await lock(zk, "").read.contenders()).length === 3, { what: "the writer" });
  const late = lock(zk, "r3").read.acquire();
  await eventually(async () => (await lock(zk, "").read.contenders()).length === 4, { what: "the reader" });
  const { entrants } = JSON.parse(await printed(true, "locks")) as { entrants: { id: string; role: string }[] };
  expect(entrants.map(({ id, role }) => `${id} ${role}`)).toEqual(["r1 holds", "r2 holds", "w1 waits", "r3 waits"]);
  for (const each of readers) await each.release();
  await (await writer).release();
  await (await late).release();
});

it("elections prints the leader, the candidates, and the number of those that have left", async () => {
  await (await new LeaderElection(other, { name: "reports" }).campaign()).release();
  await eventually(async () => (await new LeaderElection(zk, { name: "reports" }).participants()).length === 0);
  const leadership = await new LeaderElection(zk, { name: "reports", id: "one\u001b" }).campaign();
  const second = new LeaderElection(other, { name: "reports", id: "two" });
  const next = second.campaign();
  await eventually(async () => (await second.participants()).length === 2, { what: "the candidate" });
  expect(await printed(false, "elections")).toMatch(
    new RegExp(
      String.raw`^reports  /conclave/elections/reports  \(candidacies 3, ended 1\)\n  leads      "one\\u001b"  \(${place(zk)}\)\n  candidate  two  \(${place(other)}\)  waits for "one\\u001b": it leads\n$`,
    ),
  );
  await leadership.release();
  await (await next).release();
});

it("groups prints the members with their data, the oldest first", async () => {
  await using _first = await new Group(zk, { name: "web" }).join({ id: "web-2", data: { port: 80 } });
  await using _second = await new Group(other, { name: "web" }).join({ id: "web-1", data: undefined });
  expect(await printed(false, "groups")).toMatch(
    new RegExp(
      String.raw`^web  /conclave/groups/web\n  member     web-2  \(${place(zk)}, data \{"port":80\}\)\n  member     web-1  \(${place(other)}\)\n$`,
    ),
  );
});

it("locks prints the holders of a semaphore, and the process that waits for a permit", async () => {
  const semaphore = (client: ZooKeeper, id: string): Semaphore =>
    new Semaphore(client, { name: "slots", permits: 1, id });
  const held = await semaphore(zk, "s1").acquire();
  const later = semaphore(other, "s2").acquire();
  await eventually(async () => (await semaphore(zk, "").holders()).length === 2, { what: "the waiter" });
  const [named, searched] = [await printed(true, "locks"), await printed(true, "locks", "--all")];
  const { kind, entrants } = JSON.parse(named) as { kind: string; entrants: { id: string; role: string }[] };
  expect([kind, ...entrants.map(({ id, role }) => `${id} ${role}`)]).toEqual(["semaphore", "s1 holds", "s2 waits"]);
  expect(searched).toBe(named);
  await held.release();
  await (await later).release();
});

it("--all finds locks and elections of Curator anywhere in the tree, at or below a path", async () => {
  const id = "00000000-0000-0000-0000-000000000000";
  for (const path of [`/java/lock/_c_${id}-lock-0000000000`, `/java/leader/_c_${id}-latch-0000000000`]) {
    await makePath(zk, path.slice(0, path.lastIndexOf("/")));
    await zk.create(path, "java-1", { mode: CreateMode.EPHEMERAL });
  }
  expect(await printed(false, "locks")).toBe("");
  expect(await printed(false, "locks", "--all")).toMatch(/^lock {2}\/java\/lock\n {2}holds {6}java-1 {2}\(session/);
  expect(JSON.parse(await printed(true, "elections", "--all", "/java"))).toMatchObject({
    path: "/java/leader",
    entrants: [{ id: "java-1", role: "leads" }],
  });
  expect(await printed(false, "locks", "--all", "/java/leader")).toBe("");
});

it("sessions prints the owners of ephemeral znodes, the one with most first, and no containers", async () => {
  for (const path of ["/a", "/b"]) await zk.create(path, null, { mode: CreateMode.EPHEMERAL });
  await other.create("/c", null, { mode: CreateMode.EPHEMERAL });
  await zk.create("/box", null, { mode: CreateMode.CONTAINER });
  const [first, second] = [zk, other].map(({ sessionId }) => `0x${sessionId.toString(16)}`);
  expect(await printed(false, "sessions")).toBe(
    `${first}  2 ephemeral znodes\n  /a\n  /b\n${second}  1 ephemeral znode\n  /c\naddresses of clients are not shown: add cons to 4lw.commands.whitelist of ${server.connectString}\n`,
  );
  expect(JSON.parse(await printed(true, "sessions", "/c"))).toEqual({ sessionId: second, ephemerals: ["/c"] });
});

it("sessions names the client by its id in a lock, and has its connection where the server permits cons", async () => {
  await using open = await startServer({ fourLetterWords: "*" });
  await using holder = await connect(open.connectString, patient);
  await using idle = await connect(open.connectString, patient);
  await using _grant = await new Mutex(holder, { name: "billing", id: "worker\u001b" }).acquire();
  servers = open.connectString;
  const sessions = (await printed(true, "sessions"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(sessions).toMatchObject([
    { sessionId: `0x${idle.sessionId.toString(16)}`, client: "127.0.0.1", ephemerals: [] },
    { client: "worker\u001b", connection: { remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/), timeoutMs: 40_000 } },
  ]);
  expect(await printed(false, "sessions", "/conclave")).toMatch(
    /^0x[0-9a-f]+ {2}"worker\\u001b" {2}1 ephemeral znode {2}\(127\.0\.0\.1:\d+ to \S+, timeout 40000 ms, connected for \d+ s, latency \d+ ms\)\n {2}\/conclave\/locks\/billing\/\S+ {2}\(lock\)\n$/,
  );
});

it("the commands print nothing where no recipe was ever used", async () => {
  for (const name of ["locks", "elections", "groups", "sessions"]) expect(await printed(false, name)).toBe("");
});
