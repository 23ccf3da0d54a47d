import { connect, type SavedSession } from "@conclave/client";

/** Ends the session of a process that was killed, now instead of after its timeout: a second connection resumes and closes it. */
export const endSession = async (connectString: string, session: SavedSession): Promise<void> => {
  await (await connect(connectString, { session, newSessionAfterExpiry: false })).close();
};
