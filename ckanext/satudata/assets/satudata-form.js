/* The form of a dataset: keeps what is typed on this device, and asks the server what is still missing.
 * Without this script the form works; the panel then shows the state of the last save. */
this.ckan.module('satudata-form', function ($) {
  'use strict';

  var WAIT_CHECK = 700;
  var WAIT_KEEP = 400;
  // Never kept on a device: secrets and what is not the producer's to say.
  var NEVER = /^(_csrf_token|save|private|state|_ckan_phase|pkg_name|.*_csrf.*)$/;

  return {
    options: {
      url: '', type: 'dataset', key: '', stored: 'no', kept: '', session: '', login: '', loginUrl: '', offline: ''
    },

    initialize: function () {
      $.proxyAll(this, /^_on/);
      this.form = this.el[0].closest('form');
      if (!this.form) { return; }
      this.number = 0;
      this.form.addEventListener('input', this._onInput);
      this.form.addEventListener('submit', this._onSubmit);
      // select2 of CKAN speaks through jQuery only.
      $(this.form).on('change', this._onInput);
      document.addEventListener('click', this._onClick);
      // Fields of scheming get their defaults and select2 its values in the same tick.
      setTimeout(this._onReady, 0);
    },

    teardown: function () {
      document.removeEventListener('click', this._onClick);
    },

    _onReady: function () {
      this.initial = this._values();
      this._restore();
      this._openHash(window.location.hash);
    },

    // -- what is missing ---------------------------------------------------------------------------------

    _onInput: function () {
      clearTimeout(this.checkTimer);
      clearTimeout(this.keepTimer);
      this.checkTimer = setTimeout(this._onCheck, WAIT_CHECK);
      this.keepTimer = setTimeout(this._onKeep, WAIT_KEEP);
    },

    _onCheck: function () {
      var self = this;
      var number = ++this.number;
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
      this.form.dispatchEvent(new CustomEvent('satudata:checked', { detail: { errors: answer.errors } }));
    },

    _trouble: function (message, login) {
      var place = this.el[0].querySelector('[data-satudata-trouble]');
      place.hidden = !message;
      place.textContent = message;
      if (message && login) {
        var link = document.createElement('a');
        link.href = this.options.loginUrl;
        link.target = '_blank';
        link.textContent = this.options.login;
        place.append(' ', link);
      }
    },

    // -- the way to a field ------------------------------------------------------------------------------

    _onClick: function (event) {
      var link = event.target.closest('a[data-satudata-goto]');
      if (!link) { return; }
      if (this._openHash(link.getAttribute('href'))) { event.preventDefault(); }
    },

    /* Open the group a field stands in and put the cursor into it. */
    _openHash: function (hash) {
      var target = hash && hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
      if (!target || !this.form.contains(target)) { return false; }
      var group = target.closest('details');
      if (group) { group.open = true; }
      var focus = target.matches('details') ? target.querySelector('summary') : target;
      var select2 = document.getElementById('s2id_' + target.id);
      (select2 || focus).scrollIntoView({ block: 'center' });
      if (select2) { $(target).select2('focus'); } else { focus.focus({ preventScroll: true }); }
      return true;
    },

    // -- nothing typed is ever lost ----------------------------------------------------------------------

    _values: function () {
      var values = {};
      new FormData(this.form).forEach(function (value, name) {
        if (NEVER.test(name) || typeof value !== 'string') { return; }
        (values[name] = values[name] || []).push(value);
      });
      return values;
    },

    _onKeep: function () {
      var now = new Date();
      if (this._store({ at: now.toISOString(), values: this._values() })) {
        var time = now.toLocaleTimeString(document.documentElement.lang || undefined, { hour: '2-digit', minute: '2-digit' });
        this._say(this.options.kept.replace('{time}', time));
      }
    },

    _onSubmit: function () {
      // Leaving a field tells of a change too; what it would keep must not undo the mark "sent".
      clearTimeout(this.keepTimer);
      clearTimeout(this.checkTimer);
      var kept = { at: new Date().toISOString(), values: this._values(), sent: true };
      this._store(kept);
    },

    _say: function (text) {
      var place = document.querySelector('[data-satudata-kept]');
      if (place) { place.textContent = text; }
    },

    _store: function (kept) {
      try {
        window.localStorage.setItem(this.options.key, JSON.stringify(kept));
        return true;
      } catch (error) {
        return false;  // private window or full: the form works all the same
      }
    },

    _stored: function () {
      try {
        return JSON.parse(window.localStorage.getItem(this.options.key) || 'null');
      } catch (error) {
        return null;
      }
    },

    _forget: function () {
      try { window.localStorage.removeItem(this.options.key); } catch (error) { /* nothing was kept */ }
    },

    /* Put back what the server does not have: at once in an empty form, on demand over a stored dataset. */
    _restore: function () {
      var kept = this._stored();
      if (!kept || !kept.values) { return; }
      if (JSON.stringify(kept.values) === JSON.stringify(this.initial)) {
        if (kept.sent && this.options.stored === 'yes') { this._forget(); }
        return;
      }
      var self = this;
      var box = this.el[0].querySelector('[data-satudata-restore]');
      var offer = this.options.stored === 'yes';
      box.hidden = false;
      box.querySelector('[data-satudata-restore-' + (offer ? 'offer' : 'done') + ']').hidden = false;
      box.querySelector('[data-satudata-restore-yes]').hidden = !offer;
      box.querySelector('[data-satudata-restore-yes]').addEventListener('click', function () {
        self._put(kept.values);
        box.hidden = true;
      });
      box.querySelector('[data-satudata-restore-no]').addEventListener('click', function () {
        self._forget();
        if (!offer) { self._put(self.initial); self._forget(); }
        box.hidden = true;
      });
      if (!offer) { this._put(kept.values); }
    },

    _put: function (values) {
      var form = this.form;
      Object.keys(values).forEach(function (name) {
        var inputs = Array.prototype.filter.call(form.elements, function (element) { return element.name === name; });
        inputs.forEach(function (input, index) {
          if (input.type === 'checkbox' || input.type === 'radio') {
            input.checked = values[name].indexOf(input.value) !== -1;
          } else if (input.type !== 'file' && values[name][index] !== undefined) {
            input.value = values[name][index];
            // select2 shows its own copy.
            if (document.getElementById('s2id_' + input.id)) { $(input).trigger('change'); }
          }
        });
      });
      this._onInput();
    }
  };
});

/* On a page that is only reached once a new dataset is saved: what was kept for the form of a new one is done with. */
this.ckan.module('satudata-form-saved', function ($) {
  'use strict';
  return {
    options: { key: '' },
    initialize: function () {
      try {
        var kept = JSON.parse(window.localStorage.getItem(this.options.key) || 'null');
        if (kept && kept.sent) { window.localStorage.removeItem(this.options.key); }
      } catch (error) { /* nothing was kept */ }
    }
  };
});
