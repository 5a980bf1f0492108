/* A table copied in a spreadsheet, read as the rows of a form: which column is which field, which text is which choice. */
this.satudata = this.satudata || {};
(function (satudata) {
  'use strict';

  function key(text) {
    return String(text).toLowerCase().replace(/[^0-9a-z\u00c0-\uffff]+/g, ' ').trim();
  }

  /* Cells of tab-separated text as spreadsheets copy it: a cell with line breaks, tabs or quotes stands in quotes. */
  satudata.cells = function (text) {
    var rows = [[]];
    var cell = '';
    var quoted = false;
    var fresh = true;  // nothing of this cell has been read yet
    text = String(text).replace(/\r\n?/g, '\n').replace(/\n+$/, '');
    for (var at = 0; at < text.length; at++) {
      var sign = text[at];
      if (quoted) {
        if (sign === '"' && text[at + 1] === '"') { cell += '"'; at++; }
        else if (sign === '"') { quoted = false; }
        else { cell += sign; }
      } else if (sign === '"' && fresh && closes(text, at)) {
        quoted = true;
        fresh = false;
      } else if (sign === '\t' || sign === '\n') {
        rows[rows.length - 1].push(cell);
        cell = '';
        fresh = true;
        if (sign === '\n') { rows.push([]); }
      } else {
        cell += sign;
        fresh = false;
      }
    }
    rows[rows.length - 1].push(cell);
    return rows.map(function (row) { return row.map(function (one) { return one.trim(); }); })
      .filter(function (row) { return row.some(function (one) { return one !== ''; }); });
  };

  /* A quotation mark that opens a cell is closed before the next tab or at the end of one; an inch sign is not. */
  function closes(text, at) {
    for (at += 1; at < text.length; at++) {
      if (text[at] !== '"') { continue; }
      if (text[at + 1] === '"') { at++; continue; }
      return at + 1 === text.length || text[at + 1] === '\t' || text[at + 1] === '\n';
    }
    return false;
  }

  /* Columns by their headings.
   * Returns {columns: [sub or null …], unknown: [heading …]}, or null where the first row is no row of headings. */
  satudata.headings = function (row, subs) {
    var taken = {};
    var unknown = [];
    var columns = row.map(function (text) {
      var wanted = key(text.replace(/^\(?\d+\)?[.)]?\s+/, ''));
      var exact = key(text);
      var found = subs.filter(function (sub) {
        return !taken[sub.name] && sub.labels.some(function (label) { return key(label) === exact || key(label) === wanted; });
      })[0];
      if (found) { taken[found.name] = true; return found; }
      if (text && !/^(no|nomor|number|#)\.?$/i.test(text)) { unknown.push(text); }
      return null;
    });
    var known = Object.keys(taken).length;
    var named = row.filter(function (text) { return text !== ''; }).length;
    // One word alone may be a value; two headings, or every cell, is a row of headings.
    return known && (known >= 2 || known === named) && known * 2 >= named - 1 ? { columns: columns, unknown: unknown } : null;
  };

  /* Whether the first column only counts the rows: 1, 2, 3 … */
  satudata.counts = function (rows) {
    return rows.length > 1 && rows.every(function (row, index) {
      return index === 0 || parseInt(row[0], 10) === parseInt(rows[0][0], 10) + index;
    }) && /^\d+\.?$/.test(rows[0][0]) && rows[0].length > 1;
  };

  /* What a cell stores: of a list the choice that is meant, of a day the way of machines, else the text.
   * Returns undefined where it is none of the choices. */
  satudata.meant = function (sub, text) {
    if (sub.kind === 'select') {
      if (text === '') { return ''; }
      var wanted = key(text);
      var found = sub.choices.filter(function (choice) {
        return choice.labels.concat(choice.value).some(function (label) { return key(label) === wanted; });
      })[0];
      return found ? found.value : undefined;
    }
    if (sub.kind === 'date') {
      var day = /^(\d{1,2})[\/.-](\d{1,2})[\/.-](\d{4})$/.exec(text);  // as it is written in Indonesia
      if (day) { return day[3] + '-' + ('0' + day[2]).slice(-2) + '-' + ('0' + day[1]).slice(-2); }
    }
    return text;
  };
})(this.satudata);
