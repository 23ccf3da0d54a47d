import {
  type ClientInfo,
  getData as getOperation,
  reconfig as reconfigOperation,
  whoAmI as whoAmIOperation,
} from "@conclave/protocol";
import type { OperationOptions, ReadOptions, ReconfigOptions, Reconfiguration } from "../api/operation-options.js";
import type { DataAndStat } from "../api/read-results.js";
import { Chroot } from "../paths/chroot.js";
import { badArguments } from "./argument-error.js";
import type { OperationContext } from "./operation-context.js";
import { read } from "./read.js";
import { copyOf } from "./znode-bytes.js";

/** Path of the ensemble's configuration on the server, outside of every chroot. */
const CONFIG_PATH = "/zookeeper/config";
const NO_CHROOT = new Chroot("");

/** Implements `ZooKeeper.whoAmI`. */
export function whoAmI({ submit }: OperationContext, { signal }: OperationOptions): Promise<ClientInfo[]> {
  return submit({
    operation: whoAmIOperation,
    request: undefined,
    path: undefined,
    isWrite: false,
    signal,
    onResponse: ({ clientInfo }) => clientInfo as ClientInfo[],
  });
}

/** Implements `ZooKeeper.getConfig`. */
export function getConfig(context: OperationContext, options: ReadOptions): Promise<DataAndStat> {
  const outside = { ...context, chroot: NO_CHROOT };
  return read(outside, getOperation, "data", CONFIG_PATH, options, ({ data, stat }) => ({ data: copyOf(data), stat }));
}

/** Implements `ZooKeeper.reconfig`. */
export function reconfig(
  { submit }: OperationContext,
  change: Reconfiguration,
  { version = -1n, signal }: ReconfigOptions,
): Promise<DataAndStat> {
  const parts = "members" in change ? [change.members] : [change.joining, change.leaving];
  if (!parts.some((part) => part !== undefined && part.length > 0)) {
    return Promise.reject(badArguments("reconfig", CONFIG_PATH, "the change is empty"));
  }
  const request =
    "members" in change
      ? { joiningServers: null, leavingServers: null, newMembers: change.members.join(",") }
      : { joiningServers: listed(change.joining), leavingServers: listed(change.leaving), newMembers: null };
  return submit({
    operation: reconfigOperation,
    request: { ...request, curConfigId: version },
    path: CONFIG_PATH,
    isWrite: true,
    signal,
    onResponse: ({ data, stat }) => ({ data: copyOf(data), stat }),
  });
}

function listed(items: readonly (string | number)[] | undefined): string | null {
  return items === undefined || items.length === 0 ? null : items.join(",");
}
