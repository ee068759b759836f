/* The workbench's own script: cells are saved when they are left, or the page says that they are not. */
"use strict";
(() => {
  const meta = (name) => { const found = document.querySelector(`meta[name=${name}]`); return found ? found.content : ""; };
  const csrf = meta("csrf");
  if (!(window.fetch && window.CSS && CSS.supports("display", "grid") && Array.prototype.flatMap)) {
    document.getElementById("old").hidden = false;
    return;
  }
  document.body.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRF"] = csrf; });
  document.addEventListener("submit", (event) => {
    const asks = event.target.dataset.confirm;
    if (asks && !window.confirm(asks)) event.preventDefault();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // ---- the drawer, and files dropped into it
  const drawer = document.getElementById("drawer");
  const close = () => { if (drawer && drawer.firstChild) { leave(document.activeElement); drawer.textContent = ""; if (opener) opener.focus(); } };
  let opener = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[hx-get]");
    if (link) opener = link;
    if (event.target.closest("[data-close]")) close();
    if (event.target.closest(".findings a[href^='#'], .strip a")) drawer.textContent = "";
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && drawer.firstChild && !event.target.closest(".in")) close(); });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    event.target.querySelectorAll(".in").forEach(remember);
    event.target.querySelectorAll("textarea").forEach(fit);
    if (event.target === drawer) { const button = drawer.querySelector("[data-close]"); if (button) button.focus(); }
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const place = event.target.closest && event.target.closest(".drop");
      if (!place) { if (kind !== "dragleave" && event.dataTransfer && event.dataTransfer.types.includes("Files")) event.preventDefault(); return; }
      event.preventDefault();
      place.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) {
        place.querySelector("input[type=file]").files = event.dataTransfer.files;
        if (!place.hasAttribute("data-more")) place.submit();
      }
    });
  }

  // ---- cells
  const sheet = document.getElementById("cells");
  const state = document.getElementById("state");
  const control = (box) => box.querySelector("input, select, textarea");
  const boxes = () => [...document.querySelectorAll(".in")];
  const boxOf = (row, field) => boxes().find((box) => box.dataset.row === row && box.dataset.field === field);
  const remember = (box) => { box.synced = control(box).value; };
  const fit = (area) => { area.style.height = "auto"; area.style.height = `${Math.max(25, area.scrollHeight + 2)}px`; };
  const say = (text, failed) => {
    if (!state) return;
    state.querySelector(".mark").textContent = text;
    state.classList.toggle("failed", Boolean(failed));
  };
  const clockOf = (time) => (time ? new Date(time).toLocaleTimeString("zh-CN", { hour12: false }) : "");
  boxes().forEach(remember);
  document.querySelectorAll("textarea").forEach(fit);
  document.addEventListener("toggle", (event) => event.target.querySelectorAll && event.target.querySelectorAll("textarea").forEach(fit), true);
  if (!sheet) return;

  // ---- amounts in 元 where the person says so: the point is moved in the text, nothing is computed and nothing rounds
  const yuan = document.getElementById("yuan");
  const amount = (box) => box.classList.contains("amount");
  let meantYuan = false;
  const inYuan = () => meantYuan;
  function fourPlaces(text) {
    const [, sign, whole, part] = /^(-?)(\d*)\.?(\d*)$/.exec(text);
    const digits = whole + part.padEnd(4, "0"), at = whole.length + 4;
    const head = digits.slice(0, at).replace(/^0+(?=\d)/, ""), tail = digits.slice(at).replace(/0+$/, "");
    return sign + head + (tail ? `.${tail}` : "");
  }
  const shownOf = (box, stored) => {
    if (!amount(box) || !inYuan()) return stored;
    const plain = stored.trim();
    if (/^-?\d+(\.\d+)?元$/.test(plain)) return plain.slice(0, -1);
    return /^-?\d+(\.\d+)?$/.test(plain) ? fourPlaces(plain) : stored;
  };
  const typedOf = (box, value) => (amount(box) && inYuan() && /^-?[\d,，]*\.?\d+$/.test(value.trim()) ? `${value.trim()}元` : value);
  function inUnits(on) {
    const held = boxes().filter(amount).map((box) => [box, box.classList.contains("unread") ? typedOf(box, control(box).value) : box.dataset.was]);
    meantYuan = yuan.checked = on;
    document.body.classList.toggle("yuan", on);
    for (const [box, stored] of held) { control(box).value = shownOf(box, stored); box.synced = control(box).value; }
  }
  if (yuan) {
    yuan.addEventListener("change", async () => {
      const on = yuan.checked; // what is still under way is meant in the unit of before
      for (let tries = 0; tries < 100 && (waiting.size || sending); tries += 1) await new Promise((next) => { setTimeout(next, 50); });
      if (waiting.size || sending) { yuan.checked = !on; say("还有没存入的，存入后再换单位", true); return; }
      inUnits(on);
      localStorage.setItem("ziping-yuan", on ? "1" : "");
    });
  }

  const waiting = new Map(); // box -> its value, to be sent
  const done = []; // batches of {row, field, old, now}, to be undone
  let sending = false, retry = 0, composing = false, reason = "", undoing = false;

  if (yuan && localStorage.getItem("ziping-yuan")) inUnits(true);

  function leave(element) {
    const box = sheet && element && element.closest && element.closest(".in");
    if (box && box.synced !== undefined && control(box).value !== box.synced) enqueue([box]);
  }
  function enqueue(list) {
    for (const box of list) { waiting.set(box, control(box).value); mark(box, "saving", ""); }
    send();
  }
  function mark(box, kind, says) {
    box.classList.remove("saving", "saved", "failed", "unread", "clash");
    if (kind) box.classList.add(kind);
    const place = box.querySelector(".msg");
    place.textContent = says || "";
  }

  async function send(keep) {
    if (sending || !waiting.size) return;
    sending = true;
    const batch = [...waiting];
    waiting.clear();
    const rows = new Map();
    for (const [box, value] of batch) {
      const { row, field, was } = box.dataset;
      if (!rows.has(row)) rows.set(row, { row, values: {}, was: {} });
      rows.get(row).values[field] = typedOf(box, value);
      rows.get(row).was[field] = was;
    }
    say("正在存……");
    const back = () => batch.forEach(([box, value]) => { if (!waiting.has(box)) waiting.set(box, value); });
    let answer = null, told = null;
    try {
      answer = await fetch(sheet.dataset.cells, {
        method: "POST", credentials: "same-origin", keepalive: Boolean(keep),
        headers: { "Content-Type": "application/json", "X-CSRF": csrf },
        body: JSON.stringify({ rows: [...rows.values()], reason }),
      });
      told = await answer.json();
    } catch (error) { /* told below */ }
    sending = false;
    if (!answer || !told || answer.status >= 500 || answer.status === 429) {
      back();
      say(`没有存入 ${waiting.size} 处：${answer ? "服务出错" : "连不上工作台"}，正在重试`, true);
      waiting.forEach((_, box) => mark(box, "failed", "没有存入"));
      retry = Math.min(retry ? retry * 2 : 1000, 15000);
      setTimeout(send, retry);
      return;
    }
    retry = 0;
    if (answer.status === 401) { back(); say("没有存入：工作台重新启动过，请从新的地址进入", true); return; }
    if (answer.status === 428) { back(); ask(); return; }
    if (answer.status === 409) { clash(batch, told.clashes); return; }
    if (!answer.ok) {
      const says = (told.problems || []).map((one) => one.says + (one.allowed ? `；可填：${one.allowed}` : "") + (one.remedy ? `；${one.remedy}` : "")).join("；");
      batch.forEach(([box]) => mark(box, "failed", `没有存入：${says}`));
      say("没有存入", true);
      return;
    }
    if (!undoing) {
      const step = batch.map(([box, now]) => ({ row: box.dataset.row, field: box.dataset.field, old: box.dataset.was, now }));
      done.push(step.filter((one) => one.old !== one.now));
    }
    undoing = false;
    batch.forEach(([box, value]) => { box.synced = value; mark(box, "saved", ""); });
    apply(told);
    say(waiting.size ? "正在存……" : `已存 ${clockOf(told.time)}`);
    send();
  }

  function apply(told) {
    const drafts = new Map(told.drafts.map((one) => [`${one.row}|${one.field}`, one]));
    for (const box of boxes()) {
      const { row, field } = box.dataset, stored = (told.values[row] || {})[field];
      if (stored === undefined) continue;
      box.dataset.was = stored;
      const draft = drafts.get(`${row}|${field}`), input = control(box), busy = waiting.has(box) || input === document.activeElement || box.classList.contains("clash");
      if (draft && input.value === shownOf(box, draft.text)) { box.synced = input.value; mark(box, "unread", `没有计入：${draft.says}${draft.allowed ? `；可填：${draft.allowed}` : ""}`); continue; }
      if (box.classList.contains("unread")) mark(box, "", "");
      const seen = shownOf(box, stored);
      if (!busy && input.value === box.synced && input.value !== seen) { input.value = seen; box.synced = seen; if (input.tagName === "TEXTAREA") fit(input); }
    }
    document.querySelectorAll("[data-k]").forEach((place) => {
      const text = told.cells[place.dataset.k];
      const changed = text !== undefined && place.textContent !== text;
      if (changed) place.textContent = text;
      place.classList.toggle("changed", changed);
    });
    document.querySelectorAll("[data-read]").forEach((place) => {
      const box = boxOf(place.dataset.read, "actual"), read = told.read[place.dataset.read] || "";
      place.textContent = read && box && !box.classList.contains("unread") && read !== control(box).value ? `读作 ${read}` : "";
    });
    const panel = document.getElementById("panel");
    if (panel) { panel.innerHTML = told.panel; if (window.htmx) window.htmx.process(panel); }
    document.getElementById("undo").disabled = !done.some((step) => step.length);
  }

  function clash(batch, clashes) {
    const bad = new Set();
    for (const one of clashes) {
      const box = boxOf(one.row, one.field);
      if (!box) continue;
      bad.add(box);
      mark(box, "clash", `没有存入：${one.by}${one.time ? ` ${clockOf(one.time)}` : ""} 已把“${one.was || "空"}”改为“${one.now || "空"}”；您填的是“${one.mine || "空"}”。`);
      const place = box.querySelector(".msg");
      const choose = (text, then) => { const button = document.createElement("button"); button.type = "button"; button.textContent = text; button.addEventListener("click", then); place.append(button); };
      choose("用我的", () => { box.dataset.was = one.now; enqueue([box]); });
      choose("用现在的", () => { box.dataset.was = one.now; control(box).value = shownOf(box, one.now); box.synced = control(box).value; mark(box, "", ""); say(""); });
    }
    say(`没有存入 ${bad.size} 处：别处改过，请选一个`, true);
    const others = batch.map(([box]) => box).filter((box) => !bad.has(box));
    if (others.length) enqueue(others);
  }

  function ask() {
    const dialog = document.getElementById("ask");
    if (!dialog || dialog.open) { say("没有存入：报送以后的改动要写理由，请在表上改", true); return; }
    say("等着写理由", true);
    dialog.showModal();
    dialog.onclose = () => {
      const text = document.getElementById("reason").value.trim();
      if (dialog.returnValue === "yes" && text) { reason = text; send(); return; }
      waiting.forEach((_, box) => { control(box).value = shownOf(box, box.dataset.was); box.synced = control(box).value; mark(box, "", ""); });
      waiting.clear();
      say("没有改");
    };
  }

  function undo() {
    let step = done.pop();
    while (step && !step.length) step = done.pop();
    if (!step) return;
    undoing = true;
    const list = step.map((one) => [boxOf(one.row, one.field), one.old]).filter(([box]) => box);
    list.forEach(([box, old]) => { control(box).value = shownOf(box, old); });
    enqueue(list.map(([box]) => box));
    if (list[0]) control(list[0][0]).focus();
  }
  document.getElementById("undo") && document.getElementById("undo").addEventListener("click", undo);

  // ---- keys, as in a spreadsheet
  const shown = () => boxes().filter((box) => control(box).offsetParent !== null);
  function step(box, by) {
    const result = (one) => /^(actual$|state$|data\.|given\.)/.test(one.dataset.field);
    const column = shown().filter((one) => one.dataset.field === box.dataset.field || (result(one) && result(box)));
    const next = column[column.indexOf(box) + by];
    if (next) { control(next).focus(); if (control(next).select) control(next).select(); } else leave(control(box));
  }
  document.addEventListener("compositionstart", () => { composing = true; });
  document.addEventListener("compositionend", () => { composing = false; });
  document.addEventListener("focusout", (event) => { if (!composing) leave(event.target); });
  document.addEventListener("change", (event) => { if (event.target.tagName === "SELECT") leave(event.target); });
  document.addEventListener("input", (event) => { if (event.target.tagName === "TEXTAREA") fit(event.target); });
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest && event.target.closest(".in");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey && (!box || control(box).value === box.synced)) { event.preventDefault(); undo(); return; }
    if (!box || event.isComposing || composing) return;
    const area = event.target.tagName === "TEXTAREA", choice = event.target.tagName === "SELECT";
    if (event.key === "Enter" && !(area && (event.altKey || event.ctrlKey || event.shiftKey))) { event.preventDefault(); step(box, event.shiftKey ? -1 : 1); }
    else if (event.key === "Enter" && event.altKey) { event.preventDefault(); event.target.setRangeText("\n", event.target.selectionStart, event.target.selectionEnd, "end"); fit(event.target); }
    else if (event.key === "ArrowDown" && !area && !choice) { event.preventDefault(); step(box, 1); }
    else if (event.key === "ArrowUp" && !area && !choice) { event.preventDefault(); step(box, -1); }
    else if (event.key === "Escape") { control(box).value = box.synced; if (area) fit(event.target); }
  });

  // ---- a column (or a block) pasted from a spreadsheet is one post
  function table(text) {
    const rows = [[""]];
    let quoted = false;
    for (let i = 0; i < text.length; i += 1) {
      const char = text[i], row = rows[rows.length - 1], last = row.length - 1;
      if (quoted) { if (char === '"' && text[i + 1] === '"') { row[last] += '"'; i += 1; } else if (char === '"') quoted = false; else row[last] += char; }
      else if (char === '"' && row[last] === "") quoted = true;
      else if (char === "\t") row.push("");
      else if (char === "\n") rows.push([""]);
      else if (char !== "\r") row[last] += char;
    }
    if (rows.length > 1 && rows[rows.length - 1].join("") === "") rows.pop();
    return rows;
  }
  document.addEventListener("paste", (event) => {
    const box = event.target.closest && event.target.closest(".in");
    const text = box && event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    if (!box || !/[\t\n]/.test(text) || (event.target.tagName === "TEXTAREA" && !/\n$/.test(text) && !/\t/.test(text))) return;
    const rows = table(text);
    if (rows.length === 1 && rows[0].length === 1) return;
    event.preventDefault();
    const all = shown(), changed = [];
    const column = all.filter((one) => one.dataset.field === box.dataset.field);
    let skipped = 0;
    rows.forEach((cells, down) => {
      const first = column[column.indexOf(box) + down];
      if (!first) { skipped += cells.length; return; }
      cells.forEach((value, right) => {
        const target = all[all.indexOf(first) + right];
        if (!target || target.dataset.row !== first.dataset.row) { skipped += 1; return; }
        control(target).value = value.trim();
        if (control(target).tagName === "TEXTAREA") fit(control(target));
        if (control(target).value !== target.synced) changed.push(target);
      });
    });
    if (changed.length) enqueue(changed);
    if (skipped) window.alert(`粘贴的内容有 ${skipped} 格没有地方放，没有贴上。`);
  });

  window.addEventListener("pagehide", () => { leave(document.activeElement); send(true); });
  window.addEventListener("beforeunload", (event) => { leave(document.activeElement); if (waiting.size && retry) { event.preventDefault(); event.returnValue = ""; } });
  window.addEventListener("online", () => send());
})();
