import type { ZooKeeper } from "@conclave/client";
import type { Group, GroupView, Membership } from "@conclave/recipes";
import { type Clock, type Logger, onAbort } from "@conclave/runtime";
import type { ClusterMember } from "./cluster.js";
import { toClusterMember } from "./cluster-snapshot.js";
import type { MemberRecord } from "./member-record.js";

/** Time after which a registration that is pending is reported, in milliseconds. */
const PENDING_MS = 2_000;

/** Parts and settings of a {@link Registration}. */
export interface RegistrationOptions {
  readonly zk: ZooKeeper;
  readonly group: Group<MemberRecord>;
  readonly view: GroupView<MemberRecord>;
  /** Name of the group, for log lines. */
  readonly groupName: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Called when this process registers, is lost or registers again, and when its record changes. */
  readonly onChange: () => void;
}

/** Registration of this process in its group: its record, in an ephemeral znode that is created again in each new session. */
export class Registration {
  readonly id: string;
  readonly #options: RegistrationOptions;
  readonly #membership: Membership<MemberRecord>;
  #record: MemberRecord;

  private constructor(
    id: string,
    record: MemberRecord,
    options: RegistrationOptions,
    membership: Membership<MemberRecord>,
  ) {
    this.id = id;
    this.#record = record;
    this.#options = options;
    this.#membership = membership;
    membership.on(options.onChange);
  }

  /**
   * Registers this process. Resolves when the view contains it; while another session has its id that takes until the other
   * has left, and is logged. When `signal` aborts, it rejects before the registration, and resolves after it.
   */
  static async join(
    id: string,
    record: MemberRecord,
    signal: AbortSignal,
    options: RegistrationOptions,
  ): Promise<Registration> {
    const { group, view, clock } = options;
    const pending = clock.setTimer(PENDING_MS, () => reportPending(id, options));
    const membership = await group.join({ id, data: record, signal }).finally(() => pending.cancel());
    await contains(view, id, signal);
    return new Registration(id, record, options, membership);
  }

  get self(): ClusterMember {
    return toClusterMember(this.id, this.#record);
  }

  /** True while the znode exists, as far as this process knows, and the view contains it. */
  get isCurrent(): boolean {
    return this.#membership.isPresent && this.#options.view.get(this.id) !== undefined;
  }

  /** Changes the record. Without a connection that waits, and the last change counts. */
  update(change: Partial<MemberRecord>): void {
    const { logger, onChange } = this.#options;
    this.#record = { ...this.#record, ...change };
    this.#membership.update(this.#record).catch((error: unknown) => {
      logger.warn("record not updated: other members still see the previous one", { error });
    });
    onChange();
  }

  /** Leaves the group. Resolves as `Membership.leave` does. */
  leave(): Promise<void> {
    return this.#membership.leave();
  }
}

function reportPending(id: string, { zk, view, groupName, logger }: RegistrationOptions): void {
  const other = view.get(id);
  if (other === undefined) {
    const { state } = zk;
    logger.warn(`still waiting to join ${groupName}: the ensemble has not registered this process yet`, { id, state });
    return;
  }
  logger.warn(
    `waiting to join ${groupName}: another session is the member ${id}. Ids must differ: give each process its own with the ` +
      "option id, or leave it out. If that session is this process' own from before a restart, it ends within the session timeout",
    { id, sessionId: other.sessionId, url: other.data.url },
  );
}

/** Resolves when a view contains the member, or `signal` aborts. */
function contains(view: GroupView<MemberRecord>, id: string, signal: AbortSignal): Promise<void> {
  if (view.get(id) !== undefined || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const stopFollowing = view.on(() => {
      if (view.get(id) !== undefined) end();
    });
    const end = (): void => {
      stopFollowing();
      removeCallback();
      resolve();
    };
    const removeCallback = onAbort(signal, end);
  });
}
