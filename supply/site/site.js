// Search: every word typed has to stand in a part's title, page or text; titles come first.
(function () {
  "use strict";
  var MOST = 40, AROUND = 30;
  var box = document.getElementById("search"), results = document.getElementById("results");
  var entries = window.entries.map(function (entry) {
    return { leads: entry[0], page: entry[1], title: entry[2], text: entry[3],
      head: (entry[1] + " " + entry[2]).toLowerCase(), whole: (entry[1] + " " + entry[2] + " " + entry[3]).toLowerCase() };
  });

  function line(entry, words) {
    var item = document.createElement("li"), link = document.createElement("a"), about = document.createElement("p");
    var at = Math.max(0, entry.text.toLowerCase().indexOf(words[0]));
    link.href = entry.leads;
    link.textContent = entry.title === entry.page ? entry.title : entry.page + "：" + entry.title;
    about.textContent = (at > AROUND ? "…" : "") + entry.text.slice(Math.max(0, at - AROUND), at + 3 * AROUND);
    item.append(link, about);
    return item;
  }

  function show() {
    var words = box.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    var holds = function (text) { return words.every(function (word) { return text.indexOf(word) >= 0; }); };
    var matching = words.length ? entries.filter(function (entry) { return holds(entry.whole); }) : [];
    var first = matching.filter(function (entry) { return holds(entry.head); });
    var rest = matching.filter(function (entry) { return !holds(entry.head); });
    results.hidden = !words.length;
    results.replaceChildren.apply(results, first.concat(rest).slice(0, MOST).map(function (entry) { return line(entry, words); }));
    if (words.length && (!matching.length || matching.length > MOST)) {
      var note = document.createElement("li");
      note.textContent = matching.length ? "共 " + matching.length + " 处，只列出前 " + MOST + " 处；再写一个词" : "没有找到";
      results.append(note);
    }
  }

  box.addEventListener("input", show);
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && event.target !== box) { event.preventDefault(); box.focus(); }
    if (event.key === "Escape") { box.value = ""; show(); }
  });
})();
