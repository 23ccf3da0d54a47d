/**
 * A process of the smallest replicated server: sockets and one file, without sessions, data, elections or formats. A message of
 * a client goes to every follower and to the disk, and is sent back when the leader and one follower have it on disk.
 */
import { constants, openSync, write } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { childInput, report } from "../processes/child.ts";

export interface BareInput {
  /** File that is written. */
  readonly file: string;
  /** Port of the leader; without one, this is the leader. */
  readonly leader?: number | undefined;
}

export interface BareReport {
  readonly type: "ready";
  /** Port of the leader. */
  readonly port: number;
}

/** First byte of a follower's connection. The echo client sends zeros. */
const FOLLOWER = 1;
const ACKNOWLEDGEMENT = Buffer.of(FOLLOWER);

const { file, leader } = childInput<BareInput>();
const log = openSync(file, constants.O_RDWR | (constants.O_DSYNC ?? constants.O_SYNC));
let position = 0;

/** Writes and flushes bytes in one operation, as the server's log does. */
function append(bytes: Uint8Array, done: () => void): void {
  write(log, bytes, 0, bytes.length, position, (error) => {
    if (error !== null) throw error;
    done();
  });
  position = (position + bytes.length) % (512 * 1024);
}

function follow(port: number): void {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true }, () => {
    socket.write(ACKNOWLEDGEMENT);
    void report<BareReport>({ type: "ready", port });
  });
  socket.on("data", (message: Buffer) => append(message, () => socket.write(ACKNOWLEDGEMENT)));
  socket.on("error", () => socket.destroy());
}

function lead(): void {
  const followers: Socket[] = [];
  let client: Socket | undefined;
  let message: Buffer = Buffer.alloc(0);
  /** Numbers of messages that the client has sent, that are on disk here, and on that of the fastest follower. */
  let received = 0;
  let written = 0;
  let acknowledged = 0;
  let answered = 0;
  const commit = (): void => {
    if (answered === received || written < received || acknowledged < received) return;
    answered = received;
    client!.write(message);
  };
  const receive = (next: Buffer): void => {
    message = next;
    received++;
    for (const follower of followers) follower.write(next);
    append(next, () => {
      written++;
      commit();
    });
  };
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (first: Buffer) => {
      if (first[0] !== FOLLOWER) {
        client = socket;
        socket.on("data", receive);
        receive(first);
        return;
      }
      followers.push(socket);
      let count = 0;
      socket.on("data", (acknowledgements) => {
        count += acknowledgements.length;
        acknowledged = Math.max(acknowledged, count);
        commit();
      });
    });
  });
  server.listen(0, "127.0.0.1", () => {
    void report<BareReport>({ type: "ready", port: (server.address() as AddressInfo).port });
  });
}

process.once("disconnect", () => process.exit(0));
if (leader === undefined) lead();
else follow(leader);
