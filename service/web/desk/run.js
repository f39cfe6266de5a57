// A work run: claimed comments one after the other, the next ones fetched while one is read.

import { useEffect, useRef, useState } from "preact/hooks";

import { asQuery, may, post, put, remove } from "./service.js";
import { number, say } from "./words.js";
import { Act, Heading, fault, html, note } from "./parts.js";
import { Author, Copies, Reports, Surroundings, Text, Why, detailOf } from "./comment.js";
import { Actions } from "./actions.js";
import { Ban } from "./ban.js";
import { changed, decide, lastDone, select, told, trail, undo } from "./decisions.js";
import { refreshCounts } from "./counts.js";
import { store, useStore } from "./store.js";
import { useKeys } from "./keys.js";

const AHEAD = 5; // comments fetched before they are wanted
const LOOK = 10_000; // milliseconds between two looks when there was nothing
const RENEW = 60_000;
const MOST_SKIPPED = 90;
const ORDERS = ["priority", "teaching", "oldest", "newest"];
const UNREFUSED = ["held", "pending", "published"]; // what was refused stays so, whatever becomes of those like it

/** What an earlier run gives back: until then it would be handed to the next one first, in the order of the earlier. */
let leaving = Promise.resolve();

/** One run through a list. It knows nothing of how it is shown. */
class Run {
  constructor({ together, ...filters }) {
    this.filters = filters;
    this.together = Boolean(together); // what is alike comes one after the other
    this.shown = store({ current: null, empty: false, decided: 0, refusal: null });
    this.ahead = []; // [{ item: a list's, found: the whole, once it is there }]
    this.deciding = new Map(); // by id, what is on its way out, as it was shown
    this.coming = new Set(); // ids that were asked back and are on their way
    this.passed = []; // ids that this run doesn't want to see again
    this.filling = false;
    this.over = false;
    this.stopListening = changed.listen((entry) => this.settled(entry));
    this.timers = [setInterval(() => this.look(), LOOK), setInterval(() => this.renew(), RENEW)];
    addEventListener("pagehide", (this.leave = () => this.giveBack({ keepalive: true })));
    this.fill();
  }

  end() {
    this.over = true;
    this.stopListening();
    this.timers.forEach(clearInterval);
    removeEventListener("pagehide", this.leave);
    leaving = this.giveBack();
  }

  show(changes) {
    this.shown.set({ ...this.shown.value, ...changes });
  }

  /** Fetch until enough lie ahead. One question at a time: two would be answered alike. */
  async fill() {
    if (this.filling || this.over) return;
    this.filling = true;
    try {
      await leaving;
      while (!this.over && this.ahead.length < AHEAD) {
        const { item } = await post("/v1/moderation/queue/next", { ...this.filters, ...this.beside(), skip: this.skipped() });
        if (!item) break;
        if (this.over) return void this.release(item.id);
        if (this.deciding.has(item.id) || this.coming.has(item.id)) continue; // decided on while the answer was on its way
        this.take(item);
      }
      this.show({ empty: !this.shown.value.current && !this.ahead.length, refusal: null });
    } catch (refusal) {
      this.show({ refusal });
    } finally {
      this.filling = false;
    }
  }

  take(item) {
    const entry = { item, found: null };
    detailOf(item.id).then((detail) => {
      entry.found = detail;
      if (this.shown.value.current === entry) this.show({});
    }, () => {});
    this.ahead.push(entry);
    if (!this.shown.value.current) this.advance();
  }

  /** The last comment that is known here: what is like it comes next, if that is wanted. */
  beside() {
    const last = this.ahead.at(-1) ?? this.shown.value.current;
    const id = last?.item.id ?? [...this.deciding.keys()].at(-1);
    return this.together && id ? { beside: id } : {};
  }

  skipped() {
    const held = [this.shown.value.current, ...this.ahead].filter(Boolean).map((entry) => entry.item.id);
    return [...new Set([...held, ...this.coming, ...this.deciding.keys(), ...this.passed.slice(-MOST_SKIPPED)])].slice(0, 100);
  }

  advance() {
    const current = this.ahead.shift() ?? null;
    this.show({ current, empty: !current && !this.filling });
    this.fill();
  }

  /** The next one is shown at once; what becomes of this one is heard later. */
  decide(choice, comments = null, by = null) {
    const { current } = this.shown.value;
    const about = comments ?? [current.item];
    const here = new Map([current, ...this.ahead].filter(Boolean).map((entry) => [entry.item.id, entry]));
    about.forEach(({ id }) => this.deciding.set(id, here.get(id)));
    this.ahead = this.ahead.filter((entry) => !this.deciding.has(entry.item.id));
    this.show({ decided: this.shown.value.decided + about.length });
    if (current && this.deciding.has(current.item.id)) this.advance();
    return decide(about, { ...choice, by });
  }

  /** A decision went through, failed, or was taken back: what waits again comes back to the front. */
  async settled(entry) {
    if (!entry || entry.state === "sending" || entry.state === "undoing") return;
    const ids = [...entry.comments, ...(entry.lost ?? [])].map(({ id }) => id).filter((id) => this.deciding.has(id));
    if (entry.state === "done") {
      refreshCounts();
      return void setTimeout(() => ids.forEach((id) => this.deciding.delete(id)), 2000);
    }
    if (!ids.length && entry.state !== "undone") return;
    this.show({ decided: Math.max(0, this.shown.value.decided - entry.comments.length) });
    const lost = entry.state === "failed" && entry.refusal?.code === "moved_on";
    for (const { id } of entry.lost ?? []) this.deciding.delete(id);
    for (const { id } of entry.comments) {
      const shown = this.deciding.get(id);
      this.deciding.delete(id);
      this.passed = this.passed.filter((each) => each !== id);
      if (lost) continue;
      if (entry.state === "failed" && shown) this.putBack(shown);
      else await this.bringBack(id, entry.comments.length === 1);
    }
    refreshCounts();
  }

  /** What wasn't heard of comes next, as it was: never in place of what is being read, under the fingers. */
  putBack(entry) {
    if (this.shown.value.current) this.ahead.unshift(entry);
    else this.show({ current: entry, empty: false });
  }

  /** What somebody asked back takes the place of what they read, unless they are in the middle of something. */
  putInFront(entry) {
    const { current } = this.shown.value;
    this.ahead = this.ahead.filter((each) => each.item.id !== entry.item.id);
    if (current?.item.id === entry.item.id) return this.show({ current: entry });
    if (current && document.querySelector("dialog[open], .reasons")) return this.putBack(entry);
    if (current) this.ahead.unshift(current);
    this.show({ current: entry, empty: false });
  }

  /** One is shown again as it stands now; of many, they come with the list. */
  async bringBack(id, alone) {
    if (!alone || this.over) return void this.fill();
    this.coming.add(id);
    try {
      await put(`/v1/moderation/comments/${id}/claim`);
      const detail = await detailOf(id);
      if (["held", "pending", "published", "rejected"].includes(detail.status)) this.putInFront({ item: detail, found: detail });
    } catch {
      this.fill();
    } finally {
      this.coming.delete(id);
    }
  }

  /** Not now: somebody else may have it. */
  pass() {
    const { current } = this.shown.value;
    if (!current) return;
    this.passed.push(current.item.id);
    this.release(current.item.id);
    this.advance();
  }

  /** Back to the one before, if it was passed over. */
  async back() {
    const id = this.passed.pop();
    if (id) await this.bringBack(id, true);
  }

  look() {
    if (!document.hidden && !this.shown.value.current) this.fill();
  }

  /** A comment that is read for long stays the reader's; one that somebody else has taken goes. */
  renew() {
    const { current } = this.shown.value;
    for (const entry of [current, ...this.ahead].filter(Boolean)) {
      put(`/v1/moderation/comments/${entry.item.id}/claim`).catch((refusal) => {
        if (!["claimed", "moved_on", "comment_unknown"].includes(refusal.code)) return;
        this.ahead = this.ahead.filter((each) => each !== entry);
        if (this.shown.value.current === entry) {
          fault(refusal);
          this.advance();
        }
      });
    }
  }

  release(id, options) {
    return remove(`/v1/moderation/comments/${id}/claim`, options).catch(() => {});
  }

  giveBack(options) {
    const given = [this.shown.value.current, ...this.ahead].filter(Boolean).map((entry) => this.release(entry.item.id, options));
    this.ahead = [];
    return Promise.all(given);
  }
}

export function RunPage({ filters }) {
  const run = useRef(null);
  const [, draw] = useState(0);
  useEffect(() => {
    run.current = new Run(filters);
    draw(1);
    return () => run.current.end();
  }, []);
  return html`<div class="title"><${Heading}>${say("desk.run")}<//>${run.current && html`<${Tally} run=${run.current} />`}<${Way} filters=${filters} /></div>${run.current && html`<${Shown} run=${run.current} />`}`;
}

/** In which order they come, and whether what is alike comes together. */
function Way({ filters }) {
  const go = (changes) => (location.hash = `#/run${asQuery({ ...filters, ...changes })}`);
  const order = filters.order || ORDERS[0];
  return html`<details class="way"><summary>${say(`desk.order.${order}`)}</summary><div>
    <fieldset><legend>${say("desk.order")}</legend>${ORDERS.map((each) => html`<label key=${each} class="radio"><input type="radio" name="order" checked=${order === each} onChange=${() => go({ order: each === ORDERS[0] ? "" : each })} /> <span>${say(`desk.order.${each}`)}${each === "teaching" && html` <span class="quiet">${say("desk.order_about.teaching")}</span>`}</span></label>`)}</fieldset>
    <label class="radio"><input type="checkbox" checked=${Boolean(filters.together)} onChange=${(event) => go({ together: event.target.checked ? "yes" : "" })} /> <span>${say("desk.together")} <span class="quiet">${say("desk.together_about")}</span></span></label>
  </div></details>`;
}

function Shown({ run }) {
  const { current, empty, refusal } = useStore(run.shown);
  const [cluster, choose] = useState(null);
  const [open, show] = useState(null);
  const last = useRef(null);
  const item = current?.item;
  useEffect(() => {
    choose(null);
    last.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [item?.id]);
  const copies = current?.found?.copies;
  const alike = current?.found ? Math.max((current.found.campaign?.waiting ?? 0) - 1, copies.filter(({ status }) => status === "held").length) : 0;
  const chosen = cluster?.of === item?.id ? cluster : null; // an answer that comes late is about another comment
  const all = () => {
    if (chosen) return choose(null);
    const of = item.id;
    choose({ of, found: null });
    select({ copies_of: of, status: UNREFUSED }).then((found) => choose((now) => (now?.of === of ? { of, found } : now)), (no) => (choose(null), fault(no)));
  };
  useKeys({
    j: { does: say("desk.pass"), act: () => run.pass() },
    k: { does: say("desk.run_back"), act: () => run.back() },
    u: { does: say("desk.undo"), act: undoLast },
    ...(item && {
      t: { does: say("desk.surroundings"), act: () => show("surroundings") },
      o: { does: say("desk.open"), act: () => (location.hash = `#/comment/${item.id}`) },
      ...(copies?.length && { c: { does: say("desk.decide_all"), act: all } }),
      ...(may("edit") && { b: { does: say("desk.ban"), act: () => show("ban") } }),
    }),
  });
  const decideOn = (choice) => {
    if (!chosen) return run.decide(choice);
    return run.decide(choice, chosen.found.items, { copies_of: chosen.of });
  };
  return html`<div class="run">
    ${refusal && html`<p class="fault" role="alert">${refusal.sentences.join(" ")} <${Act} onClick=${() => run.fill()}>${say("desk.again")}<//></p>`}
    ${item
      ? html`<div class="card" key=${item.id}>
          <div class="reading" tabindex="-1" ref=${last}>
            <${Text} item=${item} detail=${current.found} blind />
            <${Reports} reports=${current.found?.reports} />
            <${Copies} copies=${copies} chosen=${chosen !== null} choose=${alike > 0 ? null : all} />
          </div>
          <div class="side">
            <${Why} verdict=${item.verdict} blind />
            <${Author} detail=${current.found} ban=${() => show("ban")} />
            <p class="row"><${Act} kind="small" hint="t" onClick=${() => show("surroundings")}>${say("desk.surroundings")}<//>
              <a href=${`#/comment/${item.id}`}>${say("desk.open")}</a></p>
          </div>
          <${Actions} decide=${decideOn} disabled=${chosen !== null && !chosen.found} scope=${chosen && (chosen.found ? clusterWords(chosen.found) : say("desk.loading"))}
            more=${html`${alike > 0 && html`<${Act} kind=${chosen ? "on" : "alike"} hint="c" aria-pressed=${chosen ? "true" : "false"} onClick=${all}>${say("desk.alike_wait", { count: alike })}<//>`}<${Act} kind="plain" hint="j" onClick=${() => run.pass()}>${say("desk.pass")}<//>`} />
        </div>`
      : html`<div class="nothing">${empty ? html`<p>${say("desk.nothing_waits")}</p><p class="quiet">${say("desk.nothing_about")}</p>` : !refusal && html`<p class="quiet">${say("desk.loading")}</p>`}</div>`}
    <${Trail} />
    ${open === "surroundings" && item && html`<${Surroundings} id=${item.id} close=${() => show(null)} />`}
    ${open === "ban" && current?.found && html`<${Ban} comment=${current.found} close=${() => show(null)} clear=${(items, by) => run.decide({ action: "reject", reason: "spam" }, items, by)} />`}
  </div>`;
}

const clusterWords = ({ items, counts, more }) =>
  say("desk.cluster", {
    count: items.length,
    statuses: Object.entries(counts).filter(([, count]) => count).map(([status, count]) => `${number(count)} ${say(`desk.status.${status}`)}`).join(", ") + (more ? "…" : ""),
  });

function Tally({ run }) {
  const { decided } = useStore(run.shown);
  return html`<p class="tally quiet" role="status">${decided > 0 && say("desk.decided", { count: decided })}</p>`;
}

/** The latest decision, that very one: if it is still on its way, once it has arrived. */
export async function undoLast() {
  const entry = lastDone();
  if (!entry) return note(say("desk.nothing_to_undo"));
  entry.asked = true;
  await entry.settled;
  if (!(await undo(entry))) entry.asked = false;
}

/** What was decided here lately, and the way back. */
export function Trail() {
  const entries = useStore(trail);
  if (!entries.length) return null;
  return html`<section class="trail"><h2>${say("desk.trail")}</h2>
    <ol>${entries.slice(0, 8).map((entry, at) => html`<li key=${entries.length - at} class=${entry.state}>
      <span>${entry.comments.length + (entry.lost?.length ?? 0) > 1 ? say("desk.many", { count: entry.comments.length }) : html`<bdi>${entry.comments[0]?.name || "…"}</bdi>`}</span>
      <span>${told(entry)}</span>
      ${entry.state === "done" ? html`<${Act} kind="small" hint=${at ? undefined : "u"} onClick=${() => undo(entry)}>${say("desk.undo")}<//>` : html`<span class="quiet">${say(`desk.state.${entry.state}`)}</span>`}
    </li>`)}</ol></section>`;
}
