import { type Admission, bodyOf, headersOf, NodeRequest } from "@conclave/membership";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Answers, in a hook; hands over to the route where there is no answer. */
export async function answerWith(
  reply: FastifyReply,
  { headers, answer }: Admission,
): Promise<FastifyReply | undefined> {
  reply.headers(headers);
  if (answer === undefined) return undefined;
  return reply.code(answer.status).headers(headersOf(answer)).send(bodyOf(answer));
}

/** The request as the client sent it. */
export function nodeRequest(request: FastifyRequest, reply: FastifyReply): NodeRequest {
  return new NodeRequest(request.raw, reply.raw, request.originalUrl);
}
