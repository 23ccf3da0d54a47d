/** Runs a command of this app. An error is printed in one line, and ends the process with exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const hint = code === "EADDRINUSE" ? ": choose another port with --port or PORT" : "";
    console.error(`express-cluster: ${message}${hint}`);
    process.exit(1);
  }
}
