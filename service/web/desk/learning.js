// What this site's decisions have taught: which version serves, how each did, and the way back.

import { useState } from "preact/hooks";

import { get, may, post, session } from "./service.js";
import { ago, exactly, number, percent, say } from "./words.js";
import { Act, Dialog, Heading, Waiting, fault, html, note } from "./parts.js";
import { useAnswer } from "./store.js";

const all = () => `/v1/moderation/sites/${session.value.site}/models`;
const KINDS = ["good", "spam", "abuse"];
const CATEGORIES = ["spam", "abuse"];

export function LearningPage() {
  const { found, refusal, again } = useAnswer(() => get(all()), []);
  return html`<${Heading}>${say("desk.learning")}<//><p>${say("desk.learning_about")}</p>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${again} />` : html`<section><h2>${say("desk.lessons")}</h2><dl class="figures">
      ${KINDS.map((kind) => html`<div class="figure" key=${kind}><dt>${say(`desk.lesson.${kind}`)}</dt><dd>${number(found.lessons[kind])}</dd></div>`)}</dl></section>
      ${CATEGORIES.map((category) => html`<${Versions} key=${category} category=${category} rows=${found.models.filter((each) => each.category === category)} again=${again} />`)}`}`;
}

function Versions({ category, rows, again }) {
  const [goal, choose] = useState(null);
  const close = () => choose(null);
  const back = () => post(`${all()}/rollback`, { category, version: goal }).then(() => (note(say("desk.saved")), close(), again()), fault);
  const own = may("own");
  return html`<section><h2>${say(`desk.category.${category}`)}</h2>
    ${rows.length === 0 ? html`<p class="nothing">${say("desk.learning_none")}</p>` : html`<div class="table" tabindex="0" role="region" aria-label=${say(`desk.category.${category}`)}><table>
      <thead><tr><th scope="col">${say("desk.model_version")}</th><th scope="col">${say("desk.model_made")}</th><th scope="col" class="number">${say("desk.model_from")}</th><th scope="col">${say("desk.model_found")}</th><th scope="col">${say("desk.model_loss")}</th>${own && html`<th scope="col"><span class="unseen">${say("desk.roll_back")}</span></th>`}</tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${row.version}>
        <td>${number(row.version)} <span class=${`status ${LOOKS[row.state]}`}>${say(`desk.model_state.${row.state}`)}</span><br /><span class="quiet">${say(`desk.model_why.${row.why}`)}</span></td>
        <td><time datetime=${row.created_at} title=${exactly(row.created_at)}>${ago(row.created_at)}</time></td>
        <td class="number">${number(row.decisions)}</td>
        <td>${percent(row.answers.recall)}<${Before} value=${row.answers_before && percent(row.answers_before.recall)} /></td>
        <td>${fine(row.answers.log_loss)}<${Before} value=${row.answers_before && fine(row.answers_before.log_loss)} /></td>
        ${own && html`<td>${row.state === "retired" && html`<${Act} kind="small danger" onClick=${() => choose(row.version)}>${say("desk.roll_back")}<//>`}</td>`}</tr>`)}</tbody></table></div>
      ${own && rows.some((row) => row.state === "champion") && html`<p><${Act} kind="plain danger" onClick=${() => choose(0)}>${say("desk.model_back_none")}<//></p>`}`}
    ${goal !== null && html`<${Dialog} title=${say(goal ? "desk.roll_back" : "desk.model_back_none")} close=${close}>
      <p>${goal ? say("desk.model_back_about", { version: goal }) : say("desk.model_back_none_about")}</p>
      <p class="row"><${Act} kind="main danger" onClick=${back}>${say(goal ? "desk.roll_back" : "desk.model_back_none")}<//> <${Act} onClick=${close}>${say("desk.cancel")}<//></p><//>`}
  </section>`;
}

const LOOKS = { champion: "published", retired: "held", refused: "rejected" };
const fine = (value) => number(Math.round(value * 1000) / 1000);
const Before = ({ value }) => value && html`<br /><span class="quiet">${say("desk.model_before", { value })}</span>`;
