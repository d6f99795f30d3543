// How much waits for me, beside the desk in the rail: asked for after the page is there, so that no page waits for it.
const MOST = 99;
const place = document.querySelector("[data-count]");

if (place) {
  fetch(place.dataset.count, { redirect: "error" })
    .then((answer) => (answer.ok ? answer.text() : "0"))
    .then((text) => show(Number(text)))
    .catch(() => show(0)); // left meanwhile, signed out or not connected: the rail shows no number, as without script
}

function show(number) {
  if (!(number > 0)) return;
  place.querySelector("[data-number]").textContent = number > MOST ? `${MOST}+` : number;
  place.hidden = false;
}
