/** A process that echoes its input: the smallest possible server. */
import { type AddressInfo, createServer } from "node:net";
import { report } from "../processes/child.ts";

export interface EchoReport {
  readonly type: "listening";
  readonly port: number;
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => socket.write(chunk));
});
server.listen(0, "127.0.0.1", () => {
  void report<EchoReport>({ type: "listening", port: (server.address() as AddressInfo).port });
});
process.once("disconnect", () => process.exit(0));
