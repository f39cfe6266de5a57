// One author: their record on this site, notes, the hold on all that they send, their badge.

import { useState } from "preact/hooks";

import { get, may, post, put } from "./service.js";
import { ago, exactly, onDay, say } from "./words.js";
import { Act, Field, Heading, Status, Waiting, fault, html, note } from "./parts.js";
import { BanForm } from "./ban.js";
import { decide, select } from "./decisions.js";
import { useAnswer } from "./store.js";

export function AuthorPage({ id }) {
  const { found: author, refusal, again, put: show } = useAnswer(() => get(`/v1/moderation/authors/${id}`), [id]);
  const [open, setOpen] = useState(null);
  if (!author) return html`<${Heading}>${say("desk.author")}<//><${Waiting} refusal=${refusal} again=${again} />`;
  const about = { author: { id }, id: author.latest[0]?.id };
  const targets = { author: id };
  return html`<${Heading}>${author.names.length ? html`<bdi>${author.names[0]}</bdi>` : say("desk.author")}<//>
    <p>${say("desk.since", { day: onDay(author.since) })} · ${say("desk.record_published", { count: author.published })} · ${say("desk.record_refused", { count: author.rejected })}</p>
    ${author.names.length > 1 && html`<p class="quiet">${say("desk.names")} ${author.names.slice(1).map((name, at) => html`${at > 0 && ", "}<bdi>${name}</bdi>`)}</p>`}
    ${author.on_hold && html`<p class="notice">${say("desk.is_held")}</p>`}
    ${author.badge && html`<p>${say("desk.badge")} <strong dir="auto">${author.badge}</strong></p>`}
    <p class="row">${may("know") && html`<${Hold} author=${author} show=${show} />`}
      ${may("edit") && html`<${Act} kind="danger" onClick=${() => setOpen("ban")}>${say("desk.ban")}<//>`}
      <a href=${`#/list/awaiting?author=${id}`}>${say("desk.waiting_of_author")}</a></p>
    ${may("own") && html`<${Badge} author=${author} show=${show} />`}
    <div class="columns">
      <section><h2>${say("desk.latest")}</h2>
        <ul class="plain-list">${author.latest.map((each) => html`<li key=${each.id}><a href=${`#/comment/${each.id}`}>${ago(each.created_at)}</a> <${Status} of=${each.status} /></li>`)}</ul>
        ${may("decide") && html`<${All} id=${id} done=${again} />`}
      </section>
      <section><h2>${say("desk.notes")}</h2><${Notebook} author=${author} show=${show} /></section>
      ${author.bans.length > 0 && html`<section><h2>${say("desk.bans")}</h2><ul class="plain-list">${author.bans.map((ban) => html`<li key=${ban.id}>${say(`desk.ban_action.${ban.action}`)} · <span dir="auto">${ban.reason}</span> <span class="quiet">${ban.good ? say("desk.in_force") : say("desk.over")}</span></li>`)}</ul></section>`}
    </div>
    ${open === "ban" && html`<${BanForm} kinds=${["author"]} targets=${targets} about=${about} close=${() => setOpen(null)} made=${again} />`}`;
}

function Hold({ author, show }) {
  const [reason, setReason] = useState(null);
  const send = (event) => {
    event.preventDefault();
    put(`/v1/moderation/authors/${author.id}/hold`, { hold: !author.on_hold, reason }).then((found) => (show(found), setReason(null)), fault);
  };
  const words = author.on_hold ? say("desk.release") : say("desk.hold_all");
  if (reason === null) return html`<${Act} onClick=${() => setReason("")}>${words}<//>`;
  return html`<form class="inline" onSubmit=${send}><label for="hold-reason">${say("desk.because")}</label>
    <input id="hold-reason" required maxlength="500" value=${reason} onInput=${(event) => setReason(event.target.value)} />
    <button class="main">${words}</button> <${Act} kind="plain" onClick=${() => setReason(null)}>${say("desk.cancel")}<//></form>`;
}

function Badge({ author, show }) {
  const [badge, setBadge] = useState(author.badge ?? "");
  const send = (event) => {
    event.preventDefault();
    put(`/v1/moderation/authors/${author.id}/badge`, { badge: badge.trim() || null }).then((found) => (show(found), note(say("desk.saved"))), fault);
  };
  return html`<form class="inline" onSubmit=${send}><label for="badge">${say("desk.badge_give")}</label>
    <input id="badge" maxlength="40" value=${badge} onInput=${(event) => setBadge(event.target.value)} /> <button>${say("desk.save")}</button></form>`;
}

function Notebook({ author, show }) {
  const [text, setText] = useState("");
  const send = (event) => {
    event.preventDefault();
    post(`/v1/moderation/authors/${author.id}/notes`, { text }).then((found) => (show(found), setText("")), fault);
  };
  return html`${author.notes.map((each) => html`<blockquote key=${each.id} dir="auto">${each.text}<footer class="quiet"><bdi>${each.who}</bdi> · <time title=${exactly(each.created_at)}>${ago(each.created_at)}</time></footer></blockquote>`)}
    ${may("know") && html`<form onSubmit=${send}><${Field} id="author-note" label=${say("desk.note_write")}>
      ${(field) => html`<textarea rows="3" required maxlength="2000" ...${field} value=${text} onInput=${(event) => setText(event.target.value)}></textarea>`}<//>
      <button>${say("desk.save")}</button></form>`}`;
}

/** All that an author has waiting or published, decided on at once: first what that is. */
function All({ id, done }) {
  const [found, set] = useState(null);
  const look = () => select({ author: id }).then(set, fault);
  if (!found) return html`<${Act} onClick=${look}>${say("desk.all_of_author")}<//>`;
  const act = async (action, reason, statuses) => {
    const about = found.items.filter((each) => statuses.includes(each.status));
    set(null);
    await decide(about, { action, reason, by: { author: id } });
    done();
  };
  const waiting = (found.counts.held ?? 0) + (found.counts.pending ?? 0);
  const shown = waiting + (found.counts.published ?? 0);
  return html`<div class="touches"><p>${Object.entries(found.counts).map(([status, count]) => say("desk.count_status", { count, status: say(`desk.status.${status}`) })).join(" · ")}${found.more && html` <span class="quiet">${say("desk.first_500")}</span>`}</p>
    <p class="row">
      ${waiting > 0 && html`<${Act} onClick=${() => act("publish", undefined, ["held", "pending"])}>${say("desk.publish_waiting", { count: waiting })}<//>`}
      ${waiting > 0 && html`<${Act} kind="danger" onClick=${() => act("reject", "spam", ["held", "pending"])}>${say("desk.refuse_waiting", { count: waiting })}<//>`}
      ${shown > waiting && html`<${Act} kind="danger" onClick=${() => act("reject", "spam", ["held", "pending", "published"])}>${say("desk.refuse_all", { count: shown })}<//>`}
      <${Act} kind="plain" onClick=${() => set(null)}>${say("desk.cancel")}<//></p></div>`;
}
