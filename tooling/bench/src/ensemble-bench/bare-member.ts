/**
 * A process of the smallest replicated server: sockets and one file, without sessions, data, elections or formats. The messages of
 * clients go to every follower and to the disk, and are sent back when the leader and one follower have them on disk. What arrives
 * together is passed on together.
 */
import { constants, openSync, write, writeSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { childInput, report } from "../processes/child.ts";

export interface BareInput {
  /** File that is written, over and over. */
  readonly file: string;
  readonly fileBytes: number;
  /** Writes up to this size are made by the process itself, and others by a thread. */
  readonly waitBytes: number;
  /** Port of the leader; without one, this is the leader. */
  readonly leader?: number | undefined;
}

export interface BareReport {
  readonly type: "ready";
  /** Port of the leader. */
  readonly port: number;
}

/** First byte of a follower's connection. The messages of clients are zeros. */
const FOLLOWER = 1;
const HELLO = Buffer.of(FOLLOWER);
/** An acknowledgement is the number of bytes that are on disk. */
const ACKNOWLEDGEMENT_BYTES = 8;

const { file, fileBytes, waitBytes, leader } = childInput<BareInput>();
const log = openSync(file, constants.O_RDWR | (constants.O_DSYNC ?? constants.O_SYNC));

/** What arrived since the last write to the disk. */
let unwritten: Buffer[] = [];
let isWriting = false;
let position = 0;
/** Bytes that are on disk, of all that arrived. */
let written = 0;

/** Writes bytes with all that arrives in this turn, or during the write before; calls back after each write. */
function append(bytes: Buffer, onWritten: () => void): void {
  unwritten.push(bytes);
  if (isWriting) return;
  isWriting = true;
  setImmediate(() => writeAll(onWritten));
}

function writeAll(onWritten: () => void): void {
  const bytes = unwritten.length === 1 ? unwritten[0]! : Buffer.concat(unwritten);
  unwritten = [];
  const at = position + bytes.length > fileBytes ? 0 : position;
  position = at + bytes.length;
  const done = (error: Error | null): void => {
    if (error !== null) throw error;
    written += bytes.length;
    onWritten();
    isWriting = unwritten.length > 0;
    if (isWriting) writeAll(onWritten);
  };
  if (bytes.length > waitBytes) {
    write(log, bytes, 0, bytes.length, at, done);
  } else {
    writeSync(log, bytes, 0, bytes.length, at);
    done(null);
  }
}

/** Returns a function that sends bytes in one write at the end of the turn. */
function sender(socket: Socket): (bytes: Buffer) => void {
  let unsent: Buffer[] = [];
  return (bytes) => {
    if (unsent.push(bytes) > 1) return;
    setImmediate(() => {
      socket.write(unsent.length === 1 ? unsent[0]! : Buffer.concat(unsent));
      unsent = [];
    });
  };
}

function follow(port: number): void {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true }, () => {
    socket.write(HELLO);
    void report<BareReport>({ type: "ready", port });
  });
  const acknowledge = (): void => {
    const acknowledgement = Buffer.allocUnsafe(ACKNOWLEDGEMENT_BYTES);
    acknowledgement.writeDoubleBE(written);
    socket.write(acknowledgement);
  };
  socket.on("data", (messages: Buffer) => append(messages, acknowledge));
  socket.on("error", () => socket.destroy());
}

function lead(): void {
  const followers: ((bytes: Buffer) => void)[] = [];
  /** What is not answered, each with the number of bytes that have arrived with it. */
  const waiting: { readonly answer: (bytes: Buffer) => void; readonly messages: Buffer; readonly end: number }[] = [];
  let received = 0;
  let acknowledged = 0;
  const commit = (): void => {
    const committed = Math.min(written, acknowledged);
    const count = waiting.findIndex(({ end }) => end > committed);
    for (const { answer, messages } of waiting.splice(0, count === -1 ? waiting.length : count)) answer(messages);
  };
  const server = createServer({ noDelay: true }, (socket) => {
    const send = sender(socket);
    const receive = (messages: Buffer): void => {
      received += messages.length;
      waiting.push({ answer: send, messages, end: received });
      for (const follower of followers) follower(messages);
      append(messages, commit);
    };
    const receiveAcknowledgements = (bytes: Buffer): void => {
      // They are so short and rare that none is cut.
      acknowledged = Math.max(acknowledged, bytes.readDoubleBE(bytes.length - ACKNOWLEDGEMENT_BYTES));
      commit();
    };
    socket.on("error", () => socket.destroy());
    socket.once("data", (first: Buffer) => {
      if (first[0] === FOLLOWER) {
        followers.push(send);
        socket.on("data", receiveAcknowledgements);
      } else {
        socket.on("data", receive);
        receive(first);
      }
    });
  });
  server.listen(0, "127.0.0.1", () => {
    void report<BareReport>({ type: "ready", port: (server.address() as AddressInfo).port });
  });
}

process.once("disconnect", () => process.exit(0));
if (leader === undefined) lead();
else follow(leader);
