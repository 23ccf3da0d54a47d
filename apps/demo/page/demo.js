// Each line of the run goes to the card of whom it is about; the verdict comes last.
const state = document.querySelector("#state");
const events = new EventSource("events");

/** Whose card shows what an actor does. */
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
  const item = element("li", "", /^kill|SIGKILL/.test(text) ? "struck" : "");
  const what = element("span", "");
  if (actor.includes("-")) what.append(element("b", actor), " ");
  what.append(text);
  item.append(element("time", `${seconds.toFixed(1)} s`), what);
  list.append(item);
  if (isAtEnd) list.scrollTop = list.scrollHeight;
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
  finish(all ? "All of it holds" : "Something does not hold", all ? "holds" : "fails");
};

const finish = (text, className) => {
  state.textContent = text;
  state.className = className;
  // The demo ends here: to connect again would only fail.
  events.close();
};

events.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === "event") showEvent(message);
  else if (message.type === "verdict") showVerdict(message.checks);
  else finish(message.message, "fails");
};
events.onerror = () => finish("The demo has ended", "");
