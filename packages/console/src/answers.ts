import { shownJson } from "@conclave/runtime";

/** Sent with every answer. The page has neither inline scripts nor inline styles, and loads nothing from elsewhere. */
const SECURITY: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** Returns an answer with the headers that every answer of the console has. */
export function answer(status: number, body: string | null, headers: Readonly<Record<string, string>>): Response {
  return new Response(body, { status, headers: { ...SECURITY, ...headers } });
}

/** Returns an answer that no cache keeps. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return answer(status, shownJson(value), {
    "content-type": "application/json",
    "cache-control": "no-store",
    ...headers,
  });
}

/** A request that is refused: thrown by the routes, and sent as JSON with `code` and `message`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
