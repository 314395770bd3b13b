"use strict";
(() => {
  const root = document.documentElement, heading = document.querySelector("h1");
  const show = (language) => {
    root.lang = language;
    document.title = heading.dataset[language];
    for (const button of document.querySelectorAll("[data-language]"))
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
  };
  for (const button of document.querySelectorAll("[data-language]"))
    button.addEventListener("click", () => show(button.dataset.language));
})();
