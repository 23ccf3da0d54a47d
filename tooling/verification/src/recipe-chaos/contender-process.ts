import { Contender } from "./contender.ts";
import type { ChaosOrder, ChaosReport } from "./messages.ts";
import { Standstill } from "./standstill.ts";

/*
 * A process of contenders, one for each round that is played at the same time. It is started by `playRecipeChaos`, does what
 * it is told by messages, and ends with its parent.
 */
const contenders = new Map<number, Contender>();
const accesses = new Map<number, (isAccepted: boolean) => void>();
const standstill = new Standstill();
let lastAccess = 0;

const tell = (report: ChaosReport): void => {
  if (process.connected) process.send!(report);
};

process.on("message", (order: ChaosOrder) => {
  carryOut(order).catch((error: unknown) => {
    const round = order.type === "enter" ? order.contender.round : "round" in order ? order.round : 0;
    tell({ type: "violation", round, text: `${order.type} failed: ${error}` });
  });
});
process.on("disconnect", () => process.exit());

async function carryOut(order: ChaosOrder): Promise<void> {
  switch (order.type) {
    case "enter": {
      const { round } = order.contender;
      const contender = new Contender(order.contender, {
        tell: (report) => tell({ ...report, round }),
        standstill,
        access: (token) => askResource(round, token),
      });
      contenders.set(round, contender);
      return contender.enter();
    }
    case "accessed":
      accesses.get(order.access)?.(order.isAccepted);
      accesses.delete(order.access);
      return;
    case "stop":
      return contenders.get(order.round)?.stop();
    case "leave": {
      const contender = contenders.get(order.round);
      contenders.delete(order.round);
      return contender?.leave();
    }
  }
}

function askResource(round: number, token: bigint): Promise<boolean> {
  const access = ++lastAccess;
  return new Promise((resolve) => {
    accesses.set(access, resolve);
    tell({ type: "access", round, access, token });
  });
}
