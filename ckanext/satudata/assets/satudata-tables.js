/* A table typed in the browser: keys, pasting from Excel, and how a number is read. Without it the form works. */
this.ckan.module('satudata-table', function ($) {
  'use strict';

  /* As standards/typing/numbers.py reads them. */
  function understood(text) {
    var plain = text.replace(/[\s\u00a0\u2009\u202f]/g, '').replace('\u2212', '-');
    if (!plain) { return ''; }
    if (plain.length > 30) { return null; }
    if (/^-?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$/.test(plain)) { return plain.replace(/\./g, '').replace(',', '.'); }
    if (/^(?:-?[1-9]\d{0,2}(?:,\d{3}){2,}|-?[1-9]\d{0,2}(?:,\d{3})+\.\d+)$/.test(plain)) { return plain.replace(/,/g, ''); }
    if (/^-?\d+(?:[.,]\d+)?$/.test(plain)) { return plain.replace(',', '.'); }
    return null;
  }

  function shown(number) {
    var parts = number.replace(/^(-?)0+(?=\d)/, '$1').split('.');
    var whole = parts[0].replace(/\B(?=(\d{3})+$)/g, '.');
    return parts[1] ? whole + ',' + parts[1] : whole;
  }

  return {
    options: { number: '', read: '', leave: '', pasted: '', unsaved: 'no' },

    initialize: function () {
      $.proxyAll(this, /^_on/);
      this.form = this.el[0];
      var early = window.satudata.early(this.form);
      this.changed = this.options.unsaved === 'yes' || early.length > 0;
      early.forEach(function (input) { if (input.matches('[data-place]')) { this._look(input); } }, this);
      this.form.addEventListener('input', this._onInput);
      this.form.addEventListener('keydown', this._onKey);
      this.form.addEventListener('paste', this._onPaste);
      this.form.addEventListener('submit', this._onSubmit);
      this.form.addEventListener('satudata:sent', this._onSubmit);
      window.addEventListener('beforeunload', this._onLeave);
    },

    teardown: function () {
      window.removeEventListener('beforeunload', this._onLeave);
    },

    _onSubmit: function () { this.changed = false; },

    _onLeave: function (event) {
      if (!this.changed) { return; }
      event.preventDefault();
      event.returnValue = this.options.leave;
    },

    _onInput: function (event) {
      this.changed = true;
      if (event.target.matches('[data-place]')) { this._look(event.target); }
    },

    /* How a number is read, beside the cell it stands in. */
    _look: function (input) {
      if (input.getAttribute('data-kind') !== 'number') { return; }
      var number = understood(input.value);
      var wrong = number === null;
      var note = input.parentElement.querySelector('[data-note]');
      var plain = number ? shown(number) : '';
      input.parentElement.classList.toggle('satudata-wrong', wrong);
      if (wrong) { input.setAttribute('aria-invalid', 'true'); input.setAttribute('aria-describedby', note.id); } else { input.removeAttribute('aria-invalid'); }
      note.textContent = wrong ? this.options.number : plain && plain !== input.value.trim() ? this.options.read.replace('{number}', plain) : '';
    },

    // -- keys ----------------------------------------------------------------------------------------------

    _onKey: function (event) {
      var input = event.target;
      if (!input.matches('[data-place]')) { return; }
      var rows = { ArrowDown: 1, Enter: event.shiftKey ? -1 : 1, ArrowUp: -1 }[event.key];
      if (rows) {
        // Enter would press the first button of the form.
        event.preventDefault();
        this._focus(this._beside(input, rows));
      } else if (event.key === 'ArrowRight' && input.selectionStart === input.value.length) {
        this._focus(this._across(input, 1));
      } else if (event.key === 'ArrowLeft' && input.selectionEnd === 0) {
        this._focus(this._across(input, -1));
      }
    },

    _focus: function (input) {
      if (input) { input.focus(); input.select(); }
    },

    /* The cell of the same column in the next row that has one, or in the one before. */
    _beside: function (input, step) {
      var place = '[data-place="' + input.getAttribute('data-place') + '"]';
      var way = step > 0 ? 'nextElementSibling' : 'previousElementSibling';
      for (var row = input.closest('tr')[way]; row; row = row[way]) {
        var cell = row.querySelector(place);
        if (cell) { return cell; }
      }
      return null;
    },

    _across: function (input, step) {
      var cells = Array.prototype.slice.call(input.closest('tr').querySelectorAll('[data-place]'));
      return cells[cells.indexOf(input) + step] || null;
    },

    // -- pasting -------------------------------------------------------------------------------------------

    /* Cells copied in a spreadsheet: from the focused cell to the right and down, over what can be typed into. */
    _onPaste: function (event) {
      var input = event.target;
      var text = event.clipboardData && event.clipboardData.getData('text/plain');
      if (!input.matches('[data-place]') || !text || !/[\t\n]/.test(text.replace(/\r?\n$/, ''))) { return; }
      event.preventDefault();
      var lines = text.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n');
      var filled = 0;
      var start = input;
      for (var at = 0; at < lines.length && start; at += 1) {
        var cell = start;
        lines[at].split('\t').forEach(function (value) {
          if (!cell) { return; }
          cell.value = value.trim();
          this._look(cell);
          filled += 1;
          cell = this._across(cell, 1);
        }, this);
        start = this._beside(start, 1);
      }
      this.changed = true;
      this.form.querySelector('[data-said]').textContent = this.options.pasted.replace('{n}', filled);
    }
  };
});
