import { connect } from "node:net";

/** Sends a four-letter word to a server of this machine, and returns the answer. Rejects if no server listens. */
export async function ask(port: number, word: string): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  socket.write(word);
  let answer = "";
  for await (const text of socket) answer += text;
  return answer;
}
