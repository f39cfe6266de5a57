// How long each list is: asked for now and then, and soon after something was decided.

import { get, session } from "./service.js";
import { store } from "./store.js";

const EVERY = 20_000;
const SOON = 800;

export const counts = store({});
let soon = null;

async function look() {
  if (document.hidden || !session.value) return;
  const { counts: found } = await get("/v1/moderation/queue", { limit: 1 });
  counts.set(found);
}

export function refreshCounts() {
  clearTimeout(soon);
  soon = setTimeout(() => look().catch(() => {}), SOON);
}

export function watchCounts() {
  refreshCounts();
  const timer = setInterval(() => look().catch(() => {}), EVERY);
  return () => clearInterval(timer);
}
