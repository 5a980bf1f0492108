/* Rows of a repeating field as a table: add, delete, duplicate, move, undo, and paste from a spreadsheet.
 * The names of the inputs carry the number of their row, which is what the server goes by. */
this.ckan.module('satudata-rows', function ($) {
  'use strict';

  var UNDO = 100;

  return $.extend({
    options: { field: '', page: null, texts: null },

    initialize: function () {
      $.proxyAll(this, /^_on/);
      this.root = this.el[0];
      this.list = this.root.querySelector('[data-rows-list]');
      this.template = this.root.querySelector('template[data-rows-template]');
      this.subs = this.options.page.subs;
      this.texts = this.options.texts;
      this.done = [];
      this.undone = [];
      this.form = this.root.closest('form');
      this._all('[data-rows-tools], [data-row-tools]', function (tools) { tools.hidden = false; });
      // Empty rows are for those without this script; somebody may have typed into them before it started.
      this._all('[data-row][data-blank]', function (row) {
        if (this._blank(row) && !row.contains(document.activeElement)) { row.remove(); } else { row.removeAttribute('data-blank'); }
      });
      this._rows().forEach(this._prepare, this);
      this.root.classList.add('satudata-rows-live');
      this.root.addEventListener('click', this._onClick);
      this.root.addEventListener('keydown', this._onKey);
      this.root.addEventListener('paste', this._onPaste);
      this.root.addEventListener('change', this._onNumber);
      this.root.addEventListener('input', this._onInput);
      if (this.form) {
        this.form.addEventListener('satudata:put', this._onPut);
        this.form.addEventListener('satudata:checked', this._onChecked);
      }
      this._number();
    },

    _all: function (selector, act) { Array.prototype.forEach.call(this.root.querySelectorAll(selector), act, this); },

    _rows: function () { return Array.prototype.slice.call(this.list.children); },

    _at: function (row) { return this._rows().indexOf(row); },

    _text: function (name, values) {
      return (this.texts[name] || '').replace(/\{(\w+)\}/g, function (all, one) { return values && one in values ? values[one] : all; });
    },

    _input: function (row, sub) { return row.querySelector('[data-sub="' + CSS.escape(sub) + '"]'); },

    _blank: function (row) {
      return Array.prototype.every.call(row.querySelectorAll('[data-sub]'), function (input) { return input.value.trim() === ''; });
    },

    // -- rows --------------------------------------------------------------------------------------------

    _make: function (values) {
      var row = this.template.content.firstElementChild.cloneNode(true);
      this._prepare(row);
      Object.keys(values || {}).forEach(function (sub) {
        var input = this._input(row, sub);
        if (input) { input.value = values[sub]; }
      }, this);
      return row;
    },

    _prepare: function (row) {
      var tools = row.querySelector('[data-row-tools]');
      if (tools) { tools.hidden = false; }
      var place = row.querySelector('[data-row-number]');
      var input = document.createElement('input');
      input.type = 'text';
      input.inputMode = 'numeric';
      input.className = place.className;
      input.setAttribute('data-row-number', '');
      input.setAttribute('aria-label', this.texts.place);
      input.title = this.texts.place;
      place.replaceWith(input);
    },

    /* Names, ids and labels by the order in which the rows stand, and what stands in them. */
    _number: function () {
      var field = this.options.field;
      var needed = this.subs.filter(function (sub) { return sub.needed; });
      this._rows().forEach(function (row, index) {
        row.querySelectorAll('[data-sub]').forEach(function (input) {
          var sub = input.getAttribute('data-sub');
          input.name = field + '-' + index + '-' + sub;
          if (!input.id) { return; }
          var label = row.querySelector('[data-cell="' + CSS.escape(sub) + '"] label');
          input.id = 'field-' + field + '-' + index + '-' + sub;
          if (label) { label.htmlFor = input.id; }
        });
        row.querySelector('[data-row-number]').value = index + 1;
        row.setAttribute('aria-label', this._text('row', { number: index + 1 }));
        this._sum(row, needed);
      }, this);
      var number = this.list.children.length;
      var count = this.root.querySelector('[data-rows-count]');
      count.textContent = number === 0 ? this.texts.none : number === 1 ? this.texts.one : this._text('count', { number: number });
      this.root.classList.toggle('satudata-rows-empty', number === 0);
      this._buttons();
    },

    _sum: function (row, needed) {
      var place = row.querySelector('[data-row-filled]');
      if (!place) { return; }
      var input = function (sub) { return this._input(row, sub.name); }.bind(this);
      var asked = this.subs.filter(function (sub) { return !input(sub).closest('.satudata-hidden'); });
      var filled = asked.filter(function (sub) { return input(sub).value.trim() !== ''; }).length;
      var open = needed.filter(function (sub) { return asked.indexOf(sub) !== -1 && input(sub).value.trim() === ''; }).length;
      place.textContent = this._text('filled', { done: filled, total: asked.length });
      row.querySelector('[data-row-needed]').textContent = open && !this._blank(row) ? this._text('needed', { number: open }) : '';
      row.classList.toggle('satudata-row-done', !open);
      needed.forEach(function (sub) {
        var missing = !this._blank(row) && input(sub).value.trim() === '';
        input(sub).closest('[data-cell]').classList.toggle('satudata-cell-needed', missing);
      }, this);
    },

    _buttons: function () {
      this.root.querySelector('[data-do=undo]').disabled = !this.done.length;
      this.root.querySelector('[data-do=redo]').disabled = !this.undone.length;
    },

    _changed: function () {
      this._number();
      this.root.dispatchEvent(new Event('input', { bubbles: true }));
    },

    _say: function (text) { this.root.querySelector('[data-rows-says]').textContent = text; },

    // -- doing and undoing -------------------------------------------------------------------------------

    /* step: {redo, undo, says}; the elements themselves are kept, so that what was typed in them comes back. */
    _run: function (step) {
      step.redo();
      this.done.push(step);
      if (this.done.length > UNDO) { this.done.shift(); }
      this.undone = [];
      this._changed();
      this._say(step.says);
    },

    _back: function (from, to, act, says) {
      var step = from.pop();
      if (!step) { return; }
      step[act]();
      to.push(step);
      this._changed();
      this._say(says + ': ' + step.says);
    },

    _place: function (row, index) { this.list.insertBefore(row, this._rows()[index] || null); },

    _full: function (more) {
      if (this.list.children.length + more <= this.options.page.most) { return false; }
      this._say(this._text('most', { number: this.options.page.most }));
      return true;
    },

    _add: function (index, values, says) {
      if (this._full(1)) { return null; }
      var self = this;
      var row = this._make(values);
      this._run({
        redo: function () { self._place(row, index); },
        undo: function () { row.remove(); },
        says: this._text(says || 'added', { number: says ? index : index + 1 })
      });
      return row;
    },

    _delete: function (row) {
      var self = this;
      var index = this._at(row);
      this._run({
        redo: function () { row.remove(); },
        undo: function () { self._place(row, index); },
        says: this._text('deleted', { number: index + 1 })
      });
      var next = this._rows()[Math.min(index, this.list.children.length - 1)];
      (next ? next.querySelector('[data-do=delete]') : this.root.querySelector('[data-do=add]')).focus();
    },

    _move: function (row, to) {
      var self = this;
      var from = this._at(row);
      to = Math.max(0, Math.min(to, this.list.children.length - 1));
      if (to === from) { return this._number(); }
      function put(index) { row.remove(); self._place(row, index); }
      var focused = document.activeElement && row.contains(document.activeElement) ? document.activeElement : null;
      this._run({
        redo: function () { put(to); },
        undo: function () { put(from); },
        says: this._text('moved', { number: to + 1 })
      });
      if (focused) { focused.focus(); }
      row.scrollIntoView({ block: 'nearest' });
    },

    _values: function (row) {
      var values = {};
      row.querySelectorAll('[data-sub]').forEach(function (input) { values[input.getAttribute('data-sub')] = input.value; });
      return values;
    },

    _focus: function (row) {
      var input = row && row.querySelector('.satudata-row-cells [data-sub]');
      if (input) { input.focus(); }
    },

    // -- what people do ----------------------------------------------------------------------------------

    _onClick: function (event) {
      var button = event.target.closest('[data-do]');
      if (!button) { return; }
      var row = button.closest('[data-row]');
      var act = button.getAttribute('data-do');
      if (act === 'add') { this._focus(this._add(this.list.children.length, {})); }
      else if (act === 'delete') { this._delete(row); }
      else if (act === 'copy') { this._focus(this._add(this._at(row) + 1, this._values(row), 'copied')); }
      else if (act === 'up') { this._move(row, this._at(row) - 1); }
      else if (act === 'down') { this._move(row, this._at(row) + 1); }
      else if (act === 'undo') { this._back(this.done, this.undone, 'undo', this.texts.undone); }
      else if (act === 'redo') { this._back(this.undone, this.done, 'redo', this.texts.redone); }
      else if (act === 'paste') { this._box(button); }
      else if (act === 'insert') { this._insert(); }
      else if (act === 'unfold') { this._unfold(button); }
    },

    _box: function (button) {
      var box = this.root.querySelector('[data-rows-paste]');
      box.hidden = !box.hidden;
      button.setAttribute('aria-expanded', String(!box.hidden));
      if (!box.hidden) { box.querySelector('textarea').focus(); }
    },

    _unfold: function (button) {
      var open = button.textContent === this.texts.unfold;
      this._all('.satudata-row-more', function (more) { more.open = open; });
      button.textContent = open ? this.texts.fold : this.texts.unfold;
    },

    _onKey: function (event) {
      var row = event.target.closest('[data-row]');
      if (event.key === 'Escape' && event.target.closest('[data-rows-paste]')) {
        // What was pasted stays in the box; the cursor goes back to where one came from.
        var opened = this.root.querySelector('[data-do=paste]');
        this._box(opened);
        opened.focus();
        return;
      }
      var undo = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'z';
      if (undo && !event.target.matches('[data-sub], textarea')) {
        event.preventDefault();
        if (event.shiftKey) { this._back(this.undone, this.done, 'redo', this.texts.redone); }
        else { this._back(this.done, this.undone, 'undo', this.texts.undone); }
      } else if (row && event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
        event.preventDefault();
        this._move(row, this._at(row) + (event.key === 'ArrowUp' ? -1 : 1));
      } else if (row && event.key === 'Enter' && event.target.matches('[data-row-number]')) {
        event.preventDefault();
        this._onNumber(event);
      } else if (row && event.key === 'Enter' && event.target.matches('input[data-sub], select[data-sub]')) {
        // As in a spreadsheet: down one row, and a new one below the last.
        event.preventDefault();
        var sub = event.target.getAttribute('data-sub');
        var below = row.nextElementSibling || (this._blank(row) ? null : this._add(this.list.children.length, {}));
        var input = below && this._input(below, sub);
        if (input) { input.focus(); }
      }
    },

    _onNumber: function (event) {
      if (!event.target.matches('[data-row-number]')) { return; }
      event.stopPropagation();
      var wanted = parseInt(event.target.value, 10);
      if (wanted) { this._move(event.target.closest('[data-row]'), wanted - 1); } else { this._number(); }
    },

    _onInput: function (event) {
      var row = event.target.closest('[data-row]');
      if (event.target.matches('[data-row-number], [data-rows-text]')) { event.stopPropagation(); }
      if (row && event.target.matches('[data-sub]')) { this._sum(row, this.subs.filter(function (sub) { return sub.needed; })); }
    }
  }, window.satudata.filling);
});
