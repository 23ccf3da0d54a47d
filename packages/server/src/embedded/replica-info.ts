/** Address at which others reach a replica, with the ports of its server. */
export interface ReplicaAddress {
  readonly host: string;
  readonly quorumPort: number;
  readonly electionPort: number;
  readonly clientPort: number;
}

/** First configuration of an ensemble: its voters by id, each with its address and its disk at that time. */
export interface InitialConfiguration {
  /** Number of the proposal: a voter accepts greater ones only, so that an old proposal that arrives late changes nothing. */
  readonly round: number;
  readonly voters: readonly (ReplicaAddress & { readonly id: number; readonly disk: string })[];
}

/** Progress of a replica, as it is on its disk. SPEC.md has the meaning of each. */
export type ReplicaStage =
  | { readonly stage: "empty" }
  | { readonly stage: "accepted"; readonly initial: InitialConfiguration }
  | {
      readonly stage: "started";
      /** The initial configuration, if this replica took part in the bootstrap. */
      readonly initial?: InitialConfiguration | undefined;
      /** Text of the configuration of the ensemble that it joined, if it did not. */
      readonly joined?: string | undefined;
      /** True once it has had the data of a leader. */
      readonly hasSynced?: boolean | undefined;
    };

/** What a replica says of itself. */
export type ReplicaInfo = ReplicaStage & {
  readonly format: 1;
  /** Name of its ensemble. */
  readonly name: string;
  readonly id: number;
  /** Id of its data directory. */
  readonly disk: string;
  /** Number of first voters that it was configured with. */
  readonly expect: number;
  readonly address: ReplicaAddress;
  /** Text of the active configuration, once it runs a server. */
  readonly configuration?: string | undefined;
  /** Role of its server. */
  readonly mode?: string | undefined;
};

export const REPLICA_FORMAT = 1;

/** Returns true if both are the same proposal. */
export function isSameInitial(a: InitialConfiguration | undefined, b: InitialConfiguration | undefined): boolean {
  return a !== undefined && b !== undefined && JSON.stringify(textOrder(a)) === JSON.stringify(textOrder(b));
}

function textOrder({ round, voters }: InitialConfiguration): unknown[] {
  const each = voters.map(({ id, disk, host, quorumPort, electionPort, clientPort }) => [
    ...[id, disk, host, quorumPort, electionPort, clientPort],
  ]);
  return [round, ...each];
}

/** Returns the lines `server.N` of an initial configuration. */
export function initialLines({ voters }: InitialConfiguration): string {
  return voters.map((voter) => `server.${voter.id}=${serverLine(voter, "participant")}`).join("\n");
}

/** Returns the part after the `=` of the line `server.N` of a replica. */
export function serverLine(address: ReplicaAddress, role: "participant" | "observer"): string {
  const { host, quorumPort, electionPort, clientPort } = address;
  const shown = host.includes(":") ? `[${host}]` : host;
  return `${shown}:${quorumPort}:${electionPort}:${role};${shown}:${clientPort}`;
}

/** Reads what another process sent as its {@link ReplicaInfo}; undefined if it is none, or one of a later format. */
export function readReplicaInfo(value: unknown): ReplicaInfo | undefined {
  if (!isRecord(value) || value.format !== REPLICA_FORMAT) return undefined;
  const { name, id, disk, expect, address, configuration, mode } = value;
  const stage = readStage(value);
  const isValid =
    stage !== undefined &&
    isText(name) &&
    isId(id) &&
    isText(disk) &&
    isId(expect) &&
    isAddress(address) &&
    isOptional(configuration) &&
    isOptional(mode);
  return isValid ? ({ ...value, ...stage } as ReplicaInfo) : undefined;
}

/** Reads a stage from a file or a message; undefined if it is none. */
export function readStage(value: Readonly<Record<string, unknown>>): ReplicaStage | undefined {
  const { stage, initial, joined, hasSynced } = value;
  const read = initial === undefined ? undefined : readInitial(initial);
  if (initial !== undefined && read === undefined) return undefined;
  if (stage === "empty") return { stage };
  if (stage === "accepted") return read && { stage, initial: read };
  if (stage !== "started" || !isOptional(joined)) return undefined;
  return { stage, initial: read, joined: joined as string | undefined, hasSynced: hasSynced === true };
}

/** Reads an initial configuration that another process sent; undefined if it is none. */
export function readInitial(value: unknown): InitialConfiguration | undefined {
  if (!isRecord(value) || !Array.isArray(value.voters) || value.voters.length > MAX_VOTERS) return undefined;
  if (!Number.isInteger(value.round)) return undefined;
  const isValid = value.voters.every((each) => isRecord(each) && isId(each.id) && isText(each.disk) && isAddress(each));
  return isValid ? (value as unknown as InitialConfiguration) : undefined;
}

export const MAX_VOTERS = 7;
const MAX_ID = 255;
const MAX_TEXT = 8192;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= MAX_TEXT;
}

function isOptional(value: unknown): boolean {
  return value === undefined || isText(value);
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_ID;
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}

function isAddress(value: unknown): value is ReplicaAddress {
  if (!isRecord(value) || !isText(value.host) || !HOST.test(value.host)) return false;
  return isPort(value.quorumPort) && isPort(value.electionPort) && isPort(value.clientPort);
}

/** Host names and IP addresses: nothing that could end a line of a configuration, or add a part to it. */
const HOST = /^[A-Za-z0-9._:-]+$/;
