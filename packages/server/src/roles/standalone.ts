import { ConsecutiveZxids } from "../pipeline/zxid-source.js";
import { LocalReplicator } from "../replication/local-replicator.js";
import { ProposingRole, type ProposingRoleParts } from "./proposing-role.js";

/** Upper byte of the session ids that a standalone server makes, as with Apache. */
const SERVER_ID_IN_SESSION_IDS = 1;

export interface StandaloneParts extends ProposingRoleParts {
  /** See `LocalReplicatorOptions`. @default setImmediate */
  readonly defer?: ((task: () => void) => void) | undefined;
  /** Called once, when the log cannot be written any more. Nothing is acknowledged from then on. */
  readonly onFailure: (cause: unknown) => void;
}

/** Role of a server that is alone: it proposes its clients' writes, and commits those that its own disk has. */
export class Standalone extends ProposingRole {
  constructor(parts: StandaloneParts) {
    const { database, defer = setImmediate, onFailure } = parts;
    super(parts, {
      mode: "standalone",
      serverId: SERVER_ID_IN_SESSION_IDS,
      zxids: new ConsecutiveZxids(database.tree.lastZxid),
      replicator: (queue) =>
        new LocalReplicator({
          ...{ storage: database.storage, defer },
          events: {
            durable: (zxid) => queue.markDurable(zxid),
            committed: (zxid) => queue.markCommitted(zxid),
            failed: (cause) => {
              queue.fail();
              onFailure(cause);
            },
          },
        }),
    });
  }
}
