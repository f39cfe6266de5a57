// Mails to those who moderate: how the queue stands once a day, and when it has waited too long.

import { useState } from "preact/hooks";

import { get, post, put, remove } from "./service.js";
import { facts, language, say } from "./words.js";
import { Act, Dialog, Field, Waiting, fault, html, note } from "./parts.js";
import { useAnswer } from "./store.js";

const ALL = "/v1/moderation/mailboxes";
const asNumber = (text) => (text === "" ? null : Number(text));

export function Mailboxes() {
  const { found, refusal, again } = useAnswer(() => get(ALL), []);
  const [open, show] = useState(null);
  const close = () => (show(null), again());
  return html`<section><h2>${say("desk.mailboxes")}</h2><p>${say("desk.mailboxes_about")}</p>
    <p><${Act} kind="main" onClick=${() => show({})}>${say("desk.mailbox_new")}<//></p>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${again} />` : html`<ul class="plain-list">${found.mailboxes.map((each) => html`<li key=${each.id}>
      <p><strong dir="auto">${each.label}</strong> <span class=${each.state === "confirmed" ? "status published" : "status held"}>${say(`desk.mailbox.${each.state}`)}</span>
        <span class="quiet">${[each.digest_hour !== null && say("desk.digest_at", { hour: each.digest_hour }), each.alert_minutes && say("desk.alert_after", { count: each.alert_minutes }), each.alert_waiting && say("desk.alert_from", { count: each.alert_waiting })].filter(Boolean).join(" · ")}</span></p>
      <p class="row"><${Act} kind="small" onClick=${() => show(each)}>${say("desk.change_it")}<//>
        ${each.state !== "confirmed" && html`<${Act} kind="small" onClick=${() => post(`${ALL}/${each.id}/confirmation`).then(() => note(say("desk.mail_sent")), fault)}>${say("desk.mail_again")}<//>`}
        <${Act} kind="small danger" onClick=${() => remove(`${ALL}/${each.id}`).then(again, fault)}>${say("desk.remove")}<//></p></li>`)}</ul>`}
    ${open && html`<${Mailbox} mailbox=${open} close=${close} />`}</section>`;
}

function Mailbox({ mailbox, close }) {
  const isNew = !mailbox.id;
  const [wish, set] = useState({ email: "", label: mailbox.label ?? "", language: mailbox.language ?? language, digest_hour: mailbox.digest_hour ?? (isNew ? 7 : ""), alert_minutes: mailbox.alert_minutes ?? (isNew ? 60 : ""), alert_waiting: mailbox.alert_waiting ?? "" });
  const [refusal, refuse] = useState(null);
  const [sending, begin] = useState(false);
  const change = (name) => (event) => set({ ...wish, [name]: event.target.value });
  const send = (event) => {
    event.preventDefault();
    if (sending) return;
    begin(true);
    const { email, ...rest } = { ...wish, digest_hour: asNumber(wish.digest_hour), alert_minutes: asNumber(wish.alert_minutes), alert_waiting: asNumber(wish.alert_waiting) };
    (isNew ? post(ALL, { email, ...rest }) : put(`${ALL}/${mailbox.id}`, rest)).then(() => (note(say(isNew ? "desk.mail_sent" : "desk.saved")), close()), (no) => (refuse(no), begin(false)));
  };
  const number = (name, label, about, most) => html`<${Field} id=${name} label=${say(label)} about=${about && say(about)} faults=${refusal?.errors[name]}>${(field) => html`<input type="number" min=${name === "digest_hour" ? 0 : 1} max=${most} ...${field} value=${wish[name]} onInput=${change(name)} />`}<//>`;
  return html`<${Dialog} title=${isNew ? say("desk.mailbox_new") : mailbox.label} close=${close}><form onSubmit=${send}>
    ${isNew && html`<${Field} id="mailbox-email" label=${say("desk.email")} about=${say("desk.email_about")} faults=${refusal?.errors.email}>${(field) => html`<input type="email" required autocomplete="off" ...${field} value=${wish.email} onInput=${change("email")} />`}<//>`}
    <${Field} id="mailbox-label" label=${say("desk.label")} about=${say("desk.label_about")} faults=${refusal?.errors.label}>${(field) => html`<input required maxlength="80" ...${field} value=${wish.label} onInput=${change("label")} />`}<//>
    <${Field} id="mailbox-language" label=${say("desk.language")} faults=${refusal?.errors.language}>${(field) => html`<select ...${field} value=${wish.language} onChange=${change("language")}>${facts.languages.map((each) => html`<option value=${each}>${say(`desk.language.${each}`)}</option>`)}</select>`}<//>
    ${number("digest_hour", "desk.digest_hour", "desk.digest_about", 23)}
    ${number("alert_minutes", "desk.alert_minutes", "desk.alert_about", undefined)}
    ${number("alert_waiting", "desk.alert_waiting", null, undefined)}
    ${refusal && !Object.keys(refusal.errors).length && html`<p class="fault" role="alert">${refusal.message}</p>`}
    <button class="main">${say("desk.save")}</button></form><//>`;
}
