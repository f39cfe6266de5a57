// Lists for those who scan: filters, a cursor that j and k move, a selection that x marks.

import { useEffect, useRef, useState } from "preact/hooks";

import { get, may } from "./service.js";
import { ago, asScore, facts, exactly, knows, say } from "./words.js";
import { Act, Heading, Person, Status, Waiting, html, note } from "./parts.js";
import { Marked } from "./marks.js";
import { Surroundings } from "./comment.js";
import { Actions } from "./actions.js";
import { changed, decide } from "./decisions.js";
import { refreshCounts } from "./counts.js";
import { undoLast } from "./run.js";
import { useKeys } from "./keys.js";

const FILTERS = ["q", "article", "reason", "domain", "author", "min_score"];
const ORDERS = { awaiting: ["priority", "teaching", "oldest", "newest"], reported: ["priority", "teaching", "oldest", "newest"] };
const MOST = 500;

export function ListPage({ list, query, go }) {
  const [rows, setRows] = useState([]);
  const [state, set] = useState({ loading: true });
  const [at, move] = useState(0);
  const [chosen, choose] = useState(new Set());
  const [open, show] = useState(null);
  const search = useRef(null);
  const order = query.order || (ORDERS[list] ? "priority" : "newest");
  const asked = { list, order, ...Object.fromEntries(FILTERS.map((name) => [name, query[name]])) };

  const round = useRef(0);
  const load = async (cursor) => {
    const mine = ++round.current; // an answer to an earlier question comes too late
    set({ loading: true });
    if (!cursor) setRows([]), choose(new Set());
    try {
      const found = await get("/v1/moderation/queue", { ...asked, limit: 50, cursor });
      if (mine !== round.current) return;
      setRows((before) => (cursor ? [...before, ...found.items] : found.items));
      if (!cursor) choose(new Set()), move(0);
      set({ next: found.next });
    } catch (refusal) {
      if (mine === round.current) set({ refusal });
    }
  };
  useEffect(() => void load(), [list, JSON.stringify(query)]);
  useEffect(() => changed.listen((entry) => {
    if (!entry || entry.state === "sending" || entry.state === "undoing") return;
    refreshCounts();
    if (entry.state !== "done") load();
  }), [list, JSON.stringify(query)]);

  const current = rows[Math.min(at, rows.length - 1)];
  const about = chosen.size ? rows.filter((row) => chosen.has(row.id)) : current ? [current] : [];
  const act = (choice) => {
    const gone = new Set(about.map(({ id }) => id));
    const left = rows.filter((row) => !gone.has(row.id));
    setRows(left);
    choose(new Set());
    move(Math.min(at, Math.max(0, left.length - 1)));
    decide(about, choice);
    if (!left.length && state.next) load(state.next);
  };
  const mark = (id) => choose((before) => {
    const next = new Set(before);
    if (!next.delete(id)) next.size < MOST ? next.add(id) : note(say("desk.most_chosen", { count: MOST }));
    return next;
  });
  const step = (by) => move(Math.max(0, Math.min(rows.length - 1, at + by)));
  useKeys({
    j: { does: say("desk.down"), act: () => step(1), repeats: true },
    k: { does: say("desk.up"), act: () => step(-1), repeats: true },
    x: { does: say("desk.choose"), act: () => current && mark(current.id) },
    u: { does: say("desk.undo"), act: undoLast },
    t: { does: say("desk.surroundings"), act: () => current && show(current.id) },
    "/": { does: say("desk.search"), act: () => search.current.focus() },
    Enter: { does: say("desk.open"), act: () => current && (location.hash = `#/comment/${current.id}`) },
    Escape: { does: say("desk.choose_none"), act: () => choose(new Set()) },
  });
  const choice = chosen.size ? say("desk.chosen", { count: chosen.size }) : null;

  return html`<${Heading}>${say(`desk.list.${list}`)}<//>
    <${Filters} key=${list} query=${query} order=${order} orders=${ORDERS[list] ?? ["newest", "oldest"]} go=${go} search=${search} />
    ${state.refusal && html`<${Waiting} refusal=${state.refusal} again=${() => load()} />`}
    <p class="row quiet">
      ${rows.length > 0 && html`<label class="all"><input type="checkbox" checked=${chosen.size > 0 && chosen.size === Math.min(rows.length, MOST)} onChange=${(event) => choose(new Set(event.target.checked ? rows.slice(0, MOST).map(({ id }) => id) : []))} /> ${say("desk.choose_all", { count: rows.length })}</label>`}
    </p>
    <ol class="rows">
      ${rows.map((row, place) => html`<${Row} key=${row.id} row=${row} here=${place === at} chosen=${chosen.has(row.id)} mark=${() => mark(row.id)} enter=${() => move(place)} />`)}
    </ol>
    ${!state.loading && !state.refusal && !state.next && !rows.length && html`<p class="nothing">${say("desk.empty_list")}</p>`}
    ${state.loading && !rows.length && html`<${Waiting} />`}
    ${state.next && html`<${Act} onClick=${() => load(state.next)}>${say("desk.more")}<//>`}
    ${about.length > 0 && may("decide") && html`<div class="foot"><${Actions} decide=${act} scope=${choice} /></div>`}
    ${open && html`<${Surroundings} id=${open} close=${() => show(null)} />`}`;
}

function Row({ row, here, chosen, mark, enter }) {
  const node = useRef(null);
  useEffect(() => {
    if (here) node.current.scrollIntoView({ block: "nearest" });
  }, [here]);
  const signals = row.verdict?.signals ?? [];
  return html`<li ref=${node} class=${here ? "item here" : "item"} aria-current=${here ? "true" : undefined} onClick=${enter}>
    <input type="checkbox" checked=${chosen} onChange=${mark} aria-label=${say("desk.choose_one", { name: row.name || "…" })} />
    <div>
      <p class="byline"><a href=${`#/comment/${row.id}`}><${Person} name=${row.name} /></a> <time datetime=${row.created_at} title=${exactly(row.created_at)}>${ago(row.created_at)}</time>
        <span class="quiet" dir="auto">${row.article.title || row.article.id}</span> <${Status} of=${row.status} />
        ${row.reports.open > 0 && html`<span class="status reported">${say("desk.reported", { count: row.reports.open })}</span>`}
        ${row.claimed_by && html`<span class="quiet">${say("desk.read_by", { name: row.claimed_by })}</span>`}</p>
      <${Marked} text=${excerpt(row.body)} signals=${signals} className="excerpt" />
      ${signals.length > 0 && html`<p class="quiet why-line">${asScore(row.score ?? 0)} · ${signals.slice(0, 2).map((signal) => signal.detail).join(" ")}</p>`}
    </div>
  </li>`;
}

const excerpt = (text) => {
  const points = Array.from(text);
  return points.length > 400 ? `${points.slice(0, 400).join("")}…` : text;
};

function Filters({ query, order, orders, go, search }) {
  const [typed, type] = useState(query);
  const set = (name) => (event) => type({ ...typed, [name]: event.target.value });
  const send = (event) => {
    event?.preventDefault();
    go({ ...typed, order });
  };
  return html`<form class="filters" role="search" onSubmit=${send}>
    <label><span>${say("desk.search")}</span><input type="search" ref=${search} value=${typed.q ?? ""} maxlength="100" onInput=${set("q")} /></label>
    <label><span>${say("desk.order")}</span><select value=${order} onChange=${(event) => go({ ...typed, order: event.target.value })}>
      ${orders.map((each) => html`<option value=${each}>${say(`desk.order.${each}`)}</option>`)}</select></label>
    <details open=${FILTERS.slice(1).some((name) => query[name])}><summary>${say("desk.filters")}</summary><div class="grid">
      <label><span>${say("desk.filter.article")}</span><input value=${typed.article ?? ""} maxlength="255" onInput=${set("article")} /></label>
      <label><span>${say("desk.filter.domain")}</span><input value=${typed.domain ?? ""} maxlength="253" onInput=${set("domain")} /></label>
      <label><span>${say("desk.filter.reason")}</span><select value=${typed.reason ?? ""} onChange=${set("reason")}><option value="">${say("desk.any")}</option>
        ${facts.signals.map((each) => html`<option value=${each}>${knows(`desk.signal.${each}`) ? say(`desk.signal.${each}`) : each}</option>`)}</select></label>
      <label><span>${say("desk.filter.score")}</span><input type="number" min="0" max="1" step="0.05" value=${typed.min_score ?? ""} onInput=${set("min_score")} /></label>
      ${query.author && html`<p class="quiet">${say("desk.filter.author")} <${Act} kind="plain" onClick=${() => go({ ...typed, order, author: "" })}>×<//></p>`}
      <p><button class="main">${say("desk.apply")}</button> <${Act} kind="plain" onClick=${() => go({})}>${say("desk.clear")}<//></p>
    </div></details>
  </form>`;
}
