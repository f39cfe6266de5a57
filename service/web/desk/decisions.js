// Decisions on their way, and those that were made: shown at once, and taken back in sight when they fail.

import { post, get } from "./service.js";
import { store } from "./store.js";
import { fault, note } from "./parts.js";
import { reasonWords, say } from "./words.js";

const KEPT = 50;
const AT_ONCE = 500;

/**
 * What was decided in this window, the latest first. Each: `{ comments: [{ id, version, name }], action, reason, state, count }`;
 * `state` is `sending`, `done`, `undone` or `failed`. Versions rise with each answer.
 */
export const trail = store([]);

/** Called with every entry whose standing has changed: runs and lists put back what didn't go through. */
export const changed = store(null);

/** "Refused: insult". */
export const told = (entry) =>
  entry.action === "reject" ? say("desk.did.reject", { reason: reasonWords(entry.reason) }) : say(`desk.did.${entry.action}`);

function change(entry, changes) {
  Object.assign(entry, changes);
  trail.set([...trail.value]);
  changed.set(entry);
}

/** Decide on one comment as it was seen, or on many. Resolves when it is known how that went; never rejects. */
export async function decide(comments, { action, reason, note: words, public_reason, by }) {
  const entry = { comments: comments.map(({ id, version, name }) => ({ id, version, name })), action, reason, state: "sending" };
  const decision = { action, reason, ...(words && { note: words }), ...(public_reason && { public_reason }) };
  entry.settled = settle(entry, decision, by);
  trail.set([entry, ...trail.value].slice(0, KEPT));
  await entry.settled;
  return entry;
}

async function settle(entry, decision, by) {
  try {
    if (entry.comments.length === 1 && !by) await one(entry, decision);
    else await many(entry, decision, by);
  } catch (refusal) {
    change(entry, { state: "failed", refusal });
    tellWhy(entry, refusal);
  }
}

async function one(entry, decision) {
  const [comment] = entry.comments;
  const standing = await post(`/v1/moderation/comments/${comment.id}/decision`, { ...decision, version: comment.version });
  comment.version = standing.version;
  change(entry, { state: "done", status: standing.status });
  if (standing.claimed_by) note(say("desk.was_read", { name: standing.claimed_by }));
}

/** Up to 500 at once, each with an outcome of its own. */
async function many(entry, decision, by) {
  const failed = [];
  for (let at = 0; at < entry.comments.length; at += AT_ONCE) {
    const some = entry.comments.slice(at, at + AT_ONCE);
    const decisions = some.map(({ id, version }) => ({ id, version, ...decision }));
    const { results } = await post("/v1/moderation/decisions", { decisions, ...(by && { by }) });
    results.forEach((result, place) => (result.problem ? failed.push(result) : (some[place].version = result.version)));
  }
  const lost = new Set(failed.map((result) => result.id));
  entry.lost = entry.comments.filter((comment) => lost.has(comment.id));
  entry.comments = entry.comments.filter((comment) => !lost.has(comment.id));
  change(entry, { state: entry.comments.length ? "done" : "failed" });
  if (failed.length) note(say("desk.some_failed", { count: failed.length, why: failed[0].problem.title }), { fault: true });
}

/** The loser of a race hears who was faster; whoever wasn't heard at all gets the comment back. */
function tellWhy(entry, refusal) {
  if (refusal.code !== "moved_on") return fault(refusal);
  const status = refusal.current?.status;
  note(say("desk.too_late", { name: entry.comments[0].name || "…", status: say(`desk.status.${status}`) }), { fault: true });
}

/** Take a decision back, by a new one. Resolves to whether that went well. */
export async function undo(entry) {
  if (entry.state !== "done") return false;
  change(entry, { state: "undoing" });
  const left = [...entry.comments];
  let refusal = null;
  const work = async () => {
    for (let comment = left.pop(); comment; comment = left.pop()) {
      try {
        const standing = await post(`/v1/moderation/comments/${comment.id}/undo`, { version: comment.version });
        Object.assign(comment, { version: standing.version, undone: true });
      } catch (no) {
        refusal = no;
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  const undone = entry.comments.filter((comment) => comment.undone);
  change(entry, { state: undone.length ? "undone" : "done" });
  if (refusal) fault(refusal);
  if (undone.length) note(say("desk.undone", { count: undone.length }));
  return undone.length > 0;
}

/** The latest decision that can be taken back, and that nobody has asked back yet. */
export const lastDone = () => trail.value.find((entry) => !entry.asked && (entry.state === "done" || entry.state === "sending"));

/** What a bulk act would touch. */
export const select = (by) => get("/v1/moderation/selection", by);
