// Asks the replica that served this page each second for the replicas and the last invoice runs.
const ASK_EVERY_MS = 1_000;
const part = (id) => document.getElementById(id);

const element = (name, text, className = "") => {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
};

const readJson = async (path) => {
  const response = await fetch(path).catch(() => undefined);
  return response?.ok === true ? response.json() : undefined;
};

const replicaItem = ({ id, role, isReady, makesRuns }, self) => {
  const item = element("li", "", makesRuns ? "runs" : "");
  item.append(
    element("b", id === self ? `Replica ${id} (this one)` : `Replica ${id}`),
    element("span", isReady ? "ready" : "not ready", isReady ? "ready" : "not-ready"),
    element("small", makesRuns ? `${role} of the ensemble, makes the invoice runs` : `${role} of the ensemble`),
  );
  return item;
};

const runRow = ({ period, orders, cents, replica, token }) => {
  const row = element("tr", "");
  row.append(...[period, orders, (cents / 100).toFixed(2), replica, token].map((value) => element("td", value)));
  return row;
};

const stateText = (view) => {
  if (view === undefined) return "This replica does not answer";
  if (view.reason !== "") return `Replica ${view.self} is not ready: ${view.reason}`;
  const leads = view.replicas.find(({ role }) => role === "leader");
  const runs = view.replicas.find(({ makesRuns }) => makesRuns);
  const text = leads === undefined ? "No replica leads the ensemble" : `Replica ${leads.id} leads the ensemble`;
  return `${text}, ${runs === undefined ? "none" : `replica ${runs.id}`} makes the invoice runs`;
};

const draw = async () => {
  const [view, runs] = await Promise.all([readJson("replicas"), readJson("runs")]);
  part("state").textContent = stateText(view);
  if (view !== undefined)
    part("replicas").replaceChildren(...view.replicas.map((each) => replicaItem(each, view.self)));
  if (runs === undefined) return;
  part("open").textContent = runs.openOrders;
  part("runs").replaceChildren(...runs.runs.map(runRow));
};

part("order").addEventListener("click", async () => {
  const order = { customer: "Page", cents: 100 + Math.floor(Math.random() * 10_000) };
  const headers = { "content-type": "application/json" };
  await fetch("orders", { method: "POST", headers, body: JSON.stringify(order) }).catch(() => {});
  await draw();
});

const follow = async () => {
  await draw();
  setTimeout(follow, ASK_EVERY_MS);
};
await follow();
