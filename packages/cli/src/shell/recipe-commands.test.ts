import { PassThrough } from "node:stream";
import { CreateMode, connect, type ZooKeeper } from "@conclave/client";
import { Group } from "@conclave/recipes/group";
import { LeaderElection } from "@conclave/recipes/leader-election";
import { Mutex } from "@conclave/recipes/mutex";
import { ReadWriteLock } from "@conclave/recipes/read-write-lock";
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
  const none = { auth: undefined, tls: false, ca: undefined, cert: undefined, key: undefined, canBeReadOnly: false };
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
  String.raw`\(session 0x${sessionId.toString(16)}, token \d+, since ${TIME}`;

it("locks prints the holder and the waiters of each mutex that has some, in order", async () => {
  const grant = await new Mutex(zk, { name: "billing/eu", id: "worker-1" }).acquire();
  await (await new Mutex(zk, { name: "free", id: "worker-1" }).acquire()).release();
  const waiting = new Mutex(other, { name: "billing/eu", id: "two words" });
  const later = waiting.acquire();
  await eventually(async () => (await waiting.contenders()).length === 2, { what: "the waiter" });
  const text = await printed(false, "locks");
  expect(text).toMatch(
    new RegExp(
      String.raw`^billing/eu  /conclave/locks/billing%2Feu\n  holds      worker-1  ${place(zk)}\)\n  waits      "two words"  ${place(other)}\)\n$`,
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

it("elections prints the leader and the candidates", async () => {
  const leadership = await new LeaderElection(zk, { name: "reports", id: "one\u001b" }).campaign();
  const second = new LeaderElection(other, { name: "reports", id: "two" });
  const next = second.campaign();
  await eventually(async () => (await second.participants()).length === 2, { what: "the candidate" });
  expect(await printed(false, "elections")).toMatch(
    new RegExp(
      String.raw`^reports  /conclave/elections/reports\n  leads      "one\\u001b"  ${place(zk)}\)\n  candidate  two  ${place(other)}\)\n$`,
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
      String.raw`^web  /conclave/groups/web\n  member     web-2  ${place(zk)}, data \{"port":80\}\)\n  member     web-1  ${place(other)}\)\n$`,
    ),
  );
});

it("sessions prints the owners of ephemeral znodes, the one with most first, and no containers", async () => {
  for (const path of ["/a", "/b"]) await zk.create(path, null, { mode: CreateMode.EPHEMERAL });
  await other.create("/c", null, { mode: CreateMode.EPHEMERAL });
  await zk.create("/box", null, { mode: CreateMode.CONTAINER });
  const [first, second] = [zk, other].map(({ sessionId }) => `0x${sessionId.toString(16)}`);
  expect(await printed(false, "sessions")).toBe(
    `${first}  2 ephemeral znodes\n  /a\n  /b\n${second}  1 ephemeral znode\n  /c\n`,
  );
  expect(JSON.parse(await printed(true, "sessions", "/c"))).toEqual({ sessionId: second, ephemerals: ["/c"] });
});

it("the commands print nothing where no recipe was ever used", async () => {
  for (const name of ["locks", "elections", "groups", "sessions"]) expect(await printed(false, name)).toBe("");
});
