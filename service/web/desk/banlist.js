// Words, domains or names to be banned, as many as one likes: tried on the last days, and only then in force.

import { useEffect, useRef, useState } from "preact/hooks";

import { get, post, remove } from "./service.js";
import { number, say } from "./words.js";
import { Act, Bar, Field, Heading, Person, fault, html, note } from "./parts.js";

const KINDS = ["word", "domain", "name"];
const ACTIONS = ["hold", "reject"];
const SPANS = [7, 30, 90, 365, 0];
const DAYS = 30;
const LOOK = 700;
const MOST = 500;

const lines = (text) => [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];

export function BanListPage() {
  const [wish, set] = useState({ kind: "word", targets: "", action: "hold", reason: "", days: 30 });
  const [tried, setTried] = useState(null);
  const [results, setResults] = useState(null);
  const [refusal, refuse] = useState(null);
  const targets = lines(wish.targets);
  const latest = useRef(null); // what was asked last: the answer to anything else is late
  const change = (name) => (event) => {
    latest.current = null;
    set({ ...wish, [name]: event.target.value });
    setTried(null);
    refuse(null);
  };
  const asField = (no) => (Object.keys(no.errors).length ? refuse(no.errors) : fault(no));
  const rehearse = (event) => {
    event.preventDefault();
    setResults(null);
    const asked = { kind: wish.kind, targets, action: wish.action };
    latest.current = asked;
    const mine = (act) => (found) => latest.current === asked && act(found);
    post("/v1/moderation/bans/list/preview", { ...asked, days: DAYS }).then(mine((found) => setTried({ asked, found })), mine(asField));
  };
  const done = (asked) => (found) => latest.current === asked && setTried(found && { asked, found });
  const make = () => {
    const expires_at = Number(wish.days) ? new Date(Date.now() + wish.days * 864e5).toISOString() : null;
    const { asked } = tried; // what was tried, and nothing else
    setTried(null);
    post("/v1/moderation/bans/list", { ...asked, reason: wish.reason, expires_at }).then((made) => {
      const kept = made.results.filter((each) => each.problem);
      setResults(kept);
      note(say("desk.banned_many", { count: made.results.length - kept.length }));
      if (!kept.length) location.hash = "#/bans";
    }, asField);
  };
  return html`<${Heading}>${say("desk.ban_new")}<//>
    <p>${say("desk.ban_list_about")}</p>
    <form class="rules" onSubmit=${rehearse}>
      <fieldset><legend>${say("desk.ban_by")}</legend>${KINDS.map((kind) => html`<label key=${kind} class="radio"><input type="radio" name="kind" value=${kind} checked=${wish.kind === kind} onChange=${change("kind")} /> <span>${say(`desk.ban_kind.${kind}`)} <span class="quiet">${say(`desk.target_about.${kind}`)}</span></span></label>`)}</fieldset>
      <${Field} id="targets" label=${say("desk.targets", { count: targets.length })} about=${say("desk.targets_about", { count: MOST })} faults=${refusal?.targets}>
        ${(field) => html`<textarea rows="8" required spellcheck="false" ...${field} value=${wish.targets} onInput=${change("targets")}></textarea>`}<//>
      <fieldset><legend>${say("desk.ban_then")}</legend>${ACTIONS.map((action) => html`<label key=${action} class="radio"><input type="radio" name="action" value=${action} checked=${wish.action === action} onChange=${change("action")} /> ${say(`desk.ban_action.${action}`)}</label>`)}</fieldset>
      <${Field} id="days" label=${say("desk.until")}>${(field) => html`<select ...${field} value=${wish.days} onChange=${(event) => set({ ...wish, days: Number(event.target.value) })}>${SPANS.map((days) => html`<option value=${days}>${days ? say("desk.days", { count: days }) : say("desk.until_lifted")}</option>`)}</select>`}<//>
      <${Field} id="reason" label=${say("desk.because")} about=${say("desk.ban_reason_about")} faults=${refusal?.reason}>
        ${(field) => html`<input required maxlength="500" ...${field} value=${wish.reason} onInput=${(event) => set({ ...wish, reason: event.target.value })} />`}<//>
      <p><button class="main" disabled=${!targets.length}>${say("desk.preview")}</button></p>
    </form>
    ${results?.length > 0 && html`<section role="alert"><h2>${say("desk.not_banned", { count: results.length })}</h2><ul class="plain-list">${results.map((each) => html`<li key=${each.target}><bdi><strong>${each.target}</strong></bdi> ${each.problem.title} ${Object.values(each.problem.errors ?? {}).flat().join(" ")}</li>`)}</ul></section>`}
    ${tried && (tried.found.status ? html`<${Job} job=${tried.found} done=${done(tried.asked)} />` : html`<${Found} found=${tried.found} make=${make} />`)}`;
}

/** A rehearsal that takes longer: how far it is, until it is done or called off. */
function Job({ job, done }) {
  const [state, set] = useState(job);
  const timer = useRef(null);
  useEffect(() => {
    const look = () => get(`/v1/moderation/jobs/${job.id}`).then((found) => {
      if (found.status === "done") return done(found.result);
      set(found);
      if (["waiting", "running"].includes(found.status)) timer.current = setTimeout(look, LOOK);
    }, () => (timer.current = setTimeout(look, LOOK * 4)));
    timer.current = setTimeout(look, LOOK);
    return () => clearTimeout(timer.current);
  }, [job.id]);
  const off = () => remove(`/v1/moderation/jobs/${job.id}`).then(() => done(null), fault);
  const open = ["waiting", "running"].includes(state.status);
  return html`<section class="trial" role="status"><h2>${say(`desk.job.${state.status}`)}</h2>
    ${state.total !== null && html`<p><${Bar} of=${state.looked_at / Math.max(1, state.total)} label=${say("desk.looked_at", { count: state.looked_at, total: number(state.total) })} /> ${say("desk.looked_at", { count: state.looked_at, total: number(state.total) })}</p>`}
    ${open && html`<${Act} onClick=${off}>${say("desk.cancel")}<//>`}</section>`;
}

/** What it would have done, both ways, and what it would mean a day. */
function Found({ found, make }) {
  const idle = found.bans.filter((each) => each.count === null);
  return html`<section class="trial" role="status">
    <h2>${say("desk.trial", { count: found.looked_at, days: Math.round(found.days) })}</h2>
    <p><strong>${say("desk.would_have_met", { count: found.met })}</strong> ${found.met > 0 && say("desk.load_change", { more: number(found.more_a_day), less: number(found.less_a_day) })}</p>
    ${idle.length > 0 && html`<p class="fault">${say("desk.cannot_ban", { count: idle.length })} ${idle.map((each, at) => html`${at > 0 && ", "}<bdi>${each.target}</bdi>`)}</p>`}
    ${found.changes.map((each) => html`<section key=${each.before + each.after}><h3>${say("desk.change", { count: each.count, before: say(`desk.status.${each.before}`), after: say(`desk.verdict.${each.after}`) })}</h3>
      ${each.by_people > 0 && html`<p class="quiet">${say("desk.met_by_people", { count: each.by_people })}</p>`}
      <ul class="plain-list">${each.examples.map((example) => html`<li key=${example.id}><a href=${`#/comment/${example.id}`}><${Person} name=${example.name} /></a><p class="excerpt" dir="auto">${example.body}</p></li>`)}</ul></section>`)}
    <p><${Act} kind="main danger" onClick=${make}>${say("desk.ban_do_many", { count: found.bans.length - idle.length })}<//></p></section>`;
}
