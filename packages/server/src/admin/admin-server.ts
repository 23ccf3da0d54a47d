import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "@conclave/runtime";
import type { ResolvedAdmin } from "../options/admin-options.js";
import { type AdminCommand, adminCommands } from "./admin-commands.js";
import { answerJson } from "./answer-json.js";
import type { BackupCommands } from "./backup-commands.js";
import { forgedHeader } from "./forged-header.js";
import { HttpPort } from "./http-port.js";
import type { ServerStatus } from "./server-status.js";

export interface AdminServerParts {
  readonly options: ResolvedAdmin;
  readonly status: ServerStatus;
  readonly backup: BackupCommands;
  readonly logger: Logger;
}

/**
 * Apache's AdminServer: `<commandUrl>/<name>` answers JSON with the keys "command" and "error" among others. An unknown
 * command is answered too, with status 200 and its "error" set: so does Apache's.
 */
export class AdminServer {
  readonly #parts: AdminServerParts;
  readonly #http: HttpPort;
  readonly #commands: ReadonlyMap<string, AdminCommand>;

  constructor(parts: AdminServerParts) {
    const { address, port, idleTimeoutMs } = parts.options;
    this.#parts = parts;
    this.#commands = new Map(adminCommands.flatMap((command) => command.names.map((name) => [name, command])));
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    this.#http = new HttpPort({ name: "admin", address, port, idleTimeoutMs, logger: parts.logger, answer });
  }

  get port(): number {
    return this.#http.port;
  }

  listen(): Promise<void> {
    return this.#http.listen();
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { commandUrl } = this.#parts.options;
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://server");
    const isPost = request.method === "POST";
    if (pathname !== commandUrl && !pathname.startsWith(`${commandUrl}/`)) return end(response, 404);
    const forged = forgedHeader(request.headers, this.#parts.options);
    if (forged !== undefined) return refuseForged(response, forged);
    if (request.method !== "GET" && !isPost) return end(response, 405);
    const name = decodeURIComponentOr(pathname.slice(commandUrl.length + 1));
    if (name === "") return this.#list(response);
    const { backup } = this.#parts;
    const kind = backup.kindOf(name);
    if (kind === "snapshot") return backup.snapshot(request, response, searchParams);
    if (kind === "restore" && isPost) return backup.restore(request, response);
    const command = this.#commands.get(name);
    if (command === undefined) return answerJson(response, 200, name, { error: `Unknown command: ${name}` });
    if (command.changes === true) {
      if (!isPost) return end(response.setHeader("allow", "POST"), 405);
      if (!backup.mayChange(command.names[0], request, response)) return;
    }
    await this.#run(command, response, searchParams);
  }

  async #run(command: AdminCommand, response: ServerResponse, query: URLSearchParams): Promise<void> {
    const { status } = this.#parts;
    const body = status.isServing ? await command.run(status, query) : { error: NOT_SERVING };
    answerJson(response, 200, command.names[0], body);
  }

  #list(response: ServerResponse): void {
    const { commandUrl } = this.#parts.options;
    const names = [...adminCommands.map(({ names: [name] }) => name), "snapshot", "restore"].sort();
    const links = names.map((name) => `<a href="${commandUrl}/${name}">${name}</a>\n<br/>\n`);
    response.writeHead(200, { "content-type": "text/html;charset=utf-8" }).end(links.join(""));
  }
}

const NOT_SERVING = "This ZooKeeper instance is not currently serving requests";

function refuseForged(response: ServerResponse, header: string): void {
  const text = `The header ${header} names a host that this AdminServer is not known by. List it in admin.allowedHosts.\n`;
  response.writeHead(403, { "content-type": "text/plain;charset=utf-8", connection: "close" }).end(text);
}

function end(response: ServerResponse, statusCode: number): void {
  response.writeHead(statusCode).end();
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
