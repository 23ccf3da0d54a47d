import { describeOnEachEnsemble } from "@conclave/vitest";
import { expect, it } from "vitest";
import { connectForLong } from "../test-support/long-session.js";
import { acl } from "./access/acl.js";

describeOnEachEnsemble("connect with a chroot", ({ connectString, root }) => {
  it("rejects if it does not exist, with the option that makes it", async () => {
    await expect(connectForLong(`${connectString()}${root}/none`)).rejects.toMatchObject({
      name: "ZkError",
      code: "NO_NODE",
      outcome: "rejected",
      path: `${root}/none`,
      message: `connect: the chroot ${root}/none does not exist; create it, or connect with createChroot: true`,
    });
    await using outside = await connectForLong(connectString());
    expect(await outside.exists(root)).toBe(null);
  });

  it("makes it with createChroot, also with several clients at once, and takes one that exists", async () => {
    const servers = `${connectString()}${root}/made/twice`;
    const clients = await Promise.all([1, 2, 3].map(() => connectForLong(servers, { createChroot: true })));
    const [first, second, third] = clients;
    await first!.create("/a", "x");
    await second!.sync("/");
    expect((await second!.getData("/a")).data?.toString()).toBe("x");
    await Promise.all([third!.close(), second!.close()]);
    await using again = await connectForLong(servers);
    expect(await again.getChildren("/")).toEqual(["a"]);
    await first!.delete("/a");
    await first!.close();
  });

  it("takes one that the client may not read, and cannot make one where it may not create", async () => {
    await using outside = await connectForLong(connectString());
    await outside.create(`${root}-closed`, null, { acl: acl.digest("ann", "secret") });
    const closed = `${connectString()}${root}-closed`;
    await using zk = await connectForLong(closed);
    await expect(zk.getData("/")).rejects.toMatchObject({ code: "NO_AUTH" });
    await expect(connectForLong(`${closed}/a/b`, { createChroot: true })).rejects.toMatchObject({
      code: "NO_AUTH",
      path: `${root}-closed/a`,
    });
    await using ann = await connectForLong(`${closed}/a/b`, {
      createChroot: true,
      auth: [{ scheme: "digest", auth: "ann:secret" }],
    });
    expect(await ann.getChildren("/")).toEqual([]);
  });
});
