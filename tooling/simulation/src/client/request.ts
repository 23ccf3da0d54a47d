import {
  CreateMode,
  closeSession,
  create,
  create2,
  deleteNode,
  exists,
  getChildren2,
  getData,
  type MultiOperation,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
  type Operation,
  type ReconfigRequest,
  reconfig,
  setData,
  sync,
} from "@conclave/protocol";
import { type Random, randomInt } from "@conclave/runtime";

/** A request that a client can send. `R` is not named: each kind checks its own reply. */
export interface ClientRequest {
  readonly kind: "read" | "write" | "sync" | "close";
  readonly operation: Operation<never, unknown, never>;
  readonly request: unknown;
  readonly path: string;
  readonly watch: boolean;
}

/** Registers that all clients read and write. */
const REGISTERS = ["/a", "/b", "/c", "/d"];
/** Parents of sequential znodes, and of ephemerals. */
export const FOLDERS = ["/q", "/e"];
const acl = OPEN_ACL_UNSAFE;

const of = (
  kind: ClientRequest["kind"],
  operation: Operation<never, never, never> | Operation<never, unknown, never>,
  request: unknown,
  path = "",
  watch = false,
): ClientRequest => ({ kind, operation: operation as Operation<never, unknown, never>, request, path, watch });

/** Chooses the requests of all clients of a run. Each write has data of its own. */
export class Load {
  readonly #random: Random;
  #serial = 0;
  /** Znodes below the folders that some client has created. */
  readonly created: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Creates a folder, which another client may have done. */
  folder(path: string): ClientRequest {
    return of("write", create as never, { path, data: this.#data(), acl, flags: CreateMode.PERSISTENT }, path);
  }

  close(): ClientRequest {
    return of("close", closeSession as never, undefined);
  }

  /** Changes the members of the ensemble. */
  reconfigure(request: ReconfigRequest): ClientRequest {
    return of("write", reconfig as never, request, "/zookeeper/config");
  }

  next(): ClientRequest {
    const random = this.#random;
    const choice = randomInt(random, 100);
    const register = REGISTERS[randomInt(random, REGISTERS.length)]!;
    const watch = randomInt(random, 4) === 0;
    if (choice < 30) return this.#set(register);
    if (choice < 36) return of("write", create2 as never, this.#node(register, CreateMode.PERSISTENT), register);
    if (choice < 44) return this.#createBelow();
    if (choice < 52) return this.#delete(register);
    if (choice < 58) return this.#multi(register);
    if (choice < 62) return of("sync", sync as never, { path: "/" }, "/");
    if (choice < 80) return of("read", getData as never, { path: this.#some(register), watch }, this.#last, watch);
    if (choice < 90) return of("read", exists as never, { path: this.#some(register), watch }, this.#last, watch);
    const folder = FOLDERS[randomInt(random, 2)]!;
    return of("read", getChildren2 as never, { path: folder, watch }, folder, watch);
  }

  #last = "";

  /** A register, or at times another znode. */
  #some(register: string): string {
    const { length } = this.created;
    this.#last =
      length > 0 && randomInt(this.#random, 4) === 0 ? this.created[randomInt(this.#random, length)]! : register;
    return this.#last;
  }

  #set(path: string): ClientRequest {
    const version = randomInt(this.#random, 5) === 0 ? randomInt(this.#random, 30) : -1;
    return of("write", setData as never, { path, data: this.#data(), version }, path);
  }

  #createBelow(): ClientRequest {
    const flags = [CreateMode.PERSISTENT_SEQUENTIAL, CreateMode.EPHEMERAL, CreateMode.EPHEMERAL_SEQUENTIAL][
      randomInt(this.#random, 3)
    ]!;
    const path = flags === CreateMode.PERSISTENT_SEQUENTIAL ? "/q/n-" : `/e/n${++this.#serial}`;
    return of("write", create as never, this.#node(path, flags), path);
  }

  #delete(register: string): ClientRequest {
    const { length } = this.created;
    const isRegister = length === 0 || (length < 20 && randomInt(this.#random, 4) === 0);
    const path = isRegister ? register : this.created.splice(randomInt(this.#random, length), 1)[0]!;
    return of("write", deleteNode as never, { path, version: -1 }, path);
  }

  #multi(register: string): ClientRequest {
    const operations: MultiOperation[] = [
      { type: OpCode.setData, path: register, data: this.#data(), version: -1 },
      { type: OpCode.create, ...this.#node("/q/m-", CreateMode.PERSISTENT_SEQUENTIAL) },
    ];
    if (randomInt(this.#random, 2) === 0) {
      operations.unshift({ type: OpCode.check, path: REGISTERS[0]!, version: randomInt(this.#random, 10) - 1 });
    }
    return of("write", multi as never, operations, register);
  }

  #node(path: string, flags: CreateMode) {
    return { path, data: this.#data(), acl, flags };
  }

  #data(): Uint8Array {
    const bytes = new Uint8Array(4 + randomInt(this.#random, 24));
    new DataView(bytes.buffer).setUint32(0, ++this.#serial);
    return bytes;
  }
}
