// What every page needs: texts, requests, elements.

const boot = JSON.parse(document.getElementById("boot").textContent);

export const language = boot.language;
export const me = boot.me;
export const maxText = boot.max_text;

/** The catalogue's text for a key, placeholders filled in. */
export function t(key, values = {}) {
  const text = boot.texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The text of a key that ends in a code from elsewhere; an unknown code stays as it is. */
export function named(prefix, code) {
  return boot.texts[`${prefix}.${code}`] ?? code;
}

export const $ = (id) => document.getElementById(id);

/** An element. Attributes that are functions become listeners; children are text or nodes. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A refused or failed request; `message` can be shown, `status` is 0 without an answer. */
export class Refused extends Error {
  constructor(status, message, conversation) {
    super(message);
    this.status = status;
    this.conversation = conversation;
  }
}

/** Ask the desk's API. Gives the JSON of the answer, or throws Refused. */
export async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        "Accept-Language": language,
        "X-Requested-With": "zhanggui",
        ...(body ? { "Content-Type": "application/json" } : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new Refused(0, t("error.network"));
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Refused(response.status, answer.error?.message ?? t("error.failed"), answer.error?.conversation);
}

/** The path of a conversation's resource. */
export function pathOf(id, rest = "") {
  return `/api/conversations/${encodeURIComponent(id)}${rest}`;
}
