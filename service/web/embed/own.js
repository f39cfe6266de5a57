// The author's own comments: followed until they are decided, edited, taken back. The receipt is all it takes.

import { button, h } from "./dom.js";
import { openPanel } from "./panel.js";
import { ask, why } from "./service.js";

const FIRST = 1000; // milliseconds until the first look: a verdict takes about one second
const LONGEST = { pending: 3e4, held: 3e5 }; // between two looks; who has been decided on is left alone
const WEEK = 7 * 864e5; // how long an author is shown what was refused
const path = (receipt) => "v1/receipts/" + receipt;

/** Follow a comment: look again and again, ever more rarely, and only while the page is seen. */
export function follow(ui, id, receipt, pause = FIRST) {
  async function look() {
    if (ui.followed[id] !== look) return; // it was begun anew
    if (document.hidden) return document.addEventListener("visibilitychange", look, { once: true });
    const answer = await ask(ui, "GET", path(receipt));
    if (ui.followed[id] !== look) return;
    if (answer.status === 404) return ui.device.forget(id);
    if (answer.ok) see(ui, answer.data, receipt);
    const longest = LONGEST[answer.ok ? ui.seats.find(id)?.item.status : "pending"];
    pause = Math.min(Math.max(pause, FIRST) * 1.6, longest);
    if (longest && ui.isConnected) setTimeout(look, pause);
  }

  ui.followed[id] = look;
  setTimeout(look, pause);
}

/** Show the author's view of a comment where the comment has its place; say aloud when it has moved. */
function see(ui, view, receipt) {
  const seat = ui.seats.find(view.id);
  const before = seat?.item;
  const status = view.status === "published" ? null : view.status;
  const isGone = status === "removed" || (status === "rejected" && Date.now() - new Date(view.created_at) > WEEK);
  if (isGone) ui.device.forget(view.id);
  if (!before && (isGone || !status)) return; // or it is on a page that is not here yet
  const isSame = before?.message === view.message && before.editable === view.editable && before.edited_at === view.edited_at;
  if (isSame || seat?.drawn.querySelector("form")) return; // not under the author's hands
  ui.show({ ...view, status, badge: before?.badge, own: !isGone && receipt });
  if (!before || before.status === status) return;
  ui.announce(view.message);
  ui.tally(ui.count + !status - !before.status);
}

/** Where the comment stands, and what that means. */
export const standing = (ui, { status, message }) =>
  message && h("p.standing", h("strong.state", ui.say("page.receipt_label." + (status ?? "published"))), status && [" ", message]);

/** Edit, take back, and the page by which one can do so from anywhere. */
export const ownActs = (ui, item) => [
  item.editable && button(ui.say("embed.edit"), (event) => edit(ui, item, event.target)),
  button(ui.say("embed.withdraw"), (event) => withdraw(ui, item, event.target)),
  h("a.act", { href: ui.base + "receipts/" + item.own, target: "_blank", rel: "noopener" }, ui.say("embed.receipt")),
];

function edit(ui, item, opener) {
  const text = h("textarea.input", { rows: 5, dir: "auto", "aria-label": ui.say("page.field.body") });
  text.value = item.body;
  openPanel(ui, opener, text, ui.say("page.receipt_edit_send"), async (form) => {
    const answer = await ask(ui, "PATCH", path(item.own), { body: text.value });
    if (!answer.ok) return why(ui, answer);
    form.remove();
    see(ui, answer.data, item.own);
    follow(ui, item.id, item.own);
    ui.land(item.id, answer.data.message);
  });
}

function withdraw(ui, item, opener) {
  openPanel(ui, opener, h("p", ui.say("page.receipt_withdraw_note")), ui.say("page.receipt_withdraw_send"), async () => {
    const answer = await ask(ui, "DELETE", path(item.own));
    if (!answer.ok) return why(ui, answer);
    ui.device.forget(item.id);
    ui.followed[item.id] = null;
    ui.tally(ui.count - !item.status);
    ui.show({ id: item.id, parent: item.parent, status: "removed" });
    ui.land(item.id, answer.data.message);
  });
}
