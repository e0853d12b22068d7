// The middle pane's messages: drawn once each, appended only.

import { $, h, icon, me, t } from "./base.js";
import { clock, day, dayKey, hue } from "./format.js";

const NEAR_END = 120; // pixels: whoever reads further up is not pulled down

export class Chat {
  constructor({ onRetry, onDiscard }) {
    this.onRetry = onRetry;
    this.onDiscard = onDiscard;
    this.scroll = $("log-scroll");
    this.log = $("log");
    this.atEnd = true;
    this.scroll.addEventListener("scroll", () => {
      this.atEnd = this.#nearEnd();
      if (this.atEnd) $("new-messages").hidden = true;
    });
    // Pictures load late and the composer grows: who reads the end keeps reading it.
    const grown = new ResizeObserver(() => this.atEnd && this.toEnd());
    grown.observe(this.scroll);
    grown.observe(this.log);
    $("new-messages").addEventListener("click", () => this.toEnd());
  }

  /** Begin with another conversation. */
  reset(row) {
    this.row = row;
    this.messages = new Map();
    this.pending = [];
    this.log.replaceChildren();
    $("new-messages").hidden = true;
  }

  get firstSeq() {
    return Math.min(...this.messages.keys());
  }

  get lastSeq() {
    return Math.max(0, ...this.messages.keys());
  }

  /** Add messages that are not here yet, wherever they belong; keeps the reader's place. */
  add(messages) {
    const fresh = messages.filter((message) => !this.messages.has(message.seq));
    for (const message of messages) {
      const known = this.messages.get(message.seq);
      if (known) this.#delivery(known, message);
    }
    if (!fresh.length) return;
    const first = this.messages.size === 0;
    const before = fresh[0].seq < (first ? 0 : this.firstSeq);
    const atEnd = first || this.#nearEnd();
    const height = this.scroll.scrollHeight;
    if (first || before) this.log.setAttribute("aria-live", "off"); // history is not news
    for (const message of fresh) {
      this.#settle(message);
      this.messages.set(message.seq, { message, element: this.#element(message) });
    }
    this.#arrange();
    if (before) this.scroll.scrollTop += this.scroll.scrollHeight - height;
    else if (atEnd) this.toEnd();
    else if (fresh.some((message) => message.from === "shopper")) $("new-messages").hidden = false;
    setTimeout(() => this.log.removeAttribute("aria-live"), 200);
  }

  /** A message of ours that is on its way; gives a handle for `settled` and `failed`. */
  sending(entry) {
    entry.element = this.#element({
      from: entry.mode === "note" ? "note" : "agent",
      kind: "text",
      text: entry.text,
      choices: [],
      card: null,
      image: "",
      author: me.name,
      at: new Date().toISOString(),
      delivery: null,
    });
    entry.status = h("span", { class: "sent", role: "status" });
    entry.element.querySelector(".meta").append(entry.status);
    this.pending.push(entry);
    this.#mark(entry);
    this.log.append(entry.element);
    this.toEnd();
  }

  /** It has the number `seq` now. The real message replaces it when it is read. */
  settled(entry, seq) {
    entry.seq = seq;
    entry.failed = "";
    if (this.messages.has(seq)) this.#drop(entry);
    else this.#mark(entry);
  }

  /** It did not go out. */
  failed(entry, reason) {
    entry.failed = reason;
    this.#mark(entry);
  }

  discard(entry) {
    this.#drop(entry);
  }

  toEnd() {
    this.atEnd = true;
    this.scroll.scrollTop = this.scroll.scrollHeight;
    $("new-messages").hidden = true;
  }

  #nearEnd() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR_END;
  }

  #settle(message) {
    const mine = message.author === me.name && (message.from === "agent" || message.from === "note");
    const entry =
      this.pending.find((item) => item.seq === message.seq) ??
      (mine && this.pending.find((item) => !item.seq && !item.failed && item.text === message.text));
    if (entry) this.#drop(entry);
  }

  #drop(entry) {
    entry.element.remove();
    this.pending = this.pending.filter((item) => item !== entry);
  }

  #mark(entry) {
    const { status } = entry;
    entry.element.classList.toggle("failed", Boolean(entry.failed));
    if (entry.failed) {
      status.className = "sent failed";
      status.replaceChildren(
        `! ${entry.failed} `,
        h("button", { type: "button", class: "link", click: () => this.onRetry(entry) }, t("send.retry")),
        h("button", { type: "button", class: "link", click: () => this.onDiscard(entry) }, t("send.discard")),
      );
    } else if (entry.seq) {
      status.className = "sent ok";
      status.replaceChildren(h("span", { title: t("send.sent") }, "✓"));
    } else {
      status.className = "sent";
      status.replaceChildren(t("send.sending"));
    }
  }

  /** Put all elements in order, with a heading for each day. */
  #arrange() {
    const ordered = [...this.messages.values()].sort((a, b) => a.message.seq - b.message.seq);
    let place = this.log.firstElementChild;
    let today = "";
    const put = (element) => {
      if (element === place) place = place.nextElementSibling;
      else this.log.insertBefore(element, place);
    };
    let previous = null;
    for (const { message, element } of ordered) {
      const key = dayKey(message.at);
      if (key !== today) {
        const known = this.log.querySelector(`[data-day="${key}"]`);
        put(known ?? h("p", { class: "day", "data-day": key }, h("span", {}, day(message.at))));
        today = key;
        previous = null;
      }
      element.classList.toggle("follows", sameVoice(previous, message));
      put(element);
      previous = message;
    }
  }

  #element(message) {
    if (message.from === "system") {
      return h(
        "div",
        { class: "line system" },
        h("p", {}, message.text, " ", h("time", { datetime: message.at }, clock(message.at))),
      );
    }
    const name = { shopper: t("who.shopper"), bot: t("who.bot"), note: `${t("who.note")} · ${message.author}` };
    const element = h(
      "article",
      { class: `line ${message.from}` },
      message.from === "bot" ? h("span", { class: "avatar small bot", "aria-hidden": "true" }, icon("robot")) : "",
      message.from === "agent" ? h("span", { class: "avatar small agent", "aria-hidden": "true" }, [...message.author][0] ?? "") : "",
      message.from === "shopper" ? h("span", { class: `avatar small hue${hue(this.row.id)}`, "aria-hidden": "true" }, this.row.customer?.nickname ? [...this.row.customer.nickname][0] : icon("person")) : "",
      h(
        "div",
        { class: "said" },
        h("p", { class: "who" }, message.from === "note" ? icon("lock") : "", name[message.from] ?? message.author),
        body(message),
        h("p", { class: "meta" }, h("time", { datetime: message.at }, clock(message.at)), delivery(message)),
      ),
    );
    return element;
  }

  #delivery(known, message) {
    if (JSON.stringify(known.message.delivery) === JSON.stringify(message.delivery)) return;
    known.message = message;
    const element = this.#element(message);
    element.classList.toggle("follows", known.element.classList.contains("follows"));
    known.element.replaceWith(element);
    known.element = element;
  }
}

function sameVoice(previous, message) {
  return (
    previous !== null &&
    previous.from === message.from &&
    previous.author === message.author &&
    message.from !== "note" &&
    Date.parse(message.at) - Date.parse(previous.at) < 120000
  );
}

function body(message) {
  const parts = [];
  if (message.kind === "card" && message.card) parts.push(card(message.card));
  else if (message.kind === "image" || message.image) {
    const sent = message.from === "shopper";
    if (message.text && !(sent && safeUrl(message.image))) parts.push(h("p", { class: "bubble" }, message.text));
    parts.push(picture(message.image, sent ? t("message.image_of_shopper") : message.text));
  } else parts.push(h("p", { class: "bubble" }, message.text));
  if (message.choices.length) {
    parts.push(
      h(
        "ul",
        { class: "choices", "aria-label": t("message.choices") },
        message.choices.map((choice) => h("li", {}, choice.title)),
      ),
    );
  }
  return parts;
}

/** A titled block of facts. */
export function card({ title, subtitle, rows, image, link }) {
  return h(
    "div",
    { class: "card" },
    h(
      "div",
      { class: "card-head" },
      safeUrl(image) ? h("img", { src: safeUrl(image), alt: "", loading: "lazy", error: hide }) : "",
      h("div", {}, h("p", { class: "card-title" }, title), subtitle ? h("p", { class: "faint" }, subtitle) : ""),
    ),
    rows.length ? h("dl", {}, rows.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value)))) : "",
    safeUrl(link) ? h("a", { href: safeUrl(link), target: "_blank", rel: "noopener noreferrer" }, t("message.link")) : "",
  );
}

/** A small picture that opens large. */
export function picture(url, text) {
  const safe = safeUrl(url);
  if (!safe) return h("p", { class: "bubble" }, t("message.image"));
  const link = h("a", { href: safe, target: "_blank", rel: "noopener noreferrer", class: "picture", click: enlarge });
  const broken = () => link.replaceChildren(h("span", { class: "bubble" }, t("message.image_broken")));
  link.append(h("img", { src: safe, alt: text || t("message.image"), loading: "lazy", error: broken }));
  return link;
}

/** Show the picture as large as the window; with a modifier key the link opens as links do. */
function enlarge(event) {
  const small = event.currentTarget.querySelector("img");
  if (!small || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const viewer = h("dialog", { class: "viewer", "aria-label": small.alt, click: () => viewer.close(), close: () => viewer.remove() });
  viewer.append(
    h("img", { src: small.src, alt: small.alt }),
    h("button", { type: "button", class: "button", autofocus: true }, t("action.close")),
  );
  document.body.append(viewer);
  viewer.showModal();
}

function hide(event) {
  event.currentTarget.remove();
}

/** The address if it is a web address or one of this site's, else nothing. */
export function safeUrl(url) {
  if (!url) return "";
  try {
    const parsed = new URL(url, location.origin);
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : "";
  } catch {
    return "";
  }
}

function delivery(message) {
  if (message.from === "note" || message.from === "shopper") return "";
  const status = message.delivery?.status;
  if (status === "pending" && message.from !== "agent") return "";
  if (!status) return message.from === "agent" && message.seq ? h("span", { class: "sent ok", title: t("send.sent") }, "✓") : "";
  if (status === "sent") return h("span", { class: "sent ok", title: t("send.sent") }, "✓");
  const kind = status === "failed" ? "sent failed" : "sent";
  const sign = status === "failed" ? "! " : "";
  return h("span", { class: kind }, sign + t(`delivery.${status}`, { error: message.delivery.error }));
}
