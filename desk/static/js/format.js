// Times, money and names as staff read them. Times are the shop's: Asia/Shanghai.

import { language, named, t } from "./base.js";

const ZONE = "Asia/Shanghai";
const clockFormat = new Intl.DateTimeFormat(language, { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayFormat = new Intl.DateTimeFormat(language, { timeZone: ZONE, month: "long", day: "numeric", weekday: "short" });
const shortFormat = new Intl.DateTimeFormat(language, { timeZone: ZONE, month: "numeric", day: "numeric" });
const monthFormat = new Intl.DateTimeFormat(language, { timeZone: ZONE, year: "numeric", month: "long" });
const keyFormat = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });
const moneyFormat = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const WARN = 100; // seconds: the platforms start to count an answer as slow
const LATE = 180;
const DAY = 86400000;

export const clock = (iso) => clockFormat.format(new Date(iso));
export const month = (iso) => monthFormat.format(new Date(iso));
export const dayKey = (iso) => keyFormat.format(new Date(iso));
export const money = (fen) => `¥${moneyFormat.format(fen / 100)}`;

/** The day as a heading: today, yesterday, or the date. */
export function day(iso) {
  const key = dayKey(iso);
  if (key === keyFormat.format(Date.now())) return t("time.today");
  if (key === keyFormat.format(Date.now() - DAY)) return t("time.yesterday");
  return dayFormat.format(new Date(iso));
}

/** Time of today, else the date with the time. */
export function moment(iso) {
  const key = dayKey(iso);
  if (key === keyFormat.format(Date.now())) return clock(iso);
  return `${key === keyFormat.format(Date.now() - DAY) ? t("time.yesterday") : shortFormat.format(new Date(iso))} ${clock(iso)}`;
}

/** Time of today, else only the date: for narrow places. */
export function shortly(iso) {
  const key = dayKey(iso);
  if (key === keyFormat.format(Date.now())) return clock(iso);
  return key === keyFormat.format(Date.now() - DAY) ? t("time.yesterday") : shortFormat.format(new Date(iso));
}

/** How long a shopper has waited: {level, text, spoken}, or null when nobody waits. */
export function waiting(row) {
  if (row.state === "bot" || !row.waiting_since) return null;
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(row.waiting_since)) / 1000));
  const level = seconds >= LATE ? "late" : seconds >= WARN ? "warn" : "ok";
  const time = length(seconds);
  return { level, text: t(`wait.${level}`, { time }), spoken: t("wait.spoken", { time }) };
}

function length(seconds) {
  if (seconds >= 86400) return t("time.days", { days: Math.floor(seconds / 86400) });
  if (seconds >= 3600) {
    return t("time.hours", { hours: Math.floor(seconds / 3600), minutes: Math.floor((seconds % 3600) / 60) });
  }
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The shopper's name, or a stable stand-in for one nobody knows. */
export function shopperName(row) {
  return row.customer?.nickname || t("chat.visitor", { tail: row.user.slice(-4) });
}

export const channelName = (row) => named("channel", row.channel);

/** One of eight colours, always the same for the same conversation. */
export function hue(id) {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + char.codePointAt(0)) % 9973;
  return sum % 8;
}
