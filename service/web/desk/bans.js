// All bans of the site: whom they meet, why, until when; made and lifted here.

import { useState } from "preact/hooks";

import { get, may, post } from "./service.js";
import { ago, exactly, onDay, say } from "./words.js";
import { Act, Dialog, Field, Heading, Waiting, html, note } from "./parts.js";
import { BanForm } from "./ban.js";
import { useAnswer } from "./store.js";
import { useKeys } from "./keys.js";

const TYPED = ["word", "domain", "name"];

export function BansPage() {
  const [all, showAll] = useState(false);
  const [open, show] = useState(null);
  const { found, refusal, again, put } = useAnswer(() => get("/v1/moderation/bans", { state: all ? "all" : "good", limit: 100 }), [all]);
  const more = () => get("/v1/moderation/bans", { state: all ? "all" : "good", limit: 100, cursor: found.next }).then((next) => put({ bans: [...found.bans, ...next.bans], next: next.next }));
  useKeys(may("edit") ? { n: { does: say("desk.ban_new"), act: () => show("new") } } : {});
  return html`<${Heading}>${say("desk.bans")}<//>
    <p>${say("desk.bans_about")}</p>
    <p class="row">${may("edit") && html`<${Act} kind="main" hint="n" onClick=${() => show("new")}>${say("desk.ban_new")}<//>`}
      <label><input type="checkbox" checked=${all} onChange=${(event) => showAll(event.target.checked)} /> ${say("desk.bans_all")}</label></p>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${again} />`
      : found.bans.length === 0 ? html`<p class="nothing">${say("desk.bans_none")}</p>`
      : html`<div class="table" tabindex="0" role="region" aria-label=${say("desk.bans")}><table>
        <thead><tr><th scope="col">${say("desk.ban_by")}</th><th scope="col">${say("desk.ban_then")}</th><th scope="col">${say("desk.because")}</th><th scope="col">${say("desk.until")}</th><th scope="col">${say("desk.who")}</th><td></td></tr></thead>
        <tbody>${found.bans.map((ban) => html`<tr key=${ban.id} class=${ban.good ? "" : "over"}>
          <td>${say(`desk.ban_kind.${ban.kind}`)} ${ban.pattern ? html`<bdi><strong>${ban.pattern}</strong></bdi>` : ban.author && html`<a href=${`#/author/${ban.author}`}>${say("desk.author_page")}</a>`}</td>
          <td>${say(`desk.ban_action.${ban.action}`)}</td>
          <td dir="auto">${ban.reason}</td>
          <td>${ban.lifted_at ? say("desk.lifted", { when: ago(ban.lifted_at), who: ban.lifted_by ?? "…" }) : ban.expires_at ? html`<time datetime=${ban.expires_at} title=${exactly(ban.expires_at)}>${onDay(ban.expires_at)}</time>` : say("desk.until_lifted")}</td>
          <td><bdi>${ban.who}</bdi> <span class="quiet">${ago(ban.created_at)}</span></td>
          <td>${ban.good && may("edit") && html`<${Act} kind="small" onClick=${() => show(ban)}>${say("desk.lift")}<//>`}</td>
        </tr>`)}</tbody></table></div>
        ${found.next && html`<${Act} onClick=${more}>${say("desk.more")}<//>`}`}
    ${open === "new" && html`<${BanForm} kinds=${TYPED} close=${() => show(null)} made=${again} />`}
    ${open?.id && html`<${Lift} ban=${open} close=${() => show(null)} done=${again} />`}`;
}

function Lift({ ban, close, done }) {
  const [reason, setReason] = useState("");
  const [refusal, refuse] = useState(null);
  const lift = async (event) => {
    event.preventDefault();
    try {
      await post(`/v1/moderation/bans/${ban.id}/lift`, { reason });
      note(say("desk.lifted_now"));
      done();
      close();
    } catch (no) {
      refuse(no);
    }
  };
  return html`<${Dialog} title=${say("desk.lift")} close=${close}><form onSubmit=${lift}>
    <p>${say("desk.lift_about")}</p>
    <${Field} id="lift-reason" label=${say("desk.because")} faults=${refusal?.sentences}>
      ${(field) => html`<input required maxlength="500" ...${field} value=${reason} onInput=${(event) => setReason(event.target.value)} />`}<//>
    <button class="main">${say("desk.lift")}</button></form><//>`;
}
