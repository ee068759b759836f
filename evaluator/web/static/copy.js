"use strict";
// A button with data-copy puts the whole address of a figure on the clipboard; where that is not allowed, it shows it to be copied.
document.addEventListener("click", async event => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  const address = location.origin + button.dataset.copy;
  try {
    await navigator.clipboard.writeText(address);
    button.textContent = "已复制";
  } catch {
    const box = document.createElement("input");
    box.value = address;
    box.readOnly = true;
    box.setAttribute("aria-label", "网址");
    button.replaceWith(box);
    box.select();
  }
});
