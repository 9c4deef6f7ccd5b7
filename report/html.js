// SPDX-License-Identifier: Apache-2.0
// Search and filters; the page says all it has to say without them.
"use strict";
(() => {
  const form = document.querySelector("form");
  const cards = [...document.querySelectorAll("article")].map((element) => ({
    element,
    text: element.textContent.toLowerCase(),
    kind: new Set([element.dataset.kind]),
    verdict: new Set([element.dataset.verdict]),
    module: new Set([...element.querySelectorAll("[data-module]")].map((e) => e.dataset.module)),
    thread: new Set([...element.querySelectorAll("[data-thread]")].map((e) => e.dataset.thread)),
  }));
  const filters = ["verdict", "kind", "module", "thread"];
  const shown = document.getElementById("shown");

  for (const name of filters) {
    const all = [...new Set(cards.flatMap((card) => [...card[name]]))].filter(Boolean).sort();
    for (const value of all)
      form.elements[name].add(new Option(value, value));
  }

  const words = () => form.elements.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const apply = () => {
    const wanted = words();
    let n = 0;
    for (const card of cards) {
      const fits = filters.every((name) => !form.elements[name].value || card[name].has(form.elements[name].value)) &&
        wanted.every((word) => card.text.includes(word));
      card.element.hidden = !fits;
      n += fits;
    }
    shown.textContent = `${n} of ${cards.length} findings`;
  };
  const fold = (open) => cards.forEach((card) => { card.element.firstElementChild.open = open && !card.element.hidden; });
  const follow = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.matches("article")) {
      target.hidden = false;
      target.firstElementChild.open = true;
      target.scrollIntoView();
    }
  };

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("open").addEventListener("click", () => fold(true));
  document.getElementById("close").addEventListener("click", () => fold(false));
  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      form.elements.search.focus();
    }
  });
  addEventListener("hashchange", follow);
  for (const element of document.querySelectorAll("[data-live]"))
    element.hidden = false;
  apply();
  follow();
})();
