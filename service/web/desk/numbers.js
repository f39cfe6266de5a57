// How moderation goes: what waits, how fast people are, what the machine gets wrong.

import { useState } from "preact/hooks";

import { address, get, session } from "./service.js";
import { knows, lasting, number, percent, say } from "./words.js";
import { Act, Heading, Rate, Waiting, html } from "./parts.js";
import { useAnswer } from "./store.js";

const SPANS = [1, 7, 30, 90];

export function NumbersPage() {
  const [days, setDays] = useState(30);
  const { found, refusal, again } = useAnswer(() => get("/v1/moderation/numbers", { days }), [days]);
  return html`<${Heading}>${say("desk.numbers")}<//>
    <p class="row"><label>${say("desk.last")} <select value=${days} onChange=${(event) => setDays(Number(event.target.value))}>${SPANS.map((each) => html`<option value=${each}>${say("desk.days", { count: each })}</option>`)}</select></label>
      <a href=${address(`/v1/moderation/numbers.csv?days=${days}`)} download>${say("desk.as_csv")}</a></p>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${again} />` : html`<${Figures} found=${found} />`}
    <${Checks} days=${days} />`;
}

const Figure = ({ label, children }) => html`<div class="figure"><dt>${label}</dt><dd>${children}</dd></div>`;
const time = (seconds) => (seconds === null ? "–" : lasting(seconds));

function Figures({ found }) {
  const { queue, people, machine, series } = found;
  return html`<section><h2>${say("desk.now")}</h2><dl class="figures">
      <${Figure} label=${say("desk.list.awaiting")}>${number(queue.counts.awaiting)}<//>
      <${Figure} label=${say("desk.oldest")}>${time(queue.oldest_seconds)}<//>
      <${Figure} label=${say("desk.list.reported")}>${number(queue.counts.reported)}<//>
      <${Figure} label=${say("desk.list.overdue")}>${number(queue.counts.overdue)}<//></dl></section>
    ${series.length > 1 && html`<${Days} daily=${series} />`}
    <section><h2>${say("desk.by_people")}</h2><dl class="figures">
      <${Figure} label=${say("desk.decisions")}>${number(people.decided)}<//>
      <${Figure} label=${say("desk.half_within")}>${time(people.seconds_p50)}<//>
      <${Figure} label=${say("desk.most_within")}>${time(people.seconds_p95)}<//>
      <${Figure} label=${say("desk.released")}>${number(people.released)}<//>
      <${Figure} label=${say("desk.taken_down")}>${number(people.taken_down)}<//></dl></section>
    <section><h2>${say("desk.by_machine")}</h2><dl class="figures">
      <${Figure} label=${say("desk.machine.judged")}>${number(machine.judged)}<//>
      <${Figure} label=${say("desk.machine.share_alone")}>${machine.share_alone === null ? "–" : percent(machine.share_alone)}<//>
      <${Figure} label=${say("desk.machine.overturned")}>${number(machine.overturned)}<//></dl></section>
    ${found.articles.length > 0 && html`<section><h2>${say("desk.busiest")}</h2><ol class="plain-list">${found.articles.map((each) => html`<li key=${each.article}><a href=${`#/list/awaiting?article=${encodeURIComponent(each.article)}`} dir="auto">${each.article}</a> ${number(each.decided)}</li>`)}</ol></section>`}`;
}

const FEW = 12;

/** How right each finding is, and the machine as a whole: how much of it people refuse, how much of what they refuse it finds. */
function Checks({ days }) {
  const where = `/v1/moderation/sites/${session.value.site}/truth`;
  const { found, refusal, again } = useAnswer(() => get(where, { days }), [days]);
  const [all, showAll] = useState(false);
  if (!found) return html`<${Waiting} refusal=${refusal} again=${again} />`;
  const row = (name, each, whole = false) => html`<tr key=${name} class=${whole ? "whole" : ""}><th scope="row">${name}</th><td class="number">${number(each.decided)}</td><td><${Rate} of=${each.precision} /></td><td><${Rate} of=${each.recall} /></td></tr>`;
  return html`<section><h2>${say("desk.checks")}</h2><p class="quiet">${say("desk.checks_about")}</p>
    ${found.audits && html`<p class="quiet">${say("desk.audits_answered", { count: found.audits.done, open: number(found.audits.open) })}</p>`}
    <div class="table" tabindex="0" role="region" aria-label=${say("desk.checks")}><table class="rates">
      <thead><tr><th scope="col">${say("desk.finding")}</th><th scope="col" class="number">${say("desk.decided_on")}</th><th scope="col">${say("desk.precision")}</th><th scope="col">${say("desk.recall")}</th></tr></thead>
      <tbody>${row(say("desk.whole_machine"), found.machine, true)}${(all ? found.reasons : found.reasons.slice(0, FEW)).map((each) => row(knows(`desk.signal.${each.reason}`) ? say(`desk.signal.${each.reason}`) : each.reason, each))}</tbody></table></div>
    <p class="row">${!all && found.reasons.length > FEW && html`<${Act} kind="small" onClick=${() => showAll(true)}>${say("desk.all_findings", { count: found.reasons.length })}<//>`}
      <a href=${address(`${where}.csv?days=${days}`)} download>${say("desk.as_csv")}</a></p></section>`;
}

/** A column a day: published, held, refused, one upon the other. */
function Days({ daily }) {
  const kinds = ["published", "held", "rejected"];
  const most = Math.max(1, ...daily.map((each) => kinds.reduce((sum, kind) => sum + (each[kind] ?? 0), 0)));
  return html`<section><h2>${say("desk.by_day")}</h2>
    <ol class="days">${daily.map((each) => html`<li key=${each.day} title=${`${each.day}: ${kinds.map((kind) => `${number(each[kind] ?? 0)} ${say(`desk.status.${kind}`)}`).join(", ")}`}>
      ${kinds.map((kind) => html`<span class=${kind} style=${{ blockSize: `${((each[kind] ?? 0) / most) * 100}%` }}></span>`)}<span class="unseen">${each.day} ${kinds.map((kind) => `${number(each[kind] ?? 0)} ${say(`desk.status.${kind}`)}`).join(", ")}</span></li>`)}</ol>
    <p class="legend quiet">${kinds.map((kind) => html`<span class=${kind}>${say(`desk.status.${kind}`)}</span>`)}</p></section>`;
}
