import { CreateMode, Permission, type ZooKeeper } from "@conclave/client";
import { eventually } from "@conclave/testing";

/**
 * Gives everyone these permissions at a path, and resolves when creations below it obey them. A leader of Apache's checks the
 * former list until it has applied the change, which may be after the reply of another server.
 */
export async function setObeyedACL(zk: ZooKeeper, path: string, permissions: number): Promise<void> {
  await zk.setACL(path, [{ permissions, id: { scheme: "world", id: "anyone" } }]);
  const isAllowed = (permissions & Permission.CREATE) !== 0;
  await eventually(async () => {
    const created = zk.create(`${path}/probe-`, null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL });
    return (
      (await created.then(
        () => true,
        () => false,
      )) === isAllowed
    );
  });
}
