// The form: what is asked, what is wrong with it, how it is sent, and sent again when nobody answered.

import { button, cleaned, h, person } from "./dom.js";
import { ask, isAway, why } from "./service.js";

const FIELDS = {
  body: { rows: 6, dir: "auto" },
  name: { autocomplete: "name", dir: "auto" },
  email: { type: "email", autocomplete: "email" },
  website: { type: "url", autocomplete: "url" },
  notices: { type: "checkbox" },
  consent: { type: "checkbox" },
};
const PAUSE = 3000; // before it is sent again by itself, then ever longer
const MINUTE = 6e4;

/** The form of one discussion. */
export function commentForm(ui) {
  const { say, device } = ui;
  const rules = { ...ui.form.fields, ...(ui.form.notices && { notices: {} }), ...(ui.form.consent && { consent: { required: true } }) };
  const names = Object.keys(FIELDS).filter((name) => rules[name]);
  const rows = {};
  const controls = {};
  const faults = {};
  for (const name of names) addField(name);

  const draft = device.draft() ?? {};
  let { key, parent } = draft; // what the text is sent under, and whom it answers
  let token;
  let pause = PAUSE;
  let again;
  let busy;

  const left = h("p.quiet", { id: "left" });
  const notice = h("p.notice", { role: "alert", tabindex: -1 });
  const preview = h("div.text.preview", { role: "region", "aria-label": say("embed.preview"), hidden: true, dir: "auto" });
  const trap = h("input", { id: "contact", name: "contact", tabindex: -1, autocomplete: "off" });
  const remember = h("input", { type: "checkbox", id: "remember" });
  const title = h("h2", { id: "write" });
  const to = h("p.to");
  const submit = h("button.main", say("page.form_send"));
  const form = h("form.form", { novalidate: true, "aria-labelledby": "write", onsubmit, oninput, onfocusin: () => touch() },
    title, to, h("p.quiet", { id: "note" }, say("page.form_required")), notice,
    rows.body, left, preview, h("div.pair", rows.name, rows.email), rows.website,
    h("div.trap", { "aria-hidden": "true" }, h("label", { for: "contact" }, say("page.field.contact")), trap),
    rows.notices, rows.consent, h("p.tick", remember, " ", h("label", { for: "remember" }, say("embed.remember"))),
    h("p.acts", submit, button(say("embed.preview"), show)),
    h("p.quiet", say("page.form_checked"), " ", say("page.form_privacy"), ui.privacy && [" ", ui.privacy]));

  function addField(id) {
    const { required, max_length: maxlength } = rules[id];
    const isTick = FIELDS[id].type === "checkbox";
    const control = h((id === "body" ? "textarea" : "input") + (isTick ? "" : ".input"), { ...FIELDS[id], id, name: id, maxlength, required });
    const label = h("label", { for: id }, say("page.field." + id), required && h("span.star", { "aria-hidden": "true" }, " *"));
    const fault = h("p.fault", { id: id + "-fault" });
    controls[id] = control;
    faults[id] = fault;
    rows[id] = isTick ? h("div.tick", fault, control, " ", label) : h("div.field", label, fault, control);
  }

  /** What is wrong with a field: beside it, and read with it. */
  function blame(name, text) {
    const control = controls[name];
    faults[name].textContent = text ?? "";
    control.setAttribute("aria-invalid", !!text);
    control.setAttribute("aria-describedby", (text ? name + "-fault " : "") + ({ email: "note", body: "left" }[name] ?? ""));
  }

  /** What the service said of the fields, and of the whole; the reader is brought to the first fault. */
  function refuse(answer) {
    const { errors = {} } = answer.data;
    const wrong = names.filter((name) => errors[name]);
    for (const name of names) blame(name, errors[name]?.join(" "));
    if (wrong[0]) ui.announce(say("page.errors", { count: wrong.length }));
    else notice.textContent = why(ui, answer);
    ui.lead(controls[wrong[0]] ?? notice);
  }

  function forgive() {
    notice.textContent = "";
    names.forEach((name) => blame(name));
  }

  function measure() {
    const most = rules.body.max_bytes;
    const rest = most - new TextEncoder().encode(controls.body.value).length;
    left.textContent = rest > most / 10 ? "" : say(rest < 0 ? "embed.over" : "embed.left", { count: Math.abs(rest) });
  }

  function keep(isToldTo) {
    const { body, name, email, website } = controls;
    device.keepDraft({ body: body.value, key, parent });
    device.keepMe({ name: name.value, email: email.value, website: website?.value }, remember.checked, isToldTo);
  }

  function oninput({ target }) {
    change();
    if (faults[target.id]?.textContent) blame(target.id);
    measure();
    keep(target === remember);
  }

  /** Another text, or another place for it, is another comment: sent when the reader says so, under its own key and token. */
  function change() {
    again = clearTimeout(again);
    if (key) {
      key = token = null;
      notice.textContent = "";
    }
    touch();
  }

  /** A page may lie in a cache for days: the token is fetched when somebody begins to write. */
  const touch = () => (token ??= ask(ui, "GET", ui.path + "/form-token"));

  async function show() {
    const answer = await ask(ui, "POST", ui.path + "/preview", { body: controls.body.value });
    if (!answer.ok) return refuse(answer);
    preview.hidden = false;
    cleaned(preview, answer.data.html);
    ui.announce(say("embed.preview"));
  }

  function onsubmit(event) {
    event.preventDefault();
    if (busy) return;
    forgive();
    send();
  }

  async function send(isSecond) {
    clearTimeout(again);
    again = null;
    submit.setAttribute("aria-disabled", (busy = true));
    const used = key ??= crypto.getRandomValues(new Uint32Array(4)).join("-");
    keep();
    const sent = { parent: parent ?? null };
    for (const name of names) sent[name] = controls[name].type === "checkbox" ? controls[name].checked : controls[name].value;
    const { data } = await touch();
    const answer = await ask(ui, "POST", ui.path + "/comments",
      { ...sent, ...ui.article, contact: trap.value, form_token: data.form_token ?? "" }, { "Idempotency-Key": used });
    submit.setAttribute("aria-disabled", (busy = false));
    if (answer.ok) return done(answer.data, sent, used);
    const isStale = answer.data.errors?.form_token;
    if (isStale || !data.form_token) token = null;
    if (isStale && !isSecond) return send(true);
    if (!isAway(answer)) return refuse(answer);
    const said = why(ui, answer) + " " + say("embed.kept");
    if (notice.textContent !== said) notice.textContent = said; // or it would be read aloud again
    if (key === used) again = setTimeout(send, pause);
    pause = Math.min(pause * 2, MINUTE);
  }

  function done({ id, status, receipt }, sent, used) {
    pause = PAUSE;
    if (key === used) {
      controls.body.value = "";
      preview.hidden = true;
      answer();
    }
    key = token = null;
    measure();
    if (device.draft().key === used) keep(); // another tab may have written there since
    ui.sent({ ...sent, id, status: status === "published" ? null : status, own: receipt });
  }

  /** The form stands under whom it answers; at the end while that comment is not here. */
  function answer(id) {
    parent = id;
    const seat = ui.seats.find(id);
    title.textContent = say(id ? "page.form_title_reply" : "page.form_title");
    to.replaceChildren(...(id ? ui.tell("page.form_reply", { name: seat ? person(seat.item.name) : say("embed.another") }) : []));
    if (id) to.append(" ", button(say("embed.cancel"), cancel));
    if (seat) seat.drawn.after(form);
    else ui.formPlace.append(form);
  }

  function cancel() {
    const seat = ui.seats.find(parent);
    change();
    answer();
    keep();
    (seat?.drawn.querySelector("button") ?? controls.body).focus();
  }

  window.addEventListener("online", () => again && send());
  const me = device.me();
  for (const name of ["name", "email", "website"]) if (controls[name]) controls[name].value = me[name] ?? "";
  remember.checked = device.remembers();
  controls.body.value = draft.body ?? "";
  forgive();
  measure();
  answer(parent);
  if (draft.body) touch();
  return {
    /** Write an answer to a comment, or a comment of one's own. */
    answer(id) {
      if (id !== parent) change();
      answer(id);
      keep();
      controls.body.focus();
    },
    comeHome: () => ui.formPlace.append(form),
  };
}
