import { type AuthPacket, ErrorCode, JuteReader, JuteWriter, type Operation } from "@conclave/protocol";
import type { AuditLog } from "../../src/pipeline/audit-log.js";
import type { Authenticator, SaslAnswer } from "../../src/pipeline/authenticator.js";
import type { Channel } from "../../src/pipeline/channel.js";
import { CommitQueue } from "../../src/pipeline/commit-queue.js";
import { Proposer } from "../../src/pipeline/proposer.js";
import { RequestHandler } from "../../src/pipeline/request-handler.js";
import { ServerStats } from "../../src/pipeline/server-stats.js";
import type { WritePolicy } from "../../src/pipeline/validate.js";
import { ConsecutiveZxids } from "../../src/pipeline/zxid-source.js";
import { SessionAuthority } from "../../src/sessions/session-authority.js";
import { DataTree } from "../../src/tree/data-tree.js";
import { PendingTree } from "../../src/tree/pending/pending-tree.js";
import type { TxnRecord } from "../../src/tree/txn.js";
import { StalledClock } from "../wire/stalled-clock.js";
import { TestChannel } from "./test-channel.js";

export interface TestPipelineOptions {
  readonly policy?: Partial<WritePolicy>;
  readonly audit?: Pick<AuditLog, "request">;
  /** Schemes of which clients must prove one. */
  readonly required?: ReadonlySet<string>;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Accepts the scheme `digest` with any credentials, and the SASL token "ann"; "more" asks for another token. */
class TestAuthenticator implements Authenticator {
  readonly required: ReadonlySet<string> | undefined;

  constructor(required: ReadonlySet<string> | undefined) {
    this.required = required;
  }

  authenticate(_channel: Channel, { scheme, auth }: AuthPacket): readonly { scheme: string; id: string }[] | undefined {
    return scheme === "digest" ? [{ scheme, id: text(auth!) }] : undefined;
  }

  sasl(_channel: Channel, token: Uint8Array): SaslAnswer {
    if (text(token) === "more") return { err: ErrorCode.OK, token, ids: [] };
    if (text(token) !== "ann") return { err: ErrorCode.AUTH_FAILED, token: null, ids: [] };
    return { err: ErrorCode.OK, token: null, ids: [{ scheme: "sasl", id: "ann" }] };
  }
}

/** All steps from request to reply, with real parts, on a clock, connections and a disk that a test controls. */
export class TestPipeline {
  readonly clock = new StalledClock();
  readonly tree = new DataTree();
  readonly stats = new ServerStats();
  readonly sessions = new SessionAuthority<TestChannel>(
    { tickTimeMs: 100, minSessionTimeoutMs: 100, maxSessionTimeoutMs: 1_000_000 },
    1000n,
    0,
  );
  readonly queue = new CommitQueue({
    lastZxid: 0n,
    apply: (record) => {
      this.records.push(record);
      return this.#pending.applyTo(this.tree, record);
    },
    onAdvanced: () => {},
  });
  /** Transactions that were applied. */
  readonly records: TxnRecord[] = [];
  /** Bytes of the requests that are not applied. */
  requestBytes = 0;
  readonly proposer: Proposer<TestChannel>;
  readonly handler: RequestHandler;
  readonly #pending = new PendingTree(this.tree);
  #isHeld = false;

  constructor({ policy, audit, required }: TestPipelineOptions = {}) {
    const { clock, tree, stats, sessions, queue } = this;
    this.proposer = new Proposer<TestChannel>({
      ...{ pending: this.#pending, sessions, queue, clock, zxids: new ConsecutiveZxids(0n) },
      replicator: { propose: () => this.#commit() },
      policy: {
        ...{ extendedTypes: true, schemes: new Set(["digest", "ip"]), quotas: undefined, maxTxnBytes: 1_000_000 },
        rightsOf: (ids) => ids,
        ...policy,
      },
    });
    this.handler = new RequestHandler({
      ...{ tree, stats, clock, sessions, audit },
      writes: {
        submit: (request, waiter) => this.proposer.submit(request, waiter),
        closeSession: (id, cxid, waiter) => this.proposer.closeSession(id, cxid, waiter),
        sync: (_request, waiter) => queue.barrier(waiter),
      },
      authenticator: new TestAuthenticator(required),
      largeRequests: {
        change: (before, now) => {
          this.requestBytes += now - before;
        },
      },
    });
  }

  /** Opens a session on a connection of its own. */
  connect(timeoutMs = 10_000): TestChannel {
    const channel = new TestChannel();
    channel.session = this.sessions.create(timeoutMs, this.clock.now());
    this.proposer.createSession(channel.session.id, timeoutMs, { applied() {} });
    return channel;
  }

  /** Commits nothing from now on, as while the disk is busy. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Commits what was proposed, and everything from now on. */
  release(): void {
    this.#isHeld = false;
    this.#commit();
  }

  #commit(): void {
    if (this.#isHeld) return;
    this.queue.markDurable(this.queue.proposed);
    this.queue.markCommitted(this.queue.proposed);
  }

  /** Handles a request; its replies are at the channel. */
  send<Q>(
    channel: TestChannel,
    operation: Pick<Operation<Q, unknown>, "type" | "writeRequest">,
    request: Q,
    { xid = 1, isThrottled = false } = {},
  ): void {
    const out = new JuteWriter();
    operation.writeRequest(out, request);
    this.sendBody(channel, operation.type, out.take(), { xid, isThrottled });
  }

  /** Handles a request whose body is given as bytes. */
  sendBody(channel: TestChannel, type: number, body: Uint8Array, { xid = 1, isThrottled = false } = {}): void {
    const out = new JuteWriter();
    out.writeInt(xid);
    out.writeInt(type);
    out.writeRaw(body);
    this.handler.handle(channel, channel.session!, new JuteReader(out.take()), isThrottled);
  }

  /** Handles a request, and returns its reply, which must be the only one. */
  call<Q, R>(
    channel: TestChannel,
    operation: Operation<Q, R, never>,
    request: Q,
    xid = 1,
  ): ReturnType<typeof channel.reply<R>> {
    this.send(channel, operation, request, { xid });
    return channel.reply(operation);
  }
}
