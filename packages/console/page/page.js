import { colour, duration, h, shown, since, svg, tick } from "./parts.js";
import { openZnode, setReadOnly } from "./znodes.js";

const POLL_MS = 2000;
const LANE = 1000;

let overview;
let etag;
/** Clock of the page's server minus that of this browser. */
let offset = 0;
const now = () => Date.now() + offset;
const openedAt = Date.now();
const drawn = new Map();

const text = (id, content) => {
  const element = document.getElementById(id);
  if (element.textContent !== content) element.textContent = content;
};

/** Draws a part again if its input has changed: the focus stays where it is otherwise. */
const part = (id, input, draw) => {
  const key = JSON.stringify(input);
  if (drawn.get(id) === key) return;
  drawn.set(id, key);
  const cards = draw();
  const nothing = () => h("p", { class: "quiet" }, "None was found.");
  document.querySelector(`#${id} .content`).replaceChildren(...(cards.length > 0 ? cards : [nothing()]));
};

const named = ({ id, name }) => shown(id === "" ? name : id);
const nodeLink = (path) => h("a", { href: "#znodes", onclick: () => void openZnode(path) }, shown(path));
const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

const entrantItem = (entrant) =>
  h(
    "li",
    {},
    h("span", { class: `badge ${entrant.role}` }, entrant.role),
    " ",
    h("strong", {}, named(entrant)),
    entrant.role === "waits" ? " for " : " since ",
    since(entrant.since),
    h("div", { class: "quiet" }, `token ${entrant.token}, session ${entrant.sessionId}`),
    ...(entrant.why === "" ? [] : [h("div", { class: "why" }, shown(entrant.why))]),
  );

const recipeCard = ({ kind, path, entrants, more }) =>
  h(
    "article",
    { class: "card" },
    h("h3", {}, nodeLink(path)),
    h("p", { class: "quiet" }, kind),
    h("ol", { class: "entrants" }, ...entrants.map(entrantItem)),
    ...(more > 0 ? [h("p", { class: "quiet" }, `and ${more} more`)] : []),
  );

const swatch = (name) =>
  svg(
    "svg",
    { class: "swatch", viewBox: "0 0 8 8", "aria-hidden": "true" },
    svg("rect", { width: 8, height: 8, class: colour(name) }),
  );

/** Draws the terms over the time that the console has seen; the background shows where there was no leader. */
const lane = ({ path, terms }) => {
  const first = terms[0]?.from ?? now();
  const scale = LANE / Math.max(1, now() - first);
  const bars = terms.map((term) => {
    const until = term.to === 0 ? now() : term.to;
    const bar = { x: (term.from - first) * scale, width: Math.max(2, (until - term.from) * scale - 1), height: 28 };
    return svg("rect", { ...bar, class: colour(term.id) }, svg("title", {}, `${shown(term.id)}, token ${term.token}`));
  });
  const label = `Terms of ${shown(path)}: ${terms.map(({ id }) => shown(id)).join(", then ")}`;
  return svg(
    "svg",
    { class: "lane", viewBox: `0 0 ${LANE} 28`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    ...bars,
  );
};

const termItem = (term, index, terms) => {
  const before = terms[index - 1];
  const gap = before === undefined ? 0 : term.from - before.to;
  const length = term.to === 0 ? "leads now" : `led for ${duration(term.to - term.from)} as seen here. ${term.end}`;
  const after = gap > 0 ? ` (${duration(gap)} without a leader before)` : "";
  return h("li", {}, swatch(term.id), ` ${shown(term.id)}, token ${term.token}: ${length}${after}`);
};

const electionCard = (path, recipe, seen) =>
  h(
    "article",
    { class: "card wide", "data-path": path },
    h("h3", {}, nodeLink(path)),
    h("div", { class: "lane-of" }),
    h("ol", { class: "terms" }, ...(seen?.terms ?? []).map(termItem).slice(-5)),
    recipe === undefined
      ? h("p", { class: "why" }, "No process leads, and none is a candidate.")
      : h("ol", { class: "entrants" }, ...recipe.entrants.map(entrantItem)),
  );

const drawElections = (recipes, lanes) => {
  const paths = new Set([...recipes.map(({ path }) => path), ...lanes.map(({ path }) => path)]);
  return [...paths].sort().map((path) =>
    electionCard(
      path,
      recipes.find((each) => each.path === path),
      lanes.find((each) => each.path === path),
    ),
  );
};

const drawLanes = () => {
  for (const card of document.querySelectorAll("#elections [data-path]")) {
    const seen = overview.lanes.find(({ path }) => path === card.dataset.path);
    if (seen !== undefined) card.querySelector(".lane-of").replaceChildren(lane(seen));
  }
};

/** Keys of partitioners: locks at `<path>/keys/<key>`. */
const PARTITION = /^(.*)\/keys\/([^/]+)$/;

const drawPartitions = (locks) => {
  const maps = new Map();
  for (const { path, entrants } of locks) {
    const [, parent, key] = PARTITION.exec(path) ?? [];
    if (parent !== undefined) maps.set(parent, [...(maps.get(parent) ?? []), { key, owner: entrants[0] }]);
  }
  return [...maps].map(([path, keys]) =>
    h(
      "article",
      { class: "card wide" },
      h("h3", {}, nodeLink(path)),
      h("p", { class: "quiet" }, `partitions: ${count(keys.length, "key", "keys")}`),
      h(
        "ul",
        { class: "children" },
        ...keys.map(({ key, owner }) => {
          const name = owner === undefined ? "no owner" : named(owner);
          return h("li", { class: "badge" }, swatch(name), ` ${shown(key)}: ${name}`);
        }),
      ),
    ),
  );
};

const sessionCard = ({ id, names, ephemerals, count: total }) =>
  h(
    "article",
    { class: "card" },
    h("h3", {}, names.length > 0 ? names.map(shown).join(", ") : "no name known"),
    h("p", { class: "quiet" }, `session ${id}`),
    h(
      "details",
      {},
      h("summary", {}, count(total, "ephemeral", "ephemerals")),
      h("ul", { class: "entrants" }, ...ephemerals.map((path) => h("li", {}, nodeLink(path)))),
    ),
  );

const cells = (tag, values) => values.map((value) => h(tag, tag === "th" ? { scope: "col" } : {}, value));

const drawServers = ({ members, leftOut }) => {
  if (members.length === 0) return [h("p", { class: "quiet wide" }, shown(leftOut))];
  const rows = members.map(({ id, address, role, zxid, lag, unknown }) =>
    h(
      "tr",
      {},
      ...cells("td", [
        id,
        shown(address),
        h("span", { class: role }, shown(role)),
        zxid ?? "unknown",
        lag === undefined ? "unknown" : count(lag, "transaction", "transactions"),
        shown(unknown),
      ]),
    ),
  );
  const head = h("tr", {}, ...cells("th", ["Server", "Address", "Role", "Last zxid", "Behind by", "Remarks"]));
  return [
    h(
      "div",
      { class: "card wide scroll", tabindex: "0", role: "region", "aria-label": "Table of servers" },
      h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)),
    ),
  ];
};

const headline = (locks, elections, lanes) => {
  const waiting = locks.flatMap(({ entrants }) => entrants).filter(({ role }) => role === "waits").length;
  const led = elections.filter(({ entrants }) => entrants.length > 0);
  const [only] = led;
  const all = new Set([...elections.map(({ path }) => path), ...lanes.map(({ path }) => path)]).size;
  const leaders =
    all === 1 && only !== undefined
      ? `${named(only.entrants[0])} leads`
      : `${led.length} of ${count(all, "election has a leader", "elections have a leader")}`;
  return `${count(locks.length, "lock", "locks")}, ${waiting} waiting; ${leaders}`;
};

const draw = () => {
  const { recipes, sessions, lanes, ensemble, leftOut, readOnly, chroot, state, znodes } = overview;
  const ofKind = (...kinds) => recipes.filter(({ kind }) => kinds.includes(kind));
  const queues = ofKind("lock", "read-write lock", "semaphore");
  const locks = queues.filter(({ path }) => !PARTITION.test(path));
  const elections = ofKind("election");
  const groups = ofKind("group");
  text("headline", headline(locks, elections, lanes));
  text("mode", readOnly ? "read-only" : "data can be changed");
  setReadOnly(readOnly);
  text(
    "state",
    `${count(znodes, "znode", "znodes")} looked at${chroot === "" ? "" : ` below ${shown(chroot)}`}; client ${state}`,
  );
  part("locks", locks, () => locks.map(recipeCard));
  part("elections", [elections, lanes], () => drawElections(elections, lanes));
  part("groups", [groups, queues], () => [
    ...drawPartitions(queues),
    ...groups.map((each) => recipeCard(asGroup(each))),
  ]);
  part("sessions", sessions, () => sessions.map(sessionCard));
  part("servers", ensemble, () => drawServers(ensemble));
  const notes = [...leftOut, "Sessions without ephemerals, and watches: only a server's own commands show them."];
  const noted = JSON.stringify(notes);
  if (drawn.get("notes") !== noted) {
    document.getElementById("left-out").replaceChildren(...notes.map((note) => h("li", {}, shown(note))));
    drawn.set("notes", noted);
  }
  drawLanes();
  tick(now());
};

/** Members are known by the names of their znodes; their data is of the app. */
const asGroup = (group) => ({
  ...group,
  entrants: group.entrants.map(({ name, id, ...each }) => ({
    ...each,
    name,
    id: "",
    why: id === "" ? "" : `data ${id}`,
  })),
});

const poll = async () => {
  try {
    const response = await fetch("api/overview", { headers: etag === undefined ? {} : { "if-none-match": etag } });
    offset = Number(response.headers.get("x-conclave-now")) - Date.now();
    if (response.status === 200) {
      etag = response.headers.get("etag") ?? undefined;
      overview = await response.json();
      draw();
    } else if (response.status !== 304) {
      const { message } = await response.json();
      text("state", `The overview cannot be read: ${shown(message)}`);
    }
  } catch {
    text("state", `The app that serves this page does not answer; opened ${duration(Date.now() - openedAt)} ago.`);
  }
  setTimeout(poll, POLL_MS);
};

setInterval(() => {
  if (overview === undefined || document.hidden) return;
  drawLanes();
  tick(now());
}, 1000);
void poll();
void openZnode("/");
