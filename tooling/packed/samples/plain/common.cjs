const { startEnsemble } = require("@conclave/server");
const { connect } = require("@conclave/client");
const { Mutex } = require("@conclave/recipes");

startEnsemble().then(async (ensemble) => {
  const zk = await connect(ensemble.connectString);
  const token = await new Mutex(zk, { name: "till" }).run(({ fencingToken }) => fencingToken);
  await zk.close();
  await ensemble.close();
  console.log(`held a lock, with a ${typeof token}`);
});
