// The composer: reply or note, a draft per conversation, never a message sent by half a word.

import { $, maxText, me, t } from "./base.js";

const TALLEST = 200; // pixels

export class Composer {
  constructor({ onSend }) {
    this.onSend = onSend;
    this.mode = "reply";
    this.id = null;
    this.text = $("composer-text");
    this.text.addEventListener("input", () => this.#changed());
    this.text.addEventListener("keydown", (event) => this.#key(event));
    $("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    for (const button of this.#modes()) {
      button.addEventListener("click", () => this.setMode(button.dataset.mode));
      button.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        this.setMode(this.mode === "note" ? "reply" : "note", { focus: false });
        this.#modes().find((other) => other.dataset.mode === this.mode).focus();
      });
    }
  }

  /** Go to another conversation: its own draft comes up. */
  open(id) {
    this.id = id;
    this.#show("reply");
  }

  /** `locked` is the sentence why no reply is possible, or empty. */
  lock(locked, takeLabel) {
    this.locked = locked;
    $("locked-text").textContent = locked;
    $("locked-take").textContent = takeLabel;
    $("locked-take").hidden = !takeLabel;
    this.#show(this.mode);
  }

  setMode(mode, { focus = true } = {}) {
    this.#show(mode);
    if (focus) this.focus();
  }

  focus() {
    if (!$("write").hidden) this.text.focus();
    else if (!$("locked-take").hidden) $("locked-take").focus();
  }

  /** Put a suggested text at the caret, ready to be edited. */
  insert(text) {
    this.#show("reply");
    const { selectionStart, selectionEnd, value } = this.text;
    const empty = !value.trim();
    this.text.value = empty ? text : value.slice(0, selectionStart) + text + value.slice(selectionEnd);
    this.#changed();
    this.focus();
    const end = empty ? text.length : selectionStart + text.length;
    this.text.setSelectionRange(end, end);
  }

  #modes() {
    return [...document.querySelectorAll(".composer-modes [role=tab]")];
  }

  #show(mode) {
    this.mode = mode;
    $("composer").dataset.mode = mode;
    for (const button of this.#modes()) {
      const chosen = button.dataset.mode === mode;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    const closed = mode === "reply" && Boolean(this.locked);
    $("locked").hidden = !closed;
    $("write").hidden = closed;
    this.text.placeholder = t(mode === "note" ? "composer.note_hint" : "composer.reply_hint");
    $("send").textContent = t(mode === "note" ? "composer.save_note" : "composer.send");
    this.text.value = localStorage.getItem(this.#draftKey()) ?? "";
    this.#size();
  }

  #draftKey() {
    return `zhanggui.draft.${me.id}.${this.mode}.${this.id}`;
  }

  #changed() {
    if (this.text.value) localStorage.setItem(this.#draftKey(), this.text.value);
    else localStorage.removeItem(this.#draftKey());
    this.#size();
  }

  #size() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(TALLEST, this.text.scrollHeight)}px`;
    const left = maxText - [...this.text.value.trim()].length;
    const count = $("composer-count");
    count.textContent = left < 0 ? t("composer.over", { count: -left }) : left < 200 ? t("composer.left", { count: left }) : "";
    count.classList.toggle("over", left < 0);
    $("send").disabled = left < 0 || !this.text.value.trim();
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    // While an input method composes, Enter chooses a word: it must never send.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    const text = this.text.value.trim();
    if (!text || [...text].length > maxText) return;
    this.text.value = "";
    this.#changed();
    this.onSend(this.mode, text);
    this.focus();
  }
}
