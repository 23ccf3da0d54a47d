import { EnsembleConfiguration } from "@conclave/server";
import type { EnsembleReading, MemberReading } from "../src/members/member-reading.js";
import type { ServerSummary } from "../src/members/parse-words.js";

/** Text of the configuration of an ensemble at a version, with clients at port 2181 of `zk<id>`. */
export function configurationText(voters: number, version = 5, host = "zk"): string {
  const ids = Array.from({ length: voters }, (_, index) => index + 1);
  const lines = ids.map((id) => `server.${id}=${host}${id}:2888:3888:participant;${host}${id}:2181`);
  return [...lines, `version=${version.toString(16)}`].join("\n");
}

/** Figures of a server that serves. */
export function summary(mode: string, given: Partial<ServerSummary> = {}): ServerSummary {
  return {
    ...{ version: "3.9.4", mode, zxid: 0x1_0000_0005n, latency: { min: 0, average: 0.5, max: 9 } },
    ...{ outstanding: 0, connections: 1, received: 100, znodes: 7, ...given },
  };
}

/** Reading of a member that permits all words and has nothing wrong. */
export function member(id: number, mode: string, given: Partial<MemberReading> = {}): MemberReading {
  return {
    ...{ target: { host: `zk${id}`, port: 2181 }, id: BigInt(id), role: "participant", failure: undefined },
    ...{ summary: summary(mode), metrics: new Map([["watch_count", "3"]]), connections: [], admin: undefined },
    settings: new Map([["tickTime", "2000"]]),
    ...{ membership: configurationText(3), refused: [], ...given },
  };
}

/** Reading of a member that gives no answer. */
export function downMember(id: number): MemberReading {
  const none = { summary: undefined, metrics: new Map(), settings: new Map(), membership: undefined };
  return member(id, "", { ...none, connections: undefined, failure: "connect ECONNREFUSED" });
}

/** Reading of an ensemble of three voters, of which the second leads. */
export function ensemble(...given: readonly MemberReading[]): EnsembleReading {
  const members = given.length > 0 ? given : [member(1, "follower"), member(2, "leader"), member(3, "follower")];
  return { configuration: EnsembleConfiguration.parse(configurationText(3)), members, atMs: 1_000 };
}
