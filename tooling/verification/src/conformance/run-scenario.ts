import type { Scenario } from "./scenarios/scenario.ts";
import { ScenarioContext } from "./scenarios/scenario-context.ts";
import { data, flag, int, long, row } from "./wire/wire-field.ts";
import { create } from "./wire/wire-request.ts";
import { WireSocket } from "./wire/wire-socket.ts";

/** Connection that reads the server's last zxid. */
export class ZxidProbe {
  readonly #socket: WireSocket;

  private constructor(socket: WireSocket) {
    this.#socket = socket;
  }

  /** @param address `host:port` */
  static async connect(address: string): Promise<ZxidProbe> {
    const probe = new ZxidProbe(new WireSocket(address));
    await probe.#call(row(int(0), long(0n), int(60_000), long(0n), data(new Uint8Array(16)), flag(false)).bytes);
    return probe;
  }

  /** Creates a znode. */
  async create(path: string): Promise<void> {
    const { type, body } = create(path);
    const answer = await this.#call(row(int(1), int(type), body).bytes);
    const err = answer.readInt32BE(12);
    if (err !== 0) throw new Error(`cannot create ${path} (error ${err}): run conformance on a server without data`);
  }

  /** Returns the last zxid of the server. */
  async zxid(): Promise<bigint> {
    const answer = await this.#call(row(int(-2), int(11)).bytes);
    return answer.readBigInt64BE(4);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #call(frame: Uint8Array): Promise<Buffer> {
    this.#socket.sendFrame(frame);
    const answer = await this.#socket.nextFrame();
    if (answer === undefined) throw new Error("the server closed the connection that reads its zxid");
    return answer;
  }
}

/** Runs one scenario below its own znode, and returns its transcript. No other client may write at the same time. */
export async function runScenario(
  server: { readonly address: string; readonly probe: ZxidProbe },
  root: string,
  scenario: Scenario,
): Promise<readonly string[]> {
  const { address, probe } = server;
  await probe.create(root);
  const context = new ScenarioContext(address, await probe.zxid());
  try {
    await scenario.run(context, (path) => `${root}${path}`);
    context.noteZxid(await probe.zxid());
    return context.transcript;
  } catch (cause) {
    const sofar = context.transcript.join("\n");
    throw new Error(`the scenario "${scenario.name}" failed after:\n${sofar}`, { cause });
  } finally {
    await context.close();
  }
}
