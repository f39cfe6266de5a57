// What is sent in again and again: campaigns, each opened to be decided on as a whole.

import { useEffect, useState } from "preact/hooks";

import { get, may } from "./service.js";
import { ago, exactly, say } from "./words.js";
import { Act, Heading, Person, Status, Waiting, fault, html } from "./parts.js";
import { Actions } from "./actions.js";
import { changed, decide, select } from "./decisions.js";
import { Trail, undoLast } from "./run.js";
import { refreshCounts } from "./counts.js";
import { useAnswer } from "./store.js";
import { useKeys } from "./keys.js";

const ORDERS = ["waiting", "largest", "latest"];
const EXCERPT = 120;
const SHOWN = 50; // of the members; what is decided on is all that were found

export function CampaignsPage() {
  const [order, sort] = useState("waiting");
  const [open, show] = useState(null);
  const { found, refusal, again } = useAnswer(() => get("/v1/moderation/campaigns", { order }), [order]);
  useKeys({ u: { does: say("desk.undo"), act: undoLast } });
  useEffect(() => changed.listen((entry) => entry && ["done", "undone", "failed"].includes(entry.state) && (refreshCounts(), again())), []);
  return html`<${Heading}>${say("desk.campaigns")}<//>
    <p>${say("desk.campaigns_about")}</p>
    <p class="row"><label>${say("desk.order")} <select value=${order} onChange=${(event) => sort(event.target.value)}>${ORDERS.map((each) => html`<option key=${each} value=${each}>${say(`desk.campaign_order.${each}`)}</option>`)}</select></label></p>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${again} />`
      : found.campaigns.length === 0 ? html`<p class="nothing">${say("desk.campaigns_none")}</p>`
      : html`<ol class="campaigns">${found.campaigns.map((each) => html`<${Campaign} key=${each.id} campaign=${each} open=${open === each.id} toggle=${() => show(open === each.id ? null : each.id)} />`)}</ol>`}
    <${Trail} />`;
}

const begun = (text) => (Array.from(text ?? "").length < EXCERPT ? text : `${text}…`);

function Campaign({ campaign, open, toggle }) {
  const { members, authors, articles, waiting, counts, excerpt, first_at, latest_at } = campaign;
  const figures = Object.entries(counts).filter(([status]) => status !== "held").map(([status, count]) => say(`desk.campaign_count.${status}`, { count }));
  return html`<li class="campaign">
    <p class="tally-line"><strong>${say("desk.campaign_members", { count: members })}</strong>
      ${waiting > 0 && html`<span class="status held">${say("desk.campaign_waiting", { count: waiting })}</span>`}
      <span class="quiet">${[say("desk.campaign_authors", { count: authors }), say("desk.campaign_articles", { count: articles }), ...figures].join(" · ")}</span></p>
    <p class="excerpt" dir="auto">${begun(excerpt)}</p>
    <p class="row"><span class="quiet"><time datetime=${first_at} title=${exactly(first_at)}>${ago(first_at)}</time> – <time datetime=${latest_at} title=${exactly(latest_at)}>${ago(latest_at)}</time></span>
      <${Act} kind=${open ? "small on" : "small"} aria-expanded=${open ? "true" : "false"} onClick=${toggle}>${say(open ? "desk.close" : waiting > 0 && may("decide") ? "desk.campaign_decide" : "desk.campaign_open")}<//></p>
    ${open && html`<${Members} campaign=${campaign} />`}
  </li>`;
}

/** Those that wait, with the versions to decide on; where none does, all of them. */
function Members({ campaign }) {
  const [found, set] = useState(null);
  const by = { campaign: campaign.id, ...(campaign.waiting > 0 && { list: "awaiting" }) };
  const load = () => select(by).then(set, fault);
  useEffect(() => void load(), [campaign.id, campaign.counted_at, campaign.waiting > 0]);
  useEffect(() => changed.listen((entry) => entry && ["done", "undone", "failed"].includes(entry.state) && load()), [campaign.id]);
  if (!found) return html`<${Waiting} />`;
  const { items, authors, more } = found;
  const scope = [say("desk.campaign_touches", { count: items.length }), say("desk.by_authors", { count: authors }), more ? say("desk.campaign_more") : ""].join(" ");
  const act = (choice) => {
    set({ ...found, items: [] });
    decide(items, { ...choice, by });
  };
  return html`<div class="members">
    ${items.length === 0 && html`<p class="quiet">${say("desk.empty_list")}</p>`}
    <ul class="plain-list">${items.slice(0, SHOWN).map((item) => html`<li key=${item.id}><p class="byline"><a href=${`#/comment/${item.id}`}><${Person} name=${item.name} /></a> <${Status} of=${item.status} /> <span dir="auto">${item.article.title || item.article.id}</span> <time datetime=${item.created_at} title=${exactly(item.created_at)}>${ago(item.created_at)}</time></p>
      <p class="excerpt" dir="auto">${begun(item.excerpt)}</p></li>`)}</ul>
    ${items.length > SHOWN && html`<p class="quiet">${say("desk.and_more", { count: items.length - SHOWN })}</p>`}
    ${items.length > 0 && campaign.waiting > 0 && may("decide") && html`<div class="foot"><${Actions} decide=${act} scope=${scope} /></div>`}
  </div>`;
}
