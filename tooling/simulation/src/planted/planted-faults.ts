import { type ErrorCode, OpCode } from "@conclave/protocol";
import { EnsembleConfiguration, LearnerRole, type Role } from "@conclave/server/simulation";
import type { Tamper } from "../world/world.ts";

/** A fault that is planted in the parts of the server, and the violation that has to be reported. */
export interface PlantedFault {
  readonly tamper: Tamper;
  readonly violation: RegExp;
  /** First seed to try: one that shows a fault that few seeds show. @default 0 */
  readonly seed?: number;
}

const OK: ErrorCode = 0;

type Waiter = Parameters<Role["submit"]>[1];

/** Write of a session that was done before its client has sent it. */
interface Guess {
  readonly sessionId: bigint;
  readonly cxid: number;
  reply?: Parameters<Waiter["applied"]>;
}

/** One fault or more for each check of a run. */
export const PLANTED_FAULTS: Readonly<Record<string, PlantedFault>> = {
  "a disk that ignores syncs loses records": {
    tamper: {
      state: ({ disk }) => {
        disk.ignoresSyncs = true;
      },
    },
    violation: /records are lost|no snapshot|is missing|damaged/,
  },
  "members that acknowledge before their flush commit without a quorum of disks": {
    tamper: {
      state: ({ state }) => {
        const flush = state.flush.bind(state);
        state.flush = async () => void flush().catch(() => {});
      },
    },
    violation: /commits .* which is on the disks of .* only/,
  },
  "a learner that skips a record": {
    tamper: {
      state: ({ id, state }) => {
        const append = state.append.bind(state);
        let count = 0;
        state.append = (record) => (id === 1 && ++count === 30 ? undefined : append(record));
      },
    },
    violation: /appends .* after .*, and others after/,
  },
  "a member that changes a record before it is written": {
    tamper: {
      state: ({ id, state }) => {
        const append = state.append.bind(state);
        state.append = (record) =>
          append(
            id === 2 && record.txn.type === OpCode.setData
              ? { ...record, txn: { ...record.txn, version: 99 } }
              : record,
          );
      },
    },
    violation: /appends other bytes as/,
  },
  "a member that applies other data than its log has": {
    tamper: {
      state: ({ id, state }) => {
        const { tree } = state.database;
        const apply = tree.apply.bind(tree);
        tree.apply = (record, digests) => {
          const { txn } = record;
          if (id !== 2 || txn.type !== OpCode.setData) return apply(record, digests);
          return apply({ ...record, txn: { ...txn, data: new Uint8Array([1, 2, 3]) } });
        };
      },
    },
    violation: /the tree of member 2 differs after/,
  },
  "a member that applies a record twice": {
    tamper: {
      state: ({ id, state }) => {
        const { tree } = state.database;
        const apply = tree.apply.bind(tree);
        tree.apply = (record, digests) => {
          if (id === 1) apply(record, digests);
          return apply(record, digests);
        };
      },
    },
    violation: /applies .* to a tree of/,
  },
  "members that forget the epochs that they accept": {
    tamper: {
      state: ({ state }) => {
        const { storeAcceptedEpoch, storeCurrentEpoch } = state;
        state.storeAcceptedEpoch = async () => storeAcceptedEpoch.call(state, 1);
        state.storeCurrentEpoch = async () => storeCurrentEpoch.call(state, 1);
      },
    },
    violation: /were established as leaders of epoch/,
  },
  "a member that forgets each epoch that it accepts": {
    tamper: {
      state: ({ id, state }) => {
        if (id === 2) Object.defineProperty(state, "acceptedEpoch", { get: () => 0 });
      },
    },
    violation: /has the epochs 0 and \d+ \(accepted, current\) after/,
  },
  "a member that takes a voter for an observer in a new configuration": {
    tamper: {
      state: ({ id, state }) => {
        const activate = state.activate.bind(state);
        state.activate = (configuration) => {
          const text = configuration.toString();
          activate(EnsembleConfiguration.parse(id === 2 ? text.replace(":participant", ":observer") : text));
        };
      },
    },
    violation: /activates another configuration .* than others/,
  },
  "a server that does the next write of a session before its client has asked": {
    tamper: {
      role: ({ role }) => {
        const submit = role.submit.bind(role);
        let guess: Guess | undefined;
        role.submit = (request, waiter) => {
          const { sessionId, cxid, type } = request;
          const isGuessed = guess?.sessionId === sessionId && guess.cxid === cxid && type === OpCode.setData;
          if (isGuessed && guess?.reply !== undefined) return waiter.applied(...guess.reply);
          submit({ ...request, body: request.body.fork() }, waiter);
          if (type !== OpCode.setData) return;
          const next: Guess = { sessionId, cxid: cxid + 1 };
          guess = next;
          const applied: Waiter["applied"] = (...reply) => {
            next.reply = reply;
          };
          submit({ ...request, cxid: next.cxid }, { applied });
        };
      },
    },
    violation: /was acknowledged before it was sent/,
  },
  "a follower that is a transaction late, and answers a sync at once": {
    tamper: {
      role: ({ role, tree }) => {
        if (!(role instanceof LearnerRole)) return;
        const markCommitted = role.markCommitted.bind(role);
        let late = tree.lastZxid;
        role.markCommitted = (zxid) => {
          markCommitted(late);
          late = zxid;
        };
        role.sync = (_, waiter) => waiter.applied({ type: OpCode.error, err: OK, path: "/a" }, tree.lastZxid);
      },
    },
    violation: /sync .* ended at .*, after .* was acknowledged/,
  },
  "a server that answers a write before it is committed": {
    tamper: {
      role: ({ role, tree }) => {
        const submit = role.submit.bind(role);
        role.submit = (request, waiter) => {
          waiter.applied({ type: OpCode.error, err: OK, path: "/a" }, tree.lastZxid);
          submit(request, { applied() {} });
        };
      },
    },
    violation: /was acknowledged with .* and is not committed/,
  },
  "a server that does a request twice": {
    tamper: {
      role: ({ role }) => {
        const submit = role.submit.bind(role);
        role.submit = (request, waiter) => {
          submit({ ...request, body: request.body.fork() }, waiter);
          submit(request, { applied() {} });
        };
      },
    },
    violation: /was done twice/,
  },
  "a server that answers a write with the zxid of another one": {
    tamper: {
      role: ({ role }) => {
        const submit = role.submit.bind(role);
        role.submit = (request, waiter) =>
          submit(request, { applied: (result, zxid) => waiter.applied(result, zxid - 1n) });
      },
    },
    violation: /and was acknowledged as/,
  },
  "a leader that takes writes of closed sessions": {
    tamper: {
      role: ({ role }) => {
        if (role.mode !== "leader") return;
        role.sessions.refusalOf = () => undefined;
        role.closeSession = () => {};
        const submit = role.submit.bind(role);
        role.submit = (request, waiter) => submit({ ...request, sessionId: request.sessionId + 1n }, waiter);
      },
    },
    violation: /which is closed/,
  },
  "a leader that lets a session expire although its client sends pings": {
    tamper: {
      role: ({ role }) => {
        role.sessions.touch = () => {};
      },
    },
    seed: 8,
    violation: /expired although it was connected/,
  },
  "a leader that never lets a session expire": {
    tamper: {
      role: ({ role }) => {
        role.tick = () => {};
      },
    },
    seed: 56,
    violation: /did not expire/,
  },
  "a member that shows the past to a client that moves to it": {
    tamper: {
      clientsHideTheirZxid: true,
      role: ({ role }) => {
        if (!(role instanceof LearnerRole)) return;
        role.resumeSession = ({ sessionId, timeoutMs }, resumed) => resumed(role.sessions.serve(sessionId, timeoutMs));
      },
    },
    seed: 18,
    violation: /saw .* after/,
  },
  "a member that loses watches": {
    tamper: {
      role: ({ tree }) => {
        tree.dataWatches.add = () => {};
      },
    },
    violation: /came before the .* event of|did not fire when it was restored/,
  },
  "a member that sends events twice": {
    tamper: {
      role: ({ tree }) => {
        const trigger = tree.dataWatches.trigger.bind(tree.dataWatches);
        tree.dataWatches.trigger = (type, path, zxid, acl, except) => {
          const concerned = trigger(type, path, zxid, acl, except);
          for (const watcher of concerned?.keys() ?? []) watcher.notify(type, path, zxid, acl);
          return concerned;
        };
      },
    },
    violation: /came without a watch, or a second time/,
  },
  "a member that restores no watches of a client that moves to it": {
    tamper: {
      role: ({ tree }) => {
        const get = tree.get.bind(tree);
        const add = tree.dataWatches.add.bind(tree.dataWatches);
        tree.dataWatches.add = (path, watcher, mode) => {
          // A read that found the znode.
          if (get(path) !== undefined) add(path, watcher, mode);
        };
      },
    },
    violation: /came before the exist event of|did not fire when it was restored/,
  },
  "a member that reads other data than it has": {
    tamper: {
      role: ({ tree }) => {
        const get = tree.get.bind(tree);
        tree.get = (path, hash) => get(path === "/b" ? "/a" : path, path === "/b" ? undefined : hash);
      },
    },
    violation: /getData|exists|differs|shows/,
  },
  "a member that has a session more than the others": {
    tamper: {
      role: ({ id, tree }) => {
        if (id === 1) tree.sessions.set(1n, 1000);
      },
    },
    violation: /is not that of the history/,
  },
  "members that never store an epoch": {
    tamper: {
      state: ({ state }) => {
        state.storeCurrentEpoch = () => new Promise(() => {});
      },
    },
    violation: /did not recover within/,
  },
};
