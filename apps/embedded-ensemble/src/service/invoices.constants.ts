/** Injects the {@link Settings} of this replica. */
export const SETTINGS = Symbol("SETTINGS");

/** Election of the replica that makes the invoice runs. */
export const ELECTION = "invoices";

/** Group that all replicas join. */
export const GROUP = "replicas";
