// <a href="#id" data-dialog> opens <dialog id="id">; [data-close] inside shuts it; [data-open] (an error in its form) opens it at once.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("a[data-dialog]");
  const dialog = opener && document.querySelector(opener.getAttribute("href"));
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  const closer = event.target.closest("[data-close]");
  const shown = closer && closer.closest("dialog");
  if (shown) {
    event.preventDefault();
    shown.close();
  }
});

for (const dialog of document.querySelectorAll("dialog[data-open]")) {
  dialog.removeAttribute("open");
  dialog.showModal();
}
