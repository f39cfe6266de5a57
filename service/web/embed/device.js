// What is kept on the reader's device, and nowhere else. A device that keeps nothing loses nothing but comfort.

const MOST = 50;
const MONTH = 30 * 864e5;

/** What is kept for one article of one site. */
export function device(site, article) {
  const at = (name) => `moderato:${site}:${name}`;
  const read = (store, name) => {
    try {
      return JSON.parse(window[store].getItem(at(name)));
    } catch {
      return null;
    }
  };
  const write = (store, name, value) => {
    try {
      window[store].setItem(at(name), JSON.stringify(value));
    } catch {
      // Full, or forbidden.
    }
  };
  const local = "localStorage";
  const tab = "sessionStorage";
  const all = () => read(local, "own") ?? [];
  const others = (id) => all().filter((each) => each.id !== id && Date.now() - each.at < MONTH);
  const reported = () => read(local, "reported") ?? [];

  return {
    draft: () => read(local, "draft:" + article) ?? {},
    keepDraft: (draft) => write(local, "draft:" + article, draft),

    /** Who writes: for this tab, and for longer only if they ask for it. */
    me: () => read(tab, "me") ?? read(local, "me") ?? {},
    remembers: () => !!read(local, "me"),
    keepMe(me, remember, isToldTo) {
      write(tab, "me", me);
      if (remember || isToldTo) write(local, "me", remember ? me : null);
    },

    own: () => all().filter((each) => each.article === article),
    keepOwn: (id, receipt) => write(local, "own", [...others(id), { id, receipt, article, at: Date.now() }].slice(-MOST)),
    forget: (id) => write(local, "own", others(id)),

    hasReported: (id) => reported().includes(id),
    keepReported: (id) => write(local, "reported", [...reported(), id].slice(-MOST)),
  };
}
