import { join } from "node:path";
import { DurableFile, linkDurably } from "./durable-file.js";
import type { FileLayer } from "./file-layer.js";
import { SECRET_NAME, unfinishedName } from "./file-names.js";
import { StorageError } from "./storage-error.js";

const SECRET_BYTES = 32;

export const newSecret = (): Uint8Array => crypto.getRandomValues(new Uint8Array(SECRET_BYTES));

/** The secret in a folder, made where there is none. Throws {@link StorageError} for one that is damaged. */
export async function keptSecret(files: FileLayer, folder: string): Promise<Uint8Array> {
  const path = join(folder, SECRET_NAME);
  if ((await files.list(folder)).includes(SECRET_NAME)) return readSecret(files, path);
  const secret = newSecret();
  const unfinished = join(folder, unfinishedName(SECRET_NAME));
  const file = await DurableFile.create(unfinished, { sync: false, files, isSecret: true });
  try {
    await file.write(secret);
    await file.sync();
  } finally {
    await file.close();
  }
  await linkDurably(files, unfinished, path);
  return secret;
}

async function readSecret(files: FileLayer, path: string): Promise<Uint8Array> {
  const secret = await files.tail(path, SECRET_BYTES + 1);
  if (secret.length === SECRET_BYTES) return secret;
  const message = `${path} is damaged: it must have ${SECRET_BYTES} bytes. Restore it, or remove it to end all sessions.`;
  throw new StorageError("access", message, { path });
}
