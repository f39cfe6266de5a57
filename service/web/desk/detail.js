// One comment on a page of its own.

import { useEffect, useState } from "preact/hooks";

import { may, put, remove } from "./service.js";
import { say } from "./words.js";
import { Act, Heading, Waiting, html } from "./parts.js";
import { Author, Copies, History, Reports, Reveal, Surroundings, Text, Why, detailOf } from "./comment.js";
import { Actions } from "./actions.js";
import { Ban } from "./ban.js";
import { Reply } from "./reply.js";
import { changed, decide } from "./decisions.js";
import { undoLast } from "./run.js";
import { useAnswer } from "./store.js";
import { useKeys } from "./keys.js";

export function CommentPage({ id }) {
  const { found: detail, refusal, again } = useAnswer(() => detailOf(id), [id]);
  const [open, show] = useState(null);
  const [reader, meet] = useState(null); // somebody else, who has it claimed
  useEffect(() => changed.listen((entry) => {
    if (entry?.comments.some((each) => each.id === id) && entry.state !== "sending" && entry.state !== "undoing") again();
  }), [id]);
  useEffect(() => {
    if (!may("decide")) return;
    const claim = `/v1/moderation/comments/${id}/claim`;
    put(claim).then(() => meet(null), (no) => meet(no.code === "claimed" ? no.claimedBy : null));
    return () => remove(claim).catch(() => {});
  }, [id]);
  const close = () => show(null);
  useKeys({
    u: { does: say("desk.undo"), act: undoLast },
    t: { does: say("desk.surroundings"), act: () => show("surroundings") },
    Escape: { does: say("desk.back"), act: () => history.back() },
    ...(may("edit") && { b: { does: say("desk.ban"), act: () => show("ban") } }),
  });
  if (!detail) return html`<${Heading}>${say("desk.comment")}<//><${Waiting} refusal=${refusal} again=${again} />`;
  const gone = detail.status === "removed";
  return html`<${Heading}>${say("desk.comment")}<//>
    ${reader && html`<p class="notice" role="status">${say("desk.read_by", { name: reader })}</p>`}
    <div class="card">
      <div class="reading">
        <${Text} item=${detail} detail=${detail} />
        <${Reports} reports=${detail.reports} />
        <${Copies} copies=${detail.copies} />
      </div>
      <div class="side">
        <${Why} verdict=${detail.verdict} />
        <${Author} detail=${detail} ban=${() => show("ban")} />
        <p class="row"><${Act} kind="small" hint="t" onClick=${() => show("surroundings")}>${say("desk.surroundings")}<//>
          ${may("know") && detail.status === "published" && html`<${Act} kind="small" onClick=${() => show("reply")}>${say("desk.reply")}<//>`}
          ${may("own") && !gone && html`<${Act} kind="small" onClick=${() => show("reveal")}>${say("desk.reveal")}<//>`}</p>
        <${History} detail=${detail} />
      </div>
      ${may("decide") && !gone && html`<${Actions} decide=${(choice) => decide([detail], choice)}
        more=${html`<${Act} onClick=${() => decide([detail], { action: "hold" })}>${say("desk.hold")}<//>`} />`}
    </div>
    ${open === "surroundings" && html`<${Surroundings} id=${id} close=${close} />`}
    ${open === "reveal" && html`<${Reveal} id=${id} close=${close} />`}
    ${open === "reply" && html`<${Reply} comment=${detail} close=${close} />`}
    ${open === "ban" && html`<${Ban} comment=${detail} close=${close} />`}`;
}
