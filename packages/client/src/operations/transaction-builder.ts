import { create, create2, ErrorCode, type MultiOperation, type MultiResult, multi, OpCode } from "@conclave/protocol";
import type { CreateOptions, OperationOptions, ZnodeData } from "../api/operation-options.js";
import type { Transaction } from "../api/transaction.js";
import { ZkError } from "../api/zk-error.js";
import type { Chroot } from "../paths/chroot.js";
import { argumentError } from "./argument-error.js";
import { createOperation, createRequest } from "./create-request.js";
import type { Submit } from "./operation-context.js";
import { copyOf, toBytes } from "./znode-bytes.js";

/** Collects the writes of one transaction. Invalid arguments are reported by `commit`. */
export class TransactionBuilder implements Transaction<unknown[]> {
  readonly #chroot: Chroot;
  readonly #submit: Submit;
  readonly #operations: MultiOperation[] = [];
  /** Paths as the caller wrote them. */
  readonly #paths: string[] = [];
  /** Indexes of the writes that return the Stat of the created znode. */
  readonly #withStat = new Set<number>();
  #error: ZkError | undefined;
  #isSent = false;

  constructor(chroot: Chroot, submit: Submit) {
    this.#chroot = chroot;
    this.#submit = submit;
  }

  create(path: string, data: ZnodeData = null, options: Omit<CreateOptions, "signal"> = {}): this {
    return this.#addCreate("create", path, data, options);
  }

  create2(path: string, data: ZnodeData = null, options: Omit<CreateOptions, "signal"> = {}): this {
    return this.#addCreate("create2", path, data, options);
  }

  setData(path: string, data: ZnodeData, version = -1): this {
    const error = argumentError("setData", path, version, data);
    if (error !== undefined) return this.#noteError(error);
    const request = { path: this.#chroot.toServer(path), data: copyOf(toBytes(data)), version };
    return this.#add(path, { type: OpCode.setData, ...request });
  }

  delete(path: string, version = -1): this {
    return this.#addVersioned("delete", path, version);
  }

  check(path: string, version = -1): this {
    return this.#addVersioned("check", path, version);
  }

  commit(options: OperationOptions = {}): Promise<never> {
    const error = this.#isSent ? alreadySent() : this.#error;
    this.#isSent = true;
    if (error !== undefined) return Promise.reject(error);
    return this.#submit({
      operation: multi,
      request: this.#operations,
      path: undefined,
      isWrite: true,
      signal: options.signal,
      onResponse: (results) => this.#read(results) as never,
    });
  }

  #addCreate(name: "create" | "create2", path: string, data: ZnodeData, options: Omit<CreateOptions, "signal">): this {
    const request = createRequest(name, path, data, options, this.#chroot);
    if (request instanceof ZkError) return this.#noteError(request);
    const { type } = createOperation<{ readonly path: string }>(request.flags, name === "create" ? create : create2);
    if (name === "create2") this.#withStat.add(this.#operations.length);
    return this.#add(path, { ...request, type: type as typeof OpCode.create, data: copyOf(request.data) });
  }

  #addVersioned(type: "delete" | "check", path: string, version: number): this {
    const error = argumentError(type, path, version);
    if (error !== undefined) return this.#noteError(error);
    return this.#add(path, { type: OpCode[type], path: this.#chroot.toServer(path), version });
  }

  #add(path: string, operation: MultiOperation): this {
    if (this.#isSent) return this.#noteError(alreadySent());
    this.#operations.push(operation);
    this.#paths.push(path);
    return this;
  }

  #noteError(error: ZkError): this {
    this.#error ??= error;
    return this;
  }

  /** Returns the results of the writes that have one; throws the error of the first write that failed. */
  #read(results: readonly MultiResult[]): unknown[] {
    const values: unknown[] = [];
    for (const [index, result] of results.entries()) {
      if (result.type === OpCode.error && result.err !== ErrorCode.OK) throw this.#failure(index, result.err);
      if (result.type === OpCode.setData) values.push(result.stat);
      else if (result.type === OpCode.create || result.type === OpCode.create2)
        values.push(this.#createdValue(index, result));
    }
    return values;
  }

  #createdValue(index: number, created: Extract<MultiResult, { readonly path: string }>): unknown {
    const path = this.#chroot.toCaller(created.path);
    if (!this.#withStat.has(index)) return path;
    return { path, stat: created.type === OpCode.create2 ? created.stat : undefined };
  }

  #failure(index: number, errno: number): ZkError {
    const type = this.#operations[index]?.type;
    const name = Object.entries(OpCode).find(([, code]) => code === type)?.[0] ?? "operation";
    return ZkError.fromReply(errno, `transaction, ${name}`, this.#paths[index]);
  }
}

function alreadySent(): ZkError {
  return new ZkError("BAD_ARGUMENTS", "transaction: already committed", { outcome: "not-applied" });
}
