import type { ServerResponse } from "node:http";
import { exactJson } from "./exact-json.js";

/** Body of an answer, under Apache's keys. */
export type CommandBody = Readonly<Record<string, unknown>>;

/** Answers a command with its name, the body, and the error `null` unless the body has one. */
export function answerJson(response: ServerResponse, statusCode: number, command: string, body: CommandBody): void {
  const headers = { "content-type": "application/json;charset=utf-8" };
  response.writeHead(statusCode, headers).end(`${exactJson({ command, error: null, ...body })}\n`);
}
