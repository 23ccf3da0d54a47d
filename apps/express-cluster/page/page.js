import { followCluster } from "./cluster-stream.js";
import { drawKeys, drawMembers, tell } from "./draw.js";
import { show } from "./printable.js";
import { movedKeys, whatHappened } from "./story.js";

const PAGE = { "x-express-cluster": "page" };
const LOOK_EVERY_MS = 1_000;
const MOVED_FOR_MS = 6_000;

const part = (id) => document.getElementById(id);
const empty = { members: [], leader: null, status: "starting", self: null, version: "" };

let origin = location.origin;
let isFollowing = false;
let cluster = empty;
let owners = {};
const moved = new Set();
const silent = new Set();

const post = (url) => fetch(url, { method: "POST", headers: PAGE }).catch(() => {});

const ask = async (key) => {
  const answer = await fetch(`${origin}/keys/${encodeURIComponent(key)}`).catch(() => undefined);
  const by = answer?.ok === true ? (await answer.json()).by : undefined;
  const words = by === undefined ? "no process answered: try again" : `${by} answered`;
  const through = by !== undefined && by !== cluster.self ? `, asked through ${cluster.self}` : "";
  show(part("answer"), `${key}: ${words}${through}`);
};

const headline = () => {
  const { members, leader } = cluster;
  const count = members.length === 1 ? "One process" : `${members.length} processes`;
  return `${count}, ${leader === null ? "and none leads yet" : `led by ${leader}`}`;
};

const seen = () => {
  if (!isFollowing) return "Looking for a process that answers …";
  const doubt = cluster.status === "degraded" ? " · it has lost the ensemble: this may be old" : "";
  return `Live, as ${cluster.self} sees it · version ${cluster.version}${doubt}`;
};

const draw = () => {
  show(part("headline"), headline());
  show(part("seen"), seen());
  drawMembers(part("members"), cluster, {
    owners,
    silent,
    drain: (url) => post(`${url}/leave`),
    kill: (url) => post(`${url}/die`),
  });
  drawKeys(part("keys"), owners, moved, ask);
};

const readOwners = async () => {
  const answer = await fetch(`${origin}/keys`).catch(() => undefined);
  if (answer?.ok !== true) return;
  const next = await answer.json();
  const changed = movedKeys(owners, next.owners);
  if (changed.length > 0) {
    tell(part("story"), changed.length === 1 ? "one key moved" : `${changed.length} keys moved`);
    for (const key of changed) {
      moved.add(key);
      setTimeout(() => {
        moved.delete(key);
        draw();
      }, MOVED_FOR_MS);
    }
  }
  owners = next.owners;
  part("add").hidden = !next.canStart;
  draw();
};

/** A process that was killed is a member until its session ends: whether it answers is asked of itself. */
const look = async () => {
  await Promise.all(
    cluster.members.map(async ({ id, url }) => {
      const signal = AbortSignal.timeout(LOOK_EVERY_MS);
      const answers = await fetch(`${url}/cluster/ready`, { signal }).then(
        () => true,
        () => false,
      );
      const isNew = !answers && !silent.has(id) && cluster.members.some((member) => member.id === id);
      if (isNew) tell(part("story"), `${id} does not answer`);
      if (answers) silent.delete(id);
      else silent.add(id);
    }),
  );
  draw();
  setTimeout(look, LOOK_EVERY_MS);
};

followCluster(origin, {
  changed: (from, next) => {
    const sentences = cluster === empty ? ["the page was opened"] : whatHappened(cluster, next);
    for (const sentence of sentences) tell(part("story"), sentence);
    const isNew = cluster.version !== next.version;
    origin = from;
    isFollowing = true;
    cluster = next;
    draw();
    if (isNew) void readOwners();
  },
  lost: () => {
    isFollowing = false;
    draw();
  },
});
part("add").addEventListener("click", () => void post(`${origin}/members`));
void look();
