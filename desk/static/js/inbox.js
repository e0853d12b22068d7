// The inbox: holds the panes together.

import { $, Refused, ask, h, me, pathOf, t } from "./base.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { channelName, shopperName } from "./format.js";
import { List, drawWait } from "./list.js";
import { listen } from "./live.js";
import { Panel } from "./panel.js";
import { prepareSound, ring } from "./sound.js";

const KEYS_SETTING = "zhanggui.keys";
const HISTORY = 100;
const SLOW = 300; // milliseconds after which loading is shown
const PROBE = 5000; // milliseconds between looks whether the desk can be reached again
const DELIVERY_CHECK = 4000; // milliseconds until the platform has usually taken a message

let detail = null; // the open conversation
let opening = 0; // counts openings: a late answer to an older one is dropped
let catchingUp = false;
let behind = false;
let unsent = []; // messages of ours without an answer yet, in all conversations
let streaming = true; // the stream of changes is open
let reachable = true; // the last request got an answer

const chat = new Chat({ onRetry: post, onDiscard: discard });
const composer = new Composer({ onSend: send });
const panel = new Panel({ onInsert: insert, onSay: say, onAsk: dialog });
const list = new List({ onOpen: open, onCounts: loaded, onFailure: failed });

// --- opening and following a conversation ---

async function open(id, { push = true } = {}) {
  const ticket = ++opening;
  list.select(id);
  if (push && location.hash.slice(1) !== encodeURIComponent(id)) {
    history.pushState(null, "", `${location.search}#${encodeURIComponent(id)}`);
  }
  showPane("chat");
  // What is typed now must not go to the shopper who was here before.
  detail = null;
  $("chat-body").inert = true;
  const slow = setTimeout(() => blank(h("p", {}, t("chat.loading"))), SLOW);
  let answer;
  try {
    answer = await ask("GET", `${pathOf(id)}?limit=${HISTORY}`);
  } catch (error) {
    clearTimeout(slow);
    if (ticket !== opening) return;
    failed(error);
    const retry = h("button", { type: "button", class: "button", click: () => open(id) }, t("list.retry"));
    blank(h("p", {}, t("chat.failed")), retry);
    return;
  }
  clearTimeout(slow);
  if (ticket !== opening) return;
  detail = answer;
  $("chat-blank").hidden = true;
  $("chat-body").hidden = false;
  $("chat-body").inert = false;
  composer.open(id);
  drawHead();
  chat.reset(detail);
  chat.add(detail.messages);
  for (const entry of unsent.filter((item) => item.id === id)) {
    chat.sending(entry);
    if (entry.failed) chat.failed(entry, entry.failed);
  }
  panel.open(detail);
  $("earlier").hidden = !(chat.messages.size && chat.firstSeq > 1);
  if (!composer.locked && !matchMedia("(max-width: 899px)").matches) composer.focus();
}

/** Say something in the place of the conversation. */
function blank(...children) {
  $("chat-blank").replaceChildren(...children);
  $("chat-blank").hidden = false;
  $("chat-body").hidden = true;
}

/** Read what is new in the open conversation; one reading at a time. */
async function catchUp() {
  if (!detail) return;
  if (catchingUp) {
    behind = true;
    return;
  }
  catchingUp = true;
  const id = detail.id;
  try {
    const answer = await ask("GET", `${pathOf(id)}?after=${chat.lastSeq}&limit=500`);
    if (detail?.id === id) {
      chat.add(answer.messages);
      // What a step answered meanwhile is newer than what was read before it.
      if (answer.version >= detail.version) detail = { ...answer, messages: [] };
      drawHead();
      panel.update(detail);
    }
  } catch (error) {
    failed(error);
  }
  catchingUp = false;
  if (behind) {
    behind = false;
    catchUp();
  }
}

async function earlier() {
  const id = detail.id;
  const answer = await ask("GET", `${pathOf(id)}?before=${chat.firstSeq}&limit=${HISTORY}`);
  if (detail?.id !== id) return;
  chat.add(answer.messages);
  $("earlier").hidden = chat.firstSeq <= 1;
}

/** See what became of our last message on its way to the platform. */
async function checkDelivery(id, seq) {
  if (detail?.id !== id || detail.channel === "web") return;
  const answer = await ask("GET", `${pathOf(id)}?after=${Math.max(1, seq - 1)}&limit=20`);
  if (detail?.id === id) chat.add(answer.messages);
}

function drawHead() {
  $("chat-name").textContent = shopperName(detail);
  $("chat-channel").textContent = channelName(detail);
  $("chat-channel").className = `channel ${detail.channel}`;
  const mine = detail.state === "human" && detail.assignee === me.id;
  $("chat-state").textContent = mine ? t("state.mine") : t(`state.${detail.state}`, { name: detail.assignee_name });
  $("chat-state").className = `state ${mine ? "mine" : detail.state}`;
  drawWait($("chat-wait"), detail);
  const takeLabel = !me.serves || mine ? "" : t(detail.state === "human" ? "action.take_over" : "action.take");
  $("take").hidden = !takeLabel;
  $("take").textContent = takeLabel;
  $("resolve").hidden = !(me.serves && (mine || detail.state === "queued" || detail.state === "left_message"));
  const locked = !me.serves ? t("locked.role") : mine ? "" : t(`locked.${detail.state}`, { name: detail.assignee_name });
  composer.lock(locked, takeLabel);
}

// --- doing something ---

async function take() {
  if (detail.state === "human" && detail.assignee !== me.id && !(await confirmTakeOver())) return;
  if (!(await step(detail.id, "take", { version: detail.version }, t("done.taken")))) return;
  list.show("mine");
  composer.setMode("reply");
}

async function resolve() {
  if (!detail || $("resolve").hidden) return;
  $("outcome").value = "";
  if ((await dialog("resolve-dialog")) !== "ok") return;
  const { id } = detail;
  const undo = h("button", { type: "button", class: "link", click: () => step(id, "take", {}, t("done.taken")) }, t("action.undo"));
  await step(id, "resolve", { outcome: $("outcome").value.trim() }, t("done.resolved"), undo);
}

/** Take or resolve; says what happened, or who was faster. Gives whether it worked. */
async function step(id, name, body, done, extra) {
  try {
    const summary = await ask("POST", pathOf(id, `/${name}`), body);
    changed(summary);
    say(done, extra);
    return true;
  } catch (error) {
    failed(error);
    if (error.conversation) changed(error.conversation);
    return false;
  }
}

async function confirmTakeOver() {
  $("takeover-title").textContent = t("takeover.title", { name: detail.assignee_name });
  $("takeover-text").textContent = t("takeover.text", { name: detail.assignee_name });
  return (await dialog("takeover-dialog")) === "ok";
}

function send(mode, text) {
  const entry = { id: detail.id, client: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, mode, text, failed: "" };
  unsent.push(entry);
  chat.sending(entry);
  post(entry);
}

/** Send a message of ours; the same client id again makes it the same message. */
async function post(entry) {
  entry.failed = "";
  chat.failed(entry, "");
  const shown = () => detail?.id === entry.id && chat.pending.includes(entry);
  try {
    const path = pathOf(entry.id, entry.mode === "note" ? "/notes" : "/messages");
    const { seq } = await ask("POST", path, { text: entry.text, id: entry.client });
    unsent = unsent.filter((item) => item !== entry);
    if (shown()) chat.settled(entry, seq);
    if (detail?.id === entry.id) catchUp();
    if (entry.mode === "reply") setTimeout(() => checkDelivery(entry.id, seq).catch(failed), DELIVERY_CHECK);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    entry.network = error.status === 0;
    entry.failed = entry.network ? t("send.waiting") : error.message;
    if (shown()) chat.failed(entry, entry.failed);
    if (error.status === 401 || entry.network) failed(error);
    if (error.conversation) changed(error.conversation);
  }
}

function discard(entry) {
  unsent = unsent.filter((item) => item !== entry);
  chat.discard(entry);
}

function insert(text) {
  showPane("chat");
  composer.insert(text);
}

// --- what happens elsewhere ---

function changed(summary) {
  const before = list.rows.get(summary.id);
  list.update(summary);
  const mine = summary.state === "human" && summary.assignee === me.id;
  const news = summary.last_sender === "shopper" && summary.last_seq > (before?.last_seq ?? 0);
  const asks = summary.state === "queued" && before?.state !== "queued";
  if (asks || (mine && news && (document.hidden || detail?.id !== summary.id))) ring();
  if (detail?.id !== summary.id) return;
  if (summary.version > detail.version || summary.last_seq > chat.lastSeq) {
    detail = { ...detail, ...summary };
    drawHead();
    catchUp();
  } else if (summary.customer && !detail.customer) {
    detail = { ...detail, customer: summary.customer };
    drawHead();
  }
}

function liveState({ stream = streaming, reach = reachable }) {
  const before = streaming && reachable;
  const now = stream && reach;
  streaming = stream;
  reachable = reach;
  if (!reachable) {
    clearTimeout(liveState.probe);
    liveState.probe = setTimeout(resume, PROBE);
  }
  if (now === before) return;
  $("live").classList.toggle("off", !now);
  $("live-text").textContent = now ? t("live.on") : "";
  clearTimeout(liveState.banner);
  if (now) {
    $("offline").hidden = true;
    unsent.filter((entry) => entry.network && entry.failed).forEach(post);
  } else {
    // A reconnect that takes a moment is no news.
    liveState.banner = setTimeout(() => ($("offline").hidden = false), 2000);
  }
}

function resume() {
  list.load();
  catchUp();
}

// --- small things ---

function loaded(counts) {
  liveState({ reach: true });
  drawTitle(counts);
}

function drawTitle({ queued, mine_waiting: waiting }) {
  const number = queued + waiting;
  document.title = number ? `(${number}) ${t("app.name")}` : t("app.name");
}

function failed(error) {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) {
    location.assign(`/sign-in${location.search}${location.hash}`);
    return;
  }
  if (error.status === 0) liveState({ reach: false });
  else say(error.message);
}

function say(text, extra) {
  const toast = $("toast");
  toast.replaceChildren(text, extra ?? "");
  toast.classList.add("shown");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => toast.classList.remove("shown"), extra ? 10000 : 4000);
}

function dialog(id) {
  const element = $(id);
  element.returnValue = "cancel";
  element.showModal();
  return new Promise((done) => element.addEventListener("close", () => done(element.returnValue), { once: true }));
}

function showPane(pane) {
  document.body.dataset.pane = pane;
}

function closeChat() {
  history.pushState(null, "", location.pathname + location.search);
  showPane("list");
}

function help() {
  if (!$("help-dialog").open) dialog("help-dialog");
}

function shortcut(event) {
  if (document.querySelector("dialog[open]")) return;
  if (localStorage.getItem(KEYS_SETTING) === "off") return;
  const writing = event.target.matches("input, textarea, select");
  if (event.key === "?" && !writing && !event.altKey && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    help();
    return;
  }
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  // By the key's place: a German or Chinese layout gives other characters.
  const action = {
    KeyJ: () => move(1),
    KeyK: () => move(-1),
    KeyE: () => resolve(),
    KeyP: () => detail && composer.setMode("note"),
    KeyL: () => detail && composer.setMode("reply"),
  }[event.code];
  if (!action) return;
  event.preventDefault();
  action();
}

function move(way) {
  const id = list.neighbour(way);
  if (id && id !== list.current) open(id);
}

function fromAddress() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (id) open(id, { push: false });
  else showPane("list");
}

async function signOut() {
  try {
    await ask("DELETE", "/api/session");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 0) return failed(error);
  }
  location.assign(`/sign-in${location.search}`);
}

$("take").addEventListener("click", take);
$("locked-take").addEventListener("click", take);
$("resolve").addEventListener("click", resolve);
$("earlier").addEventListener("click", () => earlier().catch(failed));
$("back").addEventListener("click", closeChat);
$("info").addEventListener("click", () => showPane("info"));
$("info-back").addEventListener("click", () => showPane("chat"));
$("help-open").addEventListener("click", help);
$("sign-out").addEventListener("click", signOut);
for (const button of document.querySelectorAll("[data-quick]")) {
  button.addEventListener("click", () => ($(button.dataset.quick).value = button.textContent));
}
$("keys-enabled").checked = localStorage.getItem(KEYS_SETTING) !== "off";
$("keys-enabled").addEventListener("change", (event) => localStorage.setItem(KEYS_SETTING, event.target.checked ? "on" : "off"));
document.addEventListener("keydown", shortcut);
addEventListener("popstate", fromAddress);
addEventListener("online", resume);
addEventListener("offline", () => liveState({ reach: false }));
setInterval(() => detail && drawWait($("chat-wait"), detail), 1000);

$("live-text").textContent = t("live.on");
prepareSound();
listen({ onChange: changed, onState: (stream) => liveState({ stream }), onResume: resume });
list.show("queued");
fromAddress();
