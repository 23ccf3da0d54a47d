import { cpus, release, totalmem, type } from "node:os";

/** The machine of a measurement. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
}

export function machine(): Machine {
  const cores = cpus();
  return {
    cores: cores.length,
    cpu: cores[0]?.model.trim() ?? "unknown",
    memoryGib: Math.round(totalmem() / 2 ** 30),
    // The rest of the kernel's release may contain the name of its builder.
    system: `${type()} ${release().split("-")[0]}`,
    node: process.versions.node,
  };
}
