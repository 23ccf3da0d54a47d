import { type Acl, ErrorCode, type MultiOperation, OpCode, Permission } from "@conclave/protocol";
import { type Logger, shownText } from "@conclave/runtime";
import type { TxnResult } from "../tree/txn.js";
import type { Channel } from "./channel.js";

/** Subject of a write in the audit log. */
interface Audited {
  readonly operation: string;
  readonly znode?: string | undefined;
  readonly acl?: string | undefined;
  readonly znode_type?: string | undefined;
}

/** In the order of the flags on the wire, as Apache writes them. */
const NODE_TYPES = [
  ...["persistent", "ephemeral", "persistent_sequential", "ephemeral_sequential", "container"],
  ...["persistent_with_ttl", "persistent_sequential_with_ttl"],
];

/**
 * Log of all writes with user, operation and result (`audit.enable`): a line for each write, with Apache's field names
 * and values (AuditHelper, AuditConstants). Changes that the server makes by itself are logged under the user that runs
 * it.
 */
export class AuditLog {
  readonly #logger: Logger;
  readonly #serverUser: string;

  constructor(logger: Logger, serverUser: string) {
    this.#logger = logger;
    this.#serverUser = serverUser;
  }

  server(operation: "serverStart" | "serverStop"): void {
    this.#log({ user: this.#serverUser, operation, result: operation === "serverStart" ? "invoked" : "success" });
  }

  /** The ephemerals that went with a session. */
  sessionEnded(sessionId: bigint, paths: readonly string[]): void {
    const operation = "ephemeralZNodeDeletionOnSessionCloseOrExpire";
    const session = hex(sessionId);
    for (const znode of paths) this.#log({ user: this.#serverUser, operation, znode, session, result: "success" });
  }

  /** Prepares the log line of a request; the returned function writes it when the result is known. */
  request(channel: Channel, type: number, request: unknown): (result: TxnResult) => void {
    const parts = describe(type, request);
    const user = channel.ids.map(({ scheme, id }) => (scheme === "digest" ? id.split(":", 1)[0] : id)).join(",");
    const session = hex(channel.session?.id ?? 0n);
    const ip = channel.ids.find(({ scheme }) => scheme === "ip")?.id;
    return ({ err, path, results = [] }) => {
      const isDone = err === ErrorCode.OK && results.every((each) => each.err === ErrorCode.OK);
      const all = isDone || type !== OpCode.multi ? parts : [{ operation: "multiOperation" }];
      for (const [index, part] of all.entries()) {
        if (part.operation === "check") continue;
        const znode = path ?? results[index]?.path ?? part.znode;
        this.#log({ user, ...part, znode, session, ip, result: isDone ? "success" : "failure" });
      }
    };
  }

  #log(fields: Readonly<Record<string, string | undefined>>): void {
    const given = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, shownText(value)]],
    );
    this.#logger.info("audit", Object.fromEntries(given));
  }
}

/** One part, or of a multi as many as it has. */
function describe(type: number, request: unknown): readonly Audited[] {
  if (type === OpCode.multi) return (request as readonly MultiOperation[]).map(describePart);
  const { path, ...rest } = request as {
    readonly path: string;
    readonly flags?: number;
    readonly acl?: readonly Acl[];
  };
  switch (type) {
    case OpCode.delete:
      return [{ operation: "delete", znode: path }];
    case OpCode.setData:
      return [{ operation: "setData", znode: path }];
    case OpCode.setACL:
      return [{ operation: "setAcl", znode: path, acl: aclText(rest.acl ?? []) }];
    case OpCode.deleteContainer:
      return [{ operation: "delete" }];
    case OpCode.reconfig:
      return [{ operation: "reconfig" }];
    default:
      return [{ operation: "create", znode: path, znode_type: NODE_TYPES[rest.flags ?? 0] }];
  }
}

function describePart(operation: MultiOperation): Audited {
  const { type, path } = operation;
  if (type === OpCode.check) return { operation: "check", znode: path };
  return describe(type, operation)[0]!;
}

/** `world:anyone:cdrwa`, several separated by commas. */
function aclText(acl: readonly Acl[]): string {
  return acl.map(({ permissions, id }) => `${id.scheme}:${id.id}:${letters(permissions)}`).join(",");
}

function letters(permissions: number): string {
  const { CREATE, DELETE, READ, WRITE, ADMIN } = Permission;
  const bits = [CREATE, DELETE, READ, WRITE, ADMIN];
  return bits.map((bit, index) => ((permissions & bit) === 0 ? "" : "cdrwa"[index])).join("");
}

function hex(id: bigint): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`;
}
