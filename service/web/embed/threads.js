// Which comments are here, and where each has its place: replies under whom they answer, others in the order of time.

import { h } from "./dom.js";

/** The list of an article's comments. `draw(item, seat)` makes what a place shows. */
export function threads(draw) {
  const list = h("ol.threads");
  const seats = new Map();

  /** The comment in its place; a new one before another, a known one where it is. */
  function put(item, before = null) {
    let seat = seats.get(item.id);
    if (!seat) {
      const parent = seats.get(item.parent);
      seat = { li: h("li"), depth: parent ? parent.depth + 1 : +!!item.parent, parent };
      seats.set(item.id, seat);
      if (parent) (parent.replies ??= parent.li.appendChild(h("ol.replies"))).append(seat.li);
      else list.insertBefore(seat.li, before);
    }
    seat.item = item;
    const drawn = draw(item, seat);
    const hadFocus = seat.drawn?.matches(":focus-within");
    if (seat.drawn) seat.drawn.replaceWith(drawn);
    else seat.li.prepend(drawn);
    seat.drawn = drawn;
    if (hadFocus) drawn.focus({ preventScroll: true });
    return seat;
  }

  return {
    list,
    find: (id) => seats.get(id),
    put: (item, newest) => put(item, newest ? list.firstChild : null),
    /** A page of comments, at the end. Parents have their place before their replies. */
    add(items, newest) {
      const end = list.lastChild;
      for (const item of newest ? [...items].reverse() : items) {
        put(item, newest ? (end ? end.nextSibling : list.firstChild) : null);
      }
    },
    clear() {
      seats.clear();
      list.replaceChildren();
    },
  };
}
