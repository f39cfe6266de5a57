// What was done here, by whom, when: the log that nobody can change.

import { useState } from "preact/hooks";

import { address, get } from "./service.js";
import { ago, exactly, facts, knows, say } from "./words.js";
import { Act, Heading, Waiting, html } from "./parts.js";
import { useAnswer } from "./store.js";

export function AuditPage() {
  const [act, setAct] = useState("");
  const { found, refusal, again, put } = useAnswer(() => get("/v1/moderation/audit", { act, limit: 100 }), [act]);
  const more = () => get("/v1/moderation/audit", { act, limit: 100, cursor: found.next }).then((next) => put({ ...next, entries: [...found.entries, ...next.entries] }));
  return html`<${Heading}>${say("desk.audit")}<//>
    <p>${say("desk.audit_about")}</p>
    <p class="row"><label>${say("desk.act")} <select value=${act} onChange=${(event) => setAct(event.target.value)}><option value="">${say("desk.any")}</option>${facts.acts.map((each) => html`<option value=${each}>${words(each)}</option>`)}</select></label>
      <a href=${address("/v1/moderation/audit.csv")} download>${say("desk.as_csv")}</a></p>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${again} />` : found.entries.length === 0 ? html`<p class="nothing">${say("desk.audit_none")}</p>` : html`<div class="table" tabindex="0" role="region" aria-label=${say("desk.audit")}><table>
      <thead><tr><th scope="col">${say("desk.when")}</th><th scope="col">${say("desk.who")}</th><th scope="col">${say("desk.act")}</th><th scope="col">${say("desk.of_what")}</th><th scope="col">${say("desk.more_of_it")}</th></tr></thead>
      <tbody>${found.entries.map((entry) => html`<tr key=${entry.id}>
        <td><time datetime=${entry.at} title=${exactly(entry.at)}>${ago(entry.at)}</time></td><td><bdi>${entry.who ?? say("desk.operator")}</bdi></td><td>${words(entry.act)}</td>
        <td>${link(entry.object)}</td><td class="quiet" dir="auto">${rest(entry.data)}</td></tr>`)}</tbody></table></div>
      ${found.next && html`<${Act} onClick=${more}>${say("desk.more")}<//>`}`}`;
}


const words = (act) => (knows(`desk.act.${act}`) ? say(`desk.act.${act}`) : act);

const PAGES = ["comment", "author"];

function link({ kind, id }) {
  const short = html`<code>${id.length > 20 ? id.slice(-6) : id}</code>`;
  return PAGES.includes(kind) ? html`<a href=${`#/${kind}/${id}`}>${short}</a>` : short;
}

const rest = (data) => Object.entries(data).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`).join(" · ");
