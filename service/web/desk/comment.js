// One comment with all that a decision needs: the text, why the machine doubts it, who wrote it, what stands around it.

import { useState } from "preact/hooks";

import { get, may, post } from "./service.js";
import { ago, asScore, exactly, knows, number, reasonWords, say, tell } from "./words.js";
import { Act, Bar, Dialog, Field, Person, Status, Waiting, html } from "./parts.js";
import { Marked } from "./marks.js";
import { useAnswer } from "./store.js";

/** Where it stands, whom it answers, the text with its marks. `item` is a list's, `detail` the whole, when it is there.
 * `blind`: whoever is to decide isn't told what the machine made of it. */
export function Text({ item, detail, blind = false }) {
  const signals = item.verdict?.signals ?? [];
  return html`<article class="comment" aria-label=${say("desk.comment_by", { name: item.name || "…" })}>
    <${Where} item=${item} />
    ${detail?.parent_comment && html`<blockquote dir="auto"><p class="quiet">${tell("desk.answers", { name: html`<${Person} name=${detail.parent_comment.name} />` })}</p>
      <${Marked} text=${detail.parent_comment.body ?? ""} className="quoted" /></blockquote>`}
    <p class="byline"><${Person} name=${item.name} /> <time datetime=${item.created_at} title=${exactly(item.created_at)}>${ago(item.created_at)}</time>
      ${item.edited_at && html` · <span>${say("desk.edited")}</span>`} ${!blind && html`<${Status} of=${item.status} />`}</p>
    <${Marked} text=${item.body} signals=${signals} />
    ${item.website && html`<p class="quiet site">${say("desk.website")} <bdi>${item.website}</bdi></p>`}
  </article>`;
}

function Where({ item }) {
  const { title, title_confirmed, url, id } = item.article;
  const words = title || id;
  return html`<p class="where">${url ? html`<a href=${url} target="_blank" rel="noopener noreferrer" dir="auto">${words}</a>` : html`<bdi>${words}</bdi>`}
    ${title && !title_confirmed && html` <span class="quiet">${say("desk.unconfirmed")}</span>`}</p>`;
}

/** What the machine found, the heaviest first, and what the policy made of it. */
export function Why({ verdict, blind = false }) {
  if (!verdict) return html`<section class="why"><h2>${say("desk.why")}</h2><p class="quiet">${say("desk.no_verdict")}</p></section>`;
  return html`<section class="why">
    <h2>${say("desk.why")}</h2>
    <p>${blind ? say("desk.verdict_score", { score: asScore(verdict.score) }) : tell("desk.verdict", { action: html`<strong>${say(`desk.verdict.${verdict.action}`)}</strong>`, score: asScore(verdict.score) })}</p>
    ${verdict.signals.length === 0 && html`<p class="quiet">${say("desk.no_signals")}</p>`}
    <ol class="signals">
      ${verdict.signals.map((signal) => html`<li key=${signal.reason}>
        <span>${signal.detail}</span>
        <span class="weight"><${Bar} of=${signal.weight} label=${say("desk.weight", { score: asScore(signal.weight) })} /><span aria-hidden="true">${asScore(signal.weight)}</span></span>
      </li>`)}
    </ol>
  </section>`;
}

/** The author's record, and what can be done about them. */
export function Author({ detail, ban }) {
  if (!detail) return html`<section class="author"><h2>${say("desk.author")}</h2><p class="quiet">…</p></section>`;
  const { id, published, rejected } = detail.author;
  return html`<section class="author">
    <h2>${say("desk.author")}</h2>
    <p>${published + rejected === 0 ? say("desk.record_none") : `${say("desk.record_published", { count: published })} · ${say("desk.record_refused", { count: rejected })}`}</p>
    <p class="row">
      ${id && html`<a href=${`#/author/${id}`}>${say("desk.author_page")}</a>`}
      ${ban && may("edit") && html`<${Act} kind="small" hint="b" onClick=${ban}>${say("desk.ban")}<//>`}
    </p>
  </section>`;
}

/** Others that say nearly the same. */
export function Copies({ copies, chosen, choose }) {
  if (!copies?.length) return null;
  return html`<section class="copies">
    <h2>${say("desk.copies", { count: copies.length })}</h2>
    <ul>${copies.slice(0, 4).map((copy) => html`<li key=${copy.id}><a href=${`#/comment/${copy.id}`}><${Person} name=${copy.name} /></a> <${Status} of=${copy.status} /> <span class="quiet">${ago(copy.created_at)}</span></li>`)}</ul>
    ${choose && html`<${Act} kind=${chosen ? "small on" : "small"} hint="c" aria-pressed=${chosen ? "true" : "false"} onClick=${choose}>${say("desk.decide_all")}<//>`}
  </section>`;
}

export function Reports({ reports }) {
  if (!reports?.count) return null;
  return html`<section class="reports">
    <h2>${say("desk.reported", { count: reports.count })}</h2>
    <ul>${Object.entries(reports.reasons ?? {}).map(([reason, count]) => html`<li key=${reason}>${knows(`report.${reason}`) ? say(`report.${reason}`) : reason}${count > 1 && ` × ${number(count)}`}</li>`)}</ul>
    ${reports.latest?.filter((each) => each.note).map((each) => html`<blockquote dir="auto" key=${each.created_at}>${each.note}</blockquote>`)}
  </section>`;
}

/** All that happened to it, in order. */
export function History({ detail }) {
  if (!detail) return null;
  return html`<section class="history"><h2>${say("desk.history")}</h2>
    <ol>${detail.history.map((each) => html`<li key=${each.at + each.type}>
      <time datetime=${each.at} title=${exactly(each.at)}>${ago(each.at)}</time> ${happened(each)}
      ${each.note && html`<p class="quiet" dir="auto">${each.note}</p>`}
      ${each.public_reason && html`<p class="quiet" dir="auto">${tell("desk.told_author", { words: each.public_reason })}</p>`}
    </li>`)}</ol>
    ${detail.revisions.length > 0 && html`<details><summary>${say("desk.earlier_texts", { count: detail.revisions.length })}</summary>
      ${detail.revisions.map((each) => html`<blockquote key=${each.revision} dir="auto">${each.body}</blockquote>`)}</details>`}
  </section>`;
}

function happened({ type, action, reason, who, score }) {
  if (type === "submitted") return say("desk.happened.submitted");
  if (type === "verdict") return say("desk.happened.verdict", { action: say(`desk.verdict.${action}`), score: asScore(score) });
  const did = action === "reject" ? say("desk.did.reject", { reason: reasonWords(reason) }) : say(`desk.did.${action}`);
  return say("desk.happened.decision", { did, who: who ?? say("desk.nobody") });
}

/** The discussion around it: whom it answers, its neighbours, its replies. */
export function Surroundings({ id, close }) {
  const { found, refusal, again } = useAnswer(() => get(`/v1/moderation/comments/${id}/surroundings`), [id]);
  return html`<${Dialog} title=${say("desk.surroundings")} close=${close} wide>
    ${found ? html`<ol class="thread">${found.comments.map((each) => html`<li key=${each.id} class=${`depth-${Math.min(each.depth, 4)}${each.id === id ? " here" : ""}`} aria-current=${each.id === id ? "true" : undefined}>
        <p class="byline"><${Person} name=${each.name} /> <span class="quiet">${ago(each.created_at)}</span> <${Status} of=${each.status} /></p>
        <${Marked} text=${each.body ?? ""} className="quoted" /></li>`)}</ol>`
      : html`<${Waiting} refusal=${refusal} again=${again} />`}
  <//>`;
}

/** An owner is told the address, for a reason that is kept. */
export function Reveal({ id, close }) {
  const [reason, setReason] = useState("");
  const [state, set] = useState({});
  const ask = (event) => {
    event.preventDefault();
    post(`/v1/moderation/comments/${id}/reveal`, { reason }).then((found) => set({ found }), (refusal) => set({ refusal }));
  };
  return html`<${Dialog} title=${say("desk.reveal")} close=${close}>
    ${state.found ? html`<p>${say("desk.revealed")}</p><p class="revealed"><bdi>${state.found.email}</bdi></p>`
      : html`<form onSubmit=${ask}>
        <p>${say("desk.reveal_about")}</p>
        ${state.refusal && !state.refusal.errors.reason && html`<p class="fault" role="alert">${state.refusal.message}</p>`}
        <${Field} id="reveal-reason" label=${say("desk.because")} faults=${state.refusal?.errors.reason}>
          ${(field) => html`<textarea rows="2" required ...${field} value=${reason} onInput=${(event) => setReason(event.target.value)}></textarea>`}
        <//>
        <button class="main">${say("desk.reveal_do")}</button></form>`}
  <//>`;
}

/** A comment on a page of its own. */
export const detailOf = (id) => get(`/v1/moderation/comments/${id}`);
