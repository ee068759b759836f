(function () {
  "use strict";
  var box = document.getElementById("search");
  var found = document.getElementById("found");
  var all = function (selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); };
  var entries = all("[data-entry]").map(function (element) {
    var parts = all("[data-entry]", element);
    var text = element.textContent;
    parts.forEach(function (part) { text = text.replace(part.textContent, " "); });
    return { element: element, parts: parts, text: text.toLowerCase(), whole: element.textContent.toLowerCase() };
  });
  var of = new Map(entries.map(function (entry) { return [entry.element, entry]; }));
  var chapters = all("[data-chapter]");
  var links = all("nav a[href^='#']");

  function show() {
    var words = box.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    var holds = function (text) { return words.every(function (word) { return text.indexOf(word) >= 0; }); };
    var count = 0;
    entries.forEach(function (entry) {
      entry.own = holds(entry.text);
      count += entry.own ? 1 : 0;
    });
    entries.forEach(function (entry) {
      var some = entry.parts.some(function (part) { return of.get(part).own; });
      entry.element.hidden = !(entry.own || some);
      entry.parts.forEach(function (part) { part.hidden = !(of.get(part).own || (entry.own && !some)); });
    });
    chapters.forEach(function (chapter) {
      var own = all("[data-entry]", chapter);
      chapter.hidden = words.length > 0 && own.every(function (entry) { return entry.hidden; });
    });
    links.forEach(function (link) {
      var target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      link.parentNode.hidden = Boolean(target && (target.hidden || target.closest("[hidden]")));
    });
    all("nav details").forEach(function (part) {
      part.open = words.length > 0 || part.hasAttribute("data-open");
      part.hidden = all("li", part).every(function (item) { return item.hidden; });
    });
    found.textContent = words.length ? "找到 " + count + " 条" : "";
    if (words.length && window.innerWidth > 860) { window.scrollTo(0, 0); }
  }

  function reveal() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && (target.hidden || target.closest("[hidden]"))) {
      box.value = "";
      show();
      target.scrollIntoView();
    }
  }

  document.getElementById("finder").hidden = false;
  box.addEventListener("input", show);
  window.addEventListener("hashchange", reveal);
  box.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { box.value = ""; show(); }
  });
})();
