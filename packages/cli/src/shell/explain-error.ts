import { isZkError, type ZkError, type ZooKeeper } from "@conclave/client";
import { quotedIfNeeded } from "../quoted.js";
import { ShellError } from "./shell-error.js";

/** Returns the message about a failed command: what failed, where, and what to do. Returns `undefined` for a bug. */
export function explainError(error: unknown, zk: Pick<ZooKeeper, "chroot">): string | undefined {
  if (error instanceof ShellError) return error.message;
  if (isZkError(error)) return explained(error, zk);
  // Such as a file that cannot be read.
  return error instanceof Error && (error as NodeJS.ErrnoException).code !== undefined ? error.message : undefined;
}

function explained(error: ZkError, { chroot }: Pick<ZooKeeper, "chroot">): string {
  const where = error.path === undefined ? "the znode" : quotedIfNeeded(error.path);
  switch (error.code) {
    case "NO_NODE":
      return error.path === "/" && chroot !== ""
        ? `the chroot ${quotedIfNeeded(chroot)} does not exist: create it with a connect string without it`
        : `${where} does not exist, or a znode above it: ls shows what does, create --parents creates all`;
    case "NODE_EXISTS":
      return `${where} exists already: set changes its data`;
    case "NOT_EMPTY":
      return `${where} has children: deleteall deletes them too`;
    case "BAD_VERSION":
      return `${where} has another version than the one given: stat shows it`;
    case "NO_AUTH":
      return `${where}: not permitted; acl shows the permissions, and --auth <user:password> adds an identity`;
    case "NO_CHILDREN_FOR_EPHEMERALS":
      return `${where}: an ephemeral znode cannot have children`;
    case "INVALID_ACL":
      return `${where}: the server refuses this ACL; an entry is <scheme>:<id>:<permissions>, such as world:anyone:r`;
    case "NOT_READ_ONLY":
      return `${where}: the server has no quorum and refuses writes; nothing was changed: try again when more servers run`;
    case "CONNECTION_LOSS":
    case "SESSION_EXPIRED":
      return error.outcome === "unknown"
        ? `connection lost: the change was made once or not at all; stat ${where} shows it`
        : "connection lost; nothing was changed: try again";
    default:
      return error.message;
  }
}
