// Finished audits: what the machine did alone, by dice, and what people then decided. For owners and auditors.

import { get, session } from "./service.js";
import { ago, asScore, exactly, number, reasonWords, say } from "./words.js";
import { Act, Heading, Waiting, html } from "./parts.js";
import { useAnswer } from "./store.js";

const all = () => `/v1/moderation/sites/${session.value.site}/audits`;
const SUMS = ["open", "done", "agreed", "disagreed"];

export function AuditsPage() {
  const { found, refusal, again, put } = useAnswer(() => get(all(), { limit: 100 }), []);
  const more = () => get(all(), { limit: 100, cursor: found.next }).then((next) => put({ ...next, audits: [...found.audits, ...next.audits] }));
  return html`<${Heading}>${say("desk.audits")}<//><p>${say("desk.audits_about")}</p>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${again} />` : html`<section><h2>${say("desk.audits_in", { count: found.summary.days })}</h2><dl class="figures">
      ${SUMS.map((each) => html`<div class="figure" key=${each}><dt>${say(`desk.audits_sum.${each}`)}</dt><dd>${number(found.summary[each])}</dd></div>`)}</dl></section>
      ${found.audits.length === 0 ? html`<p class="nothing">${say("desk.audits_none")}</p>` : html`<div class="table" tabindex="0" role="region" aria-label=${say("desk.audits")}><table>
        <thead><tr><th scope="col">${say("desk.when")}</th><th scope="col">${say("desk.of_what")}</th><th scope="col">${say("desk.audit_machine")}</th><th scope="col">${say("desk.audit_people")}</th><th scope="col">${say("desk.who")}</th></tr></thead>
        <tbody>${found.audits.map((each) => html`<tr key=${each.comment}>
          <td><time datetime=${each.at} title=${exactly(each.at)}>${ago(each.at)}</time></td><td><a href=${`#/comment/${each.comment}`}><code>${each.comment.slice(-6)}</code></a></td>
          <td>${say(`desk.verdict.${each.verdict.action}`)} <span class="quiet">${asScore(each.verdict.score)}</span></td>
          <td><span class=${`status ${each.agreed ? "published" : "rejected"}`}>${say(`desk.audits_sum.${each.agreed ? "agreed" : "disagreed"}`)}</span>${each.decision.reason && html` <span class="quiet">${reasonWords(each.decision.reason)}</span>`}</td>
          <td><bdi>${each.decision.who}</bdi></td></tr>`)}</tbody></table></div>
        ${found.next && html`<${Act} onClick=${more}>${say("desk.more")}<//>`}`}`}`;
}
