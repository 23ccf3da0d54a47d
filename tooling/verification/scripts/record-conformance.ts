/*
 * Records the answers of the installed Apache ZooKeeper to the conformance suite in recordings/. Run it after a change of the
 * scenarios, and review the difference with git.
 */
import { apacheOnce, orThrow, startApacheStandalone } from "@conclave/services";
import { recordConformance } from "@conclave/verification";

const apache = orThrow(await apacheOnce());
const requests = await recordConformance({
  server: `Apache ZooKeeper ${apache.zookeeper.version}`,
  start: ({ zooCfg, jvmArgs }, { dataDir, jaasFile }) =>
    startApacheStandalone({
      apache,
      config: zooCfg,
      dataDir,
      jvmArgs: jaasFile ? [...jvmArgs, `-Djava.security.auth.login.config=${jaasFile}`] : jvmArgs,
    }),
});
process.stdout.write(`${requests} requests recorded\n`);
