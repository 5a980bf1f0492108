/* The review pages work without this. Here: parts as tabs on a phone, keys, and a press that points at what is missing. */
this.ckan.module('satudata-desk', function () {
  'use strict';
  return {
    options: { reason: '', principles: '' },

    initialize: function () {
      this.form = this.el[0];
      this._tabs();
      this._all();
      this.form.addEventListener('submit', this._check.bind(this));
      this._keep();
      this._mended();
      var errors = this.form.querySelector('[data-satudata-errors]');
      if (errors && !this.form.querySelector('[autofocus]')) { errors.focus(); }
    },

    /* Tabs for narrow screens; the links stay links, so that they can be opened by keyboard as before. */
    _tabs: function () {
      var self = this;
      var links = Array.prototype.slice.call(this.form.querySelectorAll('[data-satudata-tabs] a'));
      this.panels = Array.prototype.slice.call(this.form.querySelectorAll('[data-satudata-panel]'));
      this.links = links;
      links.forEach(function (link) {
        link.addEventListener('click', function (event) {
          event.preventDefault();
          self._open(link.getAttribute('href').slice(1));
        });
      });
      this.form.addEventListener('click', function (event) {
        var link = event.target.closest('[data-satudata-errors] a[href^="#"]');
        if (link) {
          var target = document.getElementById(link.getAttribute('href').slice(1));
          if (target) { event.preventDefault(); self._reveal(target); }
        }
      });
      // Somebody who writes already is not led away.
      var here = document.activeElement && document.activeElement.closest('[data-satudata-panel]');
      this._open(here && this.form.contains(here) ? here.id : 'data');
      this.form.classList.add('satudata-tabbed');
    },

    _open: function (id) {
      this.panels.forEach(function (panel) { panel.classList.toggle('satudata-open', panel.id === id); });
      this.links.forEach(function (link) {
        if (link.getAttribute('href') === '#' + id) { link.setAttribute('aria-current', 'true'); } else { link.removeAttribute('aria-current'); }
      });
    },

    _reveal: function (element) {
      var panel = element.closest('[data-satudata-panel]');
      if (panel) { this._open(panel.id); }
      for (var up = element; up; up = up.parentElement) { if (up.tagName === 'DETAILS') { up.open = true; } }
      element.scrollIntoView({ block: 'center' });
      element.focus({ preventScroll: true });
    },

    _all: function () {
      var line = this.form.querySelector('[data-satudata-all]');
      if (!line) { return; }
      var form = this.form;
      line.hidden = false;
      line.querySelector('button').addEventListener('click', function () {
        form.querySelectorAll('input[type=radio][value=yes]').forEach(function (input) { input.checked = true; });
      });
    },

    /* A session that has ended answers the press with an error page: what was typed is there again after logging in. */
    _keep: function () {
      var form = this.form;
      var key = 'satudata:desk:' + form.getAttribute('action');
      var fields = function () {
        return Array.prototype.filter.call(form.elements, function (field) {
          return field.tagName === 'TEXTAREA' || field.type === 'radio';
        });
      };
      form.addEventListener('submit', function (event) {
        if (event.defaultPrevented) { return; }
        var values = fields().filter(function (field) { return field.type === 'radio' ? field.checked : field.value; })
          .map(function (field) { return [field.name, field.value]; });
        try { window.sessionStorage.setItem(key, JSON.stringify(values)); } catch (error) { /* nothing is kept */ }
      });
      var kept = [];
      try { kept = JSON.parse(window.sessionStorage.getItem(key) || '[]'); window.sessionStorage.removeItem(key); } catch (error) { return; }
      var typed = fields().some(function (field) { return field.type === 'radio' ? field.checked : field.value; });
      if (typed) { return; }
      kept.forEach(function (pair) {
        fields().forEach(function (field) {
          if (field.name !== pair[0]) { return; }
          if (field.type === 'radio') { field.checked = field.value === pair[1]; } else {
            field.value = pair[1];
            var box = field.closest('details');
            if (box) { box.open = true; }
          }
        });
      });
    },

    /* What was complained of goes away once it is mended. */
    _mended: function () {
      var form = this.form;
      form.addEventListener('input', function (event) {
        var field = event.target;
        if (field.name === 'comment') {
          form.querySelector('[data-satudata-comment-error]').hidden = true;
          field.removeAttribute('aria-invalid');
        }
        var group = field.type === 'radio' && field.closest('.satudata-principle');
        var told = group && group.querySelector('.satudata-error');
        if (told) { told.remove(); }
      });
    },

    /* The service refuses the same; this only saves the way there and back. */
    _check: function (event) {
      var pressed = event.submitter ? event.submitter.value : '';
      if (pressed !== 'return' && pressed !== 'forward') { return; }
      var open = Array.prototype.find.call(this.form.querySelectorAll('.satudata-principle'), function (group) {
        return group.querySelector('input[type=radio]') && !group.querySelector('input[type=radio]:checked');
      });
      var comment = this.form.elements.comment;
      var told = this.form.querySelector('[data-satudata-comment-error]');
      if (pressed === 'return' && !comment.value.trim()) {
        event.preventDefault();
        told.textContent = this.options.reason;
        told.hidden = false;
        comment.setAttribute('aria-invalid', 'true');
        comment.focus();
      } else if (open) {
        event.preventDefault();
        var text = open.querySelector('.satudata-error') || document.createElement('p');
        text.className = 'satudata-error';
        text.setAttribute('role', 'alert');
        text.textContent = this.options.principles;
        open.querySelector('.satudata-choice').before(text);
        this._reveal(open.querySelector('input[type=radio]'));
      }
    }
  };
});

/* The outcome is there: what was kept for the desk is done with. */
this.ckan.module('satudata-desk-done', function () {
  'use strict';
  return {
    initialize: function () {
      try { window.sessionStorage.removeItem('satudata:desk:' + this.el[0].getAttribute('data-desk')); } catch (error) { /* nothing was kept */ }
    }
  };
});

/* J and K move; they rest while somebody types, and can be switched off for good. */
this.ckan.module('satudata-keys', function () {
  'use strict';
  return {
    options: { rows: '', help: '' },

    initialize: function () {
      var self = this;
      this.dialog = document.getElementById(this.options.help);
      if (!this.dialog || !this.dialog.showModal) { return; }
      this.on = this.dialog.querySelector('[data-satudata-keys-on]');
      try { this.on.checked = window.localStorage.getItem('satudata:keys') !== 'off'; } catch (error) { /* as it is */ }
      this.on.addEventListener('change', function () {
        try { window.localStorage.setItem('satudata:keys', self.on.checked ? 'on' : 'off'); } catch (error) { /* for this page only */ }
      });
      var line = document.querySelector('[data-satudata-keys-line]');
      if (line) {
        line.hidden = false;
        line.querySelector('[data-satudata-keys-open]').addEventListener('click', function () { self.dialog.showModal(); });
      }
      document.addEventListener('keydown', this._press.bind(this));
      this._ticks();
    },

    /* The head of the column ticks all rows of the page and says how many are ticked. */
    _ticks: function () {
      var boxes = Array.prototype.slice.call(this.el[0].querySelectorAll('input[type=checkbox][name=item]'));
      var all = this.el[0].querySelector('[data-satudata-tick-all]');
      var told = document.querySelector('[data-satudata-ticked]');
      if (!boxes.length || !all || !told) { return; }
      var tell = function () {
        var n = boxes.filter(function (box) { return box.checked; }).length;
        told.parentElement.classList.toggle('satudata-some', n > 0);
        told.textContent = n === 1 ? told.getAttribute('data-one') : told.getAttribute('data-many').replace('{n}', n);
      };
      all.addEventListener('click', function (event) {
        event.preventDefault();
        var on = boxes.some(function (box) { return !box.checked; });
        boxes.forEach(function (box) { box.checked = on; });
        tell();
      });
      boxes.forEach(function (box) { box.addEventListener('change', tell); });
      tell();
    },

    _press: function (event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) { return; }
      var at = event.target;
      var typing = at.isContentEditable || /^(TEXTAREA|SELECT)$/.test(at.tagName) || (at.tagName === 'INPUT' && !/^(checkbox|radio|button|submit)$/.test(at.type));
      if (typing || this.dialog.open) { return; }
      if (!this.on.checked) { return; }
      if (event.key === '?') { event.preventDefault(); this.dialog.showModal(); return; }
      var search = document.querySelector('[data-satudata-search]');
      if (event.key === '/' && search) { event.preventDefault(); search.focus(); return; }
      var row = at.closest ? at.closest('tr') : null;
      var box = row && row.querySelector('input[type=checkbox][name=item]');
      if (event.key.toLowerCase() === 'x' && box) { event.preventDefault(); box.click(); return; }
      var step = { j: 1, k: -1 }[event.key.toLowerCase()];
      if (!step) { return; }
      var rows = Array.prototype.filter.call(document.querySelectorAll(this.options.rows), function (row) {
        return row.offsetParent !== null;
      });
      if (!rows.length) { return; }
      var next = Math.min(Math.max(rows.indexOf(at) + step, 0), rows.length - 1);
      event.preventDefault();
      rows[next].focus();
    }
  };
});

/* A standard reason is written into its box, where it can still be changed. Without scripts its tick does the same. */
this.ckan.module('satudata-reasons', function () {
  'use strict';
  return {
    initialize: function () {
      var form = this.el[0];
      form.querySelectorAll('[data-satudata-reasons]').forEach(function (list) {
        var place = list.getAttribute('data-satudata-reasons');
        var box = form.querySelector('[data-satudata-reason-for="' + place + '"]');
        if (!box) { return; }
        list.querySelectorAll('label').forEach(function (label) {
          var text = label.textContent.trim();
          var ticked = label.querySelector('input').checked;
          var button = document.createElement('button');
          button.type = 'button';
          button.className = 'btn btn-outline-secondary';
          button.textContent = '+ ' + text;
          button.addEventListener('click', function () {
            if (box.value.indexOf(text) === -1) { box.value = box.value.trim() ? box.value.replace(/\s+$/, '') + '\n' + text : text; }
            var no = place && form.querySelector('input[name="conforms.' + place + '"][value="no"]');
            if (no && !form.querySelector('input[name="conforms.' + place + '"]:checked')) { no.checked = true; no.dispatchEvent(new Event('input', { bubbles: true })); }
            box.dispatchEvent(new Event('input', { bubbles: true }));
            box.focus();
          });
          label.replaceWith(button);
          if (ticked) { button.click(); }
        });
      });
    }
  };
});
