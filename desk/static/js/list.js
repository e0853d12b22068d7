// The left pane: tabs, rows, waiting clocks.

import { $, ask, h, icon, me, named, t } from "./base.js";
import { channelName, hue, shopperName, shortly, waiting } from "./format.js";

const PAGE = 100;
const QUERY = {
  queued: "state=queued&state=left_message",
  mine: "mine=1",
  bot: "state=bot",
  all: "",
};

export class List {
  constructor({ onOpen, onCounts, onFailure }) {
    this.tab = "queued";
    this.rows = new Map();
    this.current = null;
    this.counts = null;
    this.limit = PAGE;
    this.elements = new Map();
    this.onOpen = onOpen;
    this.onCounts = onCounts;
    this.onFailure = onFailure;
    this.loading = null;
    this.again = false;
    for (const button of document.querySelectorAll("[data-tab]")) {
      button.addEventListener("click", () => this.show(button.dataset.tab));
      button.addEventListener("keydown", (event) => this.#moveTab(event));
    }
    $("rows").addEventListener("keydown", (event) => this.#moveRow(event));
    $("list-more").addEventListener("click", () => {
      this.limit = Math.min(500, this.limit + PAGE);
      this.load();
    });
    setInterval(() => this.#tick(), 1000);
    setInterval(() => this.load(), 60000);
  }

  /** Switch to a tab and load it. */
  show(tab) {
    this.tab = tab;
    this.limit = PAGE;
    this.rows.clear();
    this.#drawTabs();
    this.#draw({ loading: true });
    return this.load();
  }

  /** Read the tab anew. While one reading is under way, at most one more is queued. */
  async load() {
    if (this.loading) {
      this.again = true;
      return this.loading;
    }
    this.loading = this.#read();
    await this.loading;
    this.loading = null;
    if (this.again) {
      this.again = false;
      await this.load();
    }
  }

  async #read() {
    const tab = this.tab;
    try {
      const answer = await ask("GET", `/api/conversations?${QUERY[tab]}&limit=${this.limit}`);
      this.counts = answer.counts;
      this.onCounts(answer.counts);
      this.#drawTabs();
      if (tab !== this.tab) {
        this.again = true;
        return;
      }
      this.rows = new Map(answer.conversations.map((row) => [row.id, row]));
      this.#draw({});
    } catch (error) {
      this.onFailure(error);
      if (!this.rows.size) this.#draw({ failed: true });
    }
  }

  /** Take in a change. Counts are read anew when somebody came or went. */
  update(row) {
    const known = this.rows.get(row.id);
    if (known && (row.version < known.version || row.last_seq < known.last_seq)) return;
    const belongs = this.#belongs(row);
    if (!known || known.state !== row.state || known.assignee !== row.assignee) this.#loadSoon();
    if (belongs) this.rows.set(row.id, row);
    else this.rows.delete(row.id);
    if (known || belongs) this.#draw({});
  }

  /** The id of the conversation before or after the current one. */
  neighbour(step) {
    const ids = this.#sorted().map((row) => row.id);
    const at = ids.indexOf(this.current);
    return at < 0 ? ids[0] : ids[Math.min(ids.length - 1, Math.max(0, at + step))];
  }

  /** Mark the conversation that is open. */
  select(id) {
    this.current = id;
    this.#draw({});
    this.elements.get(id)?.scrollIntoView({ block: "nearest" });
  }

  #loadSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), 400);
  }

  #belongs(row) {
    if (this.tab === "queued") return row.state === "queued" || row.state === "left_message";
    if (this.tab === "mine") return row.state === "human" && row.assignee === me.id;
    return this.tab === "all" || row.state === "bot";
  }

  #sorted() {
    const rows = [...this.rows.values()];
    if (this.tab === "bot" || this.tab === "all") {
      return rows.sort((a, b) => b.updated_at.localeCompare(a.updated_at));
    }
    const group = (row) => (row.state === "queued" ? 0 : row.waiting_since ? 1 : 2);
    const time = (row) => (row.state === "queued" ? row.queued_at : row.waiting_since) ?? "";
    return rows.sort(
      (a, b) =>
        group(a) - group(b) ||
        (group(a) === 0 ? b.priority - a.priority : 0) ||
        time(a).localeCompare(time(b)) ||
        b.updated_at.localeCompare(a.updated_at),
    );
  }

  #drawTabs() {
    for (const button of document.querySelectorAll("[data-tab]")) {
      const chosen = button.dataset.tab === this.tab;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    if (!this.counts) return;
    const { queued, mine, human, left_message, bot } = this.counts;
    const numbers = { queued: queued + left_message, mine, bot, all: queued + human + left_message + bot };
    for (const [tab, number] of Object.entries(numbers)) {
      document.querySelector(`[data-count="${tab}"]`).textContent = number > 999 ? "999+" : number || "";
    }
  }

  #draw({ loading = false, failed = false }) {
    const list = $("rows");
    const sorted = this.#sorted();
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    let place = list.firstElementChild;
    for (const row of sorted) {
      let element = this.elements.get(row.id);
      if (!element) {
        element = h("li", { role: "option", click: () => this.onOpen(row.id) });
        this.elements.set(row.id, element);
      }
      fill(element, row, row.id === this.current);
      if (element === place) place = place.nextElementSibling;
      else list.insertBefore(element, place);
    }
    for (const [id, element] of this.elements) {
      if (this.rows.has(id)) continue;
      element.remove();
      this.elements.delete(id);
    }
    if (focused && focused !== document.activeElement && list.contains(focused)) focused.focus();
    if (sorted.length && !list.querySelector("[tabindex='0']")) list.firstElementChild.tabIndex = 0;
    $("list-more").hidden = sorted.length < this.limit || this.limit >= 500;
    this.#drawBlank(sorted.length, loading, failed);
  }

  #drawBlank(length, loading, failed) {
    const blank = $("list-blank");
    blank.hidden = length > 0;
    if (length) return;
    if (loading) blank.replaceChildren(h("p", {}, t("list.loading")));
    else if (failed) {
      blank.replaceChildren(
        h("p", {}, t("list.failed")),
        h("button", { class: "button", type: "button", click: () => this.load() }, t("list.retry")),
      );
    } else {
      const next = { queued: "bot", mine: "queued" }[this.tab];
      blank.replaceChildren(
        icon("inbox"),
        h("h2", {}, t(`empty.${this.tab}.title`)),
        h("p", {}, t(`empty.${this.tab}.text`)),
        next ? h("button", { class: "button", type: "button", click: () => this.show(next) }, t(`empty.go_${next === "bot" ? "bot" : "queue"}`)) : "",
      );
    }
  }

  #tick() {
    for (const [id, element] of this.elements) drawWait(element.querySelector(".wait"), this.rows.get(id));
  }

  #moveTab(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...document.querySelectorAll("[data-tab]")];
    const next = tabs[(tabs.indexOf(event.currentTarget) + step + tabs.length) % tabs.length];
    next.focus();
    this.show(next.dataset.tab);
  }

  #moveRow(event) {
    const rows = [...$("rows").children];
    const at = rows.indexOf(document.activeElement);
    if (at < 0) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      rows[at].click();
      return;
    }
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined || !rows[to]) return;
    event.preventDefault();
    rows[at].tabIndex = -1;
    rows[to].tabIndex = 0;
    rows[to].focus();
  }
}

/** Show how long a row's shopper has waited; hide the clock when nobody waits. */
export function drawWait(element, row) {
  const wait = row && waiting(row);
  element.hidden = !wait;
  if (!wait) return;
  element.className = `wait ${wait.level}`;
  if (element.textContent !== wait.text) element.textContent = wait.text;
  element.setAttribute("aria-label", wait.spoken);
}

export function tierBadge(tier) {
  return tier && tier !== "normal" ? h("span", { class: `tier ${tier}` }, named("tier", tier)) : "";
}

export function avatar(row) {
  const initial = row.customer?.nickname ? [...row.customer.nickname][0] : icon("person");
  return h("span", { class: `avatar hue${hue(row.id)}`, "aria-hidden": "true" }, initial);
}

function fill(element, row, chosen) {
  const mark = [row.version, row.last_seq, row.updated_at, chosen, row.customer?.nickname, row.assignee].join("|");
  if (element.dataset.mark === mark) return;
  element.dataset.mark = mark;
  element.className = `row ${row.state}`;
  element.setAttribute("aria-selected", String(chosen));
  element.tabIndex = chosen ? 0 : -1;
  const wait = h("span", { class: "wait" });
  drawWait(wait, row);
  const prefix = { bot: t("preview.bot"), agent: t("preview.agent"), system: t("preview.system") }[row.last_sender] ?? "";
  element.replaceChildren(
    avatar(row),
    h(
      "div",
      { class: "row-text" },
      h(
        "p",
        { class: "row-first" },
        h("b", {}, shopperName(row)),
        tierBadge(row.customer?.tier),
        wait,
        h("time", { class: "row-time", datetime: row.updated_at }, shortly(row.updated_at)),
      ),
      h("p", { class: "row-last" }, prefix ? h("span", { class: "faint" }, prefix) : "", row.last_text),
      h(
        "p",
        { class: "row-tags" },
        h("span", { class: `channel ${row.channel}` }, channelName(row)),
        row.priority > 0 ? h("span", { class: "tag urgent" }, t("panel.urgent")) : "",
        row.state === "left_message" ? h("span", { class: "tag" }, t("state.left_message")) : "",
        row.state === "human" && row.assignee !== me.id ? h("span", { class: "tag" }, row.assignee_name) : "",
        row.reason_text && row.state !== "bot" ? h("span", { class: "reason" }, row.reason_text) : "",
      ),
    ),
  );
}
