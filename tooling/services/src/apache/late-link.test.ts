import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { expect, it } from "vitest";
import { openLateLink } from "./late-link.ts";

it("a delaying link forwards all bytes in order in both directions until it is closed", async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const link = await openLateLink((server.address() as AddressInfo).port, 5);
  const socket = connect(link.port, "127.0.0.1").setEncoding("utf8");
  let received = "";
  socket.on("data", (text: string) => {
    received += text;
  });
  let sent = "";
  for (let i = 0; i < 50; i++) {
    sent += `${i} `;
    socket.write(`${i} `);
    await new Promise(setImmediate);
  }
  await expect.poll(() => received).toBe(sent);
  link.close();
  await once(socket, "close");
  server.close();
  await once(server, "close");
});
