import { once } from "node:events";
import { createConnection } from "node:net";
import { expect, it } from "vitest";
import { findRedis, startRedis } from "./redis.ts";

const ask = (port: number, commands: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = "";
    const socket = createConnection({ host: "127.0.0.1", port }, () => socket.write(`${commands}QUIT\r\n`));
    socket.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
    });
    socket.once("error", reject).once("close", () => resolve(answer));
  });

const found = await findRedis();
const options = found.available ? {} : { skip: true, meta: { skippedBecause: `no Redis: ${found.reason}` } as object };

it("a started Redis answers until it is closed", options, async () => {
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

it(
  "a durable Redis keeps acknowledged writes over a kill and a restart, and another one does not",
  options,
  async () => {
    for (const durable of [true, false]) {
      await using redis = await startRedis({ durable });
      expect(await ask(redis.port, "SET greeting hello\r\n")).toContain("+OK");
      await redis.restart();
      expect(await ask(redis.port, "GET greeting\r\n")).toMatch(durable ? /hello/ : /\$-1/);
    }
  },
);
