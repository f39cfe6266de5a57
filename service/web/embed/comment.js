// What one comment looks like, and what one can do with it.

import { button, cleaned, h, person } from "./dom.js";
import { ownActs, standing } from "./own.js";
import { reportAct } from "./report.js";

const address = (id) => location.href.split("#")[0] + "#c-" + id;

/** The element of a comment, a tombstone, or the author's own comment that nobody else sees yet. */
export function drawn(ui, item, seat) {
  const { say } = ui;
  const id = "c-" + item.id;
  if (!item.name) {
    return h("p.gone", { id, tabindex: -1 }, say(item.status === "held" || item.status === "pending" ? "page.held" : "page.removed"));
  }
  const time = h("time", { datetime: item.created_at, title: ui.exact(item.created_at), "data-ago": true }, ui.ago(item.created_at));
  const answers = seat.parent?.item.name;
  const canReply = !item.status && ui.form.open && seat.depth < ui.form.depth;
  return h("article.comment." + (item.status ?? "published"), { id, tabindex: -1, "aria-labelledby": "n-" + item.id },
    h("header.head",
      h("h3.name", { id: "n-" + item.id },
        /^https?:/i.test(item.website) ? h("a", { href: item.website, rel: "nofollow ugc noopener" }, person(item.name)) : person(item.name)),
      item.badge && h("span.badge", item.badge),
      h("p.time",
        item.status ? time : h("a", { href: address(item.id), "aria-label": say("page.permalink", { time: time.textContent }) }, time),
        item.edited_at && [" · ", h("time", { datetime: item.edited_at, title: ui.exact(item.edited_at) }, say("embed.edited"))]),
      item.parent && h("p.to",
        ui.tell("page.in_reply", { name: h("a", { href: address(item.parent) }, answers ? person(answers) : say("embed.another")) }))),
    item.html ? cleaned(h("div.text", { dir: "auto" }), item.html) : h("p.text.raw", { dir: "auto" }, item.body),
    item.own && standing(ui, item),
    h("p.acts",
      canReply && button(say("page.reply"), () => ui.writes.answer(item.id), { "aria-label": say("page.reply_to", item) }),
      item.own ? ownActs(ui, item) : reportAct(ui, item)));
}
