import { randomUUID } from "node:crypto";
import { type ConnectOptions, connect, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { afterEach, beforeAll } from "vitest";

/** Client of a replica that a test cuts off. */
export interface UnstableReplica {
  readonly client: ZooKeeper;
  /** Cuts the connection and refuses new ones. Resolves when the client has noticed; its session lives on. */
  cut(): Promise<void>;
  /** Lets the client connect again. */
  accept(): void;
  /** Cuts the connection, ends the session on the ensemble as its timeout would, and lets the client connect again. */
  expire(): Promise<void>;
}

/** Sessions of the replicas of one app. They are closed, last opened first, after the test that opened them. */
export interface Replicas {
  readonly kind: EnsembleUnderTest["kind"];
  /** Connect string of the suite: paths below it are its own. */
  connectString(): string;
  /** Returns a name that no other test uses. */
  newName(): string;
  /** Connects the client of a replica. */
  client(options?: ConnectOptions): Promise<ZooKeeper>;
  /** Connects the client of a replica through a fault proxy. */
  unstable(): Promise<UnstableReplica>;
  /** Closes `opened` after this test, before everything that was opened earlier. Returns it. */
  closeAfter<T>(opened: T, close: (opened: T) => unknown): T;
}

/** Describes the tests of an adapter on each kind of ensemble. */
export function describeReplicas(name: string, suite: (replicas: Replicas) => void): void {
  describeOnEachEnsemble(name, (ensemble) => suite(replicasOf(ensemble)));
}

function replicasOf(ensemble: EnsembleUnderTest): Replicas {
  const closeSteps: (() => unknown)[] = [];
  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString());
    await zk.create(ensemble.root);
  });
  afterEach(async () => {
    for (const close of closeSteps.splice(0).reverse()) await close();
  });
  const connectString = (): string => ensemble.connectString() + ensemble.root;
  const closeAfter = <T>(opened: T, close: (opened: T) => unknown): T => {
    closeSteps.push(() => close(opened));
    return opened;
  };
  const open = async (servers: string, options?: ConnectOptions): Promise<ZooKeeper> =>
    closeAfter(await connect(servers, { ...PATIENT_SESSION, ...options }), (client) => client.close());
  return {
    kind: ensemble.kind,
    connectString,
    newName: () => `n-${randomUUID().slice(0, 8)}`,
    client: (options) => open(connectString(), options),
    unstable: async () => {
      const [target = ""] = ensemble.connectString().split(",");
      const proxy = closeAfter(await startFaultProxy({ target }), (opened) => opened.close());
      const client = await open(proxy.connectString + ensemble.root, { backoff: { initialMs: 10, maxMs: 50 } });
      // A client that closes without a connection leaves its session, and its locks, to the next tests.
      closeAfter(proxy, (opened) => opened.accept());
      const cut = async (): Promise<void> => {
        proxy.refuse();
        proxy.cut();
        await eventually(() => client.state === "suspended");
      };
      return {
        client,
        cut,
        accept: () => proxy.accept(),
        expire: async () => {
          const { session } = client;
          await cut();
          await (await connect(connectString(), { session })).close();
          proxy.accept();
        },
      };
    },
    closeAfter,
  };
}
