// The quick list under the box of search (a combobox whose list is links). While an input method composes, nothing is asked.
const WAIT_MS = 180;
const form = document.querySelector("[data-find]");
if (form) begin(form.querySelector("[role=combobox]"), form.querySelector("#search-quick"));

function begin(box, quick) {
  const said = form.querySelector("[data-find-said]");
  let timer = 0;

  const options = () => [...quick.querySelectorAll("[role=option]")];
  const active = () => quick.querySelector("[aria-selected=true]");

  function select(option) {
    active()?.setAttribute("aria-selected", "false");
    if (!option) return box.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option.id);
  }

  function show(open) {
    quick.hidden = !open;
    box.setAttribute("aria-expanded", String(open && options().length > 0));
    if (!open) select(null);
  }

  function look() {
    clearTimeout(timer);
    if (box.value.trim()) timer = setTimeout(() => box.dispatchEvent(new Event("look")), WAIT_MS);
    else forget();
  }

  function forget() {
    clearTimeout(timer);
    box.dispatchEvent(new Event("htmx:abort"));
    quick.replaceChildren();
    show(false);
    said.textContent = "";
  }

  function move(step) {
    if (quick.hidden) {
      if (!quick.childElementCount) return look();
      show(true);
    }
    const all = options();
    const at = all.indexOf(active());
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
    select(all[next] || null); // past either end: back to what is typed
  }

  box.addEventListener("input", (event) => event.isComposing || look());
  box.addEventListener("compositionend", look);

  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !quick.hidden && active()) {
      event.preventDefault();
      location.assign(active().href);
    } else if (event.key === "Escape" && !quick.hidden) {
      event.preventDefault(); // the first Esc shuts the list, the second empties the box
      show(false);
    }
  });

  quick.addEventListener("htmx:afterSwap", () => {
    if (!box.value.trim() || document.activeElement !== box) return;
    select(null);
    show(true);
    said.textContent = quick.querySelector("[data-said]")?.dataset.said || "";
  });

  box.addEventListener("focus", () => quick.childElementCount && box.value.trim() && show(true));
  form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || show(false));
  form.addEventListener("submit", (event) => box.value.trim() || event.preventDefault());
}
