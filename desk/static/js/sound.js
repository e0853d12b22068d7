// One soft tone for a new shopper or message. Browsers allow it after the first click.

import { $, t } from "./base.js";

const SETTING = "zhanggui.sound";
const QUIET = 3000; // milliseconds between two tones

let context = null;
let last = 0;

export const soundOn = () => localStorage.getItem(SETTING) !== "off";

export function prepareSound() {
  const draw = () => {
    $("sound").setAttribute("aria-pressed", String(soundOn()));
    $("sound").title = t(soundOn() ? "sound.on" : "sound.off");
    $("sound").setAttribute("aria-label", $("sound").title);
  };
  $("sound").addEventListener("click", () => {
    localStorage.setItem(SETTING, soundOn() ? "off" : "on");
    draw();
    if (soundOn()) ring();
  });
  document.addEventListener("click", () => (context ??= new AudioContext()), { once: true, capture: true });
  draw();
}

export function ring() {
  if (!context || !soundOn() || Date.now() - last < QUIET) return;
  last = Date.now();
  for (const [delay, frequency] of [[0, 660], [0.12, 880]]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const start = context.currentTime + delay;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.06, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.35);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.4);
  }
}
