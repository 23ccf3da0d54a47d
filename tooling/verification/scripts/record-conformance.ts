/*
 * Records what the Apache ZooKeeper of this machine answers in the conformance suite, into recordings/. Run it after the
 * scenarios have changed, and read what git says has become of the answers.
 */
import { apacheOnce, orThrow, startApacheStandalone } from "@conclave/services";
import { recordConformance } from "@conclave/verification";

const apache = orThrow(await apacheOnce());
const requests = await recordConformance({
  server: `Apache ZooKeeper ${apache.zookeeper.version}`,
  start: ({ zooCfg }, { dataDir, jaasFile }) =>
    startApacheStandalone({
      apache,
      config: zooCfg,
      dataDir,
      jvmArgs: jaasFile ? [`-Djava.security.auth.login.config=${jaasFile}`] : [],
    }),
});
process.stdout.write(`${requests} requests recorded\n`);
