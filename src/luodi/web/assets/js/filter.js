// Filter forms: what is empty does not go into the address.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches("[data-filter]")) return;
  const data = event.detail.formData;
  for (const [key, value] of [...data.entries()]) {
    if (value === "") data.delete(key);
  }
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-filter]")) return;
  for (const field of event.target.elements) {
    if (field.name && field.value === "") field.disabled = true;
  }
});
