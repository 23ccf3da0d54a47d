import { ApacheStartError } from "./apache-server.ts";

/** Calls `start` again, up to five times in all, if another process took a port before the server did. */
export const withFreshPorts = async <T>(start: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 5 || !isPortTaken(error)) throw error;
    }
  }
};

const isPortTaken = (error: unknown): boolean =>
  error instanceof ApacheStartError ? error.portTaken : (error as NodeJS.ErrnoException).code === "EADDRINUSE";
