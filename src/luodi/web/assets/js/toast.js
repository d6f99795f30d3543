// What could not be sent is said at the foot of the page, in the words that base.html gives.
const place = document.getElementById("toasts");

function say(text, seconds = 10) {
  if (!place || !text) return;
  const toast = document.createElement("div");
  toast.className = "ld-toast";
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  place.append(toast);
  setTimeout(() => toast.remove(), seconds * 1000);
}

document.addEventListener("htmx:sendError", () => say(place.dataset.offline));
document.addEventListener("htmx:responseError", () => say(place.dataset.refused));

// data-idle on the body: after so many minutes without a request the server ends the session; said two minutes before.
const idle = Number(document.body.dataset.idle || 0);
const before = 2;
let waiting;

function wait() {
  clearTimeout(waiting);
  if (idle > before) waiting = setTimeout(() => say(place.dataset.idle, before * 60), (idle - before) * 60 * 1000);
}

wait();
document.addEventListener("htmx:afterRequest", wait);
