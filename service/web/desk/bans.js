// All bans of the site: whom they meet, why, until when; made and lifted here.

import { useState } from "preact/hooks";

import { get, may, post } from "./service.js";
import { ago, exactly, onDay, say } from "./words.js";
import { Act, Dialog, Field, Heading, Waiting, html, note } from "./parts.js";
import { useAnswer } from "./store.js";
import { useKeys } from "./keys.js";

const KINDS = ["author", "network", "domain", "name", "word"];

export function BansPage() {
  const [all, showAll] = useState(false);
  const [open, show] = useState(null);
  const [kind, setKind] = useState("");
  const page = (cursor) => get("/v1/moderation/bans", { state: all ? "all" : "good", kind, limit: 100, cursor });
  const { found, refusal, again, put } = useAnswer(() => page(), [all, kind]);
  const more = () => page(found.next).then((next) => put({ bans: [...found.bans, ...next.bans], next: next.next }));
  useKeys(may("edit") ? { n: { does: say("desk.ban_new"), act: () => (location.hash = "#/ban") } } : {});
  return html`<${Heading}>${say("desk.bans")}<//>
    <p>${say("desk.bans_about")}</p>
    <p class="row">${may("edit") && html`<a class="button main" href="#/ban" aria-keyshortcuts="n">${say("desk.ban_new")}</a>`}
      <label>${say("desk.ban_by")} <select value=${kind} onChange=${(event) => setKind(event.target.value)}><option value="">${say("desk.any")}</option>${KINDS.map((each) => html`<option value=${each}>${say(`desk.ban_kind.${each}`)}</option>`)}</select></label>
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
    ${open && html`<${Lift} ban=${open} close=${() => show(null)} done=${again} />`}`;
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
