const assert = require("node:assert/strict");
const { test } = require("node:test");
const { connect, ZkError } = require("@conclave/client");
const { Mutex } = require("@conclave/recipes");
const { startEnsemble } = require("@conclave/server");

test("a lock is held once", async () => {
  const ensemble = await startEnsemble();
  const zk = await connect(ensemble.connectString);
  const mutex = new Mutex(zk, { name: "till" });
  const another = new Mutex(zk, { name: "till" });
  await mutex.run(async () => assert.equal(await another.tryAcquire(), undefined));
  await zk.close();
  await ensemble.close();
});

test("import and require give the same module", async () => {
  assert.equal((await import("@conclave/client")).ZkError, ZkError);
});
