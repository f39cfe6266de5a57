// The site's rules: thresholds and lists, tried on the last weeks before they count, and back by one click.

import { useRef, useState } from "preact/hooks";

import { get, may, post, put, session } from "./service.js";
import { ago, asScore, exactly, number, percent, say } from "./words.js";
import { Act, Faults, Field, Heading, Person, Rate, Waiting, fault, html, note } from "./parts.js";
import { useAnswer } from "./store.js";

const MODES = ["auto", "premoderate", "postmoderate", "closed"];
const DAYS = 30;
const rules = () => `/v1/moderation/sites/${session.value.site}/policy`;

export function PolicyPage() {
  const { found, refusal, again } = useAnswer(() => get(rules()), []);
  return html`<${Heading}>${say("desk.policy")}<//>
    <p>${say("desk.policy_about")}</p>
    ${found ? html`<${Rules} key=${found.version} found=${found} again=${again} />` : html`<${Waiting} refusal=${refusal} again=${again} />`}`;
}

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

function Rules({ found, again }) {
  const [draft, set] = useState(found.policy);
  const [trial, setTrial] = useState(null);
  const [refusal, refuse] = useState(null);
  const latest = useRef(draft); // a trial of anything else comes too late
  const change = (name, value) => {
    latest.current = { ...latest.current, [name]: value };
    set(latest.current);
    setTrial(null);
    refuse(null);
  };
  const changed = JSON.stringify(draft) !== JSON.stringify(found.policy);
  const locked = !may("edit");
  const preview = (event) => {
    event?.preventDefault();
    const tried = latest.current;
    post(`${rules()}/preview`, { policy: tried, days: DAYS }).then((made) => latest.current === tried && (setTrial(made), refuse(null)), asField);
  };
  const save = () => {
    setTrial(null);
    put(rules(), latest.current, { seen: found.version }).then(() => (note(say("desk.saved")), again()), asField);
  };
  const shade = () => {
    setTrial(null);
    put(rules(), { ...found.policy, shadow: shadeOf(found.policy, latest.current) }, { seen: found.version }).then(() => (note(say("desk.shadow_begun")), again()), asField);
  };
  const asField = (no) => {
    const own = no.errors.policy ? { ...no.errors, form: no.errors.policy } : no.errors;
    refuse(own);
    if (!Object.keys(no.errors).length) fault(no);
  };
  return html`<form class="rules" onSubmit=${preview}><fieldset disabled=${locked}>
    <fieldset><legend>${say("desk.mode")}</legend>${MODES.map((mode) => html`<label key=${mode} class="radio"><input type="radio" name="mode" value=${mode} checked=${draft.mode === mode} onChange=${() => change("mode", mode)} /> <span><strong>${say(`desk.mode.${mode}`)}</strong> <span class="quiet">${say(`desk.mode_about.${mode}`)}</span></span></label>`)}</fieldset>
    <label class="radio"><input type="checkbox" checked=${draft.hold_first_comment} onChange=${(event) => change("hold_first_comment", event.target.checked)} /> ${say("desk.hold_first")}</label>
    <${Threshold} id="hold" value=${draft.hold} label=${say("desk.hold_from")} change=${(value) => change("hold", value)} faults=${refusal?.hold} />
    <label class="radio"><input type="checkbox" checked=${draft.reject !== null} onChange=${(event) => change("reject", event.target.checked ? 1 : null)} /> ${say("desk.machine_refuses")}</label>
    ${draft.reject !== null && html`<${Threshold} id="reject" value=${draft.reject} label=${say("desk.refuse_from")} change=${(value) => change("reject", value)} faults=${refusal?.reject} />`}
    <div class="columns">
      <${Field} id="words" label=${say("desk.words")} about=${say("desk.words_about")} faults=${refusal?.blocked_words}>${(field) => html`<textarea rows="6" ...${field} value=${draft.blocked_words.join("\n")} onChange=${(event) => change("blocked_words", lines(event.target.value))}></textarea>`}<//>
      <${Field} id="domains" label=${say("desk.domains")} about=${say("desk.domains_about")} faults=${refusal?.blocked_domains}>${(field) => html`<textarea rows="6" ...${field} value=${draft.blocked_domains.join("\n")} onChange=${(event) => change("blocked_domains", lines(event.target.value))}></textarea>`}<//>
    </div>
    <${BoundFields} draft=${draft} change=${change} refusal=${refusal} />
    <details><summary>${say("desk.weights")}</summary><p class="quiet">${say("desk.weights_about")}</p><div class="weights">
      ${Object.entries(draft.weights).sort().map(([reason, weight]) => html`<label key=${reason}><span>${say(`desk.signal.${reason}`)}</span><input type="number" min="0" max="1" step="0.01" value=${weight} onChange=${(event) => change("weights", { ...draft.weights, [reason]: Number(event.target.value) })} /></label>`)}</div></details>
    <${Faults} of=${refusal?.form} id="rules-fault" />
    <p class="row"><button class="main" disabled=${!changed}>${say("desk.preview")}</button>
      ${changed && html`<${Act} onClick=${() => (set((latest.current = found.policy)), setTrial(null))}>${say("desk.discard")}<//>`}</p>
  </fieldset></form>
  ${trial && html`<${Trial} trial=${trial} save=${save} shade=${shadeOf(found.policy, draft) && shade} />`}
  <${Shadow} found=${found} again=${again} />
  <${Versions} version=${found.version} again=${again} />`;
}

const BOUNDS = ["missed", "wronged"].flatMap((kind) => ["spam", "abuse"].map((category) => [kind, category]));
const asPercent = (share) => (share === undefined ? "" : Math.round(share * 10000) / 100);

/** What errors are accepted at most, and what follows from what people decided. */
function BoundFields({ draft, change, refusal }) {
  const { found } = useAnswer(() => get(`/v1/moderation/sites/${session.value.site}/thresholds`), []);
  const set = (kind, category, text) => {
    const { [category]: _, ...others } = draft.bounds[kind];
    change("bounds", { ...draft.bounds, [kind]: text === "" ? others : { ...others, [category]: Number(text) / 100 } });
  };
  return html`<details open=${BOUNDS.some(([kind, category]) => category in draft.bounds[kind])}><summary>${say("desk.bounds")}</summary><p class="quiet">${say("desk.bounds_about")}</p>
    <${Field} id="audit-share" label=${say("desk.audit_share")} faults=${refusal?.audit_share}>${(field) => html`<input type="number" min="0" max="100" step="any" ...${field} value=${asPercent(draft.audit_share)} onChange=${(event) => change("audit_share", Number(event.target.value) / 100)} />`}<//>
    ${BOUNDS.map(([kind, category]) => html`<${Field} key=${kind + category} id=${`bound-${kind}-${category}`} label=${say(`desk.bound.${kind}.${category}`)}>${(field) => html`<input type="number" min="0.3" max="50" step="any" ...${field} value=${asPercent(draft.bounds[kind][category])} onChange=${(event) => set(kind, category, event.target.value)} />`}<//>
      <${Proof} of=${found?.thresholds.find((each) => each.kind === kind && each.category === category)} />`)}
    <${Faults} of=${refusal?.bounds} id="bounds-fault" /></details>`;
}

const Proof = ({ of }) => of && html`<p class="quiet">${say(of.at === null ? "desk.threshold.off" : of.kind === "missed" ? "desk.threshold.hold" : "desk.threshold.reject", { percent: percent(of.at ?? 0) })}
  ${" "}${say(`desk.threshold_state.${of.state}`)} ${of.asked > 0 && say("desk.threshold_from", { count: of.asked, errors: number(of.errors), upper: percent(of.upper) })}</p>`;

const Threshold = ({ id, value, label, change, faults }) => html`<${Field} id=${id} label=${label} faults=${faults}>
  ${(field) => html`<span class="threshold"><input type="range" min="0" max="1" step="0.01" ...${field} value=${value} onInput=${(event) => change(Number(event.target.value))} /><output for=${id}>${asScore(value)}</output></span>`}<//>`;

/** What the draft would have made of what came, both ways, and what a person would have to look at. */
function Trial({ trial, save, shade }) {
  return html`<section class="trial" role="status"><h2>${say("desk.trial", { count: trial.looked_at, days: Math.round(trial.days) })}</h2>
    <table><thead><tr><td></td><th scope="col" class="number">${say("desk.in_force")}</th><th scope="col" class="number">${say("desk.draft")}</th></tr></thead>
      <tbody>${["publish", "hold", "reject"].map((action) => html`<tr key=${action}><th scope="row">${say(`desk.verdict.${action}`)}</th><td class="number">${number(trial.now[action])}</td><td class="number">${number(trial.then[action])}</td></tr>`)}
        <tr><th scope="row">${say("desk.load")}</th><td class="number">${number(Math.round(trial.now.awaiting_a_day))}</td><td class="number">${number(Math.round(trial.then.awaiting_a_day))}</td></tr></tbody></table>
    ${trial.changes.length === 0 && html`<p>${say("desk.no_change")}</p>`}
    ${trial.changes.map((each) => html`<section key=${each.before + each.after}><h3>${say("desk.change", { count: each.count, before: say(`desk.verdict.${each.before}`), after: say(`desk.verdict.${each.after}`) })}</h3>
      <ul class="plain-list">${each.examples.map((example) => html`<li key=${example.id}><a href=${`#/comment/${example.id}`}><${Person} name=${example.name} /></a> <span class="quiet">${asScore(example.score_now)} → ${asScore(example.score_then)}</span><p class="excerpt" dir="auto">${example.body}</p></li>`)}</ul></section>`)}
    <p><${Act} kind="main" onClick=${save}>${say("desk.save_policy")}<//> ${shade && html`<${Act} onClick=${shade}>${say("desk.shadow_begin")}<//>`}</p></section>`;
}

const THRESHOLDS = ["hold", "reject"];
const MAPS = ["weights", "caps"];

/** A draft as a shadow of the rules in force: what is otherwise in it; null where a shadow can't be what it is. */
function shadeOf(policy, draft) {
  const shadow = {};
  for (const name of THRESHOLDS) if (draft[name] !== policy[name]) shadow[name] = draft[name];
  for (const name of MAPS) {
    const other = Object.entries(draft[name]).filter(([key, value]) => value !== policy[name][key]);
    if (other.length) shadow[name] = Object.fromEntries(other);
  }
  const rest = ({ weights, caps, hold, reject, ...others }) => JSON.stringify(others);
  return Object.keys(shadow).length && rest(draft) === rest(policy) ? shadow : null;
}

/** The rules in force as the shadow would have them. */
function shaded({ shadow, ...policy }) {
  const merged = Object.fromEntries(MAPS.map((name) => [name, { ...policy[name], ...shadow[name] }]));
  return { ...policy, ...shadow, ...merged, shadow: null };
}

/** The rules that judge beside those in force, and how both compare on what people decided. */
function Shadow({ found: { policy, version }, again }) {
  const { shadow } = policy;
  const { found, refusal, again: anew } = useAnswer(() => (shadow ? get(`/v1/moderation/sites/${session.value.site}/truth`, { days: DAYS }) : Promise.resolve({ shadow: null })), [version]);
  const save = (next, told) => put(rules(), next, { seen: version }).then(() => (note(say(told)), again()), fault);
  if (!shadow) return html`<section><h2>${say("desk.shadow")}</h2><p class="quiet">${say("desk.shadow_about")}</p><p>${say("desk.shadow_none")}</p></section>`;
  const other = [
    ...THRESHOLDS.filter((name) => name in shadow).map((name) => [say(name === "hold" ? "desk.hold_from" : "desk.refuse_from"), policy[name], shadow[name]]),
    ...Object.entries(shadow.weights ?? {}).map(([reason, value]) => [say(`desk.signal.${reason}`), policy.weights[reason], value]),
    ...Object.entries(shadow.caps ?? {}).map(([group, value]) => [group, policy.caps[group], value]),
  ];
  const value = (each) => (each === null ? "–" : asScore(each));
  return html`<section class="shadow"><h2>${say("desk.shadow")}</h2><p class="quiet">${say("desk.shadow_about")}</p>
    <h3>${say("desk.differs")}</h3><ul class="plain-list">${other.map(([name, before, after]) => html`<li key=${name}>${name} <span class="quiet">${value(before)} → <strong>${value(after)}</strong></span></li>`)}</ul>
    ${!found ? html`<${Waiting} refusal=${refusal} again=${anew} />` : found.shadow && html`<${Compared} found=${found.shadow} />`}
    ${may("edit") && html`<p class="row"><${Act} onClick=${() => save(shaded(policy), "desk.shadow_applied")}>${say("desk.shadow_apply")}<//> <${Act} onClick=${() => save({ ...policy, shadow: null }, "desk.shadow_ended")}>${say("desk.shadow_end")}<//></p>`}</section>`;
}

function Compared({ found: { judged, since_version: since, now, shadow, disagreements } }) {
  const both = (name, show) => html`<tr key=${name}><th scope="row">${name}</th><td>${show(now)}</td><td>${show(shadow)}</td></tr>`;
  return html`<h3>${say("desk.shadow_judged", { count: judged })} <span class="quiet">${say("desk.shadow_since", { version: since })}</span></h3>
    <div class="table" tabindex="0" role="region" aria-label=${say("desk.shadow")}><table class="rates"><thead><tr><td></td><th scope="col">${say("desk.in_force")}</th><th scope="col">${say("desk.shadow_rules")}</th></tr></thead>
      <tbody>${both(say("desk.share_awaiting"), (side) => (side.share_awaiting === null ? "–" : html`${percent(side.share_awaiting)} <span class="quiet">(${number(side.awaiting)})</span>`))}
        ${both(say("desk.precision"), (side) => html`<${Rate} of=${side.precision} />`)}
        ${both(say("desk.recall"), (side) => html`<${Rate} of=${side.recall} />`)}</tbody></table></div>
    ${judged > 0 && !disagreements.length && html`<p>${say("desk.agree")}</p>`}
    ${disagreements.map((each) => html`<section key=${each.before + each.after}><h4>${say("desk.disagree", { count: each.count, before: say(`desk.verdict.${each.before}`), after: say(`desk.verdict.${each.after}`) })}</h4>
      <p class="quiet">${say("desk.disagree_decided", { decided: number(each.decided), refused: number(each.refused) })}</p>
      <p class="row">${each.examples.map((id, at) => html`<a key=${id} href=${`#/comment/${id}`}>${say("desk.example", { number: at + 1 })}</a>`)}</p></section>`)}`;
}

function Versions({ version, again }) {
  const { found } = useAnswer(() => get(`${rules()}/versions`), [version]);
  const back = (to) => post(`${rules()}/rollback`, { version: to }).then(() => (note(say("desk.rolled_back", { version: to })), again()), fault);
  if (!found) return null;
  return html`<section><h2>${say("desk.versions")}</h2><ol class="plain-list">${found.versions.slice(0, 10).map((each) => html`<li key=${each.version}>
    <strong>${say("desk.version", { version: each.version })}</strong> <span class="quiet"><bdi>${each.by}</bdi> · <time title=${exactly(each.created_at)}>${ago(each.created_at)}</time></span>
    ${each.version === version ? html` <span class="status published">${say("desk.in_force")}</span>` : may("edit") && html` <${Act} kind="small" onClick=${() => back(each.version)}>${say("desk.roll_back")}<//>`}</li>`)}</ol></section>`;
}
