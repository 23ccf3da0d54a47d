import { ErrorCode, type MultiOperation, type MultiResult, multi, OpCode, type Stat } from "@conclave/protocol";
import type { Chroot } from "../chroot.js";
import type { CreateOptions, OperationOptions, ZnodeData } from "../operation-options.js";
import type { Transaction } from "../transaction.js";
import { ZkError } from "../zk-error.js";
import { argumentError } from "./argument-error.js";
import { createRequest } from "./create-request.js";
import type { Call } from "./pending-operation.js";
import { copyOf, toBytes } from "./znode-bytes.js";

/** Sends a call, or rejects its promise. */
export type Submit = <Request, Response, Result>(call: Call<Request, Response, Result>) => Promise<Result>;

/** Gathers the writes of one transaction. What is wrong with one of them is told by `commit`. */
export class TransactionBuilder implements Transaction<unknown[]> {
  readonly #chroot: Chroot;
  readonly #submit: Submit;
  readonly #operations: MultiOperation[] = [];
  /** As the caller wrote them. */
  readonly #paths: string[] = [];
  #error: ZkError | undefined;
  #isSent = false;

  constructor(chroot: Chroot, submit: Submit) {
    this.#chroot = chroot;
    this.#submit = submit;
  }

  create(path: string, data: ZnodeData = null, options: Omit<CreateOptions, "signal"> = {}): this {
    const request = createRequest("create", path, data, options, this.#chroot);
    if (request instanceof ZkError) return this.#refuse(request);
    return this.#add(path, { type: OpCode.create, ...request, data: copyOf(request.data) });
  }

  setData(path: string, data: ZnodeData, version = -1): this {
    const error = argumentError("setData", path, version, data);
    if (error !== undefined) return this.#refuse(error);
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

  #addVersioned(type: "delete" | "check", path: string, version: number): this {
    const error = argumentError(type, path, version);
    if (error !== undefined) return this.#refuse(error);
    return this.#add(path, { type: OpCode[type], path: this.#chroot.toServer(path), version });
  }

  #add(path: string, operation: MultiOperation): this {
    if (this.#isSent) return this.#refuse(alreadySent());
    this.#operations.push(operation);
    this.#paths.push(path);
    return this;
  }

  #refuse(error: ZkError): this {
    this.#error ??= error;
    return this;
  }

  /** The results that have something to tell; throws the error of the first write that failed. */
  #read(results: readonly MultiResult[]): unknown[] {
    const told: (string | Stat)[] = [];
    for (const [index, result] of results.entries()) {
      if (result.type === OpCode.error && result.err !== ErrorCode.OK) throw this.#failure(index, result.err);
      if (result.type === OpCode.create || result.type === OpCode.create2)
        told.push(this.#chroot.toCaller(result.path));
      else if (result.type === OpCode.setData) told.push(result.stat);
    }
    return told;
  }

  #failure(index: number, errno: number): ZkError {
    const type = this.#operations[index]?.type;
    const name = Object.entries(OpCode).find(([, code]) => code === type)?.[0] ?? "operation";
    return ZkError.fromReply(errno, `transaction, ${name}`, this.#paths[index]);
  }
}

function alreadySent(): ZkError {
  return new ZkError("BAD_ARGUMENTS", "transaction: it was committed before", { outcome: "not-applied" });
}
