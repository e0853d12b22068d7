// The shopper's phone. The server is the truth: what is shown came from it.

const $ = (id) => document.getElementById(id);
const log = $("log");
const text = $("text");

const GAP = 5 * 60 * 1000; // after such a silence the time is shown
const TYPING = 15 * 1000;
const PICTURE_LIMIT = 10 * 1024 * 1024;

let shoppers = [];
let current = null;
let lastShown = 0; // when the newest bubble on the screen was sent
let newestId = 0;
let meanwhile = []; // bubbles that came while the history was being fetched
let typingTimer = 0;
let toastTimer = 0;
const unread = new Map();
const drafts = new Map();

function make(tag, className, content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (content !== undefined) element.textContent = content;
  return element;
}

async function call(path, body, type = "application/json") {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": type }, body };
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("连不上模拟器，稍后再试");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || "模拟器出错了，稍后再试");
  return answer;
}

const address = (what) => `/api/customers/${encodeURIComponent(current.openid)}/${what}`;

function toast(message) {
  $("toast").textContent = message;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 3500);
}

// ---- people

const hue = (shopper) => `hue-${shoppers.indexOf(shopper) % 8}`;

function avatar(shopper) {
  const box = make("span", shopper ? `avatar ${hue(shopper)}` : "avatar");
  box.setAttribute("aria-hidden", "true");
  if (shopper) {
    box.textContent = [...shopper.name][0];
  } else {
    const image = make("img");
    image.src = "/static/shop.svg";
    image.alt = "";
    box.append(image);
  }
  return box;
}

const TIERS = { "VIP 会员": "tier-vip", 金卡会员: "tier-gold", 银卡会员: "tier-silver" };

function drawPeople() {
  $("list").replaceChildren(...shoppers.map((shopper) => {
    const button = make("button", "person");
    button.type = "button";
    if (shopper === current) button.setAttribute("aria-current", "true");
    const name = make("span", "person-name");
    name.append(make("b", "", shopper.name), make("span", `tier ${TIERS[shopper.tier] || ""}`, shopper.tier), make("small", "", shopper.city));
    button.append(avatar(shopper), name);
    const count = unread.get(shopper.openid);
    if (count) {
      const badge = make("span", "count", String(count));
      badge.setAttribute("aria-label", `${count} 条新消息`);
      button.append(badge);
    }
    button.append(make("span", "person-note", shopper.situation));
    button.addEventListener("click", () => choose(shopper));
    const item = make("li");
    item.append(button);
    return item;
  }));
  if (!shoppers.length) $("list").append(make("li", "nobody", "演示店铺里还没有关注公众号的顾客。"));
  const total = [...unread.values()].reduce((sum, count) => sum + count, 0);
  $("unread").textContent = String(total);
  $("unread").hidden = total === 0;
}

async function choose(shopper) {
  if (current) drafts.set(current.openid, text.value);
  current = shopper;
  unread.delete(shopper.openid);
  closePeople();
  showTyping(false);
  $("owner").textContent = `${shopper.name}的手机`;
  text.value = drafts.get(shopper.openid) || "";
  fit();
  drawPeople();
  $("ideas").replaceChildren(...shopper.ideas.map((idea) => {
    const button = make("button", "idea");
    button.type = "button";
    button.append(make("span", "", idea));
    button.addEventListener("click", () => write(idea));
    return button;
  }));
  await reload();
}

async function reload() {
  if (!current) return;
  const wanted = current;
  meanwhile = [];
  let bubbles;
  try {
    bubbles = await call(address("messages"));
  } catch (error) {
    toast(error.message);
    return;
  }
  if (wanted !== current) return;
  bubbles.push(...meanwhile);
  log.replaceChildren();
  lastShown = 0;
  newestId = 0;
  if (!bubbles.length) hello();
  for (const bubble of bubbles) append(bubble, false);
  log.scrollTop = log.scrollHeight;
  $("newer").hidden = true;
}

function hello() {
  const box = make("li", "hello");
  box.append(avatar(null), make("b", "", "掌柜小店"), make("span", "", "查订单、问商品、办退换\n直接打字就行"));
  log.append(box);
}

// ---- bubbles

function clockTime(moment) {
  const time = moment.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(moment).setHours(0, 0, 0, 0)) / 864e5);
  if (days === 0) return time;
  if (days === 1) return `昨天 ${time}`;
  return `${moment.getMonth() + 1}月${moment.getDate()}日 ${time}`;
}

function withLinks(content) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const match of content.matchAll(/https?:\/\/[^\s<>"'，。；！？、）】]+/g)) {
    fragment.append(content.slice(end, match.index));
    fragment.append(outside(match[0], match[0]));
    end = match.index + match[0].length;
  }
  fragment.append(content.slice(end));
  return fragment;
}

function outside(url, content) {
  const link = make("a", "", content);
  link.href = /^https?:\/\//.test(url) || url.startsWith("/") ? url : "#";
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

const BODIES = {
  text(bubble) {
    const box = make("div", "bubble");
    box.append(withLinks(bubble.text));
    return box;
  },
  image(bubble) {
    const box = make("div", "bubble picture");
    const link = outside(bubble.image);
    const image = make("img");
    image.src = bubble.image;
    image.alt = "图片，点开看大图";
    image.addEventListener("load", () => { if (nearEnd(400)) log.scrollTop = log.scrollHeight; });
    link.append(image);
    box.append(link);
    return box;
  },
  menu(bubble) {
    const box = make("div", "bubble menu");
    const head = make("div", "menu-head");
    head.append(withLinks(bubble.text));
    box.append(head);
    for (const option of bubble.options) {
      const button = make("button", "option", option.title);
      button.type = "button";
      button.addEventListener("click", () => write(option.title, option.id));
      box.append(button);
    }
    if (bubble.tail) box.append(make("div", "menu-tail", bubble.tail));
    return box;
  },
  news(bubble) {
    const box = make("div", "bubble news");
    const link = outside(bubble.link);
    if (bubble.image) {
      const image = make("img");
      image.src = bubble.image;
      image.alt = "";
      image.addEventListener("error", () => image.remove());
      link.append(image);
    }
    link.append(make("span", "news-title", bubble.title));
    if (bubble.text) link.append(make("span", "news-text", bubble.text));
    link.append(make("span", "news-more", "查看详情"));
    box.append(link);
    return box;
  },
};

function append(bubble, fresh) {
  if (bubble.id <= newestId) return;
  newestId = bubble.id;
  log.querySelector(".hello")?.remove();
  const moment = new Date(bubble.at);
  if (moment - lastShown > GAP) {
    const line = make("li", "line");
    const time = make("time", "", clockTime(moment));
    time.dateTime = bubble.at;
    line.append(time);
    log.append(line);
  }
  lastShown = moment;
  if (bubble.side === "system") {
    const line = make("li", "line notice");
    line.append(make("span", "", bubble.text));
    log.append(line);
    return;
  }
  const mine = bubble.side === "shopper";
  const turn = make("li", `turn${mine ? " mine" : ""}${fresh ? " fresh" : ""}`);
  turn.append(avatar(mine ? current : null), make("span", "hidden", mine ? "我：" : "掌柜小店："), BODIES[bubble.kind](bubble));
  log.append(turn);
}

const nearEnd = (distance) => log.scrollHeight - log.scrollTop - log.clientHeight < distance;

function arrive(bubble) {
  if (!current || bubble.openid !== current.openid) {
    if (bubble.side === "shop") {
      unread.set(bubble.openid, (unread.get(bubble.openid) || 0) + 1);
      drawPeople();
    }
    return;
  }
  meanwhile.push(bubble);
  const follow = nearEnd(120) || bubble.side === "shopper";
  if (bubble.side === "shop") showTyping(false);
  append(bubble, true);
  if (follow) log.scrollTop = log.scrollHeight;
  else $("newer").hidden = false;
}

function showTyping(on) {
  clearTimeout(typingTimer);
  $("title").textContent = on ? "对方正在输入…" : "掌柜小店";
  if (on) typingTimer = setTimeout(() => showTyping(false), TYPING);
}

// ---- sending

async function write(content, menuId = "") {
  if (!current || !content.trim()) return false;
  try {
    await call(address("messages"), JSON.stringify({ text: content, menu_id: menuId }));
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

function fit() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 132)}px`;
  $("send").disabled = !text.value.trim();
}

async function submit() {
  const content = text.value;
  if (!content.trim()) return;
  text.value = "";
  fit();
  if (await write(content)) return;
  if (!text.value) text.value = content; // nothing typed is ever lost
  fit();
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  text.focus();
});
text.addEventListener("input", fit);
text.addEventListener("keydown", (event) => {
  // While an input method is composing, Enter picks a candidate: it must never send.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});

$("photo").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async () => {
  const [file] = $("file").files;
  $("file").value = "";
  if (!file || !current) return;
  if (file.size > PICTURE_LIMIT) {
    toast("图片不能超过 10 MB");
    return;
  }
  await call(address("images"), file, file.type).catch((error) => toast(error.message));
});

$("newer").addEventListener("click", () => { log.scrollTop = log.scrollHeight; });
log.addEventListener("scroll", () => { if (nearEnd(60)) $("newer").hidden = true; });

$("ideas").addEventListener("wheel", (event) => {
  if (Math.abs(event.deltaY) > Math.abs(event.deltaX)) $("ideas").scrollLeft += event.deltaY;
}, { passive: true });

// ---- list and drawer

function closePeople() {
  $("people").classList.remove("open");
}
$("back").addEventListener("click", () => {
  $("people").classList.add("open");
  $("list").querySelector("[aria-current], button")?.focus();
});

function showDrawer(on) {
  $("drawer").hidden = !on;
  $("veil").hidden = !on;
  for (const id of ["open-drawer", "more"]) $(id).setAttribute("aria-expanded", String(on));
  if (on) $("close-drawer").focus();
}
$("open-drawer").addEventListener("click", () => showDrawer($("drawer").hidden));
$("more").addEventListener("click", () => showDrawer(true));
$("close-drawer").addEventListener("click", () => showDrawer(false));
$("veil").addEventListener("click", () => showDrawer(false));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  showDrawer(false);
  if (current) closePeople();
});

for (const button of document.querySelectorAll("[data-tool]")) {
  button.addEventListener("click", async () => {
    const tool = button.dataset.tool;
    if (!current) return;
    try {
      const answer = await call(tool === "verify" ? "/api/verify" : address(tool), "{}");
      if (tool === "verify") toast(answer.ok ? "验证通过" : "验证没有通过，看看掌柜的日志");
    } catch (error) {
      toast(error.message);
    }
  });
}

function drawCall(line) {
  $("calls").querySelector(".none")?.remove();
  const item = make("li");
  const time = make("time", "", new Date(line.at).toLocaleTimeString("zh-CN", { hour12: false }));
  item.append(time, make("span", "", line.what), make("span", line.ok ? "ok" : "bad", line.result));
  $("calls").prepend(item);
  while ($("calls").children.length > 100) $("calls").lastElementChild.remove();
}

async function loadCalls() {
  $("calls").replaceChildren(make("li", "none", "还没有往来"));
  for (const line of await call("/api/log").catch(() => [])) drawCall(line);
}

// ---- start

const HANDLERS = {
  bubble: (event) => arrive(event.bubble),
  typing: (event) => { if (current && event.openid === current.openid) showTyping(event.on); },
  log: (event) => drawCall(event.line),
};

async function start() {
  try {
    shoppers = await call("/api/customers");
  } catch (error) {
    $("list").replaceChildren(make("li", "nobody", error.message));
    return;
  }
  drawPeople();
  if (shoppers.length) await choose(shoppers[0]);
  const events = new EventSource("/api/events");
  events.addEventListener("open", () => { reload(); loadCalls(); });
  events.addEventListener("message", (message) => {
    const event = JSON.parse(message.data);
    HANDLERS[event.type]?.(event);
  });
}

function tick() {
  $("clock").textContent = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
}
tick();
setInterval(tick, 10_000);
start();
