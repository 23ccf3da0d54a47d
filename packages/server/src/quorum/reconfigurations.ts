import { ErrorCode, OpCode, type ReconfigRequest } from "@conclave/protocol";
import type { Logger } from "@conclave/runtime";
import type { TxnRecord } from "../tree/txn.js";
import { formatZxid } from "../tree/zxid.js";
import { ConfigurationError } from "../zab/configuration/configuration-error.js";
import type { Leader } from "../zab/leader/leader.js";
import { nextConfiguration } from "../zab/reconfig/next-configuration.js";

/** Decides on the reconfigurations that clients of an ensemble ask its leader for (PrepRequestProcessor). */
export class Reconfigurations {
  readonly #leader: Pick<Leader, "configurations" | "isSynchronizedQuorum">;
  readonly #leastVoters: number;
  readonly #logger: Logger;
  /** Zxid of the last reconfiguration that was proposed; the leader may not have taken it yet. */
  #proposed = 0n;

  /** @param leastVoters number of voters that every configuration must have */
  constructor(leader: Pick<Leader, "configurations" | "isSynchronizedQuorum">, leastVoters: number, logger: Logger) {
    this.#leader = leader;
    this.#leastVoters = leastVoters;
    this.#logger = logger;
  }

  /** Notes that a record is being proposed. */
  proposed({ header, txn }: TxnRecord): void {
    if (txn.type === OpCode.reconfig) this.#proposed = header.zxid;
  }

  /** Returns the text of the configuration to propose with `zxid`, or the code of the first check that fails. */
  next(request: ReconfigRequest, zxid: bigint): Uint8Array | ErrorCode {
    const { active, proposed } = this.#leader.configurations;
    if (proposed !== undefined || this.#proposed > active.version) {
      return this.#refuse(ErrorCode.RECONFIG_IN_PROGRESS, "another one is proposed and not committed yet");
    }
    const { curConfigId } = request;
    if (curConfigId !== ANY_VERSION && curConfigId !== active.version) {
      const message = `it is for version ${formatZxid(curConfigId)}, and the active version is ${formatZxid(active.version)}`;
      return this.#refuse(ErrorCode.BAD_VERSION, message);
    }
    try {
      const next = nextConfiguration(active, request, zxid, this.#leastVoters);
      if (this.#leader.isSynchronizedQuorum(next)) return new TextEncoder().encode(next.toString());
      return this.#refuse(ErrorCode.NEW_CONFIG_NO_QUORUM, "no quorum of its participants follows this leader");
    } catch (error) {
      if (error instanceof ConfigurationError) return this.#refuse(ErrorCode.BAD_ARGUMENTS, error.message);
      throw error;
    }
  }

  #refuse(code: ErrorCode, message: string): ErrorCode {
    this.#logger.warn("refused a reconfiguration", { code, message });
    return code;
  }
}

const ANY_VERSION = -1n;
