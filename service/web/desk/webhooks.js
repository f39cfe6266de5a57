// Where the site's own programs are told what happens: made, tried, read up on, told again.

import { useState } from "preact/hooks";

import { get, post, put, remove } from "./service.js";
import { ago, exactly, say } from "./words.js";
import { Act, Dialog, Field, Secret, Waiting, fault, html, note } from "./parts.js";
import { useAnswer } from "./store.js";

const ALL = "/v1/moderation/webhooks";

export function Webhooks() {
  const { found, refusal, again } = useAnswer(() => get(ALL), []);
  const [open, show] = useState(null);
  const close = () => (show(null), again());
  const done = (words) => () => (note(say(words)), again());
  return html`<section><h2>${say("desk.webhooks")}</h2><p>${say("desk.webhooks_about")}</p>
    <p><${Act} kind="main" onClick=${() => show({ act: "new" })}>${say("desk.webhook_new")}<//></p>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${again} />` : html`<ul class="plain-list">${found.webhooks.map((each) => html`<li key=${each.id} class="webhook">
      <p><strong dir="ltr">${each.url}</strong> ${each.description && html`<span class="quiet" dir="auto">${each.description}</span>`} <span class=${each.active ? "status published" : "status"}>${each.active ? say("desk.in_force") : say("desk.paused")}</span>
        ${each.failures > 0 && html` <span class="status rejected">${say("desk.failures", { count: each.failures })}</span>`}</p>
      <p class="row"><${Act} kind="small" onClick=${() => post(`${ALL}/${each.id}/test`).then(done("desk.test_sent"), fault)}>${say("desk.test")}<//>
        <${Act} kind="small" onClick=${() => show({ act: "log", webhook: each })}>${say("desk.deliveries")}<//>
        <${Act} kind="small" onClick=${() => put(`${ALL}/${each.id}`, { active: !each.active }).then(done("desk.saved"), fault)}>${each.active ? say("desk.pause") : say("desk.resume")}<//>
        <${Act} kind="small" onClick=${() => show({ act: "rotate", webhook: each })}>${say("desk.rotate")}<//>
        <${Act} kind="small danger" onClick=${() => show({ act: "remove", webhook: each })}>${say("desk.remove")}<//></p></li>`)}</ul>`}
    ${open?.act === "new" && html`<${NewWebhook} close=${close} />`}
    ${open?.act === "log" && html`<${Log} webhook=${open.webhook} close=${close} />`}
    ${open?.act === "rotate" && html`<${Rotate} webhook=${open.webhook} close=${close} />`}
    ${open?.act === "remove" && html`<${Dialog} title=${say("desk.remove")} close=${close}><p>${say("desk.webhook_remove_about")}</p><p><bdi dir="ltr">${open.webhook.url}</bdi></p>
      <p class="row"><${Act} kind="main danger" onClick=${() => remove(`${ALL}/${open.webhook.id}`).then(close, fault)}>${say("desk.remove")}<//> <${Act} onClick=${close}>${say("desk.cancel")}<//></p><//>`}
  </section>`;
}

function NewWebhook({ close }) {
  const [wish, set] = useState({ url: "", description: "" });
  const [made, setMade] = useState(null);
  const [refusal, refuse] = useState(null);
  const [sending, begin] = useState(false);
  const send = (event) => {
    event.preventDefault();
    if (sending) return;
    begin(true);
    post(ALL, wish).then(setMade, (no) => (refuse(no), begin(false)));
  };
  const field = (name) => (rest) => html`<input ...${rest} required=${name === "url"} value=${wish[name]} onInput=${(event) => set({ ...wish, [name]: event.target.value })} />`;
  if (made) return html`<${Secret} title=${say("desk.webhook_made")} about=${say("desk.webhook_once")} label=${say("desk.secret")} value=${made.secret} close=${close} />`;
  return html`<${Dialog} title=${say("desk.webhook_new")} close=${close}><form onSubmit=${send}>
    <${Field} id="url" label=${say("desk.webhook_url")} faults=${refusal?.errors.url}>${field("url")}<//>
    <${Field} id="description" label=${say("desk.description")} faults=${refusal?.errors.description}>${field("description")}<//>
    ${refusal && !Object.keys(refusal.errors).length && html`<p class="fault" role="alert">${refusal.message}</p>`}
    <button class="main">${say("desk.webhook_do")}</button></form><//>`;
}

function Rotate({ webhook, close }) {
  const [made, setMade] = useState(null);
  if (made) return html`<${Secret} title=${say("desk.rotate")} about=${say("desk.rotated")} label=${say("desk.secret")} value=${made.secret} close=${close} />`;
  return html`<${Dialog} title=${say("desk.rotate")} close=${close}><p>${say("desk.rotate_about")}</p>
    <p class="row"><${Act} kind="main" onClick=${() => post(`${ALL}/${webhook.id}/rotate`, { hours: 24 }).then(setMade, fault)}>${say("desk.rotate")}<//> <${Act} onClick=${close}>${say("desk.cancel")}<//></p><//>`;
}

/** What was told, what is waiting, what was given up; and telling it again. */
function Log({ webhook, close }) {
  const { found, refusal, again } = useAnswer(() => get(`${ALL}/${webhook.id}/deliveries`, { limit: 50 }), [webhook.id]);
  const replay = (id) => post(`/v1/moderation/deliveries/${id}/replay`).then(again, fault);
  return html`<${Dialog} title=${say("desk.deliveries")} close=${close} wide>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${again} />` : found.deliveries.length === 0 ? html`<p class="nothing">${say("desk.audit_none")}</p>` : html`<div class="table" tabindex="0" role="region" aria-label=${say("desk.deliveries")}><table>
      <thead><tr><th scope="col">${say("desk.when")}</th><th scope="col">${say("desk.event")}</th><th scope="col">${say("desk.standing")}</th><th scope="col" class="number">${say("desk.attempts")}</th><th scope="col" class="number">HTTP</th><td></td></tr></thead>
      <tbody>${found.deliveries.map((each) => html`<tr key=${each.id}><td><time title=${exactly(each.created_at)}>${ago(each.created_at)}</time></td><td><code>${each.type}</code></td>
        <td>${say(`desk.delivery.${each.state}`)}${each.why && html` <code class="quiet">${each.why}</code>`}</td><td class="number">${each.attempts}</td><td class="number">${each.status ?? "–"}</td>
        <td>${each.state !== "waiting" && html`<${Act} kind="small" onClick=${() => replay(each.id)}>${say("desk.tell_again")}<//>`}</td></tr>`)}</tbody></table></div>`}<//>`;
}
