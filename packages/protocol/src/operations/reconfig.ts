import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { type GetDataResponse, getData } from "./get-data.js";

/**
 * ReconfigRequest {ustring joiningServers, ustring leavingServers, ustring newMembers, long curConfigId}. Either the first
 * two describe a change, or the third lists all members; the others are null. Lists are separated by commas.
 */
export interface ReconfigRequest {
  /** `server.N=…` for each server that joins or changes. */
  readonly joiningServers: string | null;
  /** The number of each server that leaves. */
  readonly leavingServers: string | null;
  /** `server.N=…` for each member of the new ensemble. */
  readonly newMembers: string | null;
  /** The version that the configuration must have; -1 for any. */
  readonly curConfigId: bigint;
}

/** Changes the members of the ensemble; the reply is the new configuration, equal to getData of `/zookeeper/config`. */
export const reconfig: Operation<ReconfigRequest, GetDataResponse> = {
  name: "reconfig",
  type: OpCode.reconfig,
  writeRequest(out, request) {
    out.writeString(request.joiningServers);
    out.writeString(request.leavingServers);
    out.writeString(request.newMembers);
    out.writeLong(request.curConfigId);
  },
  readRequest: (input) => ({
    joiningServers: input.readNullableString(),
    leavingServers: input.readNullableString(),
    newMembers: input.readNullableString(),
    curConfigId: input.readLong(),
  }),
  writeResponse: getData.writeResponse,
  readResponse: getData.readResponse,
};
