"use strict";

// One tip for the page, on hover and on focus; it can be pointed at, and Escape sends it away.
const tip = document.getElementById("tip");
const LINGER = 200; // milliseconds to move the pointer from a number to its tip
let tipped = null;
let leaving = 0;

function showTip(owner) {
  hideTip();
  tipped = owner;
  tip.textContent = owner.dataset.tip;
  tip.hidden = false;
  owner.setAttribute("aria-describedby", "tip");
  placeTip();
}

function placeTip() {
  if (!tipped) return;
  const box = tipped.getBoundingClientRect();
  const below = box.bottom + 6;
  const above = Math.max(8, box.top - tip.offsetHeight - 6);
  tip.style.left = `${Math.max(8, Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${below + tip.offsetHeight <= innerHeight ? below : above}px`;
}

function hideTip() {
  clearTimeout(leaving);
  tipped?.removeAttribute("aria-describedby");
  tipped = null;
  tip.hidden = true;
}

document.addEventListener("pointerover", event => {
  const owner = event.target.closest("[data-tip]");
  if (event.target === tip || (owner && owner === tipped)) clearTimeout(leaving);
  else if (owner) showTip(owner);
  else if (tipped && tipped !== document.activeElement) leaving = setTimeout(hideTip, LINGER);
});
document.addEventListener("focusin", event => {
  const owner = event.target.closest("[data-tip]");
  if (owner) showTip(owner);
});
document.addEventListener("focusout", hideTip);
document.addEventListener("keydown", event => {
  if (event.key === "Escape") hideTip();
});
document.addEventListener("scroll", placeTip, true);

// Many things with tips are one stop of the Tab key; the arrow keys lead from one to the next.
function rove(container, selector, columns) {
  const items = () => [...container.querySelectorAll(selector)];
  const stop = item => {
    for (const other of items()) other.tabIndex = other === item ? 0 : -1;
  };
  stop(items()[0]);
  container.addEventListener("focusin", event => {
    const item = event.target.closest(selector);
    if (item) stop(item);
  });
  container.addEventListener("keydown", event => {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    const all = items();
    const next = all[all.indexOf(event.target) + (steps[event.key] ?? NaN)];
    if (!next || !all.includes(event.target)) return;
    event.preventDefault();
    next.focus();
  });
}
