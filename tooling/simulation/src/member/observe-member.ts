import type { Database, DataTree, MemberState, TxnRecord } from "@conclave/server/simulation";
import type { History } from "../check/history.ts";
import type { MemberDisk } from "../check/member-disk.ts";

/** The checks that a member takes part in. */
export interface Observed {
  readonly name: string;
  readonly history: History;
  readonly disk: MemberDisk;
  /** Reports a violation: the server's own handling of errors must not hide it. */
  readonly report: (error: unknown) => void;
}

/** Runs a check within a member. */
export function checked<T>({ report }: Observed, check: () => T): T {
  try {
    return check();
  } catch (error) {
    report(error);
    throw error;
  }
}

const observedTrees = new WeakSet<DataTree>();
/** Trees that take the whole history of a leader, before it is committed. */
const takesHistory = new WeakSet<DataTree>();

/** Reports every record that the database's tree applies from now on. */
export function observeTree({ tree }: Database, observed: Observed): void {
  const { name, history } = observed;
  if (observedTrees.has(tree)) return;
  observedTrees.add(tree);
  const apply = tree.apply.bind(tree);
  tree.apply = (record, digests) => {
    const before = tree.lastZxid;
    const result = apply(record, digests);
    if (!takesHistory.has(tree)) checked(observed, () => history.applied(name, tree, record, before));
    return result;
  };
}

/** Reports the records that a member's log takes, and those that it has promised to keep. */
export function observeState(state: MemberState, observed: Observed): void {
  const { name, disk, history } = observed;
  const methods = {
    append: state.append.bind(state),
    flush: state.flush.bind(state),
    truncateAfter: state.truncateAfter.bind(state),
    install: state.install.bind(state),
    storeAcceptedEpoch: state.storeAcceptedEpoch.bind(state),
    storeCurrentEpoch: state.storeCurrentEpoch.bind(state),
    activate: state.activate.bind(state),
    applyUnapplied: state.applyUnapplied.bind(state),
  };
  state.append = (record: TxnRecord) => {
    checked(observed, () => history.known.append(name, record, disk.last));
    disk.last = record.header.zxid;
    methods.append(record);
  };
  state.flush = async () => {
    const { last } = disk;
    await methods.flush();
    disk.flushed(last);
  };
  state.truncateAfter = async (zxid) => {
    const takeBack = disk.truncating(zxid);
    const last = await methods.truncateAfter(zxid);
    if (last === zxid) checked(observed, () => disk.replaced(last));
    else takeBack();
    return last;
  };
  state.install = async (chunks, zxid) => {
    disk.installing(zxid);
    const installed = await methods.install(chunks, zxid);
    checked(observed, () => disk.replaced(installed));
    return installed;
  };
  state.applyUnapplied = () => {
    const { tree } = state.database;
    takesHistory.add(tree);
    methods.applyUnapplied();
    takesHistory.delete(tree);
  };
  state.activate = (configuration) => {
    checked(observed, () => history.configurations.activated(name, configuration));
    methods.activate(configuration);
  };
  const storesEpoch = (store: (epoch: number) => Promise<void>) => async (epoch: number) => {
    await store(epoch);
    checked(observed, () => disk.sawEpochs(state.acceptedEpoch, state.currentEpoch));
  };
  state.storeAcceptedEpoch = storesEpoch(methods.storeAcceptedEpoch);
  state.storeCurrentEpoch = storesEpoch(methods.storeCurrentEpoch);
}
