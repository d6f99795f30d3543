// What could not be sent is said at the foot of the page, in the words that base.html gives.
const place = document.getElementById("toasts");

function say(text) {
  if (!place || !text) return;
  const toast = document.createElement("div");
  toast.className = "ld-toast";
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  place.append(toast);
  setTimeout(() => toast.remove(), 10000);
}

document.addEventListener("htmx:sendError", () => say(place.dataset.offline));
document.addEventListener("htmx:responseError", () => say(place.dataset.refused));
