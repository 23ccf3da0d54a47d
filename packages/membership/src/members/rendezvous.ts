import { createHash } from "node:crypto";

/**
 * Returns the one of `ids` for which SHA-256 of `<id>/<key>`, in UTF-8, is the largest; `undefined` if there is none. (Highest
 * random weight: Thaler and Ravishankar, 1998.) Ids hold no slash, so that no two pairs are hashed alike.
 */
export function rendezvous(ids: Iterable<string>, key: string): string | undefined {
  let owner: string | undefined;
  let most: Buffer | undefined;
  for (const id of ids) {
    const weight = createHash("sha256").update(`${id}/${key}`).digest();
    if (most === undefined || Buffer.compare(weight, most) > 0) {
      owner = id;
      most = weight;
    }
  }
  return owner;
}
