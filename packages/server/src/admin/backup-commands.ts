import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Clock, Logger } from "@conclave/runtime";
import type { Backup } from "../database/database.js";
import type { ResolvedAdmin } from "../options/admin-options.js";
import { answerJson } from "./answer-json.js";

/** The server as backup commands use it. */
export interface BackupHost {
  isServing(): boolean;
  snapshot(): Promise<Backup>;
  /** Replaces all data by a snapshot; returns its zxid. */
  restore(chunks: AsyncIterable<Uint8Array>): Promise<bigint>;
  /** Checks that credentials from this address belong to a super user. */
  authorize(credentials: string | undefined, address: string): "yes" | "missing" | "unknown" | "forbidden";
}

export interface BackupParts {
  readonly options: ResolvedAdmin;
  readonly host: BackupHost;
  readonly clock: Clock;
  readonly logger: Logger;
}

const REFUSALS = {
  missing: [401, "Auth info is missing for the command: it takes the header Authorization of a super user"],
  unknown: [401, "Not authenticated"],
  forbidden: [
    403,
    "Not authorized: only a super user may do this (superDigest, DigestAuthenticationProvider.superDigest)",
  ],
} as const;
const NAMES = { snapshot: ["snapshot", "snap"], restore: ["restore", "rest"] } as const;

/**
 * The AdminServer's `snapshot` (GET, sends one) and `restore` (POST, takes one), as Apache has them since 3.9, but for a super
 * user (header `Authorization: digest user:password`), and each no more often than options say.
 */
export class BackupCommands {
  readonly #parts: BackupParts;
  readonly #last = { snapshot: Number.NEGATIVE_INFINITY, restore: Number.NEGATIVE_INFINITY };
  /** Number of failed commands, and of those refused by the rate limit. */
  readonly failed = { snapshot: 0, restore: 0 };
  readonly limited = { snapshot: 0, restore: 0 };

  constructor(parts: BackupParts) {
    this.#parts = parts;
  }

  /** Returns the command of a name or its abbreviation. */
  kindOf(name: string): "snapshot" | "restore" | undefined {
    if ((NAMES.snapshot as readonly string[]).includes(name)) return "snapshot";
    return (NAMES.restore as readonly string[]).includes(name) ? "restore" : undefined;
  }

  async snapshot(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> {
    if (!this.#mayRun("snapshot", request, response)) return;
    try {
      const backup = await this.#parts.host.snapshot();
      const size = "path" in backup ? (await stat(backup.path)).size : backup.bytes.length;
      response.setHeader("last_zxid", `0x${backup.zxid.toString(16)}`);
      response.setHeader("snapshot_size", String(size));
      if (query.get("streaming") === "false") return answerJson(response, 200, "snapshot", {});
      response.writeHead(200, { "content-type": "application/octet-stream", "content-length": size });
      await pipeline("path" in backup ? createReadStream(backup.path) : [backup.bytes], response);
    } catch (error) {
      this.#fail("snapshot", error, response);
    }
  }

  /** The upload is stored in a file first, so clients are served however slow it is. */
  async restore(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#mayRun("restore", request, response)) return;
    const folder = await mkdtemp(join(tmpdir(), "conclave-restore-"));
    const path = join(folder, "snapshot");
    try {
      await pipeline(request, createWriteStream(path));
      const zxid = await this.#parts.host.restore(createReadStream(path));
      answerJson(response, 200, "restore", { last_zxid: zxid });
    } catch (error) {
      this.#fail("restore", error, response);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Returns true for a request of a super user; refuses any other. */
  mayChange(name: string, request: IncomingMessage, response: ServerResponse): boolean {
    const { host } = this.#parts;
    const answer = host.authorize(request.headers.authorization, request.socket.remoteAddress ?? "");
    if (answer === "yes") return true;
    const [statusCode, error] = REFUSALS[answer];
    // The rest of its body is not read.
    response.setHeader("connection", "close");
    answerJson(response, statusCode, name, { error });
    return false;
  }

  #mayRun(kind: "snapshot" | "restore", request: IncomingMessage, response: ServerResponse): boolean {
    const { options, host, clock } = this.#parts;
    const refuse = (statusCode: number, error: string | null): false => {
      answerJson(response, statusCode, kind, { error });
      return false;
    };
    if (!host.isServing()) return refuse(200, "This ZooKeeper instance is not currently serving requests");
    if (!this.mayChange(kind, request, response)) return false;
    if (!(kind === "snapshot" ? options.snapshotEnabled : options.restoreEnabled)) return refuse(503, null);
    const now = clock.now();
    if (now - this.#last[kind] < options.rateLimiterIntervalMs) {
      this.limited[kind]++;
      return refuse(429, null);
    }
    this.#last[kind] = now;
    return true;
  }

  #fail(kind: "snapshot" | "restore", error: unknown, response: ServerResponse): void {
    this.failed[kind]++;
    this.#parts.logger.error(`the admin command ${kind} failed`, { error });
    if (response.headersSent) response.destroy();
    else answerJson(response, 500, kind, { error: error instanceof Error ? error.message : String(error) });
  }
}
