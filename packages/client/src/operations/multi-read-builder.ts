import { type MultiReadOperation, type MultiReadResult, multiRead, OpCode } from "@conclave/protocol";
import type { MultiRead } from "../api/multi-read.js";
import type { ConsistencyOptions } from "../api/operation-options.js";
import { ZkError } from "../api/zk-error.js";
import { argumentError } from "./argument-error.js";
import type { OperationContext } from "./operation-context.js";
import { copyOf } from "./znode-bytes.js";

/** Collects the reads of one request. Invalid arguments are reported by `read`. */
export class MultiReadBuilder implements MultiRead<unknown[]> {
  readonly #context: OperationContext;
  readonly #operations: MultiReadOperation[] = [];
  /** Paths as the caller wrote them. */
  readonly #paths: string[] = [];
  #error: ZkError | undefined;
  #isSent = false;

  constructor(context: OperationContext) {
    this.#context = context;
  }

  getData(path: string): this {
    return this.#add("getData", path);
  }

  getChildren(path: string): this {
    return this.#add("getChildren", path);
  }

  read({ signal, linearizable }: ConsistencyOptions = {}): Promise<never> {
    const error = this.#isSent ? alreadySent() : this.#error;
    this.#isSent = true;
    if (error !== undefined) return Promise.reject(error);
    return this.#context.submit({
      operation: multiRead,
      request: this.#operations,
      path: undefined,
      isWrite: false,
      signal,
      needsSync: linearizable ?? this.#context.linearizableReads,
      onResponse: (results) => results.map((result, index) => this.#valueOf(result, index)) as never,
    });
  }

  #add(name: "getData" | "getChildren", path: string): this {
    const error = this.#isSent ? alreadySent() : argumentError(name, path);
    if (error !== undefined) {
      this.#error ??= error;
      return this;
    }
    this.#operations.push({ type: OpCode[name], path: this.#context.chroot.toServer(path) });
    this.#paths.push(path);
    return this;
  }

  #valueOf(result: MultiReadResult, index: number): unknown {
    switch (result.type) {
      case OpCode.getData:
        return { data: copyOf(result.data), stat: result.stat };
      case OpCode.getChildren:
        return result.children;
      case OpCode.error: {
        const name = this.#operations[index]?.type === OpCode.getData ? "getData" : "getChildren";
        return ZkError.fromReply(result.err, `multiRead, ${name}`, this.#paths[index]);
      }
    }
  }
}

function alreadySent(): ZkError {
  return new ZkError("BAD_ARGUMENTS", "multiRead: already sent", { outcome: "not-applied" });
}
