import { ConformanceStage } from "./conformance-stage.ts";
import type { Scenario } from "./scenario.ts";
import { data, flag, int, long, row } from "./wire-field.ts";
import { create } from "./wire-request.ts";
import { WireSocket } from "./wire-socket.ts";

/** A connection beside all scenarios, which knows the server's last zxid. */
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

  /** Makes a znode. */
  async create(path: string): Promise<void> {
    const { type, body } = create(path);
    const answer = await this.#call(row(int(1), int(type), body).bytes);
    const err = answer.readInt32BE(12);
    if (err !== 0) throw new Error(`${path} cannot be made (${err}): conformance is played on a server without data`);
  }

  /** The last zxid of the server, after all that others were answered. */
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
    if (answer === undefined) throw new Error("the server ended the connection that watches its zxid");
    return answer;
  }
}

/** Plays one scenario below a znode of its own, and returns its transcript. Nobody else may write at the same time. */
export async function playScenario(
  server: { readonly address: string; readonly probe: ZxidProbe },
  root: string,
  scenario: Scenario,
): Promise<readonly string[]> {
  const { address, probe } = server;
  await probe.create(root);
  const stage = new ConformanceStage(address, await probe.zxid());
  try {
    await scenario.play(stage, (path) => `${root}${path}`);
    stage.noteZxid(await probe.zxid());
    return stage.transcript;
  } catch (cause) {
    const sofar = stage.transcript.join("\n");
    throw new Error(`the scenario "${scenario.name}" came to a halt after:\n${sofar}`, { cause });
  } finally {
    await stage.close();
  }
}
