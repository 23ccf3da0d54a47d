// Adds each event of the run to the card of its app, shows the servers and their leader, and the verdict at the end.
const state = document.querySelector("#state");
const events = new EventSource("events");

/** Returns the card of an actor's app; that of the ensemble for other actors. */
const cardOf = (actor) => document.querySelector(`#${actor.split("-")[0]}`) ?? document.querySelector("#ensemble");

const element = (name, text, className = "") => {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
};

const showEvent = ({ seconds, actor, text }) => {
  const list = cardOf(actor).querySelector("ol");
  const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
  const item = element("li", "", /^kill|SIGKILL/.test(text) ? "fault" : "");
  const line = element("span", "");
  if (actor.includes("-")) line.append(element("b", actor), " ");
  line.append(text);
  item.append(element("time", `${seconds.toFixed(1)} s`), line);
  list.append(item);
  if (isAtEnd) list.scrollTop = list.scrollHeight;
};

/** Shows each server of the demo's own ensemble: its role, address and process. */
const showServers = (servers) => {
  const items = servers.map(({ id, connectString, pid, mode }) => {
    const role = mode === "leader" ? "leads" : mode;
    const item = element("li", "", mode === "leader" ? "leader" : mode === "ended" ? "ended" : "");
    item.append(element("b", `server.${id}`), element("span", role, "role"));
    item.append(element("small", pid === undefined ? connectString : `${connectString}, process ${pid}`));
    return item;
  });
  document.querySelector("#servers").replaceChildren(...items);
};

const showVerdict = (checks) => {
  const card = document.querySelector("#verdict");
  for (const { name, holds, because } of checks) {
    const item = element("li", "");
    item.append(
      element("span", holds ? "✓" : "✗", holds ? "holds" : "fails"),
      element("b", name),
      element("span", because),
    );
    card.querySelector("ul").append(item);
  }
  card.hidden = false;
  const all = checks.every(({ holds }) => holds);
  finish(all ? "All checks hold" : "A check fails", all ? "holds" : "fails");
};

const finish = (text, className) => {
  state.textContent = text;
  state.className = className;
  // The browser would connect again, to a server that does not run any more.
  events.close();
};

events.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === "event") showEvent(message);
  else if (message.type === "servers") showServers(message.servers);
  else if (message.type === "verdict") showVerdict(message.checks);
  else finish(message.message, "fails");
};
events.onerror = () => finish("The demo has ended", "");
