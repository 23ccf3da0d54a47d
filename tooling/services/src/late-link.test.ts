import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { expect, it } from "vitest";
import { openLateLink } from "./late-link.ts";

it("passes everything on, in order, both ways, until it is closed", async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const link = await openLateLink((server.address() as AddressInfo).port, 5);
  const socket = connect(link.port, "127.0.0.1").setEncoding("utf8");
  let heard = "";
  socket.on("data", (text: string) => {
    heard += text;
  });
  let said = "";
  for (let i = 0; i < 50; i++) {
    said += `${i} `;
    socket.write(`${i} `);
    await new Promise(setImmediate);
  }
  await expect.poll(() => heard).toBe(said);
  link.close();
  await once(socket, "close");
  server.close();
  await once(server, "close");
});
