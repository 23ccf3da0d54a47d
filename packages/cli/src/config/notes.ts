import type { ServerConfig } from "./server-config.js";

/** Returns a sentence for each setting that leaves the server open to others. */
export function notesOf({ sessionSecret, skipAcl, privateFiles, admin, superDigest }: ServerConfig): readonly string[] {
  const notes: string[] = [];
  if (sessionSecret === false) {
    notes.push(
      "session passwords can be derived from session ids, as with Apache's server: a client that guesses the id of another session can take it over. " +
        "Set conclave.sessionSecret=true, unless a Java server has to go on from this data.",
    );
  }
  if (skipAcl === true) notes.push("skipACL=yes: every client may do everything, whatever the ACLs say.");
  if (privateFiles === false) {
    notes.push(
      "conclave.privateFiles=false: other users of this machine can read new data files, as far as the umask allows.",
    );
  }
  if (admin !== undefined && !isLoopback(admin.address)) {
    notes.push(`the admin server answers everyone who can reach ${admin.address}, port ${admin.port ?? 8080}.`);
  }
  if (admin !== undefined && superDigest === undefined) {
    notes.push(
      "the commands of the admin server that change state, and snapshot and restore, need a super user: set DigestAuthenticationProvider.superDigest to use them.",
    );
  }
  return notes;
}

function isLoopback(address: string | undefined): boolean {
  return address === undefined || address === "localhost" || address === "::1" || address.startsWith("127.");
}
