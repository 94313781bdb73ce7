// One text as elements. All strings are other people's text: they become text nodes and attributes, never markup.
const LISTS = { banned: "banned list", regex: "regex", heldout: "held-out list" };
const LONG_PROMPT = 600; // characters

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function struckTip(piece) {
  const often = piece.times > 1 ? ` ${piece.times} times` : "";
  return `taken back${often}: ${piece.why}, ${plural(piece.tokens, "token")} deep`;
}

function showPiece(piece) {
  if (typeof piece === "string") return piece;
  if (piece.mark) return element("mark", { class: piece.mark, "data-tip": `${LISTS[piece.mark]}: ${piece.entry}` }, piece.text);
  const often = piece.times > 1 ? [element("sup", {}, `×${piece.times}`)] : [];
  return element("del", { "data-tip": struckTip(piece) }, ...piece.pieces.map(showPiece), ...often);
}

function likelihood(sample) {
  if (sample.logprob === undefined) return "";
  const number = sample.logprob.toFixed(3).replace("-", "−");
  if (sample.loss === undefined) return `log-prob/token ${number}`;
  const loss = `${Math.abs(sample.loss).toFixed(3)} ${sample.loss < 0 ? "above" : "below"} Plain's`;
  return `log-prob/token ${number}, ${loss}`;
}

function counts(sample) {
  const reasons = sample.reasons ? ` (${sample.reasons.join("; ")})` : "";
  return [
    `${plural(sample.kept, "token")} kept, ${sample.drawn} drawn, ${plural(sample.rewinds, "rewind")}${reasons}`,
    ...(sample.hidden ? [`${plural(sample.hidden, "retraction")} not shown`] : []),
    ...(likelihood(sample) ? [likelihood(sample)] : []),
    `ended: ${sample.end}`,
    ...(sample.notes ?? []),
  ].join("; ");
}

function showSample(sample, arm) {
  const text = element("p", { class: "text", dir: "auto" }, ...sample.pieces.map(showPiece));
  if (text.querySelector("[data-tip]")) rove(text, "[data-tip]", NaN);
  const link = element("a", { class: "link", href: `#${sample.anchor}`, "aria-label": "Link to this text" }, "#");
  const error = sample.error ? [element("p", { class: "error" }, sample.error)] : [];
  const card = element(
    "section",
    { class: "arm", id: sample.anchor, tabindex: -1, "aria-label": arm.name },
    element("h4", {}, arm.name, " ", link), text, ...error, element("p", { class: "counts" }, counts(sample)),
  );
  card.style.borderTopColor = arm.colour;
  return card;
}

function showPrompt(text) {
  if (text.length <= LONG_PROMPT) return element("p", { class: "prompt", dir: "auto" }, text);
  const head = element("summary", { dir: "auto" }, `${text.slice(0, LONG_PROMPT / 2)} …`);
  return element("details", { class: "prompt" }, head, element("p", { dir: "auto" }, text));
}
