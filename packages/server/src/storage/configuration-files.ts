import { basename, dirname, join } from "node:path";
import { readText, writeDurably } from "./durable-file.js";
import type { FileLayer } from "./file-layer.js";
import { StorageError } from "./storage-error.js";

/** Text of a configuration of an ensemble, and its version. */
export interface StoredConfiguration {
  /** Zxid of the transaction that made it. */
  readonly version: bigint;
  /** One `key=value` a line. */
  readonly text: string;
}

export interface ConfigurationStoreOptions {
  /** Path of the configuration file that lists the ensemble, or names the file that does. Undefined if there is none. */
  readonly configFile?: string | undefined;
  /** True if configurations may change (`reconfigEnabled`). */
  readonly isWritten: boolean;
}

/** Key of a port for clients, without and with TLS. */
export type ClientPortKey = "clientPort" | "secureClientPort";

/** Keeps the configurations of an ensemble. Each change is durable when its promise resolves. One call at a time. */
export interface ConfigurationStore {
  /** The last configuration that was active; undefined if none was stored, or if a configuration file names it. */
  readonly active: StoredConfiguration | undefined;
  /** The last configuration that was proposed and not active yet. */
  readonly proposed: StoredConfiguration | undefined;
  setProposed(configuration: StoredConfiguration): Promise<void>;
  /**
   * Stores the active configuration, and removes the proposed one if it is not newer.
   *
   * @param named ports for clients of this server that it names, so that a configuration file must not
   */
  setActive(configuration: StoredConfiguration, named: readonly ClientPortKey[]): Promise<void>;
}

/*
 * The files, as Apache writes them next to zoo.cfg:
 *
 *   zoo.cfg.dynamic.<version>   an active configuration, sorted lines without the version
 *   zoo.cfg.dynamic.next        the proposed one, with the version
 *   zoo.cfg                     names the first in the key dynamicConfigFile; the lines of the ensemble are removed from it
 */
const DEFAULT_NAME = "zoo.cfg";
const NEXT = ".dynamic.next";
const ACTIVE = /^\.dynamic\.([0-9a-f]{1,16})$/;
const VERSION_LINE = /^\s*version\s*=\s*([0-9a-f]{1,16})\s*$/im;
const OF_ENSEMBLE = /^\s*(?:server\.|group\.|weight\.|dynamicConfigFile\s*[=:]|peerType\s*[=:])/;
const CLIENT_PORT = /^\s*(clientPort|secureClientPort)(?:Address)?\s*[=:]/;

/** {@link ConfigurationStore} in Apache's files. */
export class ConfigurationFiles implements ConfigurationStore {
  readonly #files: FileLayer;
  /** Path of the configuration file: the start of the other names. */
  readonly #path: string;
  readonly #hasConfigFile: boolean;
  #active: StoredConfiguration | undefined;
  #proposed: StoredConfiguration | undefined;

  private constructor(files: FileLayer, path: string, hasConfigFile: boolean) {
    this.#files = files;
    this.#path = path;
    this.#hasConfigFile = hasConfigFile;
  }

  /**
   * Reads the files. Without a configuration file they are in `folder`, and the newest version counts. Throws
   * {@link StorageError} `bad-configuration` if the proposed one has no version, and `access` if the folder cannot be written
   * to although that will be necessary.
   */
  static async open(files: FileLayer, folder: string, options: ConfigurationStoreOptions): Promise<ConfigurationFiles> {
    const { configFile, isWritten } = options;
    const path = configFile ?? join(folder, DEFAULT_NAME);
    if (isWritten) await makeWritable(files, dirname(path));
    const opened = new ConfigurationFiles(files, path, configFile !== undefined);
    await opened.#read();
    return opened;
  }

  get active(): StoredConfiguration | undefined {
    return this.#active;
  }

  get proposed(): StoredConfiguration | undefined {
    return this.#proposed;
  }

  async setProposed(configuration: StoredConfiguration): Promise<void> {
    await writeDurably(this.#files, this.#path + NEXT, `${sorted(configuration.text)}\n`);
    this.#proposed = configuration;
  }

  async setActive(configuration: StoredConfiguration, named: readonly ClientPortKey[]): Promise<void> {
    const { version, text } = configuration;
    const path = `${this.#path}.dynamic.${version.toString(16)}`;
    await writeDurably(this.#files, path, `${sorted(text.replace(VERSION_LINE, ""))}\n`);
    if (this.#hasConfigFile) await this.#name(path, named);
    this.#active = configuration;
    // Last: a server that stops in between still knows the configuration as the proposed one.
    if (this.#proposed === undefined || this.#proposed.version > version) return;
    await this.#files.remove(this.#path + NEXT);
    await this.#files.syncFolder(dirname(this.#path));
    this.#proposed = undefined;
  }

  async #read(): Promise<void> {
    const name = basename(this.#path);
    const names = await this.#files.list(dirname(this.#path));
    const versions = names.flatMap((each) => {
      const [, hex] = each.startsWith(name) ? (ACTIVE.exec(each.slice(name.length)) ?? []) : [];
      return hex === undefined ? [] : [BigInt(`0x${hex}`)];
    });
    const version = versions.sort((a, b) => (a < b ? -1 : 1)).at(-1);
    if (!this.#hasConfigFile && version !== undefined) {
      const text = await readText(this.#files, `${this.#path}.dynamic.${version.toString(16)}`);
      this.#active = { version, text: `${text.replace(VERSION_LINE, "").trimEnd()}\nversion=${version.toString(16)}` };
    }
    if (!names.includes(name + NEXT)) return;
    const path = this.#path + NEXT;
    const text = await readText(this.#files, path);
    const [, hex] = VERSION_LINE.exec(text) ?? [];
    if (hex === undefined) {
      const message = `${path} is damaged: it has no line version=…. It holds a configuration that this server has acknowledged, so copy it from another server of the ensemble; remove it only if no other server has the file.`;
      throw new StorageError("bad-configuration", message, { path });
    }
    this.#proposed = { version: BigInt(`0x${hex}`), text };
  }

  /** Has the configuration file name the active configuration instead of listing the ensemble. Keeps its other lines. */
  async #name(path: string, named: readonly string[]): Promise<void> {
    const lines = (await readText(this.#files, this.#path)).trimEnd().split(/\r?\n/);
    const isNamed = (line: string): boolean => named.includes(CLIENT_PORT.exec(line)?.[1] ?? "");
    const kept = lines.filter((line) => !OF_ENSEMBLE.test(line) && !isNamed(line));
    await writeDurably(this.#files, this.#path, `${[...kept, `dynamicConfigFile=${path}`].join("\n")}\n`);
  }
}

async function makeWritable(files: FileLayer, folder: string): Promise<void> {
  try {
    await files.makeFolder(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    const message = `Cannot write into ${folder}, the folder of the configuration file: ${(error as Error).message}. A reconfiguration writes zoo.cfg.dynamic.* there: let the user that runs the server write to it, or set reconfigEnabled to false.`;
    throw new StorageError("access", message, { path: folder, cause: error });
  }
}

function sorted(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.sort().join("\n");
}
