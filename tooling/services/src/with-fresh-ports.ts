import { ApacheStartError } from "./apache-server.ts";

/** Tries again, on other ports, when somebody took a port between our choice and the server's start. */
export const withFreshPorts = async <T>(start: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 5 || !(error instanceof ApacheStartError && error.portTaken)) throw error;
    }
  }
};
