/* The form of a dataset: asks the server what is still missing, and leads to the field it speaks of.
 * Without this script the form works; the panel then shows the state of the last save. */
this.ckan.module('satudata-form', function ($) {
  'use strict';

  var WAIT_CHECK = 700;

  return {
    options: { url: '', type: 'dataset', session: '', offline: '' },

    initialize: function () {
      $.proxyAll(this, /^_on/);
      this.form = this.el[0].closest('form');
      if (!this.form) { return; }
      this.number = 0;
      this.form.classList.add('satudata-js');
      this.form.addEventListener('input', this._onInput);
      this.form.addEventListener('satudata:ask', this._onCheck);
      // select2 of CKAN speaks through jQuery only.
      $(this.form).on('change', this._onInput);
      document.addEventListener('click', this._onClick);
      window.addEventListener('hashchange', this._onHash);
      // CKAN starts modules once its translations have come; who types faster than that is heard all the same.
      if (window.satudata.early(this.form).length) { this._onInput(); }
      // Fields of scheming get their defaults and select2 its values in the same tick.
      setTimeout(window.location.hash ? this._onHash : this._onRefused, 0);
    },

    teardown: function () {
      document.removeEventListener('click', this._onClick);
      window.removeEventListener('hashchange', this._onHash);
    },

    // -- what is missing ---------------------------------------------------------------------------------

    _onInput: function () {
      clearTimeout(this.timer);
      this.timer = setTimeout(this._onCheck, WAIT_CHECK);
    },

    _onCheck: function () {
      var self = this;
      var number = ++this.number;
      clearTimeout(this.timer);
      var body = new FormData(this.form);
      body.delete('save');
      body.append('satudata_type', this.options.type);
      window.fetch(this.options.url, {
        method: 'POST',
        body: new URLSearchParams(body),
        credentials: 'same-origin',
        headers: { 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' }
      }).then(function (response) {
        var json = (response.headers.get('Content-Type') || '').indexOf('json') !== -1;
        if (response.status >= 500) { throw new Error('server'); }
        // A page instead of an answer: the login, or a token that has run out.
        if (!json) { return { message: self.options.session, login: true }; }
        return response.json().then(function (answer) {
          answer.login = response.status === 403;
          return answer;
        });
      }).then(function (answer) {
        // An older answer must not overwrite a newer one.
        if (number !== self.number) { return; }
        if (answer.message) { self._trouble(answer.message, answer.login); } else { self._show(answer); }
      }).catch(function () {
        if (number === self.number) { self._trouble(self.options.offline, false); }
      });
    },

    _trouble: function (text, login) {
      this.form.dispatchEvent(new CustomEvent('satudata:trouble', { detail: { text: text, login: login, asked: true } }));
    },

    _show: function (answer) {
      this._trouble('', false);
      var panel = document.querySelector('[data-satudata-panel]');
      if (panel) {
        var more = panel.querySelector('[data-satudata-more]');
        var unfolded = more && more.open;
        panel.innerHTML = answer.panel;
        more = panel.querySelector('[data-satudata-more]');
        if (more && unfolded) { more.open = true; }
      }
      var bar = this.form.querySelector('[data-satudata-bar]');
      if (bar) { bar.outerHTML = answer.bar; }
      answer.groups.forEach(function (group) {
        var place = document.querySelector('[data-satudata-group="' + group.name + '"] [data-satudata-progress]');
        if (place) { place.innerHTML = group.html; }
      });
      this.form.querySelectorAll('[data-satudata-field]').forEach(function (field) {
        var found = field.querySelector(':scope > [data-satudata-found]');
        if (found) { found.innerHTML = answer.beside[field.getAttribute('data-satudata-field')] || ''; }
      });
      this.form.dispatchEvent(new CustomEvent('satudata:checked', { detail: answer }));
    },

    // -- the way to a field ------------------------------------------------------------------------------

    _onClick: function (event) {
      var link = event.target.closest('a[data-satudata-goto]');
      if (!link) { return; }
      if (this._open(link.getAttribute('href'))) { event.preventDefault(); }
    },

    _onHash: function () {
      this._open(window.location.hash);
    },

    /* A form that came back opens at the first field that was refused; what is wrong stands beside it. */
    _onRefused: function () {
      if (!this.form.querySelector('.error-explanation')) { return; }
      // The address of a press is none to come back to; loading the page again gives the form, and what is kept.
      var action = this.form.getAttribute('action');
      if (action && action !== window.location.pathname) { window.history.replaceState(null, '', action); }
      var wrong = this.form.querySelector('[data-satudata-field] .error-block');
      var input = wrong && wrong.closest('[data-satudata-field]').querySelector('[id^="field-"]');
      if (input) { this._open('#' + input.id); }
    },

    /* Open the groups a field stands in and put the cursor into it. */
    _open: function (hash) {
      var target = hash && hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
      if (!target || !this.form.contains(target)) { return false; }
      for (var group = target.closest('details'); group; group = group.parentElement.closest('details')) {
        group.open = true;
      }
      var row = target.closest('[data-row]');
      var rest = row && row.querySelector('.satudata-row-more');
      if (rest) { rest.open = true; }
      var focus = target;
      if (target.matches('details')) { focus = target.querySelector('summary'); }
      // Rows and boxes to tick: the first that can be filled in.
      if (target.matches('[tabindex]')) { focus = target.querySelector('[data-row] [data-sub]:not([type=hidden]), input[type=checkbox], [data-do=add]') || target; }
      var select2 = document.getElementById('s2id_' + target.id);
      (select2 || focus).scrollIntoView({ block: 'center' });
      if (select2) { $(target).select2('focus'); } else { focus.focus({ preventScroll: true }); }
      return true;
    }
  };
});
