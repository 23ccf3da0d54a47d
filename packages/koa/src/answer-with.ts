import { type Admission, bodyOf, headersOf, NodeRequest } from "@conclave/membership";
import type { Context, Next } from "koa";

/** Answers, or hands over to the next middleware. */
export async function answerWith(ctx: Context, { headers, answer }: Admission, next: Next): Promise<void> {
  ctx.set(headers as Record<string, string>);
  if (answer === undefined) return next();
  ctx.body = bodyOf(answer) ?? null;
  // After the body, which has Koa choose a status and a type.
  ctx.status = answer.status;
  ctx.remove("content-type");
  ctx.set(headersOf(answer) as Record<string, string | string[]>);
}

/** The request as the client sent it. */
export function nodeRequest(ctx: Context): NodeRequest {
  return new NodeRequest(ctx.req, ctx.res, ctx.originalUrl);
}
