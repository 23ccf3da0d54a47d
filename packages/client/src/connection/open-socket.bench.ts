import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "vitest";

const READS = 1000;
const REPLY = Buffer.alloc(188);

/** Exchanges a byte for a reply 1000 times: a latency of 10 ms is 10 µs for both sides of one exchange. */
function exchanges(port: number, open: (port: number, onRead: () => void) => Socket) {
  return () =>
    new Promise<void>((resolve) => {
      let left = READS;
      const socket = open(port, () => {
        if (--left > 0) socket.write("x");
        else socket.destroy();
      });
      socket.on("connect", () => socket.write("x")).on("close", () => resolve());
    });
}

test("read 1000 x a reply of 188 bytes", async ({ bench, onTestFinished }) => {
  const server = createServer({ noDelay: true }, (socket) => socket.on("data", () => socket.write(REPLY)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const options = { port, host: "127.0.0.1", noDelay: true };
  const buffer = Buffer.allocUnsafeSlow(64 * 1024);
  await bench.compare(
    bench(
      "into one buffer",
      exchanges(port, (_, onRead) =>
        connect({ ...options, onread: { buffer, callback: () => onRead() === undefined } }),
      ),
    ),
    bench(
      "by events",
      exchanges(port, (_, onRead) => connect(options).on("data", onRead)),
    ),
    { time: 1000 },
  );
});
