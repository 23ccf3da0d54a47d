import { Contender } from "./contender.ts";
import type { ChaosCommand, ChaosReport } from "./messages.ts";
import { PauseDetector } from "./pause-detector.ts";

/*
 * A process with one contender for each concurrent round. `runRecipeChaos` starts it and sends it commands; it exits with its
 * parent.
 */
const contenders = new Map<number, Contender>();
const accesses = new Map<number, (isAccepted: boolean) => void>();
const pauses = new PauseDetector();
let lastAccess = 0;

const sendReport = (report: ChaosReport): void => {
  if (process.connected) process.send!(report);
};

process.on("message", (command: ChaosCommand) => {
  execute(command).catch((error: unknown) => {
    const round = command.type === "start" ? command.contender.round : "round" in command ? command.round : 0;
    sendReport({ type: "violation", round, text: `${command.type} failed: ${error}` });
  });
});
process.on("disconnect", () => process.exit());

async function execute(command: ChaosCommand): Promise<void> {
  switch (command.type) {
    case "start": {
      const { round } = command.contender;
      const contender = new Contender(command.contender, {
        report: (report) => sendReport({ ...report, round }),
        pauses,
        access: (token) => askResource(round, token),
      });
      contenders.set(round, contender);
      return contender.start();
    }
    case "accessed":
      accesses.get(command.access)?.(command.isAccepted);
      accesses.delete(command.access);
      return;
    case "stop":
      return contenders.get(command.round)?.stop();
    case "close": {
      const contender = contenders.get(command.round);
      contenders.delete(command.round);
      return contender?.close();
    }
  }
}

function askResource(round: number, token: bigint): Promise<boolean> {
  const access = ++lastAccess;
  return new Promise((resolve) => {
    accesses.set(access, resolve);
    sendReport({ type: "access", round, access, token });
  });
}
