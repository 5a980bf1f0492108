/* The rows of a form filled from outside: a table pasted from a spreadsheet, values kept on this device, findings of the
 * check. The other half of satudata-rows.js, with which it shares `this`. */
this.satudata = this.satudata || {};
this.satudata.filling = {
  // -- paste -------------------------------------------------------------------------------------------

  _onPaste: function (event) {
    var input = event.target;
    if (!input.matches('[data-sub]')) { return; }
    var text = (event.clipboardData || window.clipboardData).getData('text/plain');
    var rows = window.satudata.cells(text);
    // One cell is pasted by the browser; lines without a tab belong into a long text.
    var table = rows.some(function (row) { return row.length > 1; });
    if (!table && (rows.length < 2 || input.matches('textarea'))) { return; }
    event.preventDefault();
    this._fill(rows, this._at(input.closest('[data-row]')), input.getAttribute('data-sub'));
  },

  _insert: function () {
    var box = this.root.querySelector('[data-rows-text]');
    var rows = window.satudata.cells(box.value);
    var last = this._rows().pop();
    var start = last && this._blank(last) ? this.list.children.length - 1 : this.list.children.length;
    if (!rows.length) { return this._say(this.texts.nothing); }
    if (this._fill(rows, start, this.subs[0].name)) {
      box.value = '';
      this._box(this.root.querySelector('[data-do=paste]'));
    }
  },

  /* Lay a table over the rows from one cell on; one step to undo. */
  _fill: function (rows, start, sub) {
    var self = this;
    var names = this.subs.map(function (one) { return one.name; });
    var headed = window.satudata.headings(rows[0], this.subs);
    var columns;
    if (headed) {
      columns = headed.columns;
      rows = rows.slice(1);
      // The forms of BPS number their columns below the headings: (1) (2) (3) …
      if (rows.length && rows[0].every(function (cell) { return cell === '' || /^\(\d+\)$/.test(cell); })) { rows = rows.slice(1); }
    } else {
      var from = names.indexOf(sub);
      if (from === 0 && window.satudata.counts(rows)) { rows = rows.map(function (row) { return row.slice(1); }); }
      columns = this.subs.slice(from);
    }
    if (!rows.length) { this._say(this.texts.nothing); return false; }
    var missing = Math.max(0, start + rows.length - this.list.children.length);
    if (this._full(missing)) { return false; }
    var added = [];
    for (var n = 0; n < missing; n++) { added.push(this._make({})); }
    var targets = this._rows().concat(added);
    var cells = [];
    var troubles = headed && headed.unknown.length ? [this._text('unknown', { names: headed.unknown.join(', ') })] : [];
    rows.forEach(function (row, index) {
      row.forEach(function (text, column) {
        var one = columns[column];
        var input = one && self._input(targets[start + index], one.name);
        if (!input) { return; }
        var value = window.satudata.meant(one, text);
        if (value === undefined) {
          troubles.push(self._text('nochoice', { row: start + index + 1, value: text, field: one.labels[one.labels.length - 1] }));
          value = '';
        }
        if (input.type === 'date' && value && !/^\d{4}-\d{2}-\d{2}$/.test(value)) { input.type = 'text'; }
        cells.push({ input: input, before: input.value, after: value });
      });
    });
    this._run({
      redo: function () {
        added.forEach(function (row) { self.list.append(row); });
        cells.forEach(function (cell) { cell.input.value = cell.after; });
      },
      undo: function () {
        cells.forEach(function (cell) { cell.input.value = cell.before; });
        added.forEach(function (row) { row.remove(); });
      },
      says: [this._text('pasted', { rows: rows.length, cells: cells.length })]
        .concat(headed ? [this.texts.headed] : [], troubles.slice(0, 10)).join('. ')
    });
    return true;
  },

  // -- the rest of the form ----------------------------------------------------------------------------

  /* Values that were kept on this device: as many rows as they have; the form fills them in. */
  _onPut: function (event) {
    var pattern = new RegExp('^' + this.options.field.replace(/[^\w]/g, '\\$&') + '-(\\d+)-');
    var numbers = Object.keys(event.detail).map(function (name) { return pattern.exec(name); })
      .filter(function (found) { return found && Number(found[1]) < 99999; }).map(function (found) { return Number(found[1]); });
    var wanted = numbers.length ? Math.min(Math.max.apply(null, numbers) + 1, this.list.children.length + this.options.page.most) : 0;
    while (this.list.children.length > wanted) { this.list.lastElementChild.remove(); }
    while (this.list.children.length < wanted) { this.list.append(this._make({})); }
    this.done = [];
    this.undone = [];
    this._number();
    setTimeout(this._number.bind(this), 0);
  },

  /* Findings stand in the cell they speak of. The server counts only rows that hold something. */
  _onChecked: function (event) {
    var self = this;
    var filled = this._rows().filter(function (row) { return !self._blank(row); });
    this._all('[data-row] [data-satudata-found]', function (place) { if (place.innerHTML) { place.innerHTML = ''; } });
    (event.detail.rows || []).forEach(function (found) {
      var row = found.field === self.options.field && filled[found.row];
      var cell = row && row.querySelector(found.sub ? '[data-cell="' + CSS.escape(found.sub) + '"] [data-satudata-found]' : '[data-row-found]');
      if (cell) { cell.innerHTML = found.html; }
    });
  }
};
