import {
  ErrorCode,
  exists,
  FrameDecoder,
  getChildren2,
  JuteReader,
  JuteWriter,
  OpCode,
  type ReconfigRequest,
  type ReplyHeader,
  readConnectResponse,
  readReplyHeader,
  readWatcherEvent,
  setWatches,
  writeConnectRequest,
  Xid,
} from "@conclave/protocol";
import { type Random, randomInt, type Timer } from "@conclave/runtime";
import type { History } from "../check/history.ts";
import { demand, zxidText } from "../check/violation.ts";
import { CLIENT_PORT } from "../member/member.ts";
import type { Host } from "../network/links.ts";
import type { VirtualNetwork } from "../network/virtual-network.ts";
import type { VirtualSocket } from "../network/virtual-socket.ts";
import { Life } from "../time/life.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { ClientWatches } from "./client-watches.ts";
import type { ReplyCheck, SentRequest } from "./reply-check.ts";
import { type ClientRequest, FOLDERS, type Load } from "./request.ts";

export interface VirtualClientOptions {
  readonly host: Host;
  readonly scheduler: Scheduler;
  readonly network: VirtualNetwork;
  readonly random: Random;
  readonly members: readonly Host[];
  readonly history: History;
  readonly replies: ReplyCheck;
  readonly load: Load;
  readonly timeoutMs: number;
  /** Mean time between two requests in milliseconds. */
  readonly thinkMs: number;
  /** Requests that may wait for replies. */
  readonly depth: number;
  /** A planted fault: it sends no last zxid when it moves. */
  readonly hidesZxid: boolean;
}

/** A session as its client knows it. */
export interface ClientSession {
  readonly id: bigint;
  readonly password: Uint8Array;
  readonly timeoutMs: number;
}

/** A client with one session after the other, which moves from member to member, and checks everything that it is sent. */
export class VirtualClient {
  readonly #options: VirtualClientOptions;
  readonly #watches: ClientWatches;
  #life: Life;
  #lives = 1;
  #session: ClientSession | undefined;
  #xid = 0;
  #lastZxid = 0n;
  #socket: VirtualSocket | undefined;
  #isConnected = false;
  #connectedSince = 0;
  #heardAt = 0;
  readonly #out = new JuteWriter();
  #sent: SentRequest[] = [];
  #isLoading = true;
  #timer: Timer | undefined;
  /** Numbers of sessions and of moves to another connection. */
  readonly counts = { sessions: 0, moves: 0, expired: 0, events: 0 };
  /** Number of writes that were acknowledged. */
  acknowledged = 0;

  constructor(options: VirtualClientOptions) {
    this.#options = options;
    this.#life = new Life(options.host);
    this.#watches = new ClientWatches(options.history.paths);
  }

  get host(): Host {
    return this.#options.host;
  }

  get session(): ClientSession | undefined {
    return this.#session;
  }

  /** Time since which this client is connected with its session; `undefined` while it is not. */
  get connectedSince(): number | undefined {
    return this.#isConnected ? this.#connectedSince : undefined;
  }

  start(): void {
    this.#dial();
    this.#thinkLater();
    this.#watchOver();
  }

  /** Sends no further requests; keeps its session. */
  rest(): void {
    this.#isLoading = false;
  }

  work(): void {
    this.#isLoading = true;
  }

  get isIdle(): boolean {
    return this.#sent.length === 0;
  }

  /** The process of the client dies, and another one starts without a session. */
  crash(): void {
    this.#life.end();
    this.#options.network.processEnded(this.#life);
    this.#life = new Life(`${this.host} life ${++this.#lives}`);
    this.#forgetSession();
    this.#dropConnection();
    this.start();
  }

  pause(): void {
    this.#life.pause();
  }

  resume(): void {
    if (this.#life.isPaused) this.#options.scheduler.resume(this.#life, true);
  }

  // Connection

  #dial(): void {
    const { network, members, random, scheduler } = this.#options;
    const member = members[randomInt(random, members.length)]!;
    const life = this.#life;
    const socket = network.connect(life, this.host, { host: member, port: CLIENT_PORT });
    this.#socket = socket;
    this.#heardAt = scheduler.now;
    const decoder = new FrameDecoder({ maxFrameBytes: 1024 * 1024 });
    socket.on("error", () => {});
    socket.on("connect", () => this.#sayHello());
    socket.on("data", (chunk: Uint8Array) => {
      decoder.push(chunk, (bytes, start, end) => {
        if (this.#socket === socket) this.#receive(new JuteReader(bytes.slice(start, end)));
      });
    });
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      this.#dropConnection();
      scheduler.after(5 + random.float() * 60, life, () => this.#dial());
    });
  }

  #sayHello(): void {
    const { timeoutMs, hidesZxid } = this.#options;
    const lastZxidSeen = hidesZxid ? 0n : this.#lastZxid;
    const { id: sessionId, password } = this.#session ?? { id: 0n, password: new Uint8Array(16) };
    this.#write((out) =>
      writeConnectRequest(out, {
        ...{ protocolVersion: 0, lastZxidSeen, timeoutMs, sessionId, password, readOnly: false },
      }),
    );
  }

  #dropConnection(): void {
    this.#isConnected = false;
    this.#socket = undefined;
    for (const { kind } of this.#sent) if (kind !== "read") this.#options.replies.counts.unknown++;
    this.#sent = [];
  }

  #forgetSession(): void {
    this.#session = undefined;
    this.#lastZxid = 0n;
    this.#xid = 0;
    this.#watches.clear();
  }

  /** Pings, and gives up a connection on which nothing comes. */
  #watchOver(): void {
    const { scheduler, timeoutMs } = this.#options;
    scheduler.after(timeoutMs / 4, this.#life, () => {
      if (this.#socket !== undefined && scheduler.now - this.#heardAt > (timeoutMs * 2) / 3) {
        this.#socket.destroy();
      } else if (this.#isConnected) {
        this.#write((out) => {
          out.writeInt(Xid.ping);
          out.writeInt(OpCode.ping);
        });
      }
      this.#watchOver();
    });
  }

  // Requests

  #thinkLater(): void {
    const { scheduler, thinkMs, random } = this.#options;
    this.#timer?.cancel();
    this.#timer = scheduler.after(thinkMs * 2 * random.float(), this.#life, () => {
      if (this.#isConnected && this.#isLoading && this.#sent.length < this.#options.depth) this.#request();
      this.#thinkLater();
    });
  }

  #request(): void {
    const { load, random } = this.#options;
    if (randomInt(random, 300) === 0) this.#send(load.close());
    else if (randomInt(random, 60) === 0) this.#socket?.destroy();
    else this.#send(load.next());
  }

  #send(request: ClientRequest): void {
    const { replies } = this.#options;
    const sent = { ...request, xid: ++this.#xid, acknowledgedBefore: replies.acknowledged };
    this.#sent.push(sent);
    this.#write((out) => {
      out.writeInt(sent.xid);
      out.writeInt(request.operation.type);
      request.operation.writeRequest(out, request.request as never);
    });
  }

  #write(write: (out: JuteWriter) => void): void {
    const out = this.#out;
    out.beginFrame();
    write(out);
    out.endFrame();
    this.#socket?.write(out.take());
  }

  /** Asks for other members of the ensemble. Returns false if this client is not connected. */
  reconfigure(request: ReconfigRequest): boolean {
    if (!this.#isConnected || !this.#isLoading) return false;
    this.#send(this.#options.load.reconfigure(request));
    return true;
  }

  // Replies

  #receive(input: JuteReader): void {
    this.#heardAt = this.#options.scheduler.now;
    if (!this.#isConnected) return this.#welcome(input);
    const header = readReplyHeader(input);
    if (header.xid === Xid.notification) {
      this.counts.events++;
      return this.#watches.fired(readWatcherEvent(input));
    }
    if (header.xid === Xid.auth) return;
    this.#saw(header);
    if (header.xid === Xid.ping) return;
    if (header.xid === Xid.setWatches) return this.#watches.restored(header.zxid);
    this.#answered(header, input);
  }

  /** A client never sees the past, also when it has moved. */
  #saw({ zxid }: ReplyHeader): void {
    if (zxid <= 0n) return;
    demand(zxid >= this.#lastZxid, () => `${this.host} saw ${zxidText(zxid)} after ${zxidText(this.#lastZxid)}`);
    this.#watches.sawReply(zxid);
    this.#lastZxid = zxid;
  }

  #welcome(input: JuteReader): void {
    const { scheduler, load } = this.#options;
    const { sessionId, password, timeoutMs } = readConnectResponse(input);
    if (sessionId === 0n || timeoutMs === 0) {
      this.counts.expired++;
      this.#forgetSession();
      this.#socket?.destroy();
      return;
    }
    const isNew = this.#session === undefined;
    demand(isNew || this.#session?.id === sessionId, () => `${this.host} was given another session than it resumes`);
    this.#session = { id: sessionId, password, timeoutMs };
    this.#isConnected = true;
    this.#connectedSince = scheduler.now;
    if (isNew) {
      this.counts.sessions++;
      for (const path of FOLDERS) this.#send(load.folder(path));
    } else {
      this.counts.moves++;
      this.#restoreWatches();
    }
  }

  #restoreWatches(): void {
    if (this.#watches.count === 0) return;
    this.#watches.moving(this.#lastZxid);
    this.#write((out) => {
      out.writeInt(Xid.setWatches);
      out.writeInt(OpCode.setWatches);
      setWatches.writeRequest(out, {
        relativeZxid: this.#lastZxid,
        dataWatches: this.#watches.pathsOf("data"),
        existWatches: this.#watches.pathsOf("exist"),
        childWatches: this.#watches.pathsOf("child"),
      });
    });
  }

  #answered(header: ReplyHeader, input: JuteReader): void {
    const { replies, load } = this.#options;
    const sent = this.#sent.shift();
    demand(
      sent?.xid === header.xid,
      () =>
        `${this.host} was answered xid ${header.xid}, but ${sent?.xid ?? "none"} (${sent?.operation.name}) is the next one`,
    );
    const hasBody = header.err === ErrorCode.OK && input.remaining > 0;
    const response = hasBody ? sent.operation.readResponse(input) : undefined;
    replies.check(this.#session!.id, sent, header, response);
    if (sent.kind === "write" && header.err === ErrorCode.OK) this.acknowledged++;
    if (sent.kind === "close") {
      this.#isConnected = false;
      this.#forgetSession();
      this.#socket?.destroy();
      return;
    }
    if (sent.watch) this.#watch(sent, header);
    const path = (response as { path?: string } | undefined)?.path;
    if (path !== undefined && path.length > 2 && sent.kind === "write") load.created.push(path);
  }

  #watch({ operation, path }: SentRequest, { zxid, err }: ReplyHeader): void {
    if (err === ErrorCode.OK) this.#watches.set(operation.type === getChildren2.type ? "child" : "data", path, zxid);
    else if (err === ErrorCode.NO_NODE && operation.type === exists.type) this.#watches.set("exist", path, zxid);
  }
}
