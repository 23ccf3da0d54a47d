/** The parts of a member of an ensemble, for `tooling/simulation` in the repository: this entry is not published. */
export { Database } from "../src/database/database.js";
export { resolveServerOptions } from "../src/options/resolve-options.js";
export type { ResolvedServerOptions, ServerOptions } from "../src/options/server-options.js";
export { MemberState } from "../src/quorum/member-state.js";
export type { Listener, ListenOptions, Network, PortAddress, QuorumSocket } from "../src/quorum/network.js";
export { Peer, type PeerHost, type PeerOptions } from "../src/quorum/peer.js";
export { LeaderRole } from "../src/roles/leader-role.js";
export { LearnerRole } from "../src/roles/learner-role.js";
export type { Role, SessionOwner } from "../src/roles/role.js";
export { Ticker } from "../src/roles/ticker.js";
export { sessionPassword } from "../src/sessions/session-id.js";
export type { CreateOptions, FileLayer, OpenFile } from "../src/storage/file-layer.js";
export { FileStorage } from "../src/storage/file-storage.js";
export type { DataTree } from "../src/tree/data-tree.js";
export { MAX_RECORD_BYTES } from "../src/tree/txn-size.js";
export { EnsembleConfiguration } from "../src/zab/configuration/ensemble-configuration.js";
