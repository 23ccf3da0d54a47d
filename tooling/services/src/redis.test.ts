import { once } from "node:events";
import { createConnection } from "node:net";
import { expect, it } from "vitest";
import { findRedis, startRedis } from "./redis.ts";

const found = await findRedis();
const options = found.available ? {} : { skip: true, meta: { skippedBecause: `no Redis: ${found.reason}` } as object };

it("starts a Redis that answers, and ends it", options, async () => {
  const redis = await startRedis();
  const socket = createConnection({ host: "127.0.0.1", port: redis.port });
  socket.write("SET greeting hello\r\nGET greeting\r\n");
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  await expect.poll(() => answer).toBe("+OK\r\n$5\r\nhello\r\n");
  const closed = once(socket, "close");
  await redis.close();
  await closed;
  const again = createConnection({ host: "127.0.0.1", port: redis.port });
  await expect(once(again, "connect")).rejects.toThrow("ECONNREFUSED");
});
