// data-guard: ask before a changed form is left. data-once: shut the button while the form is on its way.
const changed = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) changed.add(form);
});

document.addEventListener("submit", (event) => {
  changed.delete(event.target);
  if (event.defaultPrevented || !event.target.matches("[data-once]")) return;
  const button = event.submitter || event.target.querySelector("[type=submit]");
  // later, since a shut button's own name and value would not be sent
  if (button) setTimeout(() => shut(button, true));
});

function shut(button, on) {
  button.disabled = on;
  button.toggleAttribute("data-shut", on);
  if (on) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
}

function reopen() {
  for (const button of document.querySelectorAll("[data-shut]")) shut(button, false);
}

window.addEventListener("pageshow", reopen); // back from the next page, with this one kept as it was
document.addEventListener("htmx:afterRequest", reopen);

window.addEventListener("beforeunload", (event) => {
  for (const form of changed) if (!form.isConnected) changed.delete(form);
  if (!changed.size) return;
  event.preventDefault();
  event.returnValue = ""; // Chromium before 119 asks only then
});

document.querySelector("[data-errors]")?.focus();
