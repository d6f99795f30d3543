// A file field on which files can be dropped; the names of the chosen files are written under it.
function inputOf(event) {
  const zone = event.target.closest && event.target.closest("[data-drop]");
  return zone ? { zone, input: zone.querySelector("input[type=file]") } : null;
}

function showNames(zone, input) {
  zone.querySelector("[data-drop-name]").textContent = [...input.files].map((file) => file.name).join("，");
}

for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const found = inputOf(event);
    if (!found) return;
    event.preventDefault();
    found.zone.classList.toggle("over", name === "dragover");
    if (name !== "drop" || !event.dataTransfer.files.length) return;
    found.input.files = event.dataTransfer.files;
    found.input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

document.addEventListener("change", (event) => {
  const found = inputOf(event);
  if (found) showNames(found.zone, found.input);
});
