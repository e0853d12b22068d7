// The right pane: why the bot handed over, who the shopper is, orders and parcels.

import { $, Refused, ask, h, icon, me, named, pathOf, t } from "./base.js";
import { card, picture, safeUrl } from "./chat.js";
import { moment, money, month } from "./format.js";
import { tierBadge } from "./list.js";


const PARTS = ["cause", "share", "case", "trouble", "reason", "solution", "as"];

export class Panel {
  constructor({ onInsert, onSay, onAsk }) {
    this.onInsert = onInsert;
    this.onSay = onSay;
    this.onAsk = onAsk;
  }

  /** Show another conversation; the shop's live data follows when it is read. */
  open(detail) {
    this.detail = detail;
    this.profile = null;
    this.failure = "";
    this.revealed = null;
    this.approvals = [];
    this.decided = [];
    this.deciding = false;
    this.readings = 0; // of approvals: a late answer to an older one is dropped
    this.#draw();
    this.#load(detail.id);
    this.#loadApprovals(detail.id);
  }

  /** The same conversation, newer. */
  update(detail) {
    const changed = JSON.stringify([detail.handoff, detail.past_handoffs, detail.customer]) !==
      JSON.stringify([this.detail.handoff, this.detail.past_handoffs, this.detail.customer]);
    // Who asks for something is handed over; what was decided or taken back is a message.
    const decided = detail.version !== this.detail.version || (this.approvals.length && detail.last_seq !== this.detail.last_seq);
    this.detail = detail;
    if (changed) this.#draw();
    if (decided) this.#loadApprovals(detail.id);
  }

  async #load(id) {
    try {
      const profile = await ask("GET", pathOf(id, "/customer"));
      if (this.detail.id !== id) return;
      this.profile = profile;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.detail.id !== id) return;
      this.failure = error.message;
    }
    this.#draw();
  }

  async #loadApprovals(id) {
    const reading = ++this.readings;
    try {
      const { approvals, decided } = await ask("GET", pathOf(id, "/approvals"));
      if (this.detail.id !== id || reading !== this.readings) return;
      const same = JSON.stringify([approvals, decided]) === JSON.stringify([this.approvals, this.decided]);
      this.approvals = approvals;
      this.decided = decided;
      if (!same) this.#draw();
    } catch (error) {
      // A shop that is away is told of beside the customer.
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Ask once more, with the reason for a refusal; then decide, and read what still waits. */
  async #decide(item, approve) {
    const { id } = this.detail;
    const values = { what: named("approval.kind", item.kind), amount: money(item.amount) };
    const way = approve ? "agree" : "refuse";
    $("decide-title").textContent = t(`approval.${way}_title`, values);
    $("decide-text").textContent = t(`approval.${way}_text`, values);
    $("decide-why").hidden = approve;
    $("decide-reason").required = !approve;
    $("decide-reason").value = "";
    $("decide-ok").textContent = t(`approval.${way}`);
    if ((await this.onAsk("decide-dialog")) !== "ok") return;
    this.#busy(true);
    try {
      const reason = approve ? "" : $("decide-reason").value;
      await ask("POST", pathOf(id, `/approvals/${encodeURIComponent(item.number)}`), { approve, reason });
      this.onSay(t(`done.${way}`));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.onSay(error.message);
    }
    if (this.detail.id !== id) return;
    this.#busy(false);
    await this.#loadApprovals(id);
  }

  #busy(deciding) {
    this.deciding = deciding;
    this.#draw();
  }

  async #reveal() {
    try {
      this.revealed = await ask("POST", pathOf(this.detail.id, "/customer/reveal"));
      this.#draw();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.onSay(error.message);
    }
  }

  #draw() {
    const { handoff, past_handoffs: past } = this.detail;
    const brief = handoff?.briefing;
    $("panel").replaceChildren(
      this.approvals.length ? section("panel.approvals", this.approvals.map((item) => this.#approval(item))) : "",
      this.#reason(handoff, brief),
      brief?.suggestions.length ? this.#suggestions(brief.suggestions) : "",
      this.#customer(brief),
      this.#orders(brief),
      this.decided.length ? section("panel.decided", decisions(this.decided)) : "",
      this.#afterSales(brief),
      brief?.tried.length ? section("panel.tried", tried(brief.tried)) : "",
      past.length ? section("panel.history", history(past)) : "",
    );
  }

  #reason(handoff, brief) {
    if (!handoff || handoff.closed_at) {
      return h("section", { class: "part calm" }, h("h3", {}, t("panel.reason")), h("p", { class: "faint" }, t("panel.no_handoff")));
    }
    const facts = [
      brief.mood ? [t("panel.mood"), brief.mood + (brief.mood_trend ? ` · ${named("trend", brief.mood_trend)}` : "")] : null,
      brief.intent ? [t("panel.intent"), brief.intent + (brief.confidence === null ? "" : ` · ${Math.round(brief.confidence * 100)}%`)] : null,
      ...brief.slots,
    ].filter(Boolean);
    return h(
      "section",
      { class: "part lead" },
      h("h3", {}, t("panel.reason"), h("time", { datetime: handoff.requested_at }, moment(handoff.requested_at))),
      h("p", { class: "why" }, handoff.reason_text, handoff.priority > 0 ? h("span", { class: "tag urgent" }, t("panel.urgent")) : ""),
      handoff.summary.length ? h("ol", { class: "summary" }, handoff.summary.map((line) => h("li", {}, line))) : "",
      brief.risks.length
        ? h("ul", { class: "risks", "aria-label": t("panel.risks") }, brief.risks.map((risk) => h("li", {}, icon("flag"), risk)))
        : "",
      facts.length ? factList(facts) : "",
    );
  }

  #approval(item) {
    const { details } = item;
    const kind = named("approval.kind", item.kind);
    const parts = PARTS.filter((part) => details[part]).map((part) => named(`approval.${part}`, details[part]));
    const grounds = item.grounds.map((ground) => t(`approval.ground.${ground}`, { limit: money(item.limit) }));
    const facts = [
      [t("approval.goods"), item.label + (details.count ? ` ×${details.count}` : "")],
      [t("approval.order"), item.order_id],
      details.fault ? [t("approval.fault"), details.fault] : null,
      [t("approval.why"), grounds.join(t("approval.and")) || t("approval.ground.rules")],
      [t("approval.asked"), moment(item.created_at)],
      item.due ? [t("approval.due"), moment(item.due)] : null,
    ].filter(Boolean);
    const decide = (approve) => () => this.#decide(item, approve);
    return h(
      "article",
      { class: "order approval", "aria-label": `${kind} ${item.number}` },
      h(
        "header",
        {},
        h("span", { class: "status awaiting_approval" }, kind),
        h("b", {}, money(item.amount)),
        item.due && Date.parse(item.due) < Date.now() ? h("span", { class: "tag urgent" }, t("approval.late")) : "",
      ),
      parts.length ? h("p", { class: "asked" }, parts.join(" · ")) : "",
      factList(facts),
      item.photos.length
        ? h("div", { class: "evidence" }, item.photos.map((photo) => picture(photo, t("approval.photo"))))
        : h("p", { class: "faint" }, t("approval.no_photo")),
      this.#copyable("approval.number", item.number),
      item.may_decide
        ? h(
            "footer",
            {},
            h("button", { type: "button", class: "button", disabled: this.deciding, click: decide(false) }, t("approval.refuse")),
            h("button", { type: "button", class: "button primary", disabled: this.deciding, click: decide(true) }, t("approval.agree")),
          )
        : h("p", { class: "needs" }, icon("lock"), t(`approval.needs.${item.needs}`)),
    );
  }

  #suggestions(texts) {
    return section(
      "panel.suggestions",
      h(
        "ul",
        { class: "suggestions" },
        texts.map((text) =>
          h("li", {}, h("button", { type: "button", title: t("panel.insert"), click: () => this.onInsert(text) }, h("span", {}, text), icon("insert"))),
        ),
      ),
    );
  }

  #customer(brief) {
    const live = this.profile?.customer;
    if (!live && !this.failure && !this.profile) return section("panel.customer", h("p", { class: "faint" }, t("panel.loading")));
    if (!live && !brief?.nickname) {
      const text = this.failure || t("panel.unknown_customer");
      return section("panel.customer", h("p", { class: "faint" }, text));
    }
    const facts = live
      ? [
          [t("panel.orders_count"), String(live.order_count)],
          [t("panel.total_paid"), money(live.total_paid)],
          [t("panel.city"), live.city],
          [t("panel.since"), month(live.registered_at)],
          [t("panel.phone"), this.#phone(live.phone)],
        ]
      : [
          brief.order_count === null ? null : [t("panel.orders_count"), String(brief.order_count)],
          brief.total_paid === null ? null : [t("panel.total_paid"), money(brief.total_paid)],
        ];
    return section(
      "panel.customer",
      h(
        "div",
        { class: "person" },
        h("b", {}, live?.nickname ?? brief.nickname),
        tierBadge(live?.tier ?? brief.tier),
        live ? "" : h("span", { class: "faint" }, t("panel.snapshot")),
      ),
      factList(facts.filter((fact) => fact && fact[1])),
      this.failure ? h("p", { class: "faint" }, this.failure) : "",
    );
  }

  #phone(masked) {
    if (this.revealed) {
      const hide = () => {
        this.revealed = null;
        this.#draw();
      };
      return h("span", {}, this.revealed.phone, h("button", { type: "button", class: "link", click: hide }, t("panel.hide")));
    }
    const button = h("button", { type: "button", class: "link", title: t("panel.reveal_title"), click: () => this.#reveal() }, t("panel.reveal"));
    return h("span", {}, masked, me.serves ? button : "");
  }

  #orders(brief) {
    if (this.profile?.customer) {
      const { orders, parcels } = this.profile;
      if (!orders.length) return section("panel.orders", h("p", { class: "faint" }, t("panel.no_orders")));
      return section("panel.orders", orders.map((order) => this.#order(order, parcels.filter((parcel) => parcel.order_id === order.id))));
    }
    const cards = brief ? [...brief.orders, ...brief.parcels] : [];
    return cards.length ? section("panel.orders", h("p", { class: "faint" }, t("panel.snapshot")), cards.map(card)) : "";
  }

  #order(order, parcels) {
    const address = this.revealed?.addresses[order.id] ?? order.address;
    const facts = [
      order.address ? [t("panel.address"), `${address.name} ${address.phone} ${address.address}`] : null,
      order.remark ? [t("panel.remark"), order.remark] : null,
      order.ship_by && !order.shipped_at && order.state === "paid" ? [t("panel.ship_by"), moment(order.ship_by)] : null,
    ].filter(Boolean);
    const marks = [
      order.freight_insurance ? t("panel.insurance") : "",
      order.refunded ? t("panel.refunded", { amount: money(order.refunded) }) : "",
    ].filter(Boolean);
    return h(
      "article",
      { class: "order" },
      h(
        "header",
        {},
        h("span", { class: `status ${order.state}` }, named("order", order.state)),
        h("b", {}, money(order.paid)),
        h("time", { datetime: order.created_at }, moment(order.created_at)),
      ),
      order.lines.map((line) =>
        h(
          "div",
          { class: "order-line" },
          safeUrl(line.image) ? h("img", { src: safeUrl(line.image), alt: "", loading: "lazy", error: (event) => event.currentTarget.remove() }) : "",
          h("span", { title: line.title }, line.label || line.title),
          line.gift ? h("span", { class: "tag" }, t("panel.gift")) : "",
          line.returned ? h("span", { class: "tag" }, t("panel.returned")) : "",
          h("span", { class: "faint" }, `×${line.quantity}`),
          h("span", { class: "amount" }, money(line.paid)),
        ),
      ),
      facts.length ? factList(facts) : "",
      marks.length ? h("p", { class: "faint" }, marks.join(" · ")) : "",
      parcels.map((parcel) => this.#parcel(parcel)),
      this.#copyable("panel.order_no", order.id),
    );
  }

  #parcel(parcel) {
    const eta = parcel.eta_latest && !["signed", "returned", "rejected"].includes(parcel.state) ? t("panel.eta", { time: moment(parcel.eta_latest) }) : "";
    const warnings = [
      parcel.stuck_hours ? t("panel.stuck", { hours: parcel.stuck_hours }) : "",
      parcel.contested ? t("panel.contested") : "",
    ].filter(Boolean);
    const nodes = parcel.trace.map((node) => h("li", {}, h("time", { datetime: node.at }, moment(node.at)), h("span", {}, node.text)));
    return h(
      "div",
      { class: "parcel" },
      h("p", { class: "parcel-head" }, icon("parcel"), h("b", {}, parcel.carrier), h("span", { class: `status ${parcel.state}` }, named("parcel", parcel.state)), eta ? h("span", { class: "faint" }, eta) : ""),
      warnings.length ? h("p", { class: "warning" }, warnings.join(" · ")) : "",
      nodes.length ? h("ol", { class: "trace" }, nodes.slice(0, 1)) : "",
      nodes.length > 1
        ? h("details", {}, h("summary", {}, t("panel.trace")), h("ol", { class: "trace" }, nodes.slice(1)))
        : "",
      this.#copyable("", parcel.waybill),
    );
  }

  #copyable(key, value) {
    const copy = async () => {
      await navigator.clipboard?.writeText(value);
      this.onSay(t("done.copied"));
    };
    return h(
      "p",
      { class: "number" },
      key ? t(key, { id: value }) : value,
      h("button", { type: "button", class: "icon-button small", "aria-label": `${t("panel.copy")} ${value}`, title: t("panel.copy"), click: copy }, icon("copy")),
    );
  }

  #afterSales(brief) {
    const returns = this.profile?.returns ?? [];
    if (returns.length) {
      return section(
        "panel.after_sales",
        returns.map((item) =>
          h(
            "article",
            { class: "order" },
            h("header", {}, h("span", { class: `status ${item.state}` }, named("return", item.state)), h("b", {}, money(item.refund)), h("time", { datetime: item.created_at }, moment(item.created_at))),
            h("p", { class: "faint" }, [named("return.reason", item.reason), item.state === "awaiting_parcel" ? t("panel.send_by", { time: moment(item.send_by) }) : ""].filter(Boolean).join(" · ")),
            this.#copyable("", item.number),
          ),
        ),
      );
    }
    return brief?.after_sales.length
      ? section("panel.after_sales", h("p", { class: "faint" }, t("panel.snapshot")), brief.after_sales.map(card))
      : "";
  }
}

function section(title, ...children) {
  return h("section", { class: "part" }, h("h3", {}, t(title)), ...children);
}

function factList(facts) {
  return h("dl", { class: "facts" }, facts.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))));
}

function tried(items) {
  return h("ol", { class: "tried" }, items.map(({ text, result }) => h("li", {}, text, result ? h("span", { class: "faint" }, ` → ${result}`) : "")));
}

function decisions(items) {
  return h(
    "ul",
    { class: "history" },
    items.map((item) =>
      h(
        "li",
        {},
        h("p", {}, h("b", {}, `${named("approval.kind", item.kind)} ${item.number}`), h("time", { datetime: item.at }, moment(item.at))),
        h(
          "p",
          { class: "faint" },
          [
            t(item.approved ? "approval.approved" : "approval.refused"),
            t("panel.by", { name: item.by_name }),
            item.reason,
            item.state === "withdrawn" ? t("approval.withdrawn") : "",
          ].filter(Boolean).join(" · "),
        ),
      ),
    ),
  );
}

function history(items) {
  return h(
    "ul",
    { class: "history" },
    items.map((item) =>
      h(
        "li",
        {},
        h("p", {}, h("b", {}, item.reason_text), h("time", { datetime: item.requested_at }, moment(item.requested_at))),
        h(
          "p",
          { class: "faint" },
          [named("handoff.status", item.status), item.assignee_name ? t("panel.by", { name: item.assignee_name }) : "", item.outcome || t("panel.no_outcome")].filter(Boolean).join(" · "),
        ),
      ),
    ),
  );
}
