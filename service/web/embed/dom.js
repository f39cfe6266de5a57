// Elements, made without a line of HTML.

/**
 * An element: `h("p.quiet", { id: "left" }, children…)`. What is `onclick` and the like listens; null and false are left out.
 * Its classes are its parts too, by which a publisher's style sheet reaches it.
 */
export function h(tag, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  const attributes = children[0]?.constructor === Object ? children.shift() : {};
  if (classes[0]) attributes.class = attributes.part = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(2).filter((child) => child));
  return node;
}

let policy = { createHTML: (text) => text };
try {
  policy = window.trustedTypes?.createPolicy("moderato", policy) ?? policy;
} catch {
  // The page's rules don't name it.
}

/** Put in what the server has cleaned; where the page forbids even that, the words alone. */
export function cleaned(node, html) {
  try {
    node.innerHTML = policy.createHTML(html);
  } catch {
    node.textContent = html.replace(/<[^>]+>/g, " ");
  }
  return node;
}

export const button = (text, onclick, attributes) => h("button.act", { type: "button", onclick, ...attributes }, text);

/** The name of somebody, kept from turning the words around it. */
export const person = (name) => h("bdi", name);
