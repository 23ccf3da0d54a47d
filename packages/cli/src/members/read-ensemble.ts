import type { ConnectionOptions as TlsOptions } from "node:tls";
import { EnsembleConfiguration } from "@conclave/server";
import { askAdminServer } from "./ask-admin-server.js";
import { fourLetterWord, type WordAnswer } from "./four-letter-word.js";
import type { EnsembleReading, MemberReading } from "./member-reading.js";
import { parseConnections, parseMetrics, parseSettings, parseSummary } from "./parse-words.js";
import { type AskOptions, type ServerTarget, shownTarget } from "./server-target.js";

/** Servers to read, and the extent of the reading. */
export interface ReadingSettings extends AskOptions {
  /** Servers of the connect string. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly tls: TlsOptions | undefined;
  /** Text of `/zookeeper/config`; undefined if it could not be read. */
  readonly configuration: string | undefined;
  /** Words that are asked for, besides `srvr` and `conf`. */
  readonly words: readonly ("mntr" | "cons")[];
  /** Port of the AdminServers; 0: they are not asked. */
  readonly adminPort: number;
}

/** A server to read, and its place in the configuration if that is known. */
interface Known {
  readonly target: ServerTarget;
  readonly id?: bigint | undefined;
  readonly role?: MemberReading["role"];
}

/**
 * Asks all members of an ensemble for their state: those in its configuration, at their client addresses, and those of the connect
 * string. Never rejects because of a server: its reading has the reason.
 */
export async function readEnsemble(settings: ReadingSettings): Promise<EnsembleReading> {
  const given = settings.servers.map((each) => ({ target: { ...each, tls: settings.tls } }));
  const first = parsed(settings.configuration);
  const named = first === undefined ? [] : membersOf(first, settings.tls);
  const isNamed = ({ target }: Known): boolean =>
    named.some((each) => shownTarget(each.target) === shownTarget(target));
  const readings = await readAll([...named, ...given.filter((each) => !isNamed(each))], settings);
  // The servers also show reconfigurations since, and the configuration if no server accepted a client.
  const configuration = newest([first, ...readings.map(({ membership }) => parsed(membership))]);
  if (configuration === undefined) return { configuration, members: readings, atMs: Date.now() };
  const isRead = ({ target }: Known): boolean =>
    readings.some((each) => shownTarget(each.target) === shownTarget(target));
  const missing = membersOf(configuration, settings.tls).filter((each) => !isRead(each));
  const all = [...readings, ...(await readAll(missing, settings))];
  return { configuration, members: matched(configuration, all), atMs: Date.now() };
}

function newest(all: readonly (EnsembleConfiguration | undefined)[]): EnsembleConfiguration | undefined {
  return all.reduce(
    (best, each) => (best === undefined || (each !== undefined && each.version > best.version) ? each : best),
    undefined,
  );
}

function parsed(text: string | undefined): EnsembleConfiguration | undefined {
  try {
    return text === undefined || text.trim() === "" ? undefined : EnsembleConfiguration.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the members that have an address for clients; one that listens at all addresses is at its first quorum address. */
function membersOf(configuration: EnsembleConfiguration, tls: TlsOptions | undefined): readonly Known[] {
  return [...configuration.members.values()].flatMap(
    ({ id, role, addresses, clientAddress: plain, secureClientAddress }) => {
      const client = tls === undefined ? plain : (secureClientAddress ?? plain);
      if (client === undefined) return [];
      const host = client.host === "0.0.0.0" || /^[0:]+$/.test(client.host) ? addresses[0]!.host : client.host;
      return [{ id, role, target: { host, port: client.port, tls } }];
    },
  );
}

/**
 * Gives each member of the configuration one reading, in the order of ids: servers of the connect string that are members under
 * another address take the place of that member if it gave no answer, and are left out otherwise.
 */
function matched(configuration: EnsembleConfiguration, readings: readonly MemberReading[]): readonly MemberReading[] {
  const members = new Map<bigint, MemberReading>();
  const others: MemberReading[] = [];
  for (const reading of readings) {
    const { id } = reading;
    const member = id === undefined ? undefined : configuration.members.get(id);
    if (member === undefined) {
      others.push(reading);
      continue;
    }
    const before = members.get(id!);
    if (before === undefined || (before.failure !== undefined && reading.failure === undefined)) {
      members.set(id!, { ...reading, role: member.role });
    }
  }
  const known = [...configuration.members.keys()].flatMap((id) => members.get(id) ?? []);
  const isComplete = known.length === configuration.members.size && known.every(({ failure }) => failure === undefined);
  return isComplete ? known : [...known, ...others];
}

function readAll(all: readonly Known[], settings: ReadingSettings): Promise<readonly MemberReading[]> {
  return Promise.all(all.map((each) => readMember(each, settings)));
}

async function readMember({ target, id, role }: Known, settings: ReadingSettings): Promise<MemberReading> {
  const words = ["srvr", "conf", ...settings.words];
  const [admin, ...answers] = await Promise.all([
    settings.adminPort === 0 ? undefined : askAdminServer(target, settings.adminPort, settings),
    ...words.map((word) => fourLetterWord(target, word, settings)),
  ]);
  const answer = new Map(words.map((word, index) => [word, answers[index]!]));
  const [srvr, mntr, cons] = ["srvr", "mntr", "cons"].map((word) => textOf(answer.get(word)));
  const { settings: conf, membership } = parseSettings(textOf(answer.get("conf")) ?? "");
  const metrics = mntr === undefined ? (admin?.metrics ?? new Map<string, string>()) : parseMetrics(mntr);
  return {
    ...{ target, role, metrics, settings: conf, membership, admin },
    id: id ?? idOf(conf) ?? admin?.serverId,
    failure: failureOf(answer.get("srvr")!),
    summary: srvr === undefined ? undefined : parseSummary(srvr),
    connections: cons === undefined ? undefined : parseConnections(cons),
    refused: words.filter((word) => answer.get(word)!.kind === "refused"),
  };
}

/** Reads the last transaction of a server; `undefined` if it does not answer. */
export async function readZxid(target: ServerTarget, options: AskOptions): Promise<bigint | undefined> {
  const text = textOf(await fourLetterWord(target, "srvr", options));
  return text === undefined ? undefined : parseSummary(text)?.zxid;
}

/** A standalone server reports 0. */
function idOf(settings: ReadonlyMap<string, string>): bigint | undefined {
  const text = settings.get("serverId") ?? "";
  return /^-?\d+$/.test(text) && text !== "0" ? BigInt(text) : undefined;
}

const textOf = (answer: WordAnswer | undefined): string | undefined =>
  answer?.kind === "answer" ? answer.text : undefined;

function failureOf(answer: WordAnswer): string | undefined {
  switch (answer.kind) {
    case "failed":
      return answer.reason;
    case "not serving":
      return "it runs, and serves no clients: it is not in a quorum";
    default:
      return undefined;
  }
}
