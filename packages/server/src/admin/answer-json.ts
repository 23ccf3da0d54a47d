import type { ServerResponse } from "node:http";
import { exactJson } from "./exact-json.js";

/** What a command answers, under Apache's keys. */
export type CommandBody = Readonly<Record<string, unknown>>;

/** Answers a command: what it says, with its name and, unless it says otherwise, no error. */
export function answerJson(response: ServerResponse, statusCode: number, command: string, body: CommandBody): void {
  const headers = { "content-type": "application/json;charset=utf-8" };
  response.writeHead(statusCode, headers).end(`${exactJson({ command, error: null, ...body })}\n`);
}
