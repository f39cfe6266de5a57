// Shutting somebody out: first what it would have met, then the ban, then what they have already sent.

import { useEffect, useState } from "preact/hooks";

import { post } from "./service.js";
import { number, say } from "./words.js";
import { Act, Dialog, Field, Person, Status, fault, html, note } from "./parts.js";
import { decide, select } from "./decisions.js";

const DAYS = [1, 7, 30, 365, 0];

/** What a ban can go by, with what each is aimed at for this comment. */
function aims(comment) {
  const found = { network: comment.id, name: comment.name };
  if (comment.author.id) found.author = comment.author.id;
  const domain = comment.verdict?.signals.map((signal) => signal.facts?.domain).find(Boolean);
  if (domain) found.domain = domain;
  return found;
}

export function Ban({ comment, close, clear }) {
  const [targets] = useState(() => aims(comment));
  const kinds = ["author", "network", "domain", "name"].filter((kind) => targets[kind]);
  return html`<${BanForm} kinds=${kinds} targets=${targets} close=${close} about=${comment} clear=${clear} />`;
}

const refuseAll = (items, by) => decide(items, { action: "reject", reason: "spam", by });

/** What is waiting beside a comment of somebody who is to be shut out: all that say the same, else all of their own. */
async function whatWaits(about) {
  const by = about.copies?.length ? { copies_of: about.id } : { author: about.author.id };
  if (!Object.values(by)[0]) return { items: [] };
  const { items } = await select({ ...by, status: ["held", "pending"] });
  return { items, by };
}

/** `targets` says for each kind what it is aimed at; `about` is a comment, or an author, whose others may go along. */
export function BanForm({ kinds, targets, about, close, made = () => {}, clear = refuseAll }) {
  const [wish, set] = useState({ kind: kinds[0], action: "reject", reason: "", days: 30, clear: null });
  const [past, setPast] = useState(null);
  const [waiting, setWaiting] = useState({ items: [] });
  const [refusal, refuse] = useState(null);
  const [sending, send] = useState(false);
  const change = (name, of = (event) => event.target.value) => (event) => set({ ...wish, [name]: of(event) });
  const target = targets[wish.kind];
  const clears = wish.clear ?? wish.action === "reject"; // who is only to be looked at hasn't been refused yet
  const asked = () => ({
    kind: wish.kind, target, action: wish.action, reason: wish.reason,
    expires_at: Number(wish.days) ? new Date(Date.now() + wish.days * 864e5).toISOString() : null,
  });
  useEffect(() => {
    let current = true;
    setPast(null);
    post("/v1/moderation/bans/preview", { ...asked(), reason: wish.reason || "–" }).then((found) => current && (setPast(found), refuse(null)), (no) => current && (setPast(null), refuse(no)));
    return () => (current = false);
  }, [wish.kind, target]);
  useEffect(() => {
    if (about) whatWaits(about).then(setWaiting, fault);
  }, []);
  const ban = async (event) => {
    event.preventDefault();
    if (sending || !past) return; // nothing is banned before it was said whom that would have met
    send(true);
    try {
      await post("/v1/moderation/bans", asked());
    } catch (no) {
      send(false);
      return refuse(no);
    }
    note(say("desk.banned"));
    if (clears && waiting.items.length) clear(waiting.items, waiting.by);
    made();
    close();
  };
  return html`<${Dialog} title=${say("desk.ban")} close=${close}>
    <form class="ban" onSubmit=${ban}>
      <fieldset><legend>${say("desk.ban_by")}</legend>
        ${kinds.map((kind) => html`<label key=${kind} class="radio"><input type="radio" name="kind" value=${kind} checked=${wish.kind === kind} onChange=${change("kind")} /> ${say(`desk.ban_kind.${kind}`)}${["domain", "name"].includes(kind) && targets[kind] && html` <bdi class="quiet">${targets[kind]}</bdi>`}</label>`)}
      </fieldset>
      <fieldset><legend>${say("desk.ban_then")}</legend>
        ${["reject", "hold"].map((action) => html`<label key=${action} class="radio"><input type="radio" name="action" value=${action} checked=${wish.action === action} onChange=${change("action")} /> ${say(`desk.ban_action.${action}`)}</label>`)}
      </fieldset>
      <${Field} id="days" label=${say("desk.until")}>${(field) => html`<select ...${field} value=${wish.days} onChange=${change("days", (event) => Number(event.target.value))}>
        ${DAYS.map((days) => html`<option value=${days}>${days ? say("desk.days", { count: days }) : say("desk.until_lifted")}</option>`)}</select>`}<//>
      <${Field} id="ban-reason" label=${say("desk.because")} about=${say("desk.ban_reason_about")} faults=${refusal?.errors.reason}>
        ${(field) => html`<input required maxlength="500" ...${field} value=${wish.reason} onInput=${change("reason")} />`}<//>
      <div class="touches" role="status">
        ${refusal && !refusal.errors.reason && !refusal.errors.target && html`<p class="fault">${refusal.sentences.join(" ")}</p>`}
        ${refusal?.errors.target && html`<p class="fault">${refusal.errors.target.join(" ")}</p>`}
        ${past && html`<p><strong>${say("desk.would_have_met", { count: past.count })}</strong> ${past.count > 0 && say("desk.by_authors", { count: past.authors })}</p>
          <p class="quiet">${Object.entries(past.statuses).map(([status, count]) => `${number(count)} ${say(`desk.status.${status}`)}`).join(", ")}</p>
          <ul>${past.examples.slice(0, 3).map((each) => html`<li key=${each.id}><${Person} name=${each.name} /> <${Status} of=${each.status} /></li>`)}</ul>`}
      </div>
      ${waiting.items.length > 0 && html`<label class="radio"><input type="checkbox" checked=${clears} onChange=${change("clear", (event) => event.target.checked)} /> ${say(waiting.by.copies_of ? "desk.clear_cluster" : "desk.clear_waiting", { count: waiting.items.length })}</label>`}
      <p class="row"><button class="main danger" disabled=${sending || !past}>${say("desk.ban_do")}</button><${Act} onClick=${close}>${say("desk.cancel")}<//></p>
    </form><//>`;
}
