// Tables: sorted by any column within each model and decoding, every number with its definition in reach.
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };
const collator = new Intl.Collator("en", { numeric: true });

function numberIn(cell) {
  const number = parseFloat(cell.textContent.trim().replaceAll("−", "-").replaceAll(",", ""));
  return Number.isNaN(number) ? null : number;
}

// A number that does not exist comes last, whatever the direction.
function compare(one, other, column, sign) {
  const [a, b] = [one.cells[column], other.cells[column]];
  if (column === 0) return sign * collator.compare(a.textContent, b.textContent);
  const [x, y] = [numberIn(a), numberIn(b)];
  if (x === null || y === null) return (x === null) - (y === null);
  return sign * (x - y);
}

function sortTable(table, column, direction) {
  const heads = table.tHead.rows[0].cells;
  [...heads].forEach((head, index) => head.setAttribute("aria-sort", index === column ? direction : "none"));
  for (const body of table.tBodies) {
    const rows = [...body.rows].filter(row => !row.classList.contains("group"));
    if (direction === "none") rows.sort((one, other) => one.dataset.place - other.dataset.place);
    else rows.sort((one, other) => compare(one, other, column, direction === "ascending" ? 1 : -1));
    body.append(...rows);
  }
}

function makeSortable(table) {
  for (const body of table.tBodies) [...body.rows].forEach((row, place) => { row.dataset.place = place; });
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    if (head.title) button.dataset.tip = head.title;
    head.removeAttribute("title");
    head.setAttribute("aria-sort", "none");
    head.append(button);
    button.addEventListener("click", () => sortTable(table, column, NEXT[head.getAttribute("aria-sort")]));
  });
}

function giveTips(table) {
  const heads = [...table.tHead.rows[0].cells];
  const definitions = heads.map(head => head.title);
  for (const cell of table.querySelectorAll("tbody td")) {
    const shown = cell.innerText.trim().split(/\s*\n\s*/).join(" ");
    const lines = [`${heads[cell.cellIndex].textContent.trim()}: ${shown}`, definitions[cell.cellIndex], cell.title];
    cell.dataset.tip = lines.filter(Boolean).join("\n");
    cell.removeAttribute("title");
  }
  rove(table, "tbody td", heads.length - 1);
}

for (const table of document.querySelectorAll("table.main")) {
  if (!table.querySelector("tbody td")) continue;
  giveTips(table);
  makeSortable(table);
}
