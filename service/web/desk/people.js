// Who works here: tokens by name and role, made and revoked by owners.

import { useState } from "preact/hooks";

import { get, post } from "./service.js";
import { ago, exactly, onDay, say } from "./words.js";
import { Act, Dialog, Field, Heading, Secret, Waiting, fault, html } from "./parts.js";
import { useAnswer } from "./store.js";

const ROLES = ["moderator", "editor", "owner", "auditor", "service"];

export function PeoplePage() {
  const { found, refusal, again } = useAnswer(() => get("/v1/moderation/tokens"), []);
  const [open, show] = useState(null);
  const close = () => (show(null), again());
  return html`<${Heading}>${say("desk.people")}<//>
    <p>${say("desk.people_about")}</p>
    <p><${Act} kind="main" onClick=${() => show("new")}>${say("desk.token_new")}<//></p>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${again} />` : html`<div class="table" tabindex="0" role="region" aria-label=${say("desk.people")}><table>
      <thead><tr><th scope="col">${say("desk.name")}</th><th scope="col">${say("desk.role")}</th><th scope="col">${say("desk.token")}</th><th scope="col">${say("desk.made")}</th><th scope="col">${say("desk.until")}</th><td></td></tr></thead>
      <tbody>${found.tokens.map((token) => html`<tr key=${token.prefix} class=${token.good ? "" : "over"}>
        <td><bdi>${token.name || "…"}</bdi>${token.own && html` <span class="quiet">${say("desk.you")}</span>`}</td>
        <td>${say(`desk.role.${token.role}`)}</td><td><code>${token.prefix}</code></td>
        <td><time title=${exactly(token.created_at)}>${ago(token.created_at)}</time></td>
        <td>${token.revoked_at ? say("desk.revoked", { when: ago(token.revoked_at) }) : token.expires_at ? onDay(token.expires_at) : say("desk.no_end")}</td>
        <td>${token.good && !token.own && html`<${Act} kind="small" onClick=${() => show(token)}>${say("desk.revoke")}<//>`}</td></tr>`)}
      </tbody></table></div>`}
    ${open === "new" && html`<${NewToken} close=${close} />`}
    ${open?.prefix && html`<${Revoke} token=${open} close=${close} />`}`;
}

function NewToken({ close }) {
  const [wish, set] = useState({ name: "", role: "moderator", days: "" });
  const [made, setMade] = useState(null);
  const [refusal, refuse] = useState(null);
  const [sending, begin] = useState(false);
  const change = (name) => (event) => set({ ...wish, [name]: event.target.value });
  const send = (event) => {
    event.preventDefault();
    if (sending) return;
    begin(true);
    post("/v1/moderation/tokens", { ...wish, days: wish.days ? Number(wish.days) : null }).then(setMade, (no) => (refuse(no), begin(false)));
  };
  if (made) return html`<${Secret} title=${say("desk.token_made")} about=${say("desk.token_once", { name: made.name })} label=${say("desk.token")} value=${made.token} close=${close} />`;
  return html`<${Dialog} title=${say("desk.token_new")} close=${close}><form onSubmit=${send}>
    <${Field} id="token-name" label=${say("desk.name")} about=${say("desk.token_name_about")} faults=${refusal?.errors.name}>${(field) => html`<input required maxlength="200" ...${field} value=${wish.name} onInput=${change("name")} />`}<//>
    <fieldset><legend>${say("desk.role")}</legend>${ROLES.map((role) => html`<label key=${role} class="radio"><input type="radio" name="role" value=${role} checked=${wish.role === role} onChange=${change("role")} /> <span><strong>${say(`desk.role.${role}`)}</strong> <span class="quiet">${say(`desk.role_about.${role}`)}</span></span></label>`)}</fieldset>
    <${Field} id="token-days" label=${say("desk.lapses_after")} faults=${refusal?.errors.days}>${(field) => html`<input type="number" min="1" max="3650" ...${field} value=${wish.days} onInput=${change("days")} />`}<//>
    ${refusal && !Object.keys(refusal.errors).length && html`<p class="fault" role="alert">${refusal.message}</p>`}
    <button class="main">${say("desk.token_do")}</button></form><//>`;
}

const Revoke = ({ token, close }) => html`<${Dialog} title=${say("desk.revoke")} close=${close}>
  <p>${say("desk.revoke_about", { name: token.name || token.prefix })}</p>
  <p class="row"><${Act} kind="main danger" onClick=${() => post(`/v1/moderation/tokens/${token.prefix}/revoke`).then(close, fault)}>${say("desk.revoke")}<//> <${Act} onClick=${close}>${say("desk.cancel")}<//></p><//>`;
