import { shownJson } from "@conclave/runtime";

const PLAIN = /^[!-+\--~]+$/;

/** Returns the text as it is where it is visible ASCII without a comma, otherwise in quotes, as JSON that shows each character. */
export function quotedIfNeeded(text: string): string {
  return PLAIN.test(text) ? text : shownJson(text);
}
