import dns, { type LookupAddress } from "node:dns";
import { once } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { openSocket } from "./open-socket.js";

/** Random source with which an order of two is reversed. */
const random = { float: () => 0, bytes: (length: number) => new Uint8Array(length) };
const NOTHING = { opened: () => {}, bytes: () => {} };
type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/** Until the end of the test, `answer` answers each lookup of a name in place of the system's resolver. */
const resolveNames = (answer: (callback: Answer) => void): unknown[] => {
  const { lookup } = dns;
  const asked: unknown[] = [];
  dns.lookup = ((hostname: string, { all }: { readonly all?: boolean }, callback: Answer) => {
    asked.push({ hostname, all });
    setImmediate(() => answer(callback));
  }) as typeof lookup;
  syncBuiltinESMExports();
  onTestFinished(() => {
    dns.lookup = lookup;
    syncBuiltinESMExports();
  });
  return asked;
};

it("a socket tries all addresses of a name, in random order", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
  const asked = resolveNames((callback) => callback(null, addresses));
  const { port } = server.address() as AddressInfo;
  const tried: string[] = [];
  await new Promise<void>((resolve) => {
    const socket = openSocket({ host: "zk.invalid", port }, random, undefined, { opened: resolve, bytes: () => {} });
    socket.on("connectionAttempt", (address: string) => tried.push(address));
    onTestFinished(() => void socket.destroy());
  });
  expect(asked).toEqual([{ hostname: "zk.invalid", all: true }]);
  expect(tried).toEqual(["127.0.0.2", "127.0.0.1"]);
});

it("a socket reports that a name cannot be resolved", async () => {
  const error = Object.assign(new Error("getaddrinfo ENOTFOUND zk.invalid"), { code: "ENOTFOUND" });
  resolveNames((callback) => callback(error, undefined as never));
  const socket = openSocket({ host: "zk.invalid", port: 1 }, random, undefined, NOTHING);
  expect(await once(socket, "error")).toEqual([error]);
});

it("a socket passes on bytes for as long as they arrive", async () => {
  const server = createServer((socket) => {
    socket.write("one");
    socket.once("data", () => socket.end("two"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  let text = "";
  const socket = openSocket({ host: "127.0.0.1", port }, random, undefined, {
    opened: () => {},
    bytes: (bytes) => {
      text += Buffer.from(bytes).toString();
      if (text === "one") socket.write("next");
    },
  });
  await once(socket, "close");
  expect(text).toBe("onetwo");
});
