/* Fields that are asked for only where others have certain values (the jumps of the BPS forms). Hidden fields keep what
 * was typed; it is dropped when the data are handed over, and that is said where the field stood. Without this script
 * every field shows, with a line that says when it is asked for. The server decides by the same conditions. */
this.ckan.module('satudata-conditions', function ($) {
  'use strict';

  function values(form, name) {
    var found = [];
    form.querySelectorAll('[name="' + CSS.escape(name) + '"]').forEach(function (input) {
      if ((input.type === 'checkbox' || input.type === 'radio') && !input.checked) { return; }
      if (input.value !== '') { found.push(input.value); }
    });
    return found;
  }

  function meets(condition, found) {
    return found.some(function (value) { return condition.in.indexOf(value) !== -1; });
  }

  function filled(place) {
    return Array.prototype.some.call(place.querySelectorAll('input, select, textarea'), function (input) {
      if (input.type === 'hidden' || input.closest('template') || !input.name) { return false; }
      return input.type === 'checkbox' || input.type === 'radio' ? input.checked : input.value.trim() !== '';
    });
  }

  return {
    options: { conditions: null, dropped: '' },

    initialize: function () {
      $.proxyAll(this, /^_on/);
      this.form = this.el[0].closest('form');
      this.rules = this.options.conditions;
      if (!this.form || !this.rules) { return; }
      this.form.addEventListener('input', this._onChange);
      $(this.form).on('change', this._onChange);
      setTimeout(this._onChange, 0);
    },

    _onChange: function () {
      var self = this;
      this.known = {};
      this.form.querySelectorAll('[data-satudata-field]').forEach(function (place) {
        var name = place.getAttribute('data-satudata-field');
        if (self.rules.fields[name]) { self._toggle(place, self._shown(name, []), place.getAttribute('data-label')); }
        if (self.rules.rows[name]) { self._rows(place, name); }
      });
      this.form.querySelectorAll('[data-satudata-group]').forEach(function (group) {
        var fields = group.querySelectorAll('[data-satudata-field]');
        var mark = group.querySelector('[data-satudata-not-asked]');
        if (!fields.length || !mark) { return; }
        mark.hidden = Array.prototype.some.call(fields, function (field) { return !field.classList.contains('satudata-hidden'); });
        group.classList.toggle('satudata-group-unasked', !mark.hidden);
      });
    },

    /* A field counts where the field it looks at counts and has one of the values; a ring hides nothing. */
    _shown: function (name, trail) {
      if (this.known[name] === undefined) {
        var condition = this.rules.fields[name];
        if (!condition || trail.indexOf(condition.field) !== -1 || condition.field === name) {
          this.known[name] = true;
        } else {
          this.known[name] = this._shown(condition.field, trail.concat(name)) && meets(condition, values(this.form, condition.field));
        }
      }
      return this.known[name];
    },

    _rows: function (place, name) {
      var self = this;
      var rules = this.rules.rows[name];
      place.querySelectorAll('[data-row]').forEach(function (row) {
        var known = {};
        function shown(sub, trail) {
          if (known[sub] === undefined) {
            var rule = rules[sub];
            if (!rule || trail.indexOf(rule.field) !== -1) {
              known[sub] = true;
            } else if (rule.of === 'row') {
              var input = row.querySelector('[data-sub="' + CSS.escape(rule.field) + '"]');
              known[sub] = shown(rule.field, trail.concat(sub)) && meets(rule, input ? [input.value] : []);
            } else {
              known[sub] = self._shown(rule.field, []) && meets(rule, values(self.form, rule.field));
            }
          }
          return known[sub];
        }
        Object.keys(rules).forEach(function (sub) {
          var cell = row.querySelector('[data-cell="' + CSS.escape(sub) + '"]');
          if (cell) { self._toggle(cell, shown(sub, []), cell.querySelector('label').textContent); }
        });
      });
    },

    _toggle: function (place, shown, label) {
      var note = place.previousElementSibling;
      if (!note || !note.hasAttribute('data-satudata-dropped')) { note = null; }
      place.classList.toggle('satudata-hidden', !shown);
      if (shown || !filled(place)) {
        if (note) { note.remove(); }
        return;
      }
      if (note) { return; }
      note = document.createElement('p');
      note.className = 'satudata-dropped';
      note.setAttribute('data-satudata-dropped', '');
      note.setAttribute('role', 'status');
      note.textContent = this.options.dropped.replace('{field}', label);
      place.before(note);
    }
  };
});
