import { connect as connectSocket } from "node:net";
import { isZkError } from "@conclave/client";
import type { ResolvedConsole } from "./options.js";

/** A server of the ensemble. */
export interface Member {
  /** Number of the server in the configuration. */
  readonly id: string;
  /** Address for clients. */
  readonly address: string;
  /** `leader`, `follower` or `observer`, as the server says; `participant` or `observer` by the configuration otherwise. */
  readonly role: string;
  /** Last transaction of the server; `undefined` if it did not answer. */
  readonly zxid?: string;
  /** Transactions that it is behind the most recent server; `undefined` where that is not known. */
  readonly lag?: number;
  /** Reason for which role and lag are not known; "" if they are. */
  readonly unknown: string;
}

/** Members, or the reason for which there are none to show. */
export interface Ensemble {
  readonly members: readonly Member[];
  readonly leftOut: string;
}

/** Servers that are asked at most: those of a real ensemble. */
const SERVERS = 20;
const WAIT_MS = 1_000;
const ANSWER_BYTES = 8_192;
const LINE = /^server\.(\d+)=(.+)$/;

/** Reads the configuration of the ensemble, and asks each server of it for its role unless the options forbid it. */
export async function readEnsemble(options: ResolvedConsole, signal: AbortSignal): Promise<Ensemble> {
  let text: string;
  try {
    text = (await options.zk.getConfig({ signal })).data?.toString("utf8") ?? "";
  } catch (error) {
    if (!isZkError(error, "NO_AUTH") && !isZkError(error, "NO_NODE")) throw error;
    return { members: [], leftOut: "This client may not read /zookeeper/config, so the servers are not known." };
  }
  const configured = parseMembers(text).slice(0, SERVERS);
  if (configured.length === 0) {
    return { members: [], leftOut: "The server is a standalone one: it has no configuration of an ensemble." };
  }
  const answers = await Promise.all(
    configured.map(({ address }) => (options.askServers ? fourLetterWord(address, "srvr") : notAsked())),
  );
  const read = configured.map((member, index) => withAnswer(member, answers[index] ?? notAllowed));
  const latest = read.reduce((most, { zxid }) => (zxid !== undefined && BigInt(zxid) > most ? BigInt(zxid) : most), 0n);
  return { members: read.map((member) => withLag(member, latest)), leftOut: "" };
}

/** Returns the servers in the text of /zookeeper/config. */
export function parseMembers(text: string): Member[] {
  return text.split("\n").flatMap((line) => {
    const [, id, value] = LINE.exec(line.trim()) ?? [];
    if (id === undefined || value === undefined) return [];
    const [quorum = "", client = ""] = value.split(";");
    const role = /:observer$/.test(quorum) ? "observer" : "participant";
    const host = /^(\[[^\]]+\]|[^:]+):/.exec(quorum)?.[1] ?? "";
    const port = client.slice(client.lastIndexOf(":") + 1);
    const given = client.includes(":") ? client.slice(0, client.lastIndexOf(":")) : "";
    // The wildcard is the address that the server listens on: others reach it by its quorum address.
    const reached =
      given === "" || given === "0.0.0.0" || given === "[::]" || given === "[0:0:0:0:0:0:0:0]" ? host : given;
    return [{ id, role, address: port === "" ? "" : `${reached}:${port}`, unknown: "" }];
  });
}

interface Answer {
  readonly text: string;
  readonly failure: string;
}

const notAllowed: Answer = { text: "", failure: "The option askServers is false." };
const notAsked = async (): Promise<Answer> => notAllowed;

function withAnswer(member: Member, { text, failure }: Answer): Member {
  const role = /^Mode: (\w+)/m.exec(text)?.[1];
  const zxid = /^Zxid: (0x[0-9a-f]+)/m.exec(text)?.[1];
  if (role !== undefined && zxid !== undefined) return { ...member, role, zxid };
  const said = failure === "" ? `It answered: ${text.split("\n")[0]?.slice(0, 100)}` : failure;
  return { ...member, unknown: said };
}

/** Zxids of different epochs cannot be subtracted. */
function withLag(member: Member, latest: bigint): Member {
  if (member.zxid === undefined) return member;
  const own = BigInt(member.zxid);
  return own >> 32n === latest >> 32n ? { ...member, lag: Number(latest - own) } : member;
}

/** Sends a four-letter word. Never rejects. */
function fourLetterWord(address: string, word: string): Promise<Answer> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, Math.max(colon, 0)).replace(/^\[|\]$/g, "");
  const port = Number(address.slice(colon + 1));
  if (host === "" || !Number.isInteger(port) || port < 1 || port > 65_535) {
    return Promise.resolve({ text: "", failure: "The configuration gives no port for clients without TLS." });
  }
  return new Promise((resolve) => {
    let text = "";
    const socket = connectSocket({ host, port });
    const end = (failure: string): void => {
      socket.destroy();
      resolve({ text, failure });
    };
    socket.setTimeout(WAIT_MS, () => end(`It did not answer "${word}" within ${WAIT_MS} ms.`));
    socket.once("connect", () => socket.write(word));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (text.length > ANSWER_BYTES) end("");
    });
    socket.once("end", () => end(text === "" ? `It closed the connection without an answer to "${word}".` : ""));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end(`It cannot be reached: ${error.code ?? error.message}.`),
    );
  });
}
