// Menus are <details data-menu>, fly-outs of the rail are CSS; both shut on Esc, menus also on a click elsewhere.
function shutMenus(but) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!(but && menu.contains(but))) menu.open = false;
  }
}

document.addEventListener("click", (event) => shutMenus(event.target));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest("details[data-menu][open]");
  shutMenus(null);
  menu?.querySelector("summary").focus();
  const group = document.querySelector(".ld-group:hover, .ld-group:focus-within");
  if (group) hideUntilLeft(group);
});

function hideUntilLeft(group) {
  group.classList.add("shut");
  const show = () => group.classList.remove("shut");
  group.addEventListener("mouseleave", show, { once: true });
  group.addEventListener("focusout", (event) => group.contains(event.relatedTarget) || show());
}

// A row of tabs wider than the screen begins where the present one can be seen.
for (const tab of document.querySelectorAll(".ld-pages [aria-current], .ld-nav-scroll [aria-current]")) {
  const row = tab.parentElement;
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}
