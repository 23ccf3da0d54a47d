/** Returns the frames of a client that begins a session and creates a znode with one entry in its ACL. */
export function sessionAndCreate({ path = "/a", dataBytes = 0, scheme = "world", id = "anyone" }): Buffer {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const sized = (bytes: Buffer): Buffer => Buffer.concat([int(bytes.length), bytes]);
  const handshake = Buffer.concat([Buffer.alloc(12), int(10_000), Buffer.alloc(8), sized(Buffer.alloc(16))]);
  const acl = [int(1), int(31), sized(Buffer.from(scheme)), sized(Buffer.from(id))];
  const create = [int(1), int(1), sized(Buffer.from(path)), sized(Buffer.alloc(dataBytes)), ...acl, int(0)];
  return Buffer.concat([sized(handshake), sized(Buffer.concat(create))]);
}
