import { type AskOptions, askWord, type Question } from "./ask-word.js";
import type { ServerAddress } from "./server-address.js";

/**
 * Asks a server with the four-letter word `isro` if it is read-only. The answer is `undefined` if the server does not
 * answer in time: a read-only server always answers, others only if `4lw.commands.whitelist` allows the word.
 */
export function askMode(server: ServerAddress, options: AskOptions): Question<"ro" | "rw" | undefined> {
  const { answer, abort } = askWord(server, "isro", (text) => text.length >= 2, options);
  return { answer: answer.then((text) => (text === "ro" || text === "rw" ? text : undefined)), abort };
}
