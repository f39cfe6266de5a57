// Values that several parts of the page look at, and are told of when they change.

import { useEffect, useState } from "preact/hooks";

export function store(value) {
  const listeners = new Set();
  return {
    get value() {
      return value;
    },
    set(next) {
      value = next;
      for (const listener of [...listeners]) listener(next);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The store's value, drawn anew whenever it changes. */
export function useStore(of) {
  const [, draw] = useState(0);
  useEffect(() => of.listen(() => draw((count) => count + 1)), [of]);
  return of.value;
}

/** What a question answers: `{ found, refusal, again }`. Asked anew when `asked` changes; late answers to earlier ones don't count. */
export function useAnswer(question, asked) {
  const [state, set] = useState({});
  const [round, again] = useState(0);
  useEffect(() => {
    let current = true;
    question().then(
      (found) => current && set({ found }),
      (refusal) => current && set((before) => ({ ...before, refusal })),
    );
    return () => (current = false);
  }, [...asked, round]);
  return { ...state, again: () => again((count) => count + 1), put: (found) => set({ found }) };
}
