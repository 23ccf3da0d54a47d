/** Returns the changes between two views of the cluster, as sentences. */
export function whatHappened(before, after) {
  const sentences = [];
  const was = new Map(before.members.map((member) => [member.id, member]));
  const is = new Map(after.members.map((member) => [member.id, member]));
  for (const [id, member] of is) {
    if (!was.has(id)) sentences.push(`${id} joined`);
    else if (was.get(id).status === "up" && member.status === "draining") sentences.push(`${id} drains`);
  }
  for (const [id, { status }] of was) {
    if (!is.has(id)) sentences.push(status === "draining" ? `${id} left` : `${id} died: its session has ended`);
  }
  if (after.leader !== null && after.leader !== before.leader) {
    sentences.push(`${after.leader} leads, with token ${is.get(after.leader).leads}`);
  }
  return sentences;
}

/** Returns the keys with another owner than before. */
export function movedKeys(before, after) {
  return Object.keys(after).filter((key) => before[key] != null && before[key] !== after[key]);
}
