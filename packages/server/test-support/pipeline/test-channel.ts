import { type Id, JuteReader, JuteWriter, type Operation, readReplyHeader } from "@conclave/protocol";
import type { Channel } from "../../src/pipeline/channel.js";
import { RequestOrder } from "../../src/pipeline/request-order.js";
import { RequestStatistics } from "../../src/pipeline/request-statistics.js";
import type { Session } from "../../src/sessions/session.js";

/** A reply with the fields of its header. */
export interface TestReply {
  readonly xid: number;
  readonly zxid: bigint;
  readonly err: number;
  readonly body: JuteReader;
}

/** A connection without a socket: its replies and events stay here until a test reads them. */
export class TestChannel implements Channel {
  ids: readonly Id[] = [{ scheme: "ip", id: "10.0.0.1" }];
  session: Session | undefined;
  /** True while the client does not read its replies. */
  isFull = false;
  readonly order = new RequestOrder(() => this.isFull);
  readonly statistics = new RequestStatistics();
  isOpen = true;
  /** Reason of {@link fail}. */
  failure: unknown;
  readonly #events: string[] = [];
  #out = new JuteWriter();

  get rights(): readonly Id[] {
    return this.ids;
  }

  addIds(ids: readonly Id[]): void {
    this.ids = [...this.ids, ...ids];
  }

  notify(type: number, path: string, zxid: bigint): void {
    this.#events.push(`${type} ${path} ${zxid}`);
  }

  output(): JuteWriter {
    return this.#out;
  }

  end(): void {
    this.isOpen = false;
  }

  fail(reason: unknown): void {
    this.failure = reason;
    this.isOpen = false;
  }

  /** Takes the events since the last call: type, path and zxid of each. */
  events(): string[] {
    return this.#events.splice(0);
  }

  /** Takes the replies since the last call. */
  replies(): TestReply[] {
    const bytes = this.#out.take();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const replies: TestReply[] = [];
    for (let at = 0; at < bytes.length; at += 4 + view.getInt32(at)) {
      const body = new JuteReader(bytes.slice(at + 4, at + 4 + view.getInt32(at)));
      replies.push({ ...readReplyHeader(body), body });
    }
    return replies;
  }

  /** Takes the one reply since the last call, and decodes its body; `response` is `undefined` for a reply without one. */
  reply<R>(operation: Pick<Operation<never, R, never>, "readResponse">): Omit<TestReply, "body"> & { response?: R } {
    const [reply, ...more] = this.replies();
    if (reply === undefined || more.length > 0) throw new Error(`${more.length + Number(reply !== undefined)} replies`);
    const { body, ...header } = reply;
    if (body.remaining === 0) return header;
    const response = operation.readResponse(body);
    if (body.remaining > 0) throw new Error(`${body.remaining} bytes after the reply`);
    return { ...header, response };
  }
}
