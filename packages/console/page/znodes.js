import { h, isPlain, shown, shownLines } from "./parts.js";

let isReadOnly = true;
/** Number of the last request: an answer to an earlier one is not drawn. */
let last = 0;

/** Takes over the mode of the console. */
export const setReadOnly = (value) => {
  isReadOnly = value;
};

const say = (text) => {
  document.getElementById("said").textContent = text;
};
const url = (path, more = "") => `api/znode?path=${encodeURIComponent(path)}${more}`;
const child = (path, name) => (path === "/" ? `/${name}` : `${path}/${name}`);

/** Shows a znode: its data, Stat and the first page of its children. */
export const openZnode = async (path, after) => {
  last += 1;
  const own = last;
  const answer = await fetch(url(path, after === undefined ? "" : `&after=${encodeURIComponent(after)}`)).catch(
    () => undefined,
  );
  if (own !== last) return;
  if (answer === undefined) return say("The app that serves this page does not answer.");
  const body = await answer.json();
  if (own !== last) return;
  if (!answer.ok) return say(shown(body.message));
  document.getElementById("path").value = path;
  say("");
  document.getElementById("znode").replaceChildren(...drawZnode(body));
};

const DATA = {
  null: "null: no data was stored",
  redacted: "redacted by the console's options",
  long: "too long to be shown",
  text: "text",
  hex: "not text, shown as hexadecimal digits",
};

const drawZnode = ({ path, stat, data, children, next, leftOut }) => {
  const parent = path.slice(0, path.lastIndexOf("/")) || "/";
  const facts = Object.entries({
    ...stat,
    ctime: new Date(stat.ctime).toISOString(),
    mtime: new Date(stat.mtime).toISOString(),
  });
  const canEdit = !isReadOnly && !data.isCut && (data.form === "null" || (data.form === "text" && isPlain(data.text)));
  return [
    h("h3", {}, shown(path)),
    h("p", {}, link(parent, "To its parent")),
    h(
      "p",
      { class: "quiet" },
      `Data: ${DATA[data.form]}; ${data.bytes} bytes${data.isCut ? ", of which the first are shown" : ""}`,
    ),
    canEdit ? editor(path, stat, data) : h("pre", { tabindex: "0" }, shownLines(data.text)),
    h(
      "p",
      { class: "quiet" },
      facts
        .filter(([, value]) => value !== "")
        .map(([name, value]) => `${name} ${value}`)
        .join(" · "),
    ),
    h("p", {}, `${stat.numChildren} children ${leftOut}`),
    h("ul", { class: "children" }, ...children.map((name) => h("li", {}, link(child(path, name), name)))),
    ...(next === null ? [] : [h("button", { type: "button", onclick: () => void openZnode(path, next) }, "Next page")]),
  ];
};

const link = (path, label) => h("button", { type: "button", onclick: () => void openZnode(path) }, shown(label));

const editor = (path, { version }, data) => {
  const area = h("textarea", { id: "data", rows: "8", spellcheck: "false" });
  area.value = data.text;
  const save = async (event) => {
    event.preventDefault();
    const answer = await fetch(url(path), {
      method: "PUT",
      headers: { "content-type": "application/json", "x-conclave-console": "1" },
      body: JSON.stringify({ data: area.value, version }),
    });
    const body = await answer.json();
    if (answer.ok) {
      await openZnode(path);
      return say(`Saved as version ${body.stat.version}.`);
    }
    say(
      body.code === "BAD_VERSION"
        ? `Not saved: the data was changed after version ${version}, which is shown here. Show the path again to see it.`
        : `Not saved: ${shown(body.message)}`,
    );
  };
  return h(
    "form",
    { onsubmit: save },
    h("label", { for: "data" }, "Data"),
    area,
    h("button", {}, `Save over version ${version}`),
  );
};

document.getElementById("go").addEventListener("submit", (event) => {
  event.preventDefault();
  void openZnode(document.getElementById("path").value);
});
