import { $, Refused, ask, t } from "./base.js";

const form = $("sign-in");
const button = form.querySelector("[type=submit]");

$("show").addEventListener("click", () => {
  const hidden = $("password").type === "password";
  $("password").type = hidden ? "text" : "password";
  $("show").textContent = t(hidden ? "signin.hide" : "signin.show");
  $("show").setAttribute("aria-pressed", String(hidden));
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  $("problem").hidden = true;
  const name = $("name").value.trim();
  const password = $("password").value;
  if (!name || !password) {
    tell(t("error.empty_field", { field: t(name ? "signin.password" : "signin.name") }));
    (name ? $("password") : $("name")).focus();
    return;
  }
  button.disabled = true;
  button.textContent = t("signin.busy");
  try {
    await ask("POST", "/api/session", { name, password });
    location.assign(`/${location.search}${location.hash}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.message);
    button.disabled = false;
    button.textContent = t("signin.submit");
    $("password").select();
  }
});

function tell(text) {
  $("problem").textContent = text;
  $("problem").hidden = false;
}
