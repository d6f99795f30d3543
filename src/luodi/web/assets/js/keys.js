// `g` then a letter goes to a page (links carry data-g); `/` goes to the box of search, or to its page where the box is folded.
const WAIT_MS = 1500;
let waitingUntil = 0;

function isTyping(target) {
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "/") {
    const box = document.querySelector("[data-search]");
    if (box) {
      event.preventDefault();
      if (box.offsetParent) box.focus();
      else location.assign(box.form.action);
    }
  } else if (Date.now() < waitingUntil) {
    waitingUntil = 0;
    const link = [...document.querySelectorAll("[data-g]")].find((a) => a.dataset.g === event.key);
    if (link) location.assign(link.href);
  } else if (event.key === "g") {
    waitingUntil = Date.now() + WAIT_MS;
  }
});
