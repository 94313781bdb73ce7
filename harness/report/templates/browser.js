// The sample browser: the same prompt under every strategy, filtered, ordered, a few prompts at a time.
const { head, prompts } = JSON.parse(document.getElementById("data").textContent);
const filters = document.getElementById("filters");
const results = document.getElementById("results");
const PER_PAGE = 5;
const OFFERED = 500; // phrases, the most frequent ones; any other can be typed
let page = 0;

// A cell is what stands side by side: one prompt and repeat under one setting.
const cells = prompts.flatMap((prompt, place) => {
  const found = new Map();
  for (const sample of prompt.samples) {
    const setting = head.arms[sample.arm].setting;
    const key = `${setting} ${sample.repeat}`;
    if (!found.has(key)) found.set(key, { prompt, place, setting, repeat: sample.repeat, samples: [] });
    found.get(key).samples.push(sample);
  }
  return [...found.values()];
});
cells.sort((one, other) => one.setting - other.setting || one.place - other.place || one.repeat - other.repeat);

const anchors = new Map();
const names = [...new Set(head.arms.map(arm => arm.name))];
const ends = new Map();
const said = new Map();
for (const cell of cells) {
  for (const sample of cell.samples) {
    sample.name = head.arms[sample.arm].name;
    sample.anchor = ["sample", encodeURIComponent(head.arms[sample.arm].job), encodeURIComponent(cell.prompt.id), cell.repeat].join("-");
    anchors.set(sample.anchor, cell);
    ends.set(sample.end, (ends.get(sample.end) ?? 0) + 1);
    sample.phrases = phrasesOf(sample);
    for (const phrase of sample.phrases) said.set(phrase, (said.get(phrase) ?? 0) + 1);
  }
}

// Entries that the text holds, reasons why something was taken back, and what the strategy said besides.
function phrasesOf(sample) {
  const found = new Set(sample.notes);
  const walk = pieces => {
    for (const piece of pieces) {
      if (piece.entry) found.add(piece.entry);
      if (piece.why) found.add(piece.why.replace(/^(phrase|regex):/, ""));
      if (piece.pieces) walk(piece.pieces);
    }
  };
  walk(sample.pieces);
  return [...found];
}

const ORDERS = {
  prompt: null,
  rewinds: sample => sample.rewinds,
  loss: sample => sample.loss ?? -Infinity,
};

function wanted() {
  const fields = new FormData(filters);
  const said = name => fields.get(name).trim().toLowerCase();
  return {
    setting: fields.get("setting"), strategies: new Set(fields.getAll("strategy")), phrase: said("phrase"),
    prompt: said("prompt"), end: fields.get("end"), order: ORDERS[fields.get("order")],
  };
}

function matches(sample, want) {
  return want.strategies.has(sample.name)
    && (!want.end || sample.end === want.end)
    && (!want.phrase || sample.phrases.some(phrase => phrase.toLowerCase().includes(want.phrase)));
}

// Cells with a text that matches, each with its matching texts; the best of these decides its place.
function select(want) {
  const found = cells
    .filter(cell => want.setting === "" || cell.setting === Number(want.setting))
    .filter(cell => `${cell.prompt.id}\n${cell.prompt.text}`.toLowerCase().includes(want.prompt))
    .map(cell => ({ cell, matching: cell.samples.filter(sample => matches(sample, want)) }))
    .filter(({ matching }) => matching.length);
  if (!want.order) return found;
  const best = new Map(found.map(one => [one, Math.max(...one.matching.map(want.order))]));
  return found.filter(one => best.get(one) > -Infinity).sort((one, other) => best.get(other) - best.get(one));
}

function showCell({ cell, matching }, want) {
  const leader = want.order && matching.reduce((one, other) => (want.order(other) > want.order(one) ? other : one));
  const cards = cell.samples.filter(sample => want.strategies.has(sample.name)).map(sample => {
    const card = showSample(sample, head.arms[sample.arm]);
    card.classList.toggle("beside", !matching.includes(sample));
    card.classList.toggle("leads", sample === leader);
    return card;
  });
  const where = [cell.repeat ? `repeat ${cell.repeat}` : "", want.setting === "" ? head.settings[cell.setting] : ""];
  const title = element("h3", { class: "id" }, [cell.prompt.id, ...where].filter(Boolean).join(" · "));
  return element("article", {}, title, showPrompt(cell.prompt.text), element("div", { class: "arms" }, ...cards));
}

function render() {
  hideTip();
  const want = wanted();
  const found = select(want);
  const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
  page = Math.min(Math.max(page, 0), pages - 1);
  const first = page * PER_PAGE;
  const shown = found.slice(first, first + PER_PAGE);
  results.replaceChildren(...shown.map(one => showCell(one, want)));
  for (const pager of document.querySelectorAll(".pager")) {
    pager.hidden = false;
    const range = shown.length ? `${first + 1} to ${first + shown.length} of ${found.length}` : "0";
    pager.querySelector(".range").textContent = `Prompts ${range}`;
    pager.querySelector("[value='-1']").disabled = page === 0;
    pager.querySelector("[value='1']").disabled = page === pages - 1;
  }
  return found;
}

// The text that the address names, whatever the filters were.
function open() {
  const anchor = location.hash.slice(1);
  const cell = anchors.get(anchor);
  if (!cell) return;
  filters.reset();
  filters.elements.setting.value = cell.setting;
  page = Math.floor(select(wanted()).findIndex(one => one.cell === cell) / PER_PAGE);
  render();
  const card = document.getElementById(anchor);
  card.classList.add("opened");
  card.scrollIntoView({ block: "center" });
  card.focus({ preventScroll: true });
}

function fill() {
  const { setting, end } = filters.elements;
  setting.append(...head.settings.map((title, index) => new Option(title, index, index === 0, index === 0)));
  if (head.settings.length > 1) setting.append(new Option("all", ""));
  end.append(...[...ends].sort().map(([reason, count]) => new Option(`${reason} (${count})`, reason)));
  document.getElementById("strategies").append(...names.map(name => {
    const box = element("input", { type: "checkbox", name: "strategy", value: name, checked: "" });
    return element("label", {}, box, name);
  }));
  const frequent = [...said].sort((one, other) => other[1] - one[1] || collator.compare(one[0], other[0])).slice(0, OFFERED);
  document.getElementById("phrases").append(...frequent.map(([phrase, count]) => new Option(plural(count, "text"), phrase)));
}

function turn(event) {
  page += Number(event.currentTarget.value);
  render();
  if (event.currentTarget.closest("nav").matches("#results ~ nav")) filters.scrollIntoView();
}

if (cells.length) {
  fill();
  filters.hidden = false;
  document.getElementById("few").hidden = true;
  filters.addEventListener("input", () => { page = 0; render(); });
  filters.addEventListener("submit", event => event.preventDefault());
  filters.querySelector("[type=reset]").addEventListener("click", () => setTimeout(() => { page = 0; render(); }));
  for (const button of document.querySelectorAll(".pager button")) button.addEventListener("click", turn);
  addEventListener("hashchange", open);
  render();
  open();
}
