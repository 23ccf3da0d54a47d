import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { readText, writeDurably } from "../storage/durable-file.js";
import type { FileLayer } from "../storage/file-layer.js";
import { StorageError } from "../storage/storage-error.js";
import { REPLICA_FORMAT, type ReplicaStage, readStage } from "./replica-info.js";

export const REPLICA_FILE = "conclave-replica.json";

/** Identity and progress of a replica. Each change is durable when its promise resolves. */
export class ReplicaFile {
  readonly #files: FileLayer;
  readonly #path: string;
  readonly #name: string;
  readonly #id: number;
  /** Id of the data directory. */
  readonly disk: string;
  #stage: ReplicaStage;

  private constructor(files: FileLayer, path: string, name: string, id: number, disk: string, stage: ReplicaStage) {
    this.#files = files;
    this.#path = path;
    this.#name = name;
    this.#id = id;
    this.disk = disk;
    this.#stage = stage;
  }

  /**
   * Reads the file of a data directory, or makes one. `isEmpty` says whether the directory has no data of a server. Rejects with a
   * {@link StorageError} `wrong-replica` if the directory belongs to another ensemble or another replica, is of a later format, or has
   * data and no such file.
   */
  static async open(
    files: FileLayer,
    folder: string,
    { name, id, isEmpty }: { readonly name: string; readonly id: number; readonly isEmpty: boolean },
  ): Promise<ReplicaFile> {
    const path = join(folder, REPLICA_FILE);
    if (!(await files.list(folder)).includes(REPLICA_FILE)) {
      if (!isEmpty) throw wrong(path, "is missing, and the directory has data: another program has written them");
      const file = new ReplicaFile(files, path, name, id, randomUUID(), { stage: "empty" });
      await file.setStage({ stage: "empty" });
      return file;
    }
    const read = parse(await readText(files, path));
    const stage = read && readStage(read);
    if (read === undefined || stage === undefined || typeof read.disk !== "string") throw wrong(path, "is damaged");
    if (read.format !== REPLICA_FORMAT)
      throw wrong(path, `has the format ${read.format}, and this version of Conclave knows ${REPLICA_FORMAT}`);
    if (read.name !== name) throw wrong(path, `belongs to the ensemble "${read.name}", not "${name}"`);
    if (read.id !== id) throw wrong(path, `belongs to replica ${read.id}, not ${id}`);
    return new ReplicaFile(files, path, name, id, read.disk, stage);
  }

  get stage(): ReplicaStage {
    return this.#stage;
  }

  async setStage(stage: ReplicaStage): Promise<void> {
    const content = { format: REPLICA_FORMAT, name: this.#name, id: this.#id, disk: this.disk, ...stage };
    await writeDurably(this.#files, this.#path, `${JSON.stringify(content, undefined, 2)}\n`);
    this.#stage = stage;
  }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function wrong(path: string, problem: string): StorageError {
  const message = `${path} ${problem}. Give each replica a directory of its own; an empty one is filled from the other replicas.`;
  return new StorageError("wrong-replica", message, { path });
}
