/* The report form and the page that takes all projects: what is typed saves itself, the flag
   it will earn shows while typing, and nothing is lost when the session has ended, the
   connection breaks or the server is restarted. Plain ES2015; the forms work without it. */
(function () {
  "use strict";

  var SAVE_AFTER = 3000; // milliseconds without a change
  var JUDGE_AFTER = 500;
  var TRY_AGAIN = 15000;
  var TICK = /-(unchanged|send)$/; // what is ticked is sent, and saved by nothing else

  function now() {
    var d = new Date();
    return ("0" + d.getHours()).slice(-2) + ":" + ("0" + d.getMinutes()).slice(-2);
  }

  // After a login in another window the page's own token is outdated; the cookie's is not.
  function token(form) {
    var found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    var input = form.querySelector("[name=csrfmiddlewaretoken]");
    if (found && input) { input.value = found[1]; }
    return input ? input.value : "";
  }

  // -- One unit of saving: the form of one project, or its row in the table of all ----

  function Sheet(form, root, prefix) {
    this.form = form;
    this.root = root;
    this.prefix = prefix;
    this.draft = root.dataset.draft;
    this.judge = root.dataset.verdict;
    this.key = "report " + form.dataset.who + " " + this.draft;
    this.state = prefix ? root.querySelector(".save-state") : document.getElementById("save-state");
    this.dirty = false;
    this.saving = null;
    this.held = false; // a conflict waits for an answer
    this.base = this.values();
  }

  Sheet.prototype.fields = function () {
    return Array.prototype.filter.call(this.root.querySelectorAll("input, select, textarea"), function (field) {
      return field.name && field.type !== "file" && field.type !== "submit" &&
        field.name !== "csrfmiddlewaretoken" && field.name !== "confirmed" &&
        field.name.indexOf("evidence-") !== 0 && !TICK.test(field.name) &&
        !/^initial-/.test(field.name) && !field.disabled;
    });
  };

  Sheet.prototype.bare = function (name) {
    return this.prefix ? name.slice(this.prefix.length + 1) : name;
  };

  Sheet.prototype.full = function (name) {
    return this.prefix ? this.prefix + "-" + name : name;
  };

  Sheet.prototype.version = function (value) {
    var field = this.root.querySelector("[name='" + this.full("version") + "']");
    if (value !== undefined) { field.value = value; }
    return field.value;
  };

  // What every field says, by its name without prefix.
  Sheet.prototype.values = function () {
    var told = {};
    var self = this;
    this.fields().forEach(function (field) {
      var name = self.bare(field.name);
      if (name === "version") { return; }
      if (field.type === "radio") {
        if (!(name in told)) { told[name] = ""; }
        if (field.checked) { told[name] = field.value; }
      } else if (field.type === "checkbox") {
        told[name] = field.checked ? "on" : "";
      } else {
        told[name] = field.value;
      }
    });
    return told;
  };

  Sheet.prototype.fill = function (told) {
    var self = this;
    this.fields().forEach(function (field) {
      var name = self.bare(field.name);
      if (name === "version" || !(name in told)) { return; }
      if (field.type === "radio") {
        field.checked = field.value === told[name];
      } else if (field.type === "checkbox") {
        field.checked = told[name] === "on";
      } else {
        field.value = told[name];
      }
    });
    Array.prototype.forEach.call(this.root.querySelectorAll("[data-figure]"), function (box) {
      var value = box.querySelector("[name='indicator-" + box.dataset.figure + "']");
      if (value && ("indicator-" + box.dataset.figure) in told) { fillMonth(box, value); }
    });
    addUp(this.root);
  };

  Sheet.prototype.body = function () {
    var data = new FormData();
    var self = this;
    var told = this.values();
    Object.keys(told).forEach(function (name) {
      if (told[name] !== "") { data.append(self.full(name), told[name]); }
    });
    // Fields that were emptied are told as empty, so that they are not taken for unasked.
    Object.keys(told).forEach(function (name) {
      if (told[name] === "" && name !== "declares_completion") { data.append(self.full(name), ""); }
    });
    data.append(this.full("version"), this.version());
    Array.prototype.forEach.call(this.root.querySelectorAll("[name=confirmed]:checked"), function (box) {
      data.append("confirmed", box.value);
    });
    if (this.prefix) { data.append("prefix", this.prefix); }
    return data;
  };

  Sheet.prototype.say = function (words, failed) {
    if (!this.state) { return; }
    this.state.textContent = words;
    this.state.classList.toggle("failed", Boolean(failed));
  };

  Sheet.prototype.send = function (address) {
    return fetch(address, {
      method: "POST",
      body: this.body(),
      credentials: "same-origin",
      redirect: "manual", // the way to the login must not be followed: the page would be lost
      headers: { "X-CSRFToken": token(this.form) }
    });
  };

  // -- Keeping what is typed in this browser until the server has it ------------------

  Sheet.prototype.keep = function () {
    try {
      window.localStorage.setItem(this.key, JSON.stringify({
        version: this.version(), at: now(), told: this.values(), base: this.base
      }));
      return true;
    } catch (full) { return false; }
  };

  Sheet.prototype.forget = function () {
    try { window.localStorage.removeItem(this.key); } catch (refused) { /* nothing was kept */ }
  };

  Sheet.prototype.restore = function () {
    var kept = null;
    try { kept = JSON.parse(window.localStorage.getItem(this.key)); } catch (broken) { kept = null; }
    if (!kept || !kept.told) { return; }
    if (same(kept.told, this.values())) { this.forget(); return; }
    if (kept.version === this.version()) {
      this.fill(kept.told);
      this.dirty = true;
      tell("已恢复您在" + kept.at + "填写、当时没有存上的内容。");
      this.changed();
    } else {
      // Others have saved since: theirs is on the page, the kept text is offered.
      var theirs = this.values();
      this.base = kept.base || theirs;
      this.fill(kept.told);
      this.merge({ message: "您在" + kept.at + "填写的内容当时没有存上，此后已有新的保存。", version: this.version(), editable: true, theirs: theirs });
    }
  };

  function same(one, other) {
    return Object.keys(one).every(function (name) {
      return !(name in other) || clean(one[name]) === clean(other[name]);
    });
  }

  function clean(text) { return String(text).replace(/\r\n/g, "\n").trim(); }

  function tell(words, link) {
    var box = document.getElementById("report-state");
    if (!box) { return; }
    box.textContent = words;
    if (link) {
      box.appendChild(document.createTextNode(" "));
      box.appendChild(link);
    }
    box.hidden = !words;
  }

  // -- Saving -------------------------------------------------------------------------

  Sheet.prototype.changed = function () {
    var self = this;
    this.dirty = true;
    this.keep();
    window.clearTimeout(this.judging);
    this.judging = window.setTimeout(function () { self.ask(); }, JUDGE_AFTER);
    if (this.held) { return; }
    this.say("有改动，即将保存…");
    window.clearTimeout(this.waiting);
    this.waiting = window.setTimeout(function () { self.save(); }, SAVE_AFTER);
  };

  // Resolves to true when the server has all that is typed.
  Sheet.prototype.save = function () {
    var self = this;
    window.clearTimeout(this.waiting);
    if (this.saving) { return this.saving.then(function () { return self.save(); }); }
    if (!this.dirty) { return Promise.resolve(true); }
    if (this.held) { return Promise.resolve(false); }
    var sent = this.values();
    this.dirty = false;
    this.say("正在保存…");
    this.saving = this.send(this.draft).then(function (answer) {
      if (answer.type === "opaqueredirect" || answer.status === 403) { return self.expired(); }
      if (answer.status === 200) {
        return answer.json().then(function (told) { return self.saved(told, sent); });
      }
      if (answer.status === 409) {
        return answer.json().then(function (told) { self.merge(told); return false; });
      }
      if (answer.status === 422) {
        return answer.json().then(function (told) { return self.refused(told.message); });
      }
      return self.lost();
    }, function () { return self.lost(); }).then(function (done) {
      self.saving = null;
      return done;
    });
    return this.saving;
  };

  Sheet.prototype.saved = function (told, sent) {
    this.version(told.version);
    this.base = sent;
    tell("");
    if (this.dirty) { this.keep(); } else { this.forget(); }
    var faults = Object.keys(told.faults);
    var self = this;
    this.say("已保存 " + told.saved_at + (faults.length ? "，有" + faults.length + "处无法识别，未存" : ""), faults.length);
    if (faults.length) { this.keep(); }
    faults.forEach(function (name) { self.note(name, "said-mend", told.faults[name]); });
    return !faults.length;
  };

  Sheet.prototype.expired = function () {
    this.dirty = true;
    var kept = this.keep();
    this.say("未保存：登录已过期", true);
    var link = document.createElement("a");
    link.href = this.form.dataset.login + "?next=" + encodeURIComponent(this.form.dataset.here);
    link.textContent = "重新登录并回到这里";
    tell(kept ? "登录已过期。您填写的内容已存在这台电脑的浏览器里，重新登录后自动恢复。" : "登录已过期。请先复制填写的内容，再重新登录。", link);
    return false;
  };

  Sheet.prototype.lost = function () {
    var self = this;
    this.dirty = true;
    var kept = this.keep();
    this.say("未保存：连接中断，稍后自动重试", true);
    tell(kept ? "暂时连不上服务器。您填写的内容已存在这台电脑的浏览器里，恢复后自动保存，可以继续填写。" : "暂时连不上服务器，请不要关闭本页。");
    window.clearTimeout(this.waiting);
    this.waiting = window.setTimeout(function () { self.save(); }, TRY_AGAIN);
    return false;
  };

  Sheet.prototype.refused = function (message) {
    this.dirty = true;
    this.held = true;
    this.keep();
    this.say("未保存", true);
    tell(message + "您填写的内容已存在这台电脑的浏览器里。");
    return false;
  };

  // -- Two people on one report -------------------------------------------------------

  // Fields that only the other changed are taken over; where both did, both texts stand.
  Sheet.prototype.merge = function (told) {
    var self = this;
    var mine = this.values();
    var both = [];
    var taken = {};
    this.dirty = true;
    Object.keys(told.theirs).forEach(function (name) {
      if (!(name in mine) || clean(mine[name]) === clean(told.theirs[name])) { return; }
      if (clean(mine[name]) === clean(self.base[name])) { taken[name] = told.theirs[name]; return; }
      if (clean(told.theirs[name]) === clean(self.base[name])) { return; }
      if (/^month-/.test(name)) { return; }
      both.push(name);
    });
    this.held = true;
    this.keep();
    this.say("未保存：同事已先保存", true);
    if (!told.editable) {
      tell(told.message + "这份填报现在不能修改；您填写的内容仍在本页，也存在这台电脑的浏览器里。");
      return;
    }
    this.fill(taken);
    this.base = told.theirs;
    this.version(told.version);
    if (!both.length) {
      this.held = false;
      tell(told.message + "其改动已并入本页，您的改动也在。");
      this.changed();
      return;
    }
    if (this.prefix) {
      tell(told.message + "您填写的仍在本页；请打开该事项核对后保存。");
      return;
    }
    this.offer(told, both, mine);
  };

  Sheet.prototype.offer = function (told, names, mine) {
    var self = this;
    var box = document.getElementById("report-conflict");
    box.innerHTML = "";
    add(box, "h2", "没有保存：已有他人先保存");
    add(box, "p", told.message + "以下栏目两人都改了，请逐项选择；其余已并入本页。");
    var table = add(add(box, "div", "", "table-scroll"), "table", "", "data");
    var head = add(add(table, "thead"), "tr");
    ["栏目", "他人保存的", "您填写的"].forEach(function (words) { add(head, "th", words); });
    var body = add(table, "tbody");
    names.forEach(function (name) {
      var row = add(body, "tr");
      add(row, "td", (told.labels || {})[name] || label(self, name));
      choice(row, told.theirs[name], false, function () { pick(self, name, told.theirs[name]); });
      choice(row, mine[name], true, function () { pick(self, name, mine[name]); });
    });
    var button = add(box, "button", "按所选保存", "btn btn-primary");
    button.type = "button";
    button.addEventListener("click", function () {
      box.hidden = true;
      self.held = false;
      self.changed();
      self.save();
    });
    box.hidden = false;
    box.focus();
  };

  function choice(row, text, chosen, act) {
    var cell = add(row, "td");
    var option = add(cell, "label", "", "merge-texts");
    var radio = document.createElement("input");
    radio.type = "radio";
    radio.name = "merge-" + Array.prototype.indexOf.call(row.parentNode.children, row);
    radio.checked = chosen;
    radio.addEventListener("change", act);
    option.appendChild(radio);
    option.appendChild(document.createTextNode(" " + (shown(text) || "（空）")));
  }

  function shown(text) { return { met: "已完成", unmet: "未完成", on: "是" }[text] || text; }

  function pick(sheet, name, text) {
    var told = {};
    told[name] = text;
    sheet.fill(told);
    sheet.keep();
  }

  function label(sheet, name) {
    var field = sheet.root.querySelector("[name='" + sheet.full(name) + "']");
    var words = field && field.id && sheet.root.querySelector("label[for='" + field.id + "']");
    return words ? words.textContent : name;
  }

  function add(parent, tag, text, name) {
    var element = document.createElement(tag);
    if (text) { element.textContent = text; }
    if (name) { element.className = name; }
    parent.appendChild(element);
    return element;
  }

  // -- The flag that the figures will earn ------------------------------------------

  Sheet.prototype.ask = function () {
    var self = this;
    var turn = this.turn = (this.turn || 0) + 1;
    this.send(this.judge).then(function (answer) {
      if (answer.status !== 200 || answer.type === "opaqueredirect") { return null; }
      return answer.text();
    }, function () { return null; }).then(function (html) {
      if (html !== null && turn === self.turn) { self.judged(html); }
    });
  };

  Sheet.prototype.judged = function (html) {
    var old = this.root.querySelector("[data-behind]");
    if (!old) { return; }
    var holder = document.createElement("div");
    holder.innerHTML = html;
    var fresh = holder.querySelector("[data-behind]");
    old.parentNode.replaceChild(fresh, old);
    var explain = this.root.querySelector(".explain, .fill-explain");
    if (explain) {
      var filled = Array.prototype.some.call(explain.querySelectorAll("textarea, input:not([type=hidden])"), function (field) { return field.value; });
      if (fresh.dataset.behind === "1" || filled) { explain.removeAttribute("data-quiet"); } else { explain.setAttribute("data-quiet", ""); }
    }
    if (!this.prefix) { this.point(fresh); }
  };

  // What is found stands at its field as well; what is merely missing does not shout there.
  Sheet.prototype.point = function (fresh) {
    var self = this;
    Array.prototype.forEach.call(this.root.querySelectorAll("[data-said]"), function (slot) { slot.textContent = ""; });
    Array.prototype.forEach.call(fresh.querySelectorAll("[data-kind]"), function (found) {
      if (found.dataset.kind === "mend" || found.dataset.kind === "confirm") {
        self.note(found.dataset.field, "said-" + found.dataset.kind, found.dataset.message);
      }
    });
  };

  Sheet.prototype.note = function (name, kind, words) {
    var slot = this.root.querySelector("[data-said='" + name + "']");
    if (slot) {
      slot.textContent = "";
      add(slot, "div", words, kind);
    }
  };

  // -- Cumulative and this month's amount; the sum of the townships -------------------

  function number(text) {
    var told = String(text).replace(/[，,\s]/g, "").replace(/[０-９．]/g, function (c) {
      return String.fromCharCode(c.charCodeAt(0) - 65248);
    });
    return told === "" || isNaN(told) ? null : Number(told);
  }

  function plain(value) { return String(Math.round(value * 10000) / 10000); }

  // This month's amount, where the cumulative figure did not come from the keyboard.
  function fillMonth(box, value) {
    var month = box.querySelector("[name='month-" + box.dataset.figure + "']");
    var last = number(box.dataset.last);
    var told = number(value.value);
    if (month && last !== null) { month.value = told === null ? "" : plain(told - last); }
  }

  function fillOther(field) {
    var box = field.closest("[data-figure]");
    if (!box) { return; }
    var key = box.dataset.figure;
    var value = box.querySelector("[name='indicator-" + key + "']");
    var month = box.querySelector("[name='month-" + key + "']");
    var percent = box.querySelector("[name='percent-" + key + "']");
    var last = number(box.dataset.last);
    if (month && last !== null && (field === value || field === month)) {
      var told = number(field.value);
      var other = field === value ? month : value;
      other.value = told === null ? "" : plain(field === value ? told - last : last + told);
    }
    // Last month's percent does not go with this month's number.
    if (percent && (field === value || field === month) && percent.value === percent.defaultValue && percent.value !== "") {
      percent.value = "";
    }
    if (percent && value) {
      var target = number(box.dataset.target);
      var count = number(value.value);
      percent.placeholder = target && count !== null ? "折合" + (Math.round(1000 * count / target) / 10) : "";
    }
  }

  function addUp(root) {
    Array.prototype.forEach.call(root.querySelectorAll("[data-places]"), function (table) {
      var sum = 0;
      var filled = 0;
      Array.prototype.forEach.call(table.querySelectorAll("input"), function (field) {
        var told = number(field.value);
        if (told !== null) { sum += told; filled += 1; }
      });
      var value = root.querySelector("[name='indicator-" + table.dataset.places + "']");
      var whole = value && number(value.value);
      var words = "";
      if (filled) {
        words = "已填" + filled + "处，合计" + plain(sum) + table.dataset.unit;
        if (value && whole !== null) {
          words += Math.abs(sum - whole) < 0.005 ? "，与累计完成数一致。" : "，累计完成数" + plain(whole) + "，相差" + plain(Math.abs(sum - whole)) + "。";
        }
      }
      table.querySelector(".places-sum").textContent = words;
    });
  }

  // -- Putting it to work ---------------------------------------------------------------

  function watch(sheet) {
    sheet.root.addEventListener("input", function (event) {
      var field = event.target;
      if (field.type === "file" || field.name === "confirmed" || field.name.indexOf("evidence-") === 0 || /^merge-/.test(field.name)) { return; }
      if (TICK.test(field.name)) { return; }
      fillOther(field);
      addUp(sheet.root);
      sheet.changed();
    });
  }

  function begin() {
    var form = document.getElementById("report-form");
    var grid = document.getElementById("grid-form");
    var sheets = [];
    if (form && form.dataset.editable === "1") { sheets.push(new Sheet(form, form, "")); }
    if (grid) {
      Array.prototype.forEach.call(grid.querySelectorAll(".fill-row[data-editable='1']"), function (row) {
        sheets.push(new Sheet(grid, row, row.dataset.prefix));
      });
    }
    if (!sheets.length) { return; }
    sheets.forEach(function (sheet) {
      addUp(sheet.root);
      watch(sheet);
      sheet.restore();
    });

    // Before a form leaves the page, the draft is saved: should the session have ended, the
    // page stays and says so.
    var leaving = false;
    (form || grid).addEventListener("submit", function (event) {
      var main = event.target;
      token(main);
      if (leaving) { return; }
      event.preventDefault();
      var button = event.submitter || main.querySelector("button.pressed") || main.querySelector("button");
      sheets.forEach(function (sheet) { sheet.dirty = sheet.dirty || !sheet.prefix; });
      Promise.all(sheets.map(function (sheet) { return sheet.save(); })).then(function (done) {
        var stuck = sheets.some(function (sheet) { return sheet.held || sheet.dirty; });
        if (stuck) { window.scrollTo(0, 0); return; }
        leaving = true;
        sheets.forEach(function (sheet) { sheet.forget(); });
        token(main);
        // Not before this very submission has been called off: until then it would block its own.
        window.setTimeout(function () { if (button) { button.click(); } else { main.submit(); } }, 0);
      });
    });
    // Chromium 78 does not tell which button was pressed.
    (form || grid).addEventListener("click", function (event) {
      var button = event.target.closest("button[type=submit]");
      Array.prototype.forEach.call(event.currentTarget.querySelectorAll("button.pressed"), function (b) { b.classList.remove("pressed"); });
      if (button) { button.classList.add("pressed"); }
    });

    window.addEventListener("online", function () {
      sheets.forEach(function (sheet) { if (sheet.dirty && !sheet.held) { sheet.save(); } });
    });
    window.addEventListener("beforeunload", function (event) {
      var unsaved = sheets.some(function (sheet) { return sheet.dirty; });
      if (unsaved && !leaving) {
        event.preventDefault();
        event.returnValue = "";
      }
    });

    // A link to a field brings the caret into it.
    document.addEventListener("click", function (event) {
      var link = event.target.closest("a[href^='#f-']");
      if (link) { openAt(link.getAttribute("href")); }
    });
    if (/^#f-/.test(window.location.hash)) { openAt(window.location.hash); }
  }

  function openAt(hash) {
    var place = document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!place) { return; }
    var folded = place.closest("details");
    if (folded) { folded.open = true; }
    var field = place.querySelector("input, select, textarea");
    if (field) {
      window.setTimeout(function () {
        field.focus();
        place.scrollIntoView({ block: "center" });
      }, 0);
    }
  }

  begin();
})();
